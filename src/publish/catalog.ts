/** What PostgreSQL's own catalogue says about an account's schema. */
import type { Queryable } from '../db/database.ts';
import { identifier, sql } from '../db/sql.ts';

/** Every name that a new table, index, sequence or type of the schema must not have. */
export async function namesInSchema(db: Queryable, schema: string): Promise<ReadonlySet<string>> {
  const rows = await db.query<{ name: string }>(sql`
    select relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = ${schema}
    union
    select typname from pg_type t join pg_namespace n on n.oid = t.typnamespace where n.nspname = ${schema}`);
  return new Set(rows.map(({ name }) => name));
}

/** Whether the schema has an ordinary table of that name: not a view, a foreign table or a partitioned one. */
export async function isOrdinaryTable(db: Queryable, schema: string, name: string): Promise<boolean> {
  const rows = await db.query(sql`
    select 1 from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${schema} and c.relname = ${name} and c.relkind = 'r'`);
  return rows.length === 1;
}

/** Rows that are looked at for the type of a table's geometries: publishing holds locks, and does not read it all. */
const ROWS_LOOKED_AT = 1000;

/** Type of a table's geometries (`POLYGON`), `GEOMETRY` where the first thousand differ, null where there is none. */
export async function geometryTypeOf(db: Queryable, schema: string, name: string): Promise<string | null> {
  const rows = await db.query<{ type: string }>(sql`
    select distinct geometrytype(the_geom) as type from (
      select the_geom from ${identifier(schema, name)} where the_geom is not null limit ${ROWS_LOOKED_AT}) as located`);
  return rows.length > 1 ? 'GEOMETRY' : (rows[0]?.type ?? null);
}

/** A column of an existing table. */
export interface ExistingColumn {
  readonly name: string;
  /** As `format_type` writes it: `bigint`, `timestamp without time zone`, `geometry(Geometry,4326)`. */
  readonly type: string;
  /** The name in the source, from the column's comment; null for a column that somebody added by hand. */
  readonly source: string | null;
}

/** The columns of a table in their order. */
export async function columnsOf(db: Queryable, schema: string, table: string): Promise<readonly ExistingColumn[]> {
  return db.query<ExistingColumn>(sql`
    select a.attname as name, format_type(a.atttypid, a.atttypmod) as type, col_description(c.oid, a.attnum) as source
    from pg_attribute a
    join pg_class c on c.oid = a.attrelid
    join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${schema} and c.relname = ${table} and a.attnum > 0 and not a.attisdropped
    order by a.attnum`);
}

/** Bytes that the tables and materialized views of a schema take on disk, with indexes and large values. */
export async function sizeOfSchema(db: Queryable, schema: string): Promise<number> {
  const rows = await db.query<{ bytes: number }>(sql`
    select coalesce(sum(pg_total_relation_size(c.oid)), 0)::float8 as bytes
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${schema} and c.relkind in ('r', 'm')`);
  return rows[0]?.bytes ?? 0;
}
