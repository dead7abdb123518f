/** Rows of a staging table into an existing table, touching only what differs. */
import type { Queryable } from '../db/database.ts';
import { identifier, join, type Sql, sql, trusted } from '../db/sql.ts';
import { stagingSchema } from '../load/staging.ts';
import type { ColumnFit } from './compatibility.ts';

export interface MergeCounts {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

interface Sides {
  readonly target: Sql;
  readonly staging: Sql;
  /** Columns that are written besides cartodb_id, and their values from the staging table `s`. */
  readonly columns: Sql;
  readonly values: Sql;
  /** The contents of a row as bytes, from the target `t` and from the staging table `s`: equal if and only if equal. */
  readonly oldBytes: Sql;
  readonly newBytes: Sql;
}

/** `record_send` is the binary form of every column with its length: exact and unambiguous, EWKB for a geometry. */
const rowBytes = (values: readonly Sql[]): Sql => sql`record_send(row(${join(values)}))`;

/**
 * The new geometry with as many ordinates as the table's column has, which takes no other: Z and M that it has no
 * place for are left out, and are 0 where only the column has them.
 */
async function geometryFor(tx: Queryable, schema: string, table: string): Promise<Sql> {
  const rows = await tx.query<{ type: string }>(sql`
    select postgis_typmod_type(atttypmod) as type from pg_attribute
    where attrelid = to_regclass(${identifier(schema, table).text}) and attname = 'the_geom'`);
  const type = rows[0]?.type ?? '';
  if (type.endsWith('ZM')) return trusted('st_force4d(s.the_geom)');
  if (type.endsWith('Z')) return trusted('st_force3dz(s.the_geom)');
  return trusted(type.endsWith('M') ? 'st_force3dm(s.the_geom)' : 'st_force2d(s.the_geom)');
}

function sidesOf(schema: string, table: string, staging: string, fits: readonly ColumnFit[], geometry: Sql): Sides {
  const names = fits.map(({ column }) => identifier(column.name));
  return {
    target: identifier(schema, table),
    staging: identifier(stagingSchema, staging),
    columns: join([trusted('the_geom'), trusted('the_geom_webmercator'), ...names]),
    values: join([geometry, trusted('s.the_geom_webmercator'), ...fits.map(({ value }) => value)]),
    oldBytes: rowBytes([trusted('t.the_geom'), ...names.map((name) => sql`t.${name}`)]),
    newBytes: rowBytes([geometry, ...fits.map(({ value }) => value)]),
  };
}

/** Runs a statement that writes and returns how many rows it wrote. */
async function count(tx: Queryable, statement: Sql): Promise<number> {
  const rows = await tx.query<{ count: number }>(sql`
    with written as (${statement} returning 1) select count(*)::float8 as count from written`);
  return rows[0]?.count ?? 0;
}

/**
 * Makes the table's rows those of the staging table, as multisets. With `byId` the source's own `cartodb_id` is the
 * key and changed rows are updated; otherwise equal rows stay as they are, with their `cartodb_id`, rows that are no
 * longer there are deleted and new ones get new ids. The caller holds a lock that keeps other writers out.
 */
export async function mergeRows(
  tx: Queryable,
  target: { readonly schema: string; readonly table: string },
  staging: string,
  fits: readonly ColumnFit[],
  byId: boolean,
): Promise<MergeCounts> {
  const geometry = await geometryFor(tx, target.schema, target.table);
  const sides = sidesOf(target.schema, target.table, staging, fits, geometry);
  return byId ? mergeById(tx, sides) : mergeByContents(tx, sides);
}

async function mergeById(tx: Queryable, sides: Sides): Promise<MergeCounts> {
  const { target, staging, columns, values, oldBytes, newBytes } = sides;
  const deleted = await count(
    tx,
    sql`delete from ${target} t where not exists (select from ${staging} s where s.cartodb_id = t.cartodb_id)`,
  );
  const updated = await count(
    tx,
    sql`update ${target} t set (${columns}) = row(${values}) from ${staging} s
      where s.cartodb_id = t.cartodb_id and ${oldBytes} <> ${newBytes}`,
  );
  const inserted = await count(
    tx,
    sql`insert into ${target} (cartodb_id, ${columns}) select s.cartodb_id, ${values} from ${staging} s
      where not exists (select from ${target} t where t.cartodb_id = s.cartodb_id) order by s.cartodb_id`,
  );
  return { inserted, updated, deleted };
}

async function mergeByContents(tx: Queryable, sides: Sides): Promise<MergeCounts> {
  const { target, staging, columns, values, oldBytes, newBytes } = sides;
  await tx.query(sql`drop table if exists pg_temp.landfall_difference`);
  // The n-th of several equal rows on one side is paired with the n-th on the other.
  await tx.query(sql`
    create temp table landfall_difference on commit drop as
    with old as (
      select place, hash, row_number() over (partition by hash order by cartodb_id) as n
      from (select t.ctid as place, t.cartodb_id, sha256(${oldBytes}) as hash from ${target} t) rows
    ), new as (
      select cartodb_id, hash, row_number() over (partition by hash order by cartodb_id) as n
      from (select s.cartodb_id, sha256(${newBytes}) as hash from ${staging} s) rows
    )
    select old.place, new.cartodb_id from old full join new using (hash, n)
    where old.place is null or new.cartodb_id is null`);
  await tx.query(sql`analyze pg_temp.landfall_difference`);
  const deleted = await count(
    tx,
    sql`delete from ${target} t using pg_temp.landfall_difference d where d.place = t.ctid`,
  );
  const inserted = await count(
    tx,
    sql`insert into ${target} (${columns}) select ${values} from ${staging} s
      join pg_temp.landfall_difference d on d.cartodb_id = s.cartodb_id order by s.cartodb_id`,
  );
  return { inserted, updated: 0, deleted };
}
