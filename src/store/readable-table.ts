/** SQL about one table as somebody reads it: what it is, whether this role may, and whether it has changed. */
import { createHash } from 'node:crypto';
import type { Queryable } from '../db/database.ts';
import { sql } from '../db/sql.ts';
import type { Account, Privacy } from '../domain/import.ts';
import type { PublishedRaster } from '../domain/raster.ts';

/** A column of a table that can be read. */
export interface ReadableColumn {
  readonly name: string;
  /** As `pg_type` names it: `text`, `float8`, `geometry`. */
  readonly type: string;
}

/** A published table that a role may read. */
export interface ReadableTable {
  readonly id: string;
  readonly name: string;
  readonly schema: string;
  /** Who reads. */
  readonly role: string;
  readonly privacy: Privacy;
  readonly raster: PublishedRaster | null;
  /** In the order of the table. */
  readonly columns: readonly ReadableColumn[];
  /** It has `the_geom` and `the_geom_webmercator`. */
  readonly hasGeometry: boolean;
  /** Rows as they were last counted or estimated. */
  readonly rows: number;
  /** Without its indexes. */
  readonly bytes: number;
  readonly updatedAt: Date;
  /** Another one where rows or columns may be others: 16 hexadecimal digits. */
  readonly version: string;
}

interface Row extends Omit<ReadableTable, 'version' | 'schema' | 'role' | 'hasGeometry' | 'updatedAt'> {
  readonly updatedAt: Date | string;
  readonly state: string;
}

/**
 * The account's published table of that name; null where there is none or the role may not read it. The version follows
 * publishing, other definitions, and, through the statistics of the server, rows that others write; those within about a second.
 */
export async function readableTable(
  db: Queryable,
  account: Pick<Account, 'id' | 'name'>,
  name: string,
  role: string,
): Promise<ReadableTable | null> {
  return (await readableTables(db, account, role, name))[0] ?? null;
}

/** All published tables of the account that the role may read, by name; with `name` that one alone. */
export async function readableTables(
  db: Queryable,
  account: Pick<Account, 'id' | 'name'>,
  role: string,
  name: string | null = null,
): Promise<readonly ReadableTable[]> {
  const rows = await db.query<Row>(sql`
    select t.id, t.name, t.privacy, t.raster, t.updated_at as "updatedAt",
      greatest(c.reltuples, t.row_count)::float8 as rows, pg_table_size(c.oid)::float8 as bytes,
      concat_ws(' ', t.updated_at, c.oid, pg_relation_filenode(c.oid), pg_stat_get_tuples_inserted(c.oid),
        pg_stat_get_tuples_updated(c.oid), pg_stat_get_tuples_deleted(c.oid)) as state,
      (select json_agg(json_build_object('name', a.attname, 'type', y.typname) order by a.attnum)
        from pg_catalog.pg_attribute a join pg_catalog.pg_type y on y.oid = a.atttypid
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns
    from landfall.tables t
    join pg_catalog.pg_namespace n on n.nspname = ${account.name}
    join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = t.name and c.relkind in ('r', 'p')
    where t.account_id = ${account.id} and (${name}::text is null or t.name = ${name}::text)
      and pg_catalog.has_schema_privilege(${role}, n.oid, 'usage')
      and pg_catalog.has_table_privilege(${role}, c.oid, 'select')
    order by t.name`);
  return rows.map(({ state, ...row }) => {
    const has = (wanted: string) => row.columns.some((column) => column.name === wanted && column.type === 'geometry');
    return {
      ...row,
      schema: account.name,
      role,
      hasGeometry: has('the_geom') && has('the_geom_webmercator'),
      updatedAt: new Date(row.updatedAt),
      version: createHash('sha256')
        .update(`${state} ${JSON.stringify(row.columns)}`)
        .digest('hex')
        .slice(0, 16),
    };
  });
}
