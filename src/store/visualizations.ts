/** SQL about tables as the wire presents them: each is a visualization with an id of its own (wire contract 1.13). */
import type { Queryable } from '../db/database.ts';
import { identifier, join, literal, type Sql, sql, trusted } from '../db/sql.ts';
import type { Privacy } from '../domain/import.ts';

/** A published table with what its owner says of it. */
export interface Visualization {
  readonly id: string;
  readonly tableId: string;
  readonly name: string;
  /** Another name to show; null: the table's. */
  readonly displayName: string | null;
  readonly description: string;
  readonly tags: readonly string[];
  readonly license: string;
  /** Where the data is from, in the owner's words. */
  readonly source: string;
  readonly attributions: string;
  readonly isLocked: boolean;
  readonly privacy: Privacy;
  /** Opens the table to whoever holds it, while its privacy is `link`. */
  readonly linkToken: string;
  readonly isRaster: boolean;
  /** Rows when it was last published. */
  readonly rows: number;
  /** With its indexes. */
  readonly bytes: number;
  /** As PostGIS names them (`ST_Point`), by the first thousand rows. */
  readonly geometryTypes: readonly string[];
  readonly synchronizationId: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** How one of the account's tables is meant. */
export type VisualizationKey =
  | { readonly by: 'id'; readonly id: string }
  | { readonly by: 'tableId'; readonly id: string }
  | { readonly by: 'name'; readonly name: string };

/** By what lists can be ordered, and the column of it. */
const orders = {
  name: 'name',
  created_at: '"createdAt"',
  updated_at: '"updatedAt"',
  size: 'bytes',
  estimated_row_count: 'rows',
  row_count: 'rows',
  privacy: 'privacy',
  synchronizations: '"synchronizationId" is not null',
} as const;

export type VisualizationOrder = keyof typeof orders;

/** The words that lists can be ordered by. */
export const visualizationOrders = Object.keys(orders) as readonly VisualizationOrder[];

/** Which tables, and which of them. */
export interface VisualizationQuery {
  /** Text in name, description or tags, whatever its case; null: all. */
  readonly text: string | null;
  readonly privacy: Privacy | null;
  /** `geom`: without rasters. Absent: all. */
  readonly kind?: 'geom';
  /** At least one of them; empty: all. */
  readonly tags: readonly string[];
  readonly order: VisualizationOrder;
  readonly isDescending: boolean;
  readonly skip: number;
  readonly take: number;
}

interface Owner {
  readonly id: string;
  /** Also the name of its schema. */
  readonly name: string;
}

type Row = Omit<Visualization, 'createdAt' | 'updatedAt' | 'geometryTypes'> & {
  readonly createdAt: Date | string;
  readonly updatedAt: Date | string;
  readonly isLocated: boolean;
};

const rowsOf = (account: Owner, condition: Sql): Sql => sql`
  select t.visualization_id as id, t.id as "tableId", t.name, t.display_name as "displayName", t.description,
    to_json(t.tags) as tags, t.license, t.source, t.attributions, t.is_locked as "isLocked", t.privacy,
    t.link_token as "linkToken", t.is_raster as "isRaster", t.row_count::float8 as rows,
    coalesce(pg_total_relation_size(c.oid), 0)::float8 as bytes,
    exists (select from pg_catalog.pg_attribute a
      where a.attrelid = c.oid and a.attname = 'the_geom' and not a.attisdropped) as "isLocated",
    (select s.synchronization_id from landfall.sync_tables s where s.table_id = t.id limit 1) as "synchronizationId",
    t.created_at as "createdAt", t.updated_at as "updatedAt"
  from landfall.tables t
  left join pg_catalog.pg_class c on c.relname = t.name and c.relkind = 'r'
    and c.relnamespace = (select n.oid from pg_catalog.pg_namespace n where n.nspname = ${account.name})
  where t.account_id = ${account.id} and ${condition}`;

const matching = ({ text, privacy, tags, kind }: VisualizationQuery): Sql => sql`
  (${text}::text is null or strpos(lower(t.name || ' ' || coalesce(t.display_name, '') || ' ' || t.description || ' '
    || array_to_string(t.tags, ' ')), lower(${text}::text)) > 0)
  and (${kind !== 'geom'} or not t.is_raster)
  and (${privacy}::text is null or t.privacy = ${privacy}::text)
  and (${tags.length === 0} or exists (select from unnest(t.tags) as tag where lower(tag) = any(${tags.map((tag) => tag.toLowerCase())}::text[])))`;

/** Rows that are looked at for the types of geometries. */
const ROWS_LOOKED_AT = 1000;

async function geometryTypesOf(
  db: Queryable,
  schema: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>();
  if (names.length === 0) return found;
  const parts = names.map(
    (name) => sql`
      select distinct ${literal(name)} as name, st_geometrytype(the_geom) as type
      from (select the_geom from ${identifier(schema, name)} limit ${trusted(String(ROWS_LOOKED_AT))}) as looked_at
      where the_geom is not null`,
  );
  for (const { name, type } of await db.query<{ name: string; type: string }>(
    sql`${join(parts, ' union all ')} order by 1, 2`,
  )) {
    found.set(name, [...(found.get(name) ?? []), type]);
  }
  return found;
}

async function complete(db: Queryable, account: Owner, rows: readonly Row[]): Promise<readonly Visualization[]> {
  const located = rows.filter(({ isLocated }) => isLocated).map(({ name }) => name);
  const types = await geometryTypesOf(db, account.name, located);
  return rows.map(({ isLocated: _, ...row }) => ({
    ...row,
    geometryTypes: types.get(row.name) ?? [],
    createdAt: new Date(row.createdAt),
    updatedAt: new Date(row.updatedAt),
  }));
}

/** One page of the account's tables, and how many there are on all. */
export async function listVisualizations(
  db: Queryable,
  account: Owner,
  query: VisualizationQuery,
): Promise<{ readonly visualizations: readonly Visualization[]; readonly total: number }> {
  const direction = trusted(query.isDescending ? 'desc' : 'asc');
  const rows = await db.query<Row>(sql`
    ${rowsOf(account, matching(query))}
    order by ${trusted(orders[query.order])} ${direction}, name limit ${query.take} offset ${query.skip}`);
  const [count] = await db.query<{ total: number }>(sql`
    select count(*)::float8 as total from landfall.tables t where t.account_id = ${account.id} and ${matching(query)}`);
  return { visualizations: await complete(db, account, rows), total: count?.total ?? 0 };
}

const meant = (key: VisualizationKey): Sql => {
  if (key.by === 'name') return sql`t.name = ${key.name}`;
  return key.by === 'id' ? sql`t.visualization_id = ${key.id}::uuid` : sql`t.id = ${key.id}::uuid`;
};

/** One of the account's tables, or null. */
export async function findVisualization(
  db: Queryable,
  account: Owner,
  key: VisualizationKey,
): Promise<Visualization | null> {
  const [found] = await complete(db, account, await db.query<Row>(rowsOf(account, meant(key))));
  return found ?? null;
}

/** What the owner can say of a table; an absent field stays as it is. */
export type VisualizationWords = Partial<
  Pick<Visualization, 'displayName' | 'description' | 'tags' | 'license' | 'source' | 'attributions' | 'isLocked'>
>;

/** Stores what the owner says of a table. */
export async function describeTable(tx: Queryable, tableId: string, words: VisualizationWords): Promise<void> {
  await tx.query(sql`
    update landfall.tables set
      display_name = case when ${words.displayName !== undefined} then ${words.displayName ?? null}::text else display_name end,
      description = coalesce(${words.description ?? null}::text, description),
      tags = coalesce(${words.tags ?? null}::text[], tags),
      license = coalesce(${words.license ?? null}::text, license),
      source = coalesce(${words.source ?? null}::text, source),
      attributions = coalesce(${words.attributions ?? null}::text, attributions),
      is_locked = coalesce(${words.isLocked ?? null}::boolean, is_locked),
      updated_at = now()
    where id = ${tableId}`);
}
