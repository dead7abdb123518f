/** SQL for `landfall.tables`: what has been published. */
import type { Queryable } from '../db/database.ts';
import { sql } from '../db/sql.ts';
import type { Privacy } from '../domain/import.ts';
import type { PublishedRaster } from '../domain/raster.ts';

/** A published table; its data is the table `name` in the account's schema. */
export interface PublishedTable {
  readonly id: string;
  readonly name: string;
  readonly privacy: Privacy;
  /** Of a raster, what is known of it. */
  readonly raster: PublishedRaster | null;
}

/** All published tables of an account. */
export async function tablesOf(db: Queryable, accountId: string): Promise<readonly PublishedTable[]> {
  return db.query<PublishedTable>(sql`
    select id, name, privacy, raster from landfall.tables where account_id = ${accountId}`);
}

/** How many tables of the account are open to everybody. */
export async function countPublicTables(db: Queryable, accountId: string): Promise<number> {
  const rows = await db.query<{ count: number }>(sql`
    select count(*)::int as count from landfall.tables where account_id = ${accountId} and privacy = 'public'`);
  return rows[0]?.count ?? 0;
}

/** The account's published table of that name, or null. */
export async function findTable(db: Queryable, accountId: string, name: string): Promise<PublishedTable | null> {
  const rows = await db.query<PublishedTable>(sql`
    select id, name, privacy, raster from landfall.tables where account_id = ${accountId} and name = ${name}`);
  return rows[0] ?? null;
}

/** Registers a table, or registers it anew under the id it had; returns its id. */
export async function registerTable(
  tx: Queryable,
  accountId: string,
  table: { readonly name: string; readonly privacy: Privacy; readonly rows: number; readonly raster?: PublishedRaster },
): Promise<string> {
  const rows = await tx.query<{ id: string }>(sql`
    insert into landfall.tables (account_id, name, privacy, row_count, is_raster, raster)
    values (${accountId}, ${table.name}, ${table.privacy}, ${table.rows}, ${table.raster !== undefined},
      ${table.raster === undefined ? null : JSON.stringify(table.raster)}::jsonb)
    on conflict (account_id, name) do update
      set privacy = excluded.privacy, row_count = excluded.row_count, is_raster = excluded.is_raster,
        raster = excluded.raster, updated_at = now()
    returning id`);
  const id = rows[0]?.id;
  if (id === undefined) throw new Error(`table ${table.name} was not registered`);
  return id;
}
