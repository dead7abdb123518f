/** What part of the world a picture shows, in Web Mercator. */
import type { Bounds } from '../domain/map.ts';
import type { TileAddress } from '../tiles/tile-frame.ts';

/** Pixels on a side of the picture, and the part of it around the bounds that stays free. */
const MARGIN = 0.06;

/** Pixels of a tile at its own level: what a picture shows of a tile is twice to four times as large. */
const TILE_PIXELS = 256;
const LEVELS_ABOVE = 1;

/** Deepest level of a picture: a single point is shown with its surroundings. */
const DEEPEST = 14;

/** Degrees of latitude that Web Mercator ends at. */
const MOST_LATITUDE = 85.051129;

/** The world's width is 1; x to the east, y to the south. */
export interface MapView {
  readonly width: number;
  readonly height: number;
  /** Of the upper left corner. */
  readonly left: number;
  readonly top: number;
  /** Pixels of the world's width. */
  readonly scale: number;
}

const xOf = (longitude: number): number => longitude / 360 + 0.5;
const yOf = (latitude: number): number => {
  const sine = Math.sin((Math.min(Math.max(latitude, -MOST_LATITUDE), MOST_LATITUDE) * Math.PI) / 180);
  return 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
};

/** A view of a size in pixels that shows all of the bounds. */
export function viewOf([west, south, east, north]: Bounds, width: number, height: number): MapView {
  const [x0, x1, y0, y1] = [xOf(west), xOf(east), yOf(north), yOf(south)];
  const fitting = Math.min(
    (width * (1 - 2 * MARGIN)) / Math.max(x1 - x0, 1e-12),
    (height * (1 - 2 * MARGIN)) / Math.max(y1 - y0, 1e-12),
  );
  const scale = Math.min(fitting, TILE_PIXELS * 2 ** DEEPEST);
  return { width, height, left: (x0 + x1) / 2 - width / 2 / scale, top: (y0 + y1) / 2 - height / 2 / scale, scale };
}

/** Pixels of the world's width at level 0, as MapLibre counts levels. */
const WORLD_PIXELS = 512;

/** A view of a size in pixels around a place, at a level of MapLibre's. */
export function viewAt([x, y]: readonly [number, number], zoom: number, width: number, height: number): MapView {
  const scale = WORLD_PIXELS * 2 ** zoom;
  return { width, height, left: xOf(x) - width / 2 / scale, top: yOf(y) - height / 2 / scale, scale };
}

/** Where a place in degrees lies in the picture, in pixels. */
export const placeOf = (view: MapView, longitude: number, latitude: number): readonly [number, number] => [
  (xOf(longitude) - view.left) * view.scale,
  (yOf(latitude) - view.top) * view.scale,
];

/** A tile in the picture: its upper left corner and its side, in pixels. */
export interface PlacedTile extends TileAddress {
  readonly left: number;
  readonly top: number;
  readonly side: number;
}

/** The tiles that cover a view, none deeper than `deepest`. */
export function tilesOf(view: MapView, deepest: number): readonly PlacedTile[] {
  const level = Math.floor(Math.log2(view.scale / TILE_PIXELS)) - LEVELS_ABOVE;
  const z = Math.max(0, Math.min(level, deepest));
  const count = 2 ** z;
  const side = view.scale / count;
  const first = (start: number) => Math.max(0, Math.floor(start * count));
  const last = (end: number) => Math.min(count - 1, Math.floor(end * count));
  const tiles: PlacedTile[] = [];
  for (let y = first(view.top); y <= last(view.top + view.height / view.scale); y++) {
    for (let x = first(view.left); x <= last(view.left + view.width / view.scale); x++) {
      tiles.push({
        z,
        x,
        y,
        side,
        left: (x / count - view.left) * view.scale,
        top: (y / count - view.top) * view.scale,
      });
    }
  }
  return tiles;
}
