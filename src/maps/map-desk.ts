/** Maps as they are asked for: stored, changed, drawn. */
import { createHash, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { StyleSpecification } from '@maplibre/maplibre-gl-style-spec';
import type { Database, Queryable } from '../db/database.ts';
import type { Account } from '../domain/import.ts';
import {
  type Bounds,
  columnsOf,
  isShown,
  type MapLayer,
  type MapWords,
  MOST_LAYERS,
  newMapWords,
  type PaintWish,
} from '../domain/map.ts';
import { findMapExport, insertMapExport, type MapExport } from '../store/map-exports.ts';
import {
  countMaps,
  deleteMap,
  findMap,
  insertMap,
  listMaps,
  lockMap,
  type MapQuery,
  replaceLayers,
  type StoredLayer,
  type StoredMap,
  updateMap,
} from '../store/maps.ts';
import { lockAccount } from '../store/publishing.ts';
import { type ReadableColumn, type ReadableTable, readableTable } from '../store/readable-table.ts';
import { viewerRole } from '../store/viewers.ts';
import { createBufferCache } from '../tiles/tile-cache.ts';
import type { TileDesk } from '../tiles/tile-desk.ts';
import type { TileAddress } from '../tiles/tile-frame.ts';
import { createMemory } from '../util/create-memory.ts';
import { type ColumnStats, columnStats, type StatsWish } from './column-stats.ts';
import { defaultLayer } from './default-layer.ts';
import { drawPicture } from './draw-picture.ts';
import { landText, loadLand } from './land.ts';
import { boundsOf, type DrawnLayer, mapStyle, type StyleAddresses } from './map-style.ts';
import { viewAt, viewOf } from './map-view.ts';
import { limitStops, MapRefused, settlePaint } from './settle-paint.ts';
import { type GeometryKind, geometryKindOf, tellingColumns } from './table-facts.ts';

const decompress = promisify(gunzip);

/** Memory for pictures of one process. */
const PICTURE_BYTES = 16 * 1024 * 1024;

/** Facts and statistics that are remembered. */
const MOST_REMEMBERED = 500;

/** Deepest level of vector tiles. */
const MOST_ZOOM = 16;

/** The whole inhabited world, for maps where nothing is located. */
const WORLD: Bounds = [-180, -58, 180, 76];

/** A layer as its owner wants it; what is absent is chosen, or stays where the map has a layer of this id. */
export interface LayerWish {
  readonly id?: string;
  /** Name of the table. */
  readonly table: string;
  readonly title?: string;
  readonly isVisible?: boolean;
  readonly paint?: PaintWish;
  readonly popup?: readonly string[] | null;
}

/** What an owner wants of a map; what is absent stays, or is that of a new map. */
export type MapWish = Partial<MapWords> & { readonly layers?: readonly LayerWish[] };

/** Who looks at a map. */
export type Onlooker = 'owner' | 'other';

/** A layer that the onlooker sees, with the table as he reads it. */
export interface SeenLayer extends DrawnLayer {
  readonly table: ReadableTable;
}

/** A map as somebody sees it. */
export interface SeenMap {
  readonly map: StoredMap;
  readonly layers: readonly SeenLayer[];
  /** Where it begins: as it was set, else where the layers are. */
  readonly bounds: Bounds | null;
  /** Another one where the map or what it shows may be another. */
  readonly version: string;
}

/** Where to ask for maps. Accounts own them; those that write throw MapRefused. */
export interface MapDesk {
  /** Of any account: the routes compare it. */
  find(id: string): Promise<StoredMap | null>;
  list(account: Account, query: MapQuery): Promise<{ readonly maps: readonly StoredMap[]; readonly total: number }>;
  create(account: Account, wish: MapWish): Promise<StoredMap>;
  change(account: Account, map: StoredMap, wish: MapWish): Promise<StoredMap | null>;
  drop(map: StoredMap): Promise<void>;
  /** With the layers that the onlooker may see: others see those whose tables are as open as the map. */
  see(map: StoredMap, onlooker: Onlooker): Promise<SeenMap>;
  style(seen: SeenMap, at: StyleAddresses): StyleSpecification;
  /** A PNG. */
  picture(seen: SeenMap, size: { readonly width: number; readonly height: number }): Promise<Buffer>;
  stats(table: ReadableTable, column: ReadableColumn, wish: StatsWish): Promise<ColumnStats>;
  /** Takes note that a map is wanted as a file of this name. */
  wantFile(map: StoredMap, fileName: string): Promise<MapExport>;
  /** null where the account has none of this id, or none any more. */
  findFile(account: Account, id: string): Promise<MapExport | null>;
  /** The land that maps lie on, as the text of a GeoJSON file. */
  land(): Promise<string>;
}

/** The desk of a process. */
export function createMapDesk({ db, tiles }: { readonly db: Database; readonly tiles: TileDesk }): MapDesk {
  const geometries = createMemory<GeometryKind | null>(MOST_REMEMBERED);
  const statistics = createMemory<ColumnStats>(MOST_REMEMBERED);
  const lands = createMemory<Awaited<ReturnType<typeof loadLand>>>(MOST_REMEMBERED);
  const landTexts = createMemory<string>(MOST_REMEMBERED);
  const pictures = createBufferCache(PICTURE_BYTES);
  const drawing = new Map<string, Promise<Buffer>>();

  const geometryOf = (table: ReadableTable): Promise<GeometryKind | null> =>
    geometries(`${table.id} ${table.version}`, () => geometryKindOf(db, table));
  const stats = (table: ReadableTable, column: ReadableColumn, wish: StatsWish): Promise<ColumnStats> =>
    statistics(JSON.stringify([table.id, table.version, table.role, column.name, wish]), () =>
      columnStats(db, table, column, wish),
    );
  const roles = createMemory<string>(MOST_REMEMBERED);
  const ownerRole = (account: Pick<Account, 'id' | 'name'>): Promise<string> =>
    roles(account.name, () => viewerRole(db, { account, as: 'reader' }));
  const land = () => lands('', loadLand);

  async function tableOf(account: Account, name: string): Promise<ReadableTable> {
    const role = await ownerRole(account);
    const table = name.includes('\0') ? null : await readableTable(db, account, name, role);
    if (table === null) throw new MapRefused(`there is no table "${name.slice(0, 100)}"`);
    return table;
  }

  /** The layers of a wish as they are stored; those that were there keep what is not said. */
  async function settle(
    account: Account,
    wishes: readonly LayerWish[],
    before: readonly StoredLayer[],
  ): Promise<readonly MapLayer[]> {
    if (wishes.length > MOST_LAYERS) {
      throw new MapRefused(`a map has at most ${MOST_LAYERS} layers, not ${wishes.length}`);
    }
    const layers: MapLayer[] = [];
    for (const [position, wish] of wishes.entries()) {
      const table = await tableOf(account, wish.table);
      const geometry = await geometryOf(table);
      const kept = before.find(({ id, tableId }) => id === wish.id && tableId === table.id);
      const usual = kept ?? defaultLayer(table, geometry, position);
      if (wish.paint?.stops) limitStops(wish.paint.stops);
      const popup = wish.popup === undefined ? usual.popup : wish.popup;
      const unknown = popup?.find((name) => !tellingColumns(table).includes(name) && name !== 'cartodb_id');
      // A column that is gone since is no reason to refuse what was there before.
      if (unknown !== undefined && wish.popup !== undefined && !kept?.popup?.includes(unknown)) {
        throw new MapRefused(`"${table.name}" has no column "${unknown.slice(0, 100)}" that a popup can show`);
      }
      const ask = (column: ReadableColumn, asked: StatsWish) => stats(table, column, asked);
      layers.push({
        id: wish.id ?? randomBytes(4).toString('hex'),
        tableId: table.id,
        title: wish.title ?? usual.title,
        isVisible: wish.isVisible ?? usual.isVisible,
        paint:
          wish.paint === undefined
            ? usual.paint
            : await settlePaint(wish.paint, { table, geometry, position, stats: ask }),
        popup,
      });
    }
    const twice = layers.find(({ id }, at) => layers.findIndex((other) => other.id === id) < at);
    if (twice !== undefined) throw new MapRefused(`two layers have the id "${twice.id}"`);
    return layers;
  }

  async function stored(id: string): Promise<StoredMap> {
    const map = await findMap(db, id);
    if (map === null) throw new MapRefused('the map was deleted meanwhile');
    return map;
  }

  async function tileOf({ table, layer }: SeenLayer, address: TileAddress): Promise<Buffer | null> {
    if (table.raster !== null) return tiles.raster(table, address);
    if (!table.hasGeometry) return null;
    const columns = 'column' in layer.paint ? readableOf(table, [layer.paint.column]) : [];
    const { tile } = await tiles.vector({ table, address, columns });
    return tile.length === 0 ? null : decompress(tile);
  }

  return {
    find: (id) => findMap(db, id),
    list: (account, query) => listMaps(db, account.id, query),
    async create(account, { layers = [], ...words }) {
      const settled = await settle(account, layers, []);
      const id = await db.transaction(async (tx) => {
        await checkMaps(tx, account);
        const made = await insertMap(tx, account.id, { ...newMapWords, ...words });
        await replaceLayers(tx, made, settled);
        return made;
      });
      return stored(id);
    },
    async change(account, map, { layers, ...words }) {
      const settled = layers === undefined ? null : await settle(account, layers, map.layers);
      const isThere = await db.transaction(async (tx) => {
        if (!(await lockMap(tx, map.id))) return false;
        await updateMap(tx, map.id, { ...map, ...words });
        if (settled !== null) await replaceLayers(tx, map.id, settled);
        return true;
      });
      return isThere ? stored(map.id) : null;
    },
    drop: (map) => deleteMap(db, map.id),
    async see(map, onlooker) {
      const account = { id: map.accountId, name: map.account };
      const layers: SeenLayer[] = [];
      for (const layer of map.layers) {
        if (onlooker === 'other' && !isShown(map.privacy, layer.tablePrivacy)) continue;
        const token = layer.tablePrivacy === 'link' ? layer.tableToken : null;
        const role =
          onlooker === 'owner' ? await ownerRole(account) : await viewerRole(db, { account, as: 'public', token });
        // The rights of the role decide: the word that opened it may have changed since the map was read.
        const table = await readableTable(db, account, layer.table, role);
        if (table === null) continue;
        const [geometry, facts] = await Promise.all([geometryOf(table), tiles.facts(table)]);
        layers.push({
          layer,
          table,
          geometry,
          bounds: facts.bounds,
          maxZoom: table.raster === null ? null : Math.max(table.raster.zoom, 0),
          version: table.version,
        });
      }
      const seenIds = layers.map(({ layer, version }) => [layer.id, version]);
      const version = createHash('sha256')
        .update(JSON.stringify([map.id, map.updatedAt, map.privacy, seenIds]))
        .digest('hex')
        .slice(0, 16);
      return { map, layers, bounds: map.bounds ?? boundsOf(layers.map(({ bounds }) => bounds)), version };
    },
    style: ({ map, layers }, at) => mapStyle(map, layers, at),
    async picture(seen, { width, height }) {
      const key = JSON.stringify([seen.map.id, seen.version, width, height]);
      const kept = pictures.get(key) ?? drawing.get(key);
      if (kept !== undefined) return kept;
      const drawn = (async () => {
        const { center, zoom } = seen.map;
        const view =
          center !== null && zoom !== null
            ? viewAt(center, zoom, width, height)
            : viewOf(seen.bounds ?? WORLD, width, height);
        const shown = seen.layers.filter(({ layer }) => layer.isVisible);
        return drawPicture(
          view,
          await land(),
          shown.map((one) => ({
            paint: one.layer.paint,
            name: one.table.name,
            deepestZoom: one.maxZoom ?? MOST_ZOOM,
            tile: (address) => tileOf(one, address),
          })),
        );
      })();
      drawing.set(key, drawn);
      try {
        const picture = await drawn;
        pictures.set(key, picture);
        return picture;
      } finally {
        drawing.delete(key);
      }
    },
    stats,
    wantFile: (map, fileName) => insertMapExport(db, map.accountId, map.id, fileName),
    findFile: (account, id) => findMapExport(db, account.id, id),
    land: () => landTexts('', async () => landText(await land())),
  };
}

/** Of these names, those that the table still has. */
const readableOf = ({ columns }: ReadableTable, names: readonly string[]): readonly string[] =>
  names.filter((name) => columns.some((column) => column.name === name));

/** The columns that tiles of a layer carry, of those that the table still has. */
export const tileColumnsOf = ({ layer, table }: SeenLayer): readonly string[] => readableOf(table, columnsOf(layer));

/** Throws MapRefused where the account has as many maps as it may have. Locks the account. */
async function checkMaps(tx: Queryable, account: Account): Promise<void> {
  await lockAccount(tx, account.id);
  const { maps, most } = await countMaps(tx, account.id);
  if (most !== null && maps >= most) throw new MapRefused(`the account may have ${most} maps, and has ${maps}`);
}
