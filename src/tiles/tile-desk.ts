/** Tiles as they are asked for: each drawn once, by few at a time, and kept while its table stays as it is. */

import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Database } from '../db/database.ts';
import { createGate } from '../db/gate.ts';
import type { ReadableTable } from '../store/readable-table.ts';
import { drawTile } from './draw-tile.ts';
import { drawRasterTile } from './raster-tile.ts';
import { createBufferCache } from './tile-cache.ts';
import { tileColumns } from './tile-columns.ts';
import { type TileFacts, tileFacts } from './tile-facts.ts';
import type { TileAddress } from './tile-frame.ts';
import { createTileOverviews } from './tile-overviews.ts';

const gzipped = promisify(gzip);

/** Half the time of zlib's own level 6, for a twentieth more bytes. */
const LEVEL = 3;
const compress = (tile: Buffer): Promise<Buffer> => gzipped(tile, { level: LEVEL });

/** Memory for tiles of one process. */
const CACHE_BYTES = 64 * 1024 * 1024;

/** Tiles of one account that are drawn at once, one less than its queries may be, and those that wait. */
const SLOTS = 3;
const QUEUE = 1_000;

/** Tables whose facts are remembered. */
const MOST_FACTS = 1_000;

/** A tile that was asked for. */
export interface TileRequest {
  readonly table: ReadableTable;
  readonly address: TileAddress;
  /** Names of columns; null: all. */
  readonly columns: readonly string[] | null;
}

/** A vector tile that is ready to be sent. */
export interface VectorTile {
  /** Compressed by gzip; empty where nothing lies there. */
  readonly tile: Buffer;
  /** Another one where the tile may be another. */
  readonly state: string;
  /** The tile stays until the table changes; else a better one is being made. */
  readonly isFinal: boolean;
}

/** Where to ask for tiles. Tables are those of `readableTable`. */
export interface TileDesk {
  /** Throws UnknownColumn. */
  vector(request: TileRequest): Promise<VectorTile>;
  /** A PNG of 256 by 256 pixels; null where the raster has nothing. */
  raster(table: ReadableTable, address: TileAddress): Promise<Buffer | null>;
  facts(table: ReadableTable): Promise<TileFacts>;
}

/** The desk of a process. */
export function createTileDesk({
  db,
  onError,
}: {
  readonly db: Database;
  /** Told of overviews that could not be made. */
  readonly onError: (error: unknown) => void;
}): TileDesk {
  const cache = createBufferCache(CACHE_BYTES);
  const drawing = new Map<string, Promise<Buffer>>();
  const known = new Map<string, Promise<TileFacts>>();
  const gate = createGate(SLOTS, QUEUE);

  /** Those who ask for a tile that is being drawn share it. */
  const once = async (key: string, draw: () => Promise<Buffer>): Promise<Buffer> => {
    const kept = cache.get(key);
    if (kept !== undefined) return kept;
    const running = drawing.get(key);
    if (running !== undefined) return running;
    const drawn = draw().finally(() => drawing.delete(key));
    drawing.set(key, drawn);
    return drawn;
  };
  const gated = async <T>(account: string, work: () => Promise<T>): Promise<T> => {
    const leave = await gate.enter(account);
    try {
      return await work();
    } finally {
      leave();
    }
  };

  const facts = (table: ReadableTable): Promise<TileFacts> => {
    const key = `${table.id} ${table.version}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    if (known.size >= MOST_FACTS) known.clear();
    const found = tileFacts(db, table);
    known.set(key, found);
    found.catch(() => known.delete(key));
    return found;
  };
  const overviews = createTileOverviews(db, facts, onError);

  return {
    async vector({ table, address, columns: asked }) {
      const columns = tileColumns(table, asked);
      const names = asked === null ? null : columns.map(({ name }) => name);
      const key = JSON.stringify([table.id, table.version, address, names]);
      const kept = cache.get(key);
      if (kept !== undefined) return { tile: kept, state: table.version, isFinal: true };
      const { source, isFinal } = await overviews.choose(table, address);
      const tile = await once(`${source.kind} ${key}`, () =>
        gated(table.schema, async () => {
          const drawn = await drawTile(db, { table, address, columns, source });
          const packed = drawn.length === 0 ? drawn : await compress(drawn);
          if (isFinal) cache.set(key, packed);
          return packed;
        }),
      );
      return { tile, state: isFinal ? table.version : `${table.version}-${source.kind}`, isFinal };
    },
    async raster(table, address) {
      const { raster } = table;
      if (raster === null) return null;
      const key = JSON.stringify([table.id, table.version, address, 'png']);
      const tile = await once(key, () =>
        gated(table.schema, async () => {
          const drawn = (await drawRasterTile(db, table.schema, table.name, raster, address)) ?? Buffer.alloc(0);
          cache.set(key, drawn);
          return drawn;
        }),
      );
      return tile.length === 0 ? null : tile;
    },
    facts,
  };
}
