/** SQL about overviews of vector tiles: which there are, and who makes them. */
import { randomBytes } from 'node:crypto';
import type { Queryable } from '../db/database.ts';
import { identifier, sql } from '../db/sql.ts';

/** The schema of overviews. */
export const overviewSchema = 'landfall_tiles';

/** Seconds without a sign of life after which an unfinished overview is begun anew. */
const LEASE_SECONDS = 90;

/** An overview, perhaps still being made: the levels that are done can be read. */
export interface TileOverview {
  readonly name: string;
  readonly isComplete: boolean;
}

/** The overview of this version of a table; null where none was begun, or its maker died. */
export async function findOverview(db: Queryable, tableId: string, version: string): Promise<TileOverview | null> {
  const [found] = await db.query<TileOverview>(sql`
    select name, is_complete as "isComplete" from landfall.tile_overviews
    where table_id = ${tableId} and version = ${version} and (is_complete or lease_until > now())`);
  return found ?? null;
}

/** Begins an overview, and takes the place of an older one; null where somebody else is making this one. */
export async function beginOverview(db: Queryable, tableId: string, version: string): Promise<string | null> {
  const name = `t${randomBytes(8).toString('hex')}`;
  const [row] = await db.query<{ name: string }>(sql`
    insert into landfall.tile_overviews (table_id, name, version, lease_until)
    values (${tableId}, ${name}, ${version}, now() + make_interval(secs => ${LEASE_SECONDS}))
    on conflict (table_id) do update
      set name = excluded.name, version = excluded.version, is_complete = false, lease_until = excluded.lease_until
      where tile_overviews.version <> excluded.version
        or not tile_overviews.is_complete and tile_overviews.lease_until < now()
    returning name`);
  return row?.name ?? null;
}

/** Says that the overview is still being made, or is complete; false where it is no longer wanted. */
export async function keepOverview(db: Queryable, name: string, isComplete: boolean): Promise<boolean> {
  const rows = await db.query(sql`
    update landfall.tile_overviews
    set is_complete = ${isComplete}, lease_until = now() + make_interval(secs => ${LEASE_SECONDS})
    where name = ${name} returning 1 as one`);
  return rows.length > 0;
}

/** Drops an overview that could not be made, so that it is begun anew. */
export async function dropOverview(db: Queryable, name: string): Promise<void> {
  await db.query(sql`delete from landfall.tile_overviews where name = ${name}`);
  await dropOldOverviews(db);
}

/**
 * Drops the tables of overviews that nobody needs any more: of tables that were dropped, or that have changed. What an
 * overview is made with is named as it is, with a word after `_`.
 */
export async function dropOldOverviews(db: Queryable): Promise<void> {
  const old = await db.query<{ name: string }>(sql`
    select relname::text as name from pg_catalog.pg_class c
    where relnamespace = ${overviewSchema}::regnamespace and relkind = 'r'
      and not exists (select from landfall.tile_overviews o where o.name = split_part(c.relname, '_', 1))`);
  for (const { name } of old) await db.query(sql`drop table if exists ${identifier(overviewSchema, name)}`);
}
