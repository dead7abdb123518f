/** Whether somebody wrote a table since we did. */
import type { Queryable } from '../db/database.ts';
import { identifier, sql, trusted } from '../db/sql.ts';

/** A table at a moment. */
export interface Trace {
  readonly rows: number;
  /** A sum over all rows of a hash of `ctid` and `xmin`: its place, and the transaction that wrote it there. */
  readonly sum: bigint;
}

/**
 * The trace of a table, or of the rows of these ids. A row that is inserted, updated or deleted by whatever means
 * changes it, later in the transaction that looks too, and so does a rewrite of the table; a vacuum does not. `xmin` is
 * a number only by its distance from now. No table and no column has a name with a "#".
 */
export async function traceOf(
  tx: Queryable,
  schema: string,
  table: string,
  ids: Uint32Array | null = null,
): Promise<Trace> {
  const only = ids === null ? trusted('') : sql`where cartodb_id = any(${`{${ids.join(',')}}`}::bigint[])`;
  const [row] = await tx.query<{ rows: number; sum: string }>(sql`
    select count(*)::float8 as rows,
      coalesce(sum(hashtidextended(ctid, ("#".now - age(xmin)) & 4294967295)), 0)::text as sum
    from ${identifier(schema, table)}, (select 3 + age('3'::xid)::bigint as now) "#" ${only}`);
  return { rows: row?.rows ?? 0, sum: BigInt(row?.sum ?? 0) };
}

/**
 * How many rows were written into a table so far, with those of this transaction, as the server counts them. Where it is as
 * it was, nobody wrote the table, in all likelihood; where it is not, the trace tells.
 */
export async function writesOf(tx: Queryable, schema: string, table: string): Promise<number> {
  const [row] = await tx.query<{ writes: number }>(sql`
    select (pg_stat_get_tuples_inserted(c) + pg_stat_get_tuples_updated(c) + pg_stat_get_tuples_deleted(c)
      + pg_stat_get_xact_tuples_inserted(c) + pg_stat_get_xact_tuples_updated(c) + pg_stat_get_xact_tuples_deleted(c))::float8
      as writes
    from (select ${identifier(schema, table).text}::regclass::oid as c) t`);
  return row?.writes ?? 0;
}

/**
 * What a table is to our rows besides their values: its OID, and the columns that hold them, by number, name and type.
 * null where statements on it may do what they do not say: it has rules, or tables that inherit from it.
 */
export async function bindingOf(
  tx: Queryable,
  schema: string,
  table: string,
  columns: readonly string[],
): Promise<string | null> {
  const [row] = await tx.query<{ binding: string | null }>(sql`
    select case when c.relhasrules or c.relhassubclass then null
      else json_build_array(c.oid::bigint, (
        select json_agg(json_build_array(a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attgenerated) order by a.attnum)
        from pg_attribute a where a.attrelid = c.oid and not a.attisdropped
          and a.attname = any(${['cartodb_id', 'the_geom', 'the_geom_webmercator', ...columns]}::text[])))::text end as binding
    from pg_class c where c.oid = to_regclass(${identifier(schema, table).text})`);
  return row?.binding ?? null;
}

/** Whether something may run when rows of a table are written: triggers of its owner, or what foreign keys do. */
export async function hasTriggers(tx: Queryable, schema: string, table: string): Promise<boolean> {
  const [row] = await tx.query<{ has: boolean }>(
    sql`select relhastriggers as has from pg_class where oid = to_regclass(${identifier(schema, table).text})`,
  );
  return row?.has !== false;
}
