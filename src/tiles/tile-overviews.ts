import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../db/database.ts';
import { identifier, sql } from '../db/sql.ts';
import type { ReadableTable } from '../store/readable-table.ts';
import {
  beginOverview,
  dropOldOverviews,
  dropOverview,
  findOverview,
  overviewSchema,
  type TileOverview,
} from '../store/tile-overviews.ts';
import { makeOverview } from './make-overview.ts';
import type { TileFacts } from './tile-facts.ts';
import type { TileAddress } from './tile-frame.ts';
import { deepestOverview, mostFeatures, mostRows } from './tile-limits.ts';
import type { RowSource } from './tile-rows.ts';

/** Bytes of a table from which it has an overview, however few its rows are. */
const LARGE_BYTES = 32 * 1024 * 1024;

/** A tile that covers less of the table's extent is not drawn from a sample: too much would be read for it. */
const LEAST_SHARE = 0.05;

/** How long an overview waits, in milliseconds, so that the map which asks for it first has the machine to itself. */
const DELAY_MS = 2_000;

/** How long a failed overview is not tried again, in milliseconds. */
const PAUSE_MS = 60_000;

/** Where the rows of a tile come from, and whether that will be so until the table changes. */
export interface ChosenSource {
  readonly source: RowSource;
  readonly isFinal: boolean;
}

/** How much of an extent in degrees a tile covers, 0 to 1: of the rows it may have about as much. */
function shareOf(bounds: TileFacts['bounds'], { z, x, y }: TileAddress): number {
  if (bounds === null) return 1;
  const [west, south, east, north] = bounds;
  const latitude = (row: number) => (Math.atan(Math.sinh(Math.PI * (1 - (2 * row) / 2 ** z))) / Math.PI) * 180;
  const overlap = (from: number, to: number, least: number, most: number) =>
    to > from ? Math.max(0, Math.min(to, most) - Math.max(from, least)) / (to - from) : 1;
  return (
    overlap(west, east, (x * 360) / 2 ** z - 180, ((x + 1) * 360) / 2 ** z - 180) *
    overlap(south, north, latitude(y + 1), latitude(y))
  );
}

/** Chooses sources, and has overviews made where they are missing. */
export interface TileOverviews {
  choose(table: ReadableTable, address: TileAddress): Promise<ChosenSource>;
}

/** The overviews of a process, which makes one at a time. `onError` is told of those that failed. */
export function createTileOverviews(
  db: Database,
  facts: (table: ReadableTable) => Promise<TileFacts>,
  onError: (error: unknown) => void,
): TileOverviews {
  const pausedUntil = new Map<string, number>();
  const complete = new Map<string, TileOverview>();
  let isMaking = false;

  const make = async (table: ReadableTable): Promise<void> => {
    if (isMaking || (pausedUntil.get(table.id) ?? 0) > performance.now()) return;
    isMaking = true;
    let name: string | null = null;
    try {
      const { geometryType } = await facts(table);
      await sleep(DELAY_MS, undefined, { ref: false });
      name = await beginOverview(db, table.id, table.version);
      if (name === null) return;
      await dropOldOverviews(db);
      await makeOverview(db, table, name, geometryType === 'POINT');
    } catch (error) {
      pausedUntil.set(table.id, performance.now() + PAUSE_MS);
      if (name !== null) await dropOverview(db, name).catch(onError);
      onError(error);
    } finally {
      isMaking = false;
    }
  };
  const find = async (table: ReadableTable): Promise<TileOverview | null> => {
    const key = `${table.id} ${table.version}`;
    const known = complete.get(key);
    if (known !== undefined) return known;
    const found = await findOverview(db, table.id, table.version);
    if (found?.isComplete === true) {
      if (complete.size > 1_000) complete.clear();
      complete.set(key, found);
    }
    return found;
  };
  const has = async (name: string, { z, x, y }: TileAddress): Promise<boolean> => {
    const rows = await db.query(sql`
      select 1 as one from ${identifier(overviewSchema, name)} where z = ${z} and x = ${x} and y = ${y} limit 1`);
    return rows.length > 0;
  };

  return {
    async choose(table, address) {
      const direct: ChosenSource = { source: { kind: 'table', mostRows }, isFinal: true };
      if (table.rows <= mostRows && table.bytes <= LARGE_BYTES) return direct;
      const overview = await find(table);
      if (overview === null) void make(table);
      if (overview !== null && address.z <= deepestOverview) {
        const found = await has(overview.name, address).catch(() => null);
        if (found === true) return { source: { kind: 'overview', table: overview.name, ...address }, isFinal: true };
        if (found === null) complete.delete(`${table.id} ${table.version}`);
      }
      if (overview?.isComplete === true || address.z > deepestOverview) return direct;
      const { bounds } = await facts(table);
      const share = shareOf(bounds, address);
      if (share < LEAST_SHARE || table.rows <= mostFeatures) {
        return { source: { kind: 'table', mostRows: mostFeatures }, isFinal: false };
      }
      const percent = Math.min(100, (100 * mostFeatures) / (table.rows * share));
      return { source: { kind: 'sample', percent }, isFinal: false };
    },
  };
}
