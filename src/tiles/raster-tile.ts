/** A tile of a web map out of a raster table. */
import { PNG } from 'pngjs';
import type { Queryable } from '../db/database.ts';
import { identifier, sql } from '../db/sql.ts';
import { type PublishedRaster, pixelSizeAt, rasterColumn, worldEdge } from '../domain/raster.ts';
import { type ReadTile, readTile } from '../domain/raster-wkb.ts';
import { type Colouring, colouringOf } from './raster-colours.ts';

/** Pixels on a side. */
const SIZE = 256;

/** Address of a tile: `x` from the west, `y` from the north, as web maps count them. */
export interface TileAddress {
  readonly z: number;
  readonly x: number;
  readonly y: number;
}

/**
 * Draws a tile of 256 by 256 pixels from the raster or that of its overviews which is as fine as the zoom level; the
 * nearest pixel is shown. Colours are the raster's own; one band is grey from its smallest to its largest value. What is no
 * value is transparent. Returns a PNG, null where the raster has nothing there.
 */
export async function drawRasterTile(
  db: Queryable,
  schema: string,
  table: string,
  raster: PublishedRaster,
  address: TileAddress,
): Promise<Buffer | null> {
  const source = sourceFor(table, raster, address.z);
  const tiles = await tilesOf(db, schema, source.table, address);
  if (tiles.length === 0) return null;
  const picture = new PNG({ width: SIZE, height: SIZE });
  const colouring = colouringOf(raster.bands);
  let isEmpty = true;
  for (const tile of tiles) if (drawInto(picture.data, tile, colouring, source.zoom, address)) isEmpty = false;
  return isEmpty ? null : PNG.sync.write(picture);
}

/** The coarsest table whose pixels are as fine as those of the map, and its zoom level. */
function sourceFor(
  table: string,
  { zoom, overviews }: PublishedRaster,
  z: number,
): { readonly table: string; readonly zoom: number } {
  const fitting = overviews.filter(({ factor }) => factor <= 2 ** (zoom - z));
  const best = fitting.toSorted((a, b) => b.factor - a.factor)[0];
  return best === undefined ? { table, zoom } : { table: best.name, zoom: zoom - Math.log2(best.factor) };
}

async function tilesOf(db: Queryable, schema: string, table: string, { z, x, y }: TileAddress): Promise<ReadTile[]> {
  const side = pixelSizeAt(z) * SIZE;
  const west = x * side - worldEdge;
  const north = worldEdge - y * side;
  // A tile that only touches this one has none of its pixels.
  const inset = side / SIZE / 4;
  const column = identifier(rasterColumn);
  const rows = await db.query<{ tile: Buffer }>(sql`
    select st_aswkb(${column}) as tile from ${identifier(schema, table)}
    where st_convexhull(${column}) && st_makeenvelope(${west + inset}::float8, ${north - side + inset}::float8,
      ${west + side - inset}::float8, ${north - inset}::float8, 3857)`);
  return rows.map(({ tile }) => readTile(tile));
}

/** Draws the part of a stored tile that lies in the map's; returns whether anything can be seen of it. */
function drawInto(out: Buffer, tile: ReadTile, colouring: Colouring, zoom: number, { z, x, y }: TileAddress): boolean {
  const left = Math.round((tile.west + worldEdge) / tile.pixelSize);
  const top = Math.round((worldEdge - tile.north) / tile.pixelSize);
  // Stored pixels for one of the map: the middle one is shown.
  const ratio = 2 ** (zoom - z);
  const stored = (pixel: number): number => Math.floor((pixel + 0.5) * ratio);
  const [firstColumn, lastColumn] = within(x, left, tile.width, ratio);
  const [firstRow, lastRow] = within(y, top, tile.height, ratio);
  let isSeen = false;
  for (let row = firstRow; row <= lastRow; row++) {
    const from = (stored(y * SIZE + row) - top) * tile.width - left;
    for (let column = firstColumn; column <= lastColumn; column++) {
      if (colouring(tile, from + stored(x * SIZE + column), out, (row * SIZE + column) * 4)) isSeen = true;
    }
  }
  return isSeen;
}

/** The first and the last pixel of a map tile whose stored pixel lies in `length` from `start`. */
function within(tile: number, start: number, length: number, ratio: number): readonly [number, number] {
  const first = Math.ceil(start / ratio - 0.5) - tile * SIZE;
  const last = Math.ceil((start + length) / ratio - 0.5) - 1 - tile * SIZE;
  return [Math.max(first, 0), Math.min(last, SIZE - 1)];
}
