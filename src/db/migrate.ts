import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database, Queryable } from './database.ts';
import { sql } from './sql.ts';

/** Key of the advisory lock that lets one process migrate at a time ("landfall" in ASCII). */
const LOCK = sql`select pg_advisory_xact_lock(x'6c616e6466616c6c'::bigint)`;

const isApplied = async (db: Queryable, name: string): Promise<boolean> =>
  (await db.query(sql`select from landfall.migrations where name = ${name}`)).length > 0;

const prepare = (db: Database): Promise<void> =>
  db.transaction(async (tx) => {
    await tx.query(LOCK);
    await tx.query(sql`create schema if not exists landfall`);
    await tx.query(sql`
      create table if not exists landfall.migrations (name text primary key, applied_at timestamptz not null default now())`);
  });

/**
 * Applies the files `NNNN-*.sql` of the folder that were not applied before, in the order of their names, each in one
 * transaction with its record: after a crash a migration is there whole or not at all. Several processes may do it at
 * once. Returns the names that this call applied.
 */
export async function migrate(db: Database, folder: string): Promise<readonly string[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{4}-.*\.sql$/.test(name)).sort();
  const exists = await db.query<{ found: boolean }>(
    sql`select to_regclass('landfall.migrations') is not null as found`,
  );
  if (exists[0]?.found !== true) await prepare(db);
  const applied: string[] = [];
  for (const name of names) {
    if (await isApplied(db, name)) continue;
    const text = await readFile(join(folder, name), 'utf8');
    await db.transaction(async (tx) => {
      await tx.query(LOCK);
      if (await isApplied(tx, name)) return;
      await tx.queryText(text);
      await tx.query(sql`insert into landfall.migrations (name) values (${name})`);
      applied.push(name);
    });
  }
  return applied;
}
