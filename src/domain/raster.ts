/** Rasters as they are stored: cut into tiles on the pixel grid of a zoom level of web maps (EPSG:3857). */

/** Types of pixels as PostGIS names them, of those that files have. */
export type PixelType = '8BUI' | '16BSI' | '16BUI' | '32BSI' | '32BUI' | '32BF' | '64BF';

/** What a band shows: a colour, what can be seen through, numbers of colours in a palette, or just values. */
export type BandColour = 'value' | 'red' | 'green' | 'blue' | 'alpha' | 'palette';

export interface RasterBand {
  readonly type: PixelType;
  /** The value that is none, `NaN` included, in the text of a number; null: every pixel has a value. */
  readonly noData: string | null;
  readonly colour: BandColour;
  /** Smallest and largest value, finite; null where no pixel has one. */
  readonly range: readonly [number, number] | null;
  /** Colours by value, as red, green, blue and alpha of 0 to 255; absent where the file has none. */
  readonly palette?: readonly (readonly number[])[];
}

/** A raster on the grid of a zoom level. Pixels are counted from the north-west corner of the web mercator world. */
export interface RasterFacts {
  readonly zoom: number;
  /** Column of the first pixel, row of the first pixel. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly bands: readonly RasterBand[];
  /** Each overview has one pixel for so many on a side: 2, 4, 8 … */
  readonly factors: readonly number[];
}

/** A published raster, with the tables of its overviews in the account's schema. */
export interface PublishedRaster extends RasterFacts {
  readonly overviews: readonly { readonly factor: number; readonly name: string }[];
}

/** Name of the column, by the wire contract (4.8). */
export const rasterColumn = 'the_raster_webmercator';

/** Column of a raster layer that says of which overview a tile is: 1 for the raster itself. It is not published. */
export const factorColumn = 'raster_factor';

/** Pixels on a side of a tile, by the wire contract (4.8). */
export const tileSize = 128;

/** Half the extent of the web mercator world in metres: half the circumference of the sphere of radius 6378137 m. */
export const worldEdge = Math.PI * 6378137;

/** Pixels on a side of a tile of a web map. */
const mapTileSize = 256;

/** Metres of one pixel at a zoom level. */
export const pixelSizeAt = (zoom: number): number => (2 * worldEdge) / mapTileSize / 2 ** zoom;

/** Deepest level: pixels of 2 cm. Deeper ones would only repeat pixels. */
export const maxZoom = 23;

/** A raster finer than a level by less than this part is taken for one of that level (wire contract 4.8). */
const TOLERANCE = 0.0001;

/** The level whose pixels are as fine as those of `pixelSize` metres, or the next finer one. */
export function zoomFor(pixelSize: number): number {
  const zoom = Math.ceil(Math.log2((pixelSizeAt(0) * (1 - TOLERANCE)) / pixelSize));
  return Math.min(Math.max(zoom, 0), maxZoom);
}

/** Overviews by the wire contract (4.8): the last has the longer side in 128 pixels or less. None beyond level 0. */
export function overviewFactors(width: number, height: number, zoom: number): readonly number[] {
  const last = Math.ceil(Math.log2(Math.max(width, height) / mapTileSize)) + 1;
  return Array.from({ length: Math.max(0, Math.min(last, zoom, 9)) }, (_, i) => 2 ** (i + 1));
}

/** The same raster with one pixel for `factor` on a side. */
export function overviewExtent(
  facts: Pick<RasterFacts, 'left' | 'top' | 'width' | 'height'>,
  factor: number,
): { readonly left: number; readonly top: number; readonly width: number; readonly height: number } {
  const left = Math.floor(facts.left / factor);
  const top = Math.floor(facts.top / factor);
  return {
    left,
    top,
    width: Math.ceil((facts.left + facts.width) / factor) - left,
    height: Math.ceil((facts.top + facts.height) / factor) - top,
  };
}

/** Tiles of the raster itself. */
export function tileCount({
  left,
  top,
  width,
  height,
}: Pick<RasterFacts, 'left' | 'top' | 'width' | 'height'>): number {
  const along = (start: number, length: number): number =>
    Math.ceil((start + length) / tileSize) - Math.floor(start / tileSize);
  return along(left, width) * along(top, height);
}
