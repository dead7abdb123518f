/** The map that an import makes of its new tables (`create_vis`, wire contract 7.6 and 4.9). */
import { randomBytes } from 'node:crypto';
import type { Queryable } from '../db/database.ts';
import type { Account, Privacy } from '../domain/import.ts';
import {
  blendOf,
  type ImportedLayer,
  type ImportedMap,
  type MapLayer,
  MOST_IMPORTED_LAYERS,
  newMapWords,
  type Paint,
} from '../domain/map.ts';
import { tableName } from '../domain/naming.ts';
import { ImportError } from '../errors.ts';
import { accountRoles } from '../store/account-roles.ts';
import { countMaps, insertMap, namesOfMaps, replaceLayers } from '../store/maps.ts';
import { type ReadableTable, readableTable } from '../store/readable-table.ts';
import { beautified, defaultLayer } from './default-layer.ts';
import { MapRefused, settlePaint } from './settle-paint.ts';
import { type GeometryKind, geometryKindOf, tellingColumns } from './table-facts.ts';

/** A table that an import made. */
export interface MappedTable {
  readonly name: string;
  /** What its file called it. */
  readonly layer: string;
}

/** A map that was made. */
export interface MadeMap {
  readonly id: string;
  /** Tables that found no room in it. */
  readonly rejected: readonly string[];
  /** Layers whose style could not be told in our words, by the names of their tables. */
  readonly restyled: readonly string[];
}

/**
 * Makes a map of these tables, in the transaction that makes them; null where there are none. Its privacy is that of the
 * most closed of them. Throws ImportError 8007. The caller holds the lock of the account.
 */
export async function makeMapOfTables(
  tx: Queryable,
  account: Account,
  tables: readonly MappedTable[],
  imported: ImportedMap | null,
): Promise<MadeMap | null> {
  const [first] = tables;
  if (first === undefined) return null;
  const { maps, most } = await countMaps(tx, account.id);
  if (most !== null && maps >= most) {
    throw new ImportError('overMaps', {
      detail: `The account may have ${most} maps, and has ${maps}.`,
      hint: 'Delete maps that are not needed any more, or import without create_vis.',
    });
  }
  const { reader } = await accountRoles(tx, account.name);
  const plans = plansOf(tables, imported);
  const layers: MapLayer[] = [];
  const privacies: Privacy[] = [];
  const restyled: string[] = [];
  for (const [position, { name, from }] of plans.slice(0, MOST_IMPORTED_LAYERS).entries()) {
    const table = await readableTable(tx, account, name, reader);
    if (table === null) continue;
    const geometry = await geometryKindOf(tx, table);
    const { layer, isRestyled } = await layerOf(table, geometry, position, from);
    layers.push({ ...layer, id: randomBytes(4).toString('hex') });
    privacies.push(table.privacy);
    if (isRestyled) restyled.push(name);
  }
  const id = await insertMap(tx, account.id, {
    ...newMapWords,
    ...(imported ?? {}),
    name:
      imported === null
        ? tables.length === 1
          ? newMapWords.name
          : beautified(first.name)
        : freeName(imported.name, await namesOfMaps(tx, account.id)),
    privacy: blendOf(imported?.privacy ? [imported.privacy, ...privacies] : privacies),
  });
  await replaceLayers(tx, id, layers);
  const rejected = plans.slice(MOST_IMPORTED_LAYERS).map(({ name }) => name);
  return { id, rejected, restyled };
}

interface Plan {
  readonly name: string;
  readonly from: ImportedLayer | null;
}

/** The tables in the order in which they lie: as the map that came with them has them, those that it lacks above. */
function plansOf(tables: readonly MappedTable[], imported: ImportedMap | null): readonly Plan[] {
  const named = (layer: ImportedLayer) =>
    tables.find((table) => tableName(table.layer) === tableName(layer.table))?.name ?? null;
  const planned = (imported?.layers ?? []).flatMap((from): readonly Plan[] => {
    const name = named(from);
    return name === null ? [] : [{ name, from }];
  });
  const others = imported === null || planned.length === 0 ? tables : [];
  return [...planned, ...others.map(({ name }) => ({ name, from: null }))];
}

async function layerOf(
  table: ReadableTable,
  geometry: GeometryKind | null,
  position: number,
  from: ImportedLayer | null,
): Promise<{ readonly layer: Omit<MapLayer, 'id'>; readonly isRestyled: boolean }> {
  const usual = defaultLayer(table, geometry, position);
  if (from === null) return { layer: usual, isRestyled: false };
  const paint = await paintOf(table, geometry, position, from);
  const columns = tellingColumns(table);
  const popup = from.popup?.filter((name) => columns.includes(name)) ?? null;
  return {
    layer: {
      ...usual,
      title: from.title ?? usual.title,
      isVisible: from.isVisible,
      paint: paint ?? usual.paint,
      popup: popup === null || popup.length === 0 ? usual.popup : popup,
    },
    isRestyled: paint === null,
  };
}

async function paintOf(
  table: ReadableTable,
  geometry: GeometryKind | null,
  position: number,
  { paints }: ImportedLayer,
): Promise<Paint | null> {
  const isPlain = geometry === 'point' || geometry === 'line' || geometry === 'polygon';
  const wish = isPlain ? paints[geometry] : (paints.polygon ?? paints.point ?? paints.line);
  if (wish === null || geometry === 'raster') return null;
  try {
    const stats = () => {
      throw new MapRefused('the stops of a style that is imported are its own');
    };
    return await settlePaint(wish, { table, geometry, position, stats });
  } catch (error) {
    if (error instanceof MapRefused) return null;
    throw error;
  }
}

/** CARTO's way of telling maps of one name apart (wire contract 4.9). */
function freeName(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  for (let number = 1; ; number++) {
    const other = number === 1 ? `${name} Import` : `${name} Import ${number}`;
    if (!taken.has(other)) return other;
  }
}
