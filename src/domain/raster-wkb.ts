/** PostGIS's binary form of a raster, little-endian (postgis/raster/doc/RFC2-WellKnownBinaryFormat). */
import type { PixelType } from './raster.ts';

/** Code and bytes of a pixel. */
export const pixelTypes: Readonly<Record<PixelType, { readonly code: number; readonly bytes: number }>> = {
  '8BUI': { code: 4, bytes: 1 },
  '16BSI': { code: 5, bytes: 2 },
  '16BUI': { code: 6, bytes: 2 },
  '32BSI': { code: 7, bytes: 4 },
  '32BUI': { code: 8, bytes: 4 },
  '32BF': { code: 10, bytes: 4 },
  '64BF': { code: 11, bytes: 8 },
};

/** Endianness, version, number of bands, six doubles of the place, SRID, width, height. */
const HEADER_BYTES = 1 + 2 + 2 + 6 * 8 + 4 + 2 + 2;

/** Flags of a band, above the code of its pixels. */
const HAS_NO_DATA = 0x40;
const TYPE_MASK = 0x0f;
const OFFLINE = 0x80;

const WEB_MERCATOR = 3857;

/** A tile that stands upright in EPSG:3857. */
export interface TilePlace {
  /** The north-west corner, in metres. */
  readonly west: number;
  readonly north: number;
  /** Metres on a side. */
  readonly pixelSize: number;
  readonly width: number;
  readonly height: number;
}

export interface BandFormat {
  readonly type: PixelType;
  readonly noData: string | null;
}

/** Bytes of a tile with these bands. */
export const tileBytes = (width: number, height: number, bands: readonly BandFormat[]): number =>
  bands.reduce((sum, { type }) => sum + 1 + pixelTypes[type].bytes * (1 + width * height), HEADER_BYTES);

/** Writes a pixel's value at `at`. The value is one that the type holds. */
export function writePixel(out: Buffer, at: number, type: PixelType, value: number): void {
  switch (type) {
    case '8BUI':
      out.writeUInt8(value, at);
      break;
    case '16BSI':
      out.writeInt16LE(value, at);
      break;
    case '16BUI':
      out.writeUInt16LE(value, at);
      break;
    case '32BSI':
      out.writeInt32LE(value, at);
      break;
    case '32BUI':
      out.writeUInt32LE(value, at);
      break;
    case '32BF':
      out.writeFloatLE(value, at);
      break;
    case '64BF':
      out.writeDoubleLE(value, at);
      break;
  }
}

/** Reads a pixel's value at `at`. */
export function readPixel(bytes: Buffer, at: number, type: PixelType): number {
  switch (type) {
    case '8BUI':
      return bytes[at] ?? 0;
    case '16BSI':
      return bytes.readInt16LE(at);
    case '16BUI':
      return bytes.readUInt16LE(at);
    case '32BSI':
      return bytes.readInt32LE(at);
    case '32BUI':
      return bytes.readUInt32LE(at);
    case '32BF':
      return bytes.readFloatLE(at);
    case '64BF':
      return bytes.readDoubleLE(at);
  }
}

/**
 * Writes a tile into `out` from its start; returns where it ends. `fill` writes the rows of a band, from the north, at a
 * place of `out`.
 */
export function writeTile(
  out: Buffer,
  place: TilePlace,
  bands: readonly BandFormat[],
  fill: (band: number, at: number) => void,
): number {
  out.writeUInt8(1, 0);
  out.writeUInt16LE(0, 1);
  out.writeUInt16LE(bands.length, 3);
  out.writeDoubleLE(place.pixelSize, 5);
  out.writeDoubleLE(-place.pixelSize, 13);
  out.writeDoubleLE(place.west, 21);
  out.writeDoubleLE(place.north, 29);
  out.writeDoubleLE(0, 37);
  out.writeDoubleLE(0, 45);
  out.writeInt32LE(WEB_MERCATOR, 53);
  out.writeUInt16LE(place.width, 57);
  out.writeUInt16LE(place.height, 59);
  let at = HEADER_BYTES;
  for (const [index, { type, noData }] of bands.entries()) {
    const { code, bytes } = pixelTypes[type];
    out.writeUInt8(code | (noData === null ? 0 : HAS_NO_DATA), at);
    writePixel(out, at + 1, type, Number(noData ?? 0));
    fill(index, at + 1 + bytes);
    at += 1 + bytes * (1 + place.width * place.height);
  }
  return at;
}

/** A band of a tile as it was read: pixels are at `at` of the bytes, row by row from the north. */
export interface ReadBand {
  readonly type: PixelType;
  readonly noData: number | null;
  readonly at: number;
}

export interface ReadTile extends TilePlace {
  readonly bytes: Buffer;
  readonly bands: readonly ReadBand[];
}

/** Reads what `writeTile` or PostGIS wrote, little-endian and with the pixels inside. Throws RangeError for others. */
export function readTile(bytes: Buffer): ReadTile {
  if (bytes.readUInt8(0) !== 1) throw new RangeError('a raster that is not little-endian');
  const width = bytes.readUInt16LE(57);
  const height = bytes.readUInt16LE(59);
  const bands: ReadBand[] = [];
  let at = HEADER_BYTES;
  for (let left = bytes.readUInt16LE(3); left > 0; left--) {
    const flags = bytes.readUInt8(at);
    const found = Object.entries(pixelTypes).find(([, { code }]) => code === (flags & TYPE_MASK));
    if (found === undefined || (flags & OFFLINE) !== 0) throw new RangeError(`a band with the flags ${flags}`);
    const type = found[0] as PixelType;
    const size = found[1].bytes;
    bands.push({
      type,
      noData: (flags & HAS_NO_DATA) === 0 ? null : readPixel(bytes, at + 1, type),
      at: at + 1 + size,
    });
    at += 1 + size * (1 + width * height);
  }
  if (at > bytes.length) throw new RangeError('a raster that is cut off');
  return {
    west: bytes.readDoubleLE(21),
    north: bytes.readDoubleLE(29),
    pixelSize: bytes.readDoubleLE(5),
    width,
    height,
    bands,
    bytes,
  };
}
