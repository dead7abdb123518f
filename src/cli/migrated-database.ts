import { fileURLToPath } from 'node:url';
import type { Config } from '../config.ts';
import type { Database } from '../db/database.ts';
import { migrate } from '../db/migrate.ts';
import { openDatabase } from '../main.ts';

const migrations = fileURLToPath(new URL('../../migrations', import.meta.url));

/** The database of the settings, brought to this version; closed at the end of the scope. */
export interface MigratedDatabase extends AsyncDisposable {
  readonly db: Database;
  /** Names of the migrations that this call applied. */
  readonly applied: readonly string[];
}

/** Opens the database and migrates it. An Error where another process holds an embedded one. */
export async function openMigratedDatabase(config: Config): Promise<MigratedDatabase> {
  const db = await openDatabase(config);
  try {
    const applied = await migrate(db, migrations);
    return { db, applied, [Symbol.asyncDispose]: () => db.close() };
  } catch (error) {
    await db.close();
    throw error;
  }
}
