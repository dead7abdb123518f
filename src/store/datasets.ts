/** SQL about the tables of an account as its owner looks at them: what they are, and where their rows came from. */
import type { Queryable } from '../db/database.ts';
import { identifier, sql } from '../db/sql.ts';
import type { Privacy } from '../domain/import.ts';

/** A published table among others. */
export interface Dataset {
  readonly id: string;
  readonly name: string;
  readonly privacy: Privacy;
  readonly isRaster: boolean;
  /** Rows when it was last published. */
  readonly rows: number;
  /** With its indexes. */
  readonly bytes: number;
  readonly synchronizationId: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** An import that wrote into a table. */
export interface DatasetImport {
  readonly id: string;
  /** The file or the URL. */
  readonly source: string;
  readonly layer: string;
  readonly rows: number;
  /** Cells and rows that could not be loaded as asked. */
  readonly rejects: number;
  readonly createdAt: Date;
}

/** A column as PostgreSQL has it. */
export interface DatasetColumn {
  readonly name: string;
  /** As `format_type` writes it. */
  readonly type: string;
  /** The name in the source; null for one that no import made. */
  readonly source: string | null;
}

/** A published table by itself. */
export interface DatasetDetails extends Dataset {
  /** As PostGIS names it, by the first thousand rows; `GEOMETRY` where they differ, null without any. */
  readonly geometryType: string | null;
  readonly columns: readonly DatasetColumn[];
  /** Newest first, at most twenty. */
  readonly imports: readonly DatasetImport[];
}

type Moments = { readonly createdAt: Date | string; readonly updatedAt: Date | string };

const ofAccount = (accountId: string, name: string | null) => sql`
  select t.id, t.name, t.privacy, t.is_raster as "isRaster", t.row_count::float8 as rows,
    coalesce(pg_total_relation_size(c.oid), 0)::float8 as bytes,
    (select s.synchronization_id from landfall.sync_tables s where s.table_id = t.id limit 1) as "synchronizationId",
    t.created_at as "createdAt", t.updated_at as "updatedAt"
  from landfall.tables t
  join landfall.accounts a on a.id = t.account_id
  left join pg_catalog.pg_namespace n on n.nspname = a.name
  left join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = t.name
  where t.account_id = ${accountId} and (${name}::text is null or t.name = ${name}::text or t.id::text = ${name}::text)
  order by t.updated_at desc, t.name`;

const withDates = <Row extends Moments>(row: Row) => ({
  ...row,
  createdAt: new Date(row.createdAt),
  updatedAt: new Date(row.updatedAt),
});

/** The tables of an account, the last changed first. */
export async function datasetsOf(db: Queryable, accountId: string): Promise<readonly Dataset[]> {
  return (await db.query<Omit<Dataset, keyof Moments> & Moments>(ofAccount(accountId, null))).map(withDates);
}

/** One table of the account, by its name or its id, which looks like none; null where there is none. */
export async function findDataset(
  db: Queryable,
  account: { readonly id: string; readonly name: string },
  nameOrId: string,
): Promise<DatasetDetails | null> {
  const [row] = await db.query<Omit<Dataset, keyof Moments> & Moments>(ofAccount(account.id, nameOrId));
  if (row === undefined) return null;
  const { name } = row;
  const columns = await db.query<DatasetColumn>(sql`
    select a.attname as name, format_type(a.atttypid, a.atttypmod) as type,
      col_description(a.attrelid, a.attnum) as source
    from pg_catalog.pg_attribute a
    join pg_catalog.pg_class c on c.oid = a.attrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${account.name} and c.relname = ${name} and a.attnum > 0 and not a.attisdropped
    order by a.attnum`);
  const imports = await db.query<Omit<DatasetImport, 'createdAt'> & Pick<Moments, 'createdAt'>>(sql`
    select i.id, case when i.original_url = '' then i.display_name else i.original_url end as source, r.name as layer,
      coalesce((r.report ->> 'rows')::float8, 0) as rows, r.rejected::float8 as rejects, i.created_at as "createdAt"
    from landfall.layer_reports r
    join landfall.imports i on i.id = r.import_id and i.attempt = r.attempt
    where r.table_id = ${row.id} and i.account_id = ${account.id}
    order by i.created_at desc limit 20`);
  return {
    ...withDates(row),
    geometryType: columns.some((column) => column.name === 'the_geom')
      ? await geometryTypeIn(db, account.name, name)
      : null,
    columns,
    imports: imports.map((one) => ({ ...one, createdAt: new Date(one.createdAt) })),
  };
}

/** Rows that are looked at for the type of geometries. */
const ROWS_LOOKED_AT = 1000;

async function geometryTypeIn(db: Queryable, schema: string, name: string): Promise<string | null> {
  const types = await db.query<{ type: string }>(sql`
    select distinct geometrytype(the_geom) as type from (
      select the_geom from ${identifier(schema, name)} where the_geom is not null limit ${ROWS_LOOKED_AT}) as located`);
  return types.length > 1 ? 'GEOMETRY' : (types[0]?.type ?? null);
}
