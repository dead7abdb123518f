/** SQL by which corrected values come into a table. */
import type { Queryable } from '../db/database.ts';
import { identifier, sql, trusted } from '../db/sql.ts';

/** A column of a table, with its type as PostgreSQL names it. */
export interface TargetColumn {
  readonly name: string;
  readonly type: string;
}

/** The table of this id as it is called now; null where it is gone. */
export async function currentName(db: Queryable, accountId: string, tableId: string): Promise<string | null> {
  const rows = await db.query<{ name: string }>(sql`
    select name from landfall.tables where id = ${tableId} and account_id = ${accountId}`);
  return rows[0]?.name ?? null;
}

/** Whether a later import wrote the table, so that its rows have other numbers now. */
export async function isRewritten(db: Queryable, importId: string, tableId: string): Promise<boolean> {
  const rows = await db.query(sql`
    select 1 from landfall.imports later, landfall.imports this
    where this.id = ${importId} and later.account_id = this.account_id and later.id <> this.id
      and later.state = 'complete' and later.updated_at >= this.updated_at
      and later.tables @> jsonb_build_array(jsonb_build_object('id', ${tableId}::text)) limit 1`);
  return rows.length > 0;
}

/** The columns of an account's table. */
export async function targetColumns(db: Queryable, schema: string, table: string): Promise<readonly TargetColumn[]> {
  return db.query<TargetColumn>(sql`
    select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
    where attrelid = to_regclass(${identifier(schema, table).text}) and attnum > 0 and not attisdropped`);
}

/** Of some texts the positions of those that are no value of the type. */
export async function misfits(
  db: Queryable,
  texts: readonly (string | null)[],
  type: string,
): Promise<ReadonlySet<number>> {
  const rows = await db.query<{ at: number }>(sql`
    select (at - 1)::int as at from unnest(${texts}::text[]) with ordinality as given (value, at)
    where value is not null and not landfall.is_input(value, ${type})`);
  return new Set(rows.map(({ at }) => at));
}

/** Of some ids those that have a row; the rows are locked until the transaction ends. */
export async function lockRows(
  tx: Queryable,
  schema: string,
  table: string,
  ids: readonly number[],
): Promise<ReadonlySet<number>> {
  const rows = await tx.query<{ id: number }>(sql`
    select cartodb_id::float8 as id from ${identifier(schema, table)}
    where cartodb_id = any(${ids}::bigint[]) for no key update`);
  return new Set(rows.map(({ id }) => id));
}

/** Sets one column of some rows. All texts must be values of its type. */
export async function setCells(
  tx: Queryable,
  target: { readonly schema: string; readonly table: string; readonly column: TargetColumn },
  ids: readonly number[],
  texts: readonly (string | null)[],
): Promise<void> {
  const value = sql`given.value::${trusted(target.column.type)}`;
  await tx.query(sql`
    update ${identifier(target.schema, target.table)} t set ${identifier(target.column.name)} = ${value}
    from unnest(${ids}::bigint[], ${texts}::text[]) as given (id, value) where t.cartodb_id = given.id`);
}

/** Makes the points of some rows anew from their columns of longitude and latitude, in the system `srid`. */
export async function setPoints(
  tx: Queryable,
  target: { readonly schema: string; readonly table: string; readonly longitude: string; readonly latitude: string },
  srid: number,
  ids: readonly number[],
): Promise<void> {
  const number = (column: string) => {
    const text = sql`${identifier(column)}::text`;
    return sql`case when ${text} ~ '^-?[0-9]+([.][0-9]+)?$' then ${text}::float8 end`;
  };
  const system = trusted(String(Math.trunc(srid)));
  const made = sql`st_setsrid(st_makepoint(${number(target.longitude)}, ${number(target.latitude)}), ${system})`;
  const degrees = srid === 4326 ? made : sql`st_transform(${made}, 4326)`;
  const isInWorld = trusted('st_x(p.point) between -180 and 180 and st_y(p.point) between -90 and 90');
  await tx.query(sql`
    update ${identifier(target.schema, target.table)} t set
      the_geom = case when ${isInWorld} then p.point end,
      the_geom_webmercator = case when ${isInWorld} and abs(st_y(p.point)) <= 89 then st_transform(p.point, 3857) end
    from (select cartodb_id as id, ${degrees} as point from ${identifier(target.schema, target.table)}
      where cartodb_id = any(${ids}::bigint[])) p
    where t.cartodb_id = p.id`);
}

/** Sets the geometry of some rows from texts that are geometries in longitude and latitude. */
export async function setGeometries(
  tx: Queryable,
  target: { readonly schema: string; readonly table: string },
  ids: readonly number[],
  texts: readonly (string | null)[],
): Promise<void> {
  await tx.query(sql`
    update ${identifier(target.schema, target.table)} t set the_geom = given.shape,
      the_geom_webmercator = st_transform(st_force2d(given.shape), 3857)
    from (select id, case when st_srid(value::geometry) = 0 then st_setsrid(value::geometry, 4326)
      else st_transform(value::geometry, 4326) end as shape
      from unnest(${ids}::bigint[], ${texts}::text[]) as texts (id, value)) given where t.cartodb_id = given.id`);
}

/** Removes rejects of a layer by row, and by column where one is named; returns how many there were. */
export async function deleteRejects(
  tx: Queryable,
  at: { readonly importId: string; readonly attempt: number; readonly layer: number },
  rows: readonly number[],
  columns: readonly (string | null)[],
): Promise<number> {
  const removed = await tx.query<{ count: number }>(sql`
    with gone as (
      delete from landfall.rejects r
      using unnest(${rows}::bigint[], ${columns}::text[]) as given (row_number, column_name)
      where r.import_id = ${at.importId} and r.attempt = ${at.attempt} and r.layer = ${at.layer}
        and r.row_number = given.row_number and (given.column_name is null or r.column_name = given.column_name)
      returning 1),
    counted as (select count(*) as count from gone)
    update landfall.layer_reports l set rejected = greatest(l.rejected - counted.count, 0) from counted
    where l.import_id = ${at.importId} and l.attempt = ${at.attempt} and l.layer = ${at.layer}
    returning counted.count::float8 as count`);
  return removed[0]?.count ?? 0;
}

/** Notes that the rows of a table have changed. */
export async function touchTable(tx: Queryable, tableId: string): Promise<void> {
  await tx.query(sql`update landfall.tables set updated_at = now() where id = ${tableId}`);
}
