import { closeSync, openSync, readSync } from 'node:fs';
import type { BandColour, PixelType, RasterBand } from '../../../domain/raster.ts';
import { pixelTypes } from '../../../domain/raster-wkb.ts';
import type { RasterInfo } from '../info.ts';
import type { Warped } from './warp.ts';

/** Pixels of one type, as many as bytes hold. */
export type Pixels = Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | Float32Array | Float64Array;

const ofGdal: Readonly<Record<string, PixelType>> = {
  Byte: '8BUI',
  Int16: '16BSI',
  UInt16: '16BUI',
  Int32: '32BSI',
  UInt32: '32BUI',
  Float32: '32BF',
  Float64: '64BF',
};

const arrays = {
  '8BUI': Uint8Array,
  '16BSI': Int16Array,
  '16BUI': Uint16Array,
  '32BSI': Int32Array,
  '32BUI': Uint32Array,
  '32BF': Float32Array,
  '64BF': Float64Array,
} as const satisfies Record<PixelType, unknown>;

/** The bytes as pixels, without a copy. */
export const asPixels = (type: PixelType, bytes: ArrayBuffer): Pixels => new arrays[type](bytes);

/** The file of a warped raster, open; rows are read into one piece of memory. */
export class Rows implements Disposable {
  readonly type: PixelType;
  /** The row that was read last: the bands one after another. */
  readonly pixels: Pixels;
  readonly #file: number;
  readonly #bytes: Uint8Array;

  constructor({ path, type, width, bands }: Warped) {
    this.type = ofGdal[type] ?? '64BF';
    const buffer = new ArrayBuffer(width * bands * pixelTypes[this.type].bytes);
    this.pixels = asPixels(this.type, buffer);
    this.#bytes = new Uint8Array(buffer);
    this.#file = openSync(path, 'r');
  }

  /** Reads row `y`, from the north. Rows that GDAL did not write, since there is nothing in them, are 0. */
  read(y: number): void {
    const { length } = this.#bytes;
    let done = 0;
    while (done < length) {
      const read = readSync(this.#file, this.#bytes, done, length - done, y * length + done);
      if (read === 0) break;
      done += read;
    }
    this.#bytes.fill(0, done);
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }
}

/** The bands of a raster, and whether the mask is one of them. */
export interface Scanned {
  readonly bands: readonly RasterBand[];
  /** Whether pixels that the mask leaves out are written as their band's value for none. */
  readonly fills: boolean;
}

/** Whole numbers of one or two bytes: few enough to note which occur. */
const isSmall = (type: PixelType): boolean => pixelTypes[type].bytes <= 2 && type !== '16BSI';

/**
 * Reads all pixels of a warped raster once, for the range of each band. Where pixels are left out and the file has no
 * value for none, one is found that no pixel has; if every value of a band is taken, the mask stays as the last band.
 */
export function scan(warped: Warped, info: RasterInfo): Scanned {
  using rows = new Rows(warped);
  const { width, height, hasMask } = warped;
  const { type } = rows;
  const own = info.bands.map(({ noDataValue }) => noDataOf(type, noDataValue));
  const seen = own.map(() => ({
    least: Infinity,
    most: -Infinity,
    values: isSmall(type) ? new Uint8Array(65536) : null,
  }));
  let isMasked = false;
  for (let y = 0; y < height; y++) {
    rows.read(y);
    const { pixels } = rows;
    const mask = hasMask ? pixels.subarray(own.length * width) : null;
    if (mask?.includes(0)) isMasked = true;
    for (const [band, facts] of seen.entries()) {
      const none = own[band] ?? null;
      const none_ = none === null ? null : Number(none);
      const row = pixels.subarray(band * width, (band + 1) * width);
      for (let x = 0; x < width; x++) {
        if (mask !== null && mask[x] === 0) continue;
        const value = row[x]!;
        if (value === none_) continue;
        if (value < facts.least && value > -Infinity) facts.least = value;
        if (value > facts.most && value < Infinity) facts.most = value;
        if (facts.values !== null) facts.values[value] = 1;
      }
    }
  }
  const found = seen.map((facts) => (isMasked ? unused(type, facts) : null));
  const fills = isMasked && found.every((value) => value !== null);
  const bands = info.bands.map((band, index): RasterBand => {
    const { least = 0, most = 0 } = seen[index] ?? {};
    return {
      type,
      noData: own[index] ?? (fills ? String(found[index]) : null),
      colour: colourOf(band),
      range: least <= most ? [least, most] : null,
      ...(band.colorTable === undefined ? {} : { palette: band.colorTable.entries }),
    };
  });
  const opaque: RasterBand = { type, noData: null, colour: 'alpha', range: [0, 255] };
  return { bands: isMasked && !fills ? [...bands, opaque] : bands, fills };
}

/** The file's own value for none, where its type can hold it. */
function noDataOf(type: PixelType, value: number | string | undefined): string | null {
  if (value === undefined) return null;
  const number =
    typeof value === 'string' && /^-?nan$/i.test(value)
      ? Number.NaN
      : Number(String(value).replace(/^(-?)inf.*$/i, '$1Infinity'));
  const [held] = new arrays[type]([number]);
  if (held === undefined) return null;
  const isHeld = type === '32BF' ? Math.fround(number) === held || Number.isNaN(held) : Object.is(held + 0, number + 0);
  return isHeld ? String(held) : null;
}

/** A value that no pixel of the band has; null where each has been seen. */
function unused(
  type: PixelType,
  { least, most, values }: { readonly least: number; readonly most: number; readonly values: Uint8Array | null },
): number | null {
  const [lowest, highest] = bounds[type];
  if (least > lowest) return lowest;
  if (most < highest) return highest;
  const free = values?.subarray(0, highest + 1).indexOf(0) ?? -1;
  return free < 0 ? null : free;
}

const bounds: Readonly<Record<PixelType, readonly [number, number]>> = {
  '8BUI': [0, 255],
  '16BSI': [-32768, 32767],
  '16BUI': [0, 65535],
  '32BSI': [-(2 ** 31), 2 ** 31 - 1],
  '32BUI': [0, 2 ** 32 - 1],
  '32BF': [-3.4028234663852886e38, 3.4028234663852886e38],
  '64BF': [-Number.MAX_VALUE, Number.MAX_VALUE],
};

function colourOf({ colorInterpretation, colorTable }: RasterInfo['bands'][number]): BandColour {
  if (colorTable !== undefined) return 'palette';
  switch (colorInterpretation) {
    case 'Red':
      return 'red';
    case 'Green':
      return 'green';
    case 'Blue':
      return 'blue';
    case 'Alpha':
      return 'alpha';
    default:
      return 'value';
  }
}
