import { CellKind, type CellRecord, GeometryKind, type OnRecord } from '../../../domain/layer.ts';
import { overviewExtent, pixelSizeAt, type RasterFacts, tileSize, worldEdge } from '../../../domain/raster.ts';
import { pixelTypes, tileBytes, writeTile } from '../../../domain/raster-wkb.ts';
import { asPixels, type Pixels, Rows } from './scan.ts';
import type { Warped } from './warp.ts';

/** Room behind a tile for the factor in digits. */
const FACTOR_BYTES = 8;

/**
 * Hands a raster on as records of a tile and its factor: first the raster itself from the north-west, then its overviews,
 * whose pixels are each one of the raster's own. In memory is one row of tiles.
 */
export function readTiles(warped: Warped, facts: RasterFacts, fills: boolean, onRecord: OnRecord): void {
  using rows = new Rows(warped);
  const bytes = Buffer.alloc(tileBytes(tileSize, tileSize, facts.bands) + FACTOR_BYTES);
  const record = newRecord(bytes);
  for (const factor of [1, ...facts.factors]) {
    const extent = overviewExtent(facts, factor);
    const strip = new Strip(warped, facts, fills, factor, extent.width);
    const pixelSize = pixelSizeAt(facts.zoom) * factor;
    const bottom = extent.top + extent.height;
    const right = extent.left + extent.width;
    for (let top = extent.top; top < bottom; top = nextEdge(top)) {
      const height = Math.min(nextEdge(top), bottom) - top;
      strip.fill(rows, top, height, extent.left);
      for (let left = extent.left; left < right; left = nextEdge(left)) {
        const width = Math.min(nextEdge(left), right) - left;
        const place = {
          west: left * pixelSize - worldEdge,
          north: worldEdge - top * pixelSize,
          pixelSize,
          width,
          height,
        };
        const end = writeTile(bytes, place, facts.bands, (band, at) =>
          strip.copy(band, left - extent.left, width, height, bytes, at),
        );
        record.ends[0] = end;
        record.starts[1] = end;
        record.ends[1] = end + bytes.write(String(factor), end, 'latin1');
        record.row++;
        onRecord(record);
      }
    }
  }
}

/** The next edge of a tile, in pixels from the corner of the world: tiles of web maps are made of whole ones. */
const nextEdge = (pixel: number): number => (Math.floor(pixel / tileSize) + 1) * tileSize;

const newRecord = (bytes: Buffer): CellRecord => ({
  bytes,
  count: 2,
  kinds: Uint8Array.of(CellKind.binary, CellKind.plain),
  starts: new Int32Array(2),
  ends: new Int32Array(2),
  quote: 0,
  geometryKind: GeometryKind.none,
  geometryStart: 0,
  geometryEnd: 0,
  row: 0,
  line: 0,
});

/** The pixels of one row of tiles, band by band. */
class Strip {
  readonly #bytes: Uint8Array;
  readonly #pixels: Pixels;
  readonly #warped: Warped;
  readonly #facts: RasterFacts;
  readonly #fills: readonly (number | null)[];
  readonly #factor: number;
  readonly #width: number;
  readonly #pixelBytes: number;

  constructor(warped: Warped, facts: RasterFacts, fills: boolean, factor: number, width: number) {
    const type = facts.bands[0]?.type ?? '8BUI';
    this.#pixelBytes = pixelTypes[type].bytes;
    const buffer = new ArrayBuffer(width * tileSize * facts.bands.length * this.#pixelBytes);
    this.#bytes = new Uint8Array(buffer);
    this.#pixels = asPixels(type, buffer);
    this.#warped = warped;
    this.#facts = facts;
    this.#fills = facts.bands.map(({ noData }) => (fills && noData !== null ? Number(noData) : null));
    this.#factor = factor;
    this.#width = width;
  }

  /** Takes the pixels of `height` rows from `top`; of an overview the one in the middle of those that it stands for. */
  fill(rows: Rows, top: number, height: number, left: number): void {
    const { width, height: most, left: first, top: firstRow } = this.#facts;
    const factor = this.#factor;
    const middle = factor >> 1;
    const within = (pixel: number, size: number): number => Math.min(Math.max(pixel, 0), size - 1);
    const columns = Int32Array.from({ length: this.#width }, (_, x) =>
      within((left + x) * factor + middle - first, width),
    );
    const mask = this.#warped.hasMask ? (this.#warped.bands - 1) * width : -1;
    for (let y = 0; y < height; y++) {
      rows.read(within((top + y) * factor + middle - firstRow, most));
      const { pixels } = rows;
      for (const [band, none] of this.#fills.entries()) {
        const to = (band * tileSize + y) * this.#width;
        const from = band * width;
        if (factor === 1 && none === null) {
          this.#pixels.set(pixels.subarray(from, from + width), to);
          continue;
        }
        for (let x = 0; x < columns.length; x++) {
          const column = columns[x]!;
          this.#pixels[to + x] = none !== null && pixels[mask + column] === 0 ? none : pixels[from + column]!;
        }
      }
    }
  }

  /** Writes a part of the strip as the band of a tile. */
  copy(band: number, left: number, width: number, height: number, out: Buffer, at: number): void {
    const size = this.#pixelBytes;
    for (let y = 0; y < height; y++) {
      const from = ((band * tileSize + y) * this.#width + left) * size;
      out.set(this.#bytes.subarray(from, from + width * size), at + y * width * size);
    }
  }
}
