/** SQL about maps and their layers. */
import type { Queryable } from '../db/database.ts';
import { type Sql, sql, trusted } from '../db/sql.ts';
import type { Privacy } from '../domain/import.ts';
import type { MapLayer, MapWords } from '../domain/map.ts';

/** A layer with what the map has to know of its table. */
export interface StoredLayer extends MapLayer {
  readonly table: string;
  readonly tablePrivacy: Privacy;
  /** Opens the table while its privacy is `link`. */
  readonly tableToken: string;
}

/** A map as it is stored; layers from the lowest to the highest. */
export interface StoredMap extends MapWords {
  readonly id: string;
  readonly accountId: string;
  /** Name of the account and of its schema. */
  readonly account: string;
  readonly linkToken: string;
  readonly layers: readonly StoredLayer[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

type Row = Omit<StoredMap, 'createdAt' | 'updatedAt'> & {
  readonly createdAt: Date | string;
  readonly updatedAt: Date | string;
};

const toMap = (row: Row): StoredMap => ({
  ...row,
  createdAt: new Date(row.createdAt),
  updatedAt: new Date(row.updatedAt),
});

const rowsWhere = (condition: Sql): Sql => sql`
  select m.id, m.account_id as "accountId", a.name as account, m.name, m.description, to_json(m.tags) as tags, m.privacy,
    m.has_legend as "hasLegend", m.center, m.zoom, m.bounds, m.link_token as "linkToken",
    m.created_at as "createdAt", m.updated_at as "updatedAt",
    (select coalesce(json_agg(json_build_object('id', l.id, 'tableId', l.table_id, 'title', l.title,
        'isVisible', l.is_visible, 'paint', l.paint, 'popup', l.popup, 'table', t.name, 'tablePrivacy', t.privacy,
        'tableToken', t.link_token) order by l.position), '[]'::json)
      from landfall.map_layers l join landfall.tables t on t.id = l.table_id where l.map_id = m.id) as layers
  from landfall.maps m join landfall.accounts a on a.id = m.account_id
  where ${condition}`;

/** A map by its id, of whatever account; null where there is none. */
export async function findMap(db: Queryable, id: string): Promise<StoredMap | null> {
  const [row] = await db.query<Row>(rowsWhere(sql`m.id = ${id}::uuid`));
  return row === undefined ? null : toMap(row);
}

/** By what lists of maps can be ordered, and the column of it; other orders of datasets say nothing of maps. */
const orders: Readonly<Record<string, string>> = {
  name: 'name',
  created_at: '"createdAt"',
  updated_at: '"updatedAt"',
  privacy: 'privacy',
};

/** Which maps, and which of them. */
export interface MapQuery {
  /** Text in name, description or tags, whatever its case; null: all. */
  readonly text: string | null;
  readonly privacy: Privacy | null;
  /** At least one of them; empty: all. */
  readonly tags: readonly string[];
  readonly order: string;
  readonly isDescending: boolean;
  readonly skip: number;
  readonly take: number;
}

const matching = (accountId: string, { text, privacy, tags }: Pick<MapQuery, 'text' | 'privacy' | 'tags'>): Sql => sql`
  m.account_id = ${accountId}
  and (${text}::text is null or strpos(lower(m.name || ' ' || m.description || ' ' || array_to_string(m.tags, ' ')),
    lower(${text}::text)) > 0)
  and (${privacy}::text is null or m.privacy = ${privacy}::text)
  and (${tags.length === 0} or exists (select from unnest(m.tags) as tag
    where lower(tag) = any(${tags.map((tag) => tag.toLowerCase())}::text[])))`;

/** One page of an account's maps, and how many there are on all. */
export async function listMaps(
  db: Queryable,
  accountId: string,
  query: MapQuery,
): Promise<{ readonly maps: readonly StoredMap[]; readonly total: number }> {
  const direction = trusted(query.isDescending ? 'desc' : 'asc');
  const rows = await db.query<Row>(sql`
    ${rowsWhere(matching(accountId, query))}
    order by ${trusted(orders[query.order] ?? '"updatedAt"')} ${direction}, name, id limit ${query.take} offset ${query.skip}`);
  const [count] = await db.query<{ total: number }>(sql`
    select count(*)::float8 as total from landfall.maps m where ${matching(accountId, query)}`);
  return { maps: rows.map(toMap), total: count?.total ?? 0 };
}

/** How many maps the account has and may have; the caller holds the lock of the account. */
export async function countMaps(
  tx: Queryable,
  accountId: string,
): Promise<{ readonly maps: number; readonly most: number | null }> {
  const [row] = await tx.query<{ maps: number; most: number | null }>(sql`
    select (select count(*)::int from landfall.maps where account_id = ${accountId}) as maps, max_maps as most
    from landfall.accounts where id = ${accountId}`);
  return row ?? { maps: 0, most: null };
}

/** Names of the account's maps. */
export async function namesOfMaps(tx: Queryable, accountId: string): Promise<ReadonlySet<string>> {
  const rows = await tx.query<{ name: string }>(sql`select name from landfall.maps where account_id = ${accountId}`);
  return new Set(rows.map(({ name }) => name));
}

const json = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));

/** Stores a map without layers; gives its id. */
export async function insertMap(tx: Queryable, accountId: string, words: MapWords): Promise<string> {
  const [row] = await tx.query<{ id: string }>(sql`
    insert into landfall.maps (account_id, name, description, tags, privacy, has_legend, center, zoom, bounds)
    values (${accountId}, ${words.name}, ${words.description}, ${words.tags}::text[], ${words.privacy},
      ${words.hasLegend}, ${json(words.center)}::jsonb, ${words.zoom}::float8, ${json(words.bounds)}::jsonb)
    returning id`);
  return row?.id ?? '';
}

/** Stores what is said of a map, all of it. */
export async function updateMap(tx: Queryable, id: string, words: MapWords): Promise<void> {
  await tx.query(sql`
    update landfall.maps set name = ${words.name}, description = ${words.description}, tags = ${words.tags}::text[],
      privacy = ${words.privacy}, has_legend = ${words.hasLegend}, center = ${json(words.center)}::jsonb,
      zoom = ${words.zoom}::float8, bounds = ${json(words.bounds)}::jsonb, updated_at = now()
    where id = ${id}::uuid`);
}

/** Puts these layers in the place of those that the map has. */
export async function replaceLayers(tx: Queryable, mapId: string, layers: readonly MapLayer[]): Promise<void> {
  await tx.query(sql`delete from landfall.map_layers where map_id = ${mapId}::uuid`);
  for (const [position, layer] of layers.entries()) {
    await tx.query(sql`
      insert into landfall.map_layers (map_id, id, position, table_id, title, is_visible, paint, popup)
      values (${mapId}::uuid, ${layer.id}, ${position}, ${layer.tableId}::uuid, ${layer.title}, ${layer.isVisible},
        ${JSON.stringify(layer.paint)}::jsonb, ${json(layer.popup)}::jsonb)`);
  }
}

/** Ends a map; its tables stay. */
export async function deleteMap(tx: Queryable, id: string): Promise<void> {
  await tx.query(sql`delete from landfall.maps where id = ${id}::uuid`);
}

/** Locks a map until the transaction ends; whether it is there. */
export async function lockMap(tx: Queryable, id: string): Promise<boolean> {
  return (await tx.query(sql`select from landfall.maps where id = ${id}::uuid for no key update`)).length === 1;
}
