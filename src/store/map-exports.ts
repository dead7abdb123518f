/** SQL about maps that were asked for as files. */
import type { Queryable } from '../db/database.ts';
import { sql } from '../db/sql.ts';

/** An export of a map; its file is made as it is downloaded. */
export interface MapExport {
  readonly id: string;
  readonly mapId: string;
  readonly fileName: string;
  readonly createdAt: Date;
}

type Row = Omit<MapExport, 'createdAt'> & { readonly createdAt: Date | string };

const toExport = (row: Row): MapExport => ({ ...row, createdAt: new Date(row.createdAt) });

/** Hours for which an export can be downloaded. */
const KEPT_HOURS = 24;

/** Stores that a map is wanted as a file of this name, and forgets what was wanted long ago. */
export async function insertMapExport(
  db: Queryable,
  accountId: string,
  mapId: string,
  fileName: string,
): Promise<MapExport> {
  await db.query(sql`
    delete from landfall.map_exports where created_at < now() - make_interval(hours => ${KEPT_HOURS}::int)`);
  const [row] = await db.query<Row>(sql`
    insert into landfall.map_exports (account_id, map_id, state, file_name)
    values (${accountId}, ${mapId}::uuid, 'complete', ${fileName})
    returning id, map_id as "mapId", file_name as "fileName", created_at as "createdAt"`);
  if (row === undefined) throw new Error('an export of a map was not stored');
  return toExport(row);
}

/** An export of the account; null where there is none, or none any more. */
export async function findMapExport(db: Queryable, accountId: string, id: string): Promise<MapExport | null> {
  const [row] = await db.query<Row>(sql`
    select id, map_id as "mapId", file_name as "fileName", created_at as "createdAt" from landfall.map_exports
    where id = ${id}::uuid and account_id = ${accountId}
      and created_at >= now() - make_interval(hours => ${KEPT_HOURS}::int)`);
  return row === undefined ? null : toExport(row);
}
