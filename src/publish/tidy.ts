import type { Database } from '../db/database.ts';
import { identifier, sql } from '../db/sql.ts';

/** A table is vacuumed at once where so many rows changed, and so great a share of all. */
const LEAST_ROWS = 1000;
const LEAST_SHARE = 0.02;

/** Share of dead rows from which it is vacuumed, however few changed now: half of what a table may come to. */
const MOST_DEAD = 0.1;

/**
 * Gives back the room of deleted rows. PGlite has no autovacuum; elsewhere statistics are right at once. The import has
 * ended, so what goes wrong here is nobody's failure: autovacuum or the next run does it. The end of the file is not
 * cut off, which readers would have to wait for.
 */
export async function tidy(
  db: Database,
  schema: string,
  table: { readonly name: string; readonly changed: number; readonly rows: number },
): Promise<void> {
  const name = identifier(schema, table.name);
  try {
    if (table.changed < Math.max(LEAST_ROWS, LEAST_SHARE * table.rows)) {
      const [dead] = await db.query<{ rows: number }>(
        sql`select pg_stat_get_dead_tuples(${name.text}::regclass)::float8 as rows`,
      );
      if ((dead?.rows ?? 0) + table.changed <= MOST_DEAD * table.rows) return;
    }
    await db.query(sql`vacuum (analyze, skip_locked, truncate false) ${name}`);
  } catch {
    // The next run tries again.
  }
}

/** Chunks of fingerprints of which so many are dead are vacuumed: 10 MB. */
const DEAD_CHUNKS = 10;

/** The same for fingerprints, which a run may write anew. */
export async function tidyFingerprints(db: Database): Promise<void> {
  await tidy(db, 'landfall', { name: 'fingerprint_chunks', changed: 0, rows: DEAD_CHUNKS / MOST_DEAD });
}

/** The same for the rows that are kept of earlier runs, where many of them were forgotten. */
export async function tidyHistory(db: Database): Promise<void> {
  await tidy(db, 'landfall', { name: 'row_changes', changed: LEAST_ROWS, rows: 0 });
}
