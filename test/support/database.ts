import { createHash, randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Database } from '../../src/db/database.ts';
import { migrate } from '../../src/db/migrate.ts';
import { embeddedFolder, openPglite } from '../../src/db/pglite.ts';
import { openPostgres } from '../../src/db/postgres.ts';

export type Engine = 'pglite' | 'postgres';

/** A server on which the tests may create databases and roles. */
const serverUrl = process.env.TEST_DATABASE_URL;

/** What the suites run on: always the embedded engine, and a server where `TEST_DATABASE_URL` names one. */
export const engines: readonly Engine[] = serverUrl ? ['pglite', 'postgres'] : ['pglite'];

/**
 * For suites about what happens before any database has a part, where one engine tells as much as two: the server where
 * there is one, which is quicker, else the embedded engine.
 */
export const oneEngine: readonly Engine[] = serverUrl ? ['postgres'] : ['pglite'];

/** The engine of `oneEngine`. */
export const anyEngine: Engine = serverUrl ? 'postgres' : 'pglite';

/** The folder of the migrations. */
export const migrations = join(import.meta.dirname, '../../migrations');

/** A database that nobody has migrated yet on a server; null stands for the embedded one in the data folder. */
export interface TestDatabase extends AsyncDisposable {
  readonly url: string | null;
}

/**
 * A database for a program started with `DATABASE_URL=url` or, for the embedded engine, `DATA_DIR=dataDir`, which is
 * filled with a prepared database so that no test waits for the first start.
 */
export async function createTestDatabase(engine: Engine, dataDir: string): Promise<TestDatabase> {
  if (engine === 'postgres') return createServerDatabase();
  await mkdir(dataDir, { recursive: true });
  await cp(await preparedFolder(), embeddedFolder(dataDir), { recursive: true });
  return { url: null, [Symbol.asyncDispose]: async () => undefined };
}

/** Opens what a program has left behind. */
export const openExisting = (url: string | null, dataDir: string): Promise<Database> =>
  url === null ? openPglite(embeddedFolder(dataDir)) : openPostgres(url);

/** A migrated database of an engine, open; it is removed with the scope, with its roles. */
export async function openTestDatabase(
  engine: Engine = 'pglite',
): Promise<AsyncDisposable & { readonly db: Database; readonly url: string | null }> {
  const folder = await mkdtemp(join(tmpdir(), 'landfall-db-'));
  const database = await createTestDatabase(engine, folder);
  const db = await openExisting(database.url, folder);
  await migrate(db, migrations);
  return {
    db,
    url: database.url,
    async [Symbol.asyncDispose]() {
      await db.close();
      await database[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function onServer<T>(database: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: urlOf(database) });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function urlOf(database: string): string {
  const url = new URL(serverUrl ?? '');
  url.pathname = `/${database}`;
  return url.href;
}

const TEMPLATE = 'landfall_test_template_raster';

/** A template with PostGIS takes a fifth of the time that making the extension does. */
const ensureTemplate = (): Promise<void> =>
  onServer('postgres', async (client) => {
    await client.query('select pg_advisory_lock(720001)');
    const ready = await client.query('select from pg_database where datname = $1 and datistemplate', [TEMPLATE]);
    if (ready.rowCount === 1) return;
    await client.query(`drop database if exists ${TEMPLATE}`);
    await client.query(`create database ${TEMPLATE} template template0 encoding 'UTF8'`);
    await onServer(TEMPLATE, (inside) =>
      inside.query('create extension postgis schema public; create extension postgis_raster schema public'),
    );
    await client.query(`alter database ${TEMPLATE} is_template true`);
  });

async function createServerDatabase(): Promise<TestDatabase> {
  await ensureTemplate();
  const name = `landfall_test_${randomBytes(6).toString('hex')}`;
  await onServer('postgres', async (client) => {
    // Two copies of one template at once fail: the template must have no other user.
    await client.query('select pg_advisory_lock(720002)');
    await client.query(`create database ${name} template ${TEMPLATE}`);
  });
  return {
    url: urlOf(name),
    async [Symbol.asyncDispose]() {
      const roles = await onServer(name, rolesOf);
      await onServer('postgres', async (client) => {
        await client.query(`drop database ${name} with (force)`);
        for (const role of roles) await client.query(`drop role "${role}"`);
      });
    },
  };
}

async function rolesOf(client: pg.Client): Promise<readonly string[]> {
  const found = await client.query<{ exists: boolean }>(
    "select to_regclass('landfall.settings') is not null as exists",
  );
  if (found.rows[0]?.exists !== true) return [];
  const roles = await client.query<{ rolname: string }>(`
    select rolname from pg_roles, landfall.settings
    where name = 'installation' and starts_with(rolname, 'lf_' || value || '_')`);
  return roles.rows.map(({ rolname }) => rolname);
}

/** A folder with PostGIS and the migrations in it, made once for these versions of everything and kept in tmp. */
async function preparedFolder(): Promise<string> {
  const hash = createHash('sha256');
  for (const name of (await readdir(migrations)).sort())
    hash.update(name).update(await readFile(join(migrations, name)));
  for (const name of ['pglite', 'pglite-postgis']) {
    hash.update(await readFile(join(import.meta.dirname, `../../node_modules/@electric-sql/${name}/package.json`)));
  }
  const folder = join(tmpdir(), `landfall-pglite-${hash.digest('hex').slice(0, 16)}`);
  const lock = `${folder}.making`;
  for (;;) {
    if (await stat(folder).catch(() => null)) return folder;
    try {
      await mkdir(lock);
    } catch {
      const made = await stat(lock).catch(() => null);
      // Whoever made it has died: no start takes two minutes.
      if (made && Date.now() - made.mtimeMs > 120_000) await rm(lock, { recursive: true, force: true });
      await sleep(100);
      continue;
    }
    try {
      const making = await mkdtemp(`${folder}-`);
      const db = await openPglite(join(making, 'postgres'));
      await migrate(db, migrations);
      await db.close();
      await rename(join(making, 'postgres'), folder);
      await rm(making, { recursive: true, force: true });
    } finally {
      await rm(lock, { recursive: true, force: true });
    }
  }
}
