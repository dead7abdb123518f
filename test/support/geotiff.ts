/** GeoTIFF files made byte by byte: one strip, nothing compressed. */

/** What a pixel is: bytes, whether it has a sign, whether it is a float. */
const kinds = {
  byte: { bytes: 1, format: 1 },
  int16: { bytes: 2, format: 2 },
  uint16: { bytes: 2, format: 1 },
  int32: { bytes: 4, format: 2 },
  float32: { bytes: 4, format: 3 },
  float64: { bytes: 8, format: 3 },
} as const;

export interface TestRaster {
  readonly width: number;
  readonly height: number;
  readonly type: keyof typeof kinds;
  /** Values of a band by column and row, from the north-west. */
  readonly bands: readonly ((x: number, y: number) => number)[];
  /** North-west corner and pixel size in units of the system; absent: the file says nothing of its place. */
  readonly place?: { readonly west: number; readonly north: number; readonly size: number };
  /** EPSG code; absent: not said. */
  readonly epsg?: number;
  readonly noData?: string;
  /** Red, green and blue by value, of 0 to 255. */
  readonly palette?: readonly (readonly [number, number, number])[];
  /** Three bands are red, green and blue. */
  readonly isColour?: boolean;
}

type Entry = readonly [tag: number, type: 2 | 3 | 4 | 12, values: Buffer, count: number];

const shorts = (tag: number, ...values: number[]): Entry => {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [index, value] of values.entries()) bytes.writeUInt16LE(value, index * 2);
  return [tag, 3, bytes, values.length];
};
const long = (tag: number, value: number): Entry => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return [tag, 4, bytes, 1];
};
const doubles = (tag: number, ...values: number[]): Entry => [
  tag,
  12,
  Buffer.from(Float64Array.from(values).buffer),
  values.length,
];

function pixelsOf({ width, height, type, bands }: TestRaster): Buffer {
  const { bytes } = kinds[type];
  const out = Buffer.alloc(width * height * bands.length * bytes);
  let at = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (const band of bands) {
        const value = band(x, y);
        if (type === 'byte') out.writeUInt8(value, at);
        else if (type === 'int16') out.writeInt16LE(value, at);
        else if (type === 'uint16') out.writeUInt16LE(value, at);
        else if (type === 'int32') out.writeInt32LE(value, at);
        else if (type === 'float32') out.writeFloatLE(value, at);
        else out.writeDoubleLE(value, at);
        at += bytes;
      }
    }
  }
  return out;
}

/** The keys that name a system (GeoTIFF 1.1, 7.1): degrees below 5000 of EPSG's codes, else metres. */
function systemKeys(epsg: number): Entry {
  const isGeographic = epsg === 4326;
  return shorts(
    34735,
    1,
    1,
    0,
    3,
    1024,
    0,
    1,
    isGeographic ? 2 : 1,
    1025,
    0,
    1,
    1,
    isGeographic ? 2048 : 3072,
    0,
    1,
    epsg,
  );
}

/** The bytes of a file. */
export function geotiff(raster: TestRaster): Buffer {
  const { width, height, type, bands, place, epsg, noData, palette } = raster;
  const { bytes, format } = kinds[type];
  const pixels = pixelsOf(raster);
  const each = <T>(value: T): T[] => bands.map(() => value);
  const photometric = palette !== undefined ? 3 : raster.isColour ? 2 : 1;
  const entries: Entry[] = [
    long(256, width),
    long(257, height),
    shorts(258, ...each(bytes * 8)),
    shorts(259, 1),
    shorts(262, photometric),
    long(273, 8),
    shorts(277, bands.length),
    long(278, height),
    long(279, pixels.length),
    shorts(284, 1),
    ...(palette === undefined
      ? []
      : [
          shorts(320, ...[0, 1, 2].flatMap((c) => Array.from({ length: 256 }, (_, i) => (palette[i]?.[c] ?? 0) * 257))),
        ]),
    shorts(339, ...each(format)),
    ...(place === undefined
      ? []
      : [doubles(33550, place.size, place.size, 0), doubles(33922, 0, 0, 0, place.west, place.north, 0)]),
    ...(epsg === undefined ? [] : [systemKeys(epsg)]),
    ...(noData === undefined ? [] : ([[42113, 2, Buffer.from(`${noData}\0`), noData.length + 1]] as const)),
  ];
  const head = Buffer.alloc(8);
  head.write('II*\0', 'latin1');
  const directoryAt = 8 + pixels.length + (pixels.length % 2);
  head.writeUInt32LE(directoryAt, 4);
  const directory = Buffer.alloc(2 + entries.length * 12 + 4);
  directory.writeUInt16LE(entries.length);
  const rest: Buffer[] = [];
  let restAt = directoryAt + directory.length;
  for (const [index, [tag, kind, values, count]] of entries.entries()) {
    const at = 2 + index * 12;
    directory.writeUInt16LE(tag, at);
    directory.writeUInt16LE(kind, at + 2);
    directory.writeUInt32LE(count, at + 4);
    if (values.length <= 4) values.copy(directory, at + 8);
    else {
      directory.writeUInt32LE(restAt, at + 8);
      const padded = Buffer.concat([values, Buffer.alloc(values.length % 2)]);
      rest.push(padded);
      restAt += padded.length;
    }
  }
  return Buffer.concat([head, pixels, Buffer.alloc(pixels.length % 2), directory, ...rest]);
}
