import { worldEdge } from '../domain/raster.ts';

/** Address of a tile: `x` from the west, `y` from the north, as web maps count them. */
export interface TileAddress {
  readonly z: number;
  readonly x: number;
  readonly y: number;
}

/** Deepest level: one unit of its tiles is less than a millimetre. */
export const deepestZoom = 24;

/** Units on a side of a vector tile, and those that it has beyond each side, so that lines and symbols go on there. */
export const tileExtent = 4096;
export const tileBuffer = 64;

/** Where a tile lies in EPSG:3857, in metres. */
export interface TileFrame {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
  /** Metres on a side. */
  readonly side: number;
  /** Metres of the buffer. */
  readonly margin: number;
}

/** Whether there is such a tile. */
export const isTile = ({ z, x, y }: TileAddress): boolean =>
  [z, x, y].every(Number.isInteger) && z >= 0 && z <= deepestZoom && x >= 0 && x < 2 ** z && y >= 0 && y < 2 ** z;

/** The frame of a tile. */
export function frameOf({ z, x, y }: TileAddress): TileFrame {
  const side = (2 * worldEdge) / 2 ** z;
  const west = x * side - worldEdge;
  const north = worldEdge - y * side;
  return { west, south: north - side, east: west + side, north, side, margin: (side * tileBuffer) / tileExtent };
}
