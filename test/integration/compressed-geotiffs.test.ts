import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ImportError } from '../../src/errors.ts';
import { Gdal, MEMORY_FOLDER } from '../../src/formats/gdal/gdal.ts';
import type { RasterInfo } from '../../src/formats/gdal/info.ts';
import { MountedFiles } from '../../src/formats/gdal/mounted-files.ts';
import { rasterKinds } from '../../src/formats/gdal/raster/kinds.ts';
import { readableTiff } from '../../src/formats/gdal/tiff/unpack-tiff.ts';
import { openCodeCache } from '../../src/read/code-cache.ts';
import { createReaderPool, type ReaderPool } from '../../src/read/reader-pool.ts';
import { geotiff, type TestRaster } from '../support/geotiff.ts';
import { defaultOptions, sourceFile } from '../support/layer-values.ts';
import { rewriteRaster, withoutGdal } from '../support/ogr2ogr.ts';

const skip = withoutGdal;
const folder = mkdtempSync(join(tmpdir(), 'landfall-codecs-'));
const scratch = join(folder, 'scratch');
let gdal: Gdal;
let readers: ReaderPool;

before(async () => {
  mkdirSync(scratch);
  gdal = await Gdal.start(scratch);
  readers = createReaderPool({
    root: join(import.meta.dirname, '../..'),
    scratch: folder,
    memoryBytes: 512 * 1024 ** 2,
    seconds: 120,
    warm: 0,
    codeCache: openCodeCache(join(folder, 'code')),
    onTrace: () => undefined,
  });
});
after(async () => {
  await readers[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const hill = (x: number, y: number): number => Math.round(120 + 60 * Math.sin(x / 17) + 50 * Math.cos(y / 11));
const place = { west: 300_000, north: 5_500_000, size: 10 };
/** No multiple of a tile or strip, so that those at the edges are cut. */
const size = { width: 150, height: 100, place, epsg: 32_633 };

const sources = {
  photo: { ...size, type: 'byte', bands: [hill, (x, y) => hill(y, x), (x, y) => (x + y) % 256], isColour: true },
  four: { ...size, type: 'byte', bands: [hill, (x, y) => hill(y, x), (x, y) => x + y, (x, y) => (x ^ y) % 256] },
  cut: { ...size, type: 'byte', bands: [hill, hill, hill, (x, y) => (Math.hypot(x - 75, y - 50) < 45 ? 255 : 0)] },
  opaque: { ...size, type: 'byte', bands: [hill, hill, (x) => x, () => 255] },
  grey: { ...size, type: 'byte', bands: [hill], noData: '3' },
  classes: {
    ...size,
    type: 'byte',
    bands: [(x, y) => (x >> 4) ^ (y >> 4)],
    palette: Array.from({ length: 256 }, (_, i) => [i, 255 - i, (i * 7) % 256] as const),
  },
  counts: { ...size, type: 'uint16', bands: [(x, y) => (x * 411 + y * 97) % 65_536, (x, y) => x * y] },
  signed: { ...size, type: 'int16', bands: [(x, y) => x * y - 7000], noData: '-32768' },
  whole: { ...size, type: 'int32', bands: [(x, y) => x * 1_000_003 - y * 999] },
  floats: { ...size, type: 'float32', bands: [(x, y) => (x === y ? Number.NaN : Math.fround(Math.sin(x) * y))] },
  doubles: { ...size, type: 'float64', bands: [(x, y) => Math.sin(x) * y, (x, y) => x / (y + 1)], noData: '-9999' },
} satisfies Record<string, TestRaster>;

const rgba = ['-colorinterp_4', 'alpha'];
const options = (...pairs: readonly string[]): readonly string[] => pairs.flatMap((pair) => ['-co', pair]);
const tiled = ['TILED=YES', 'BLOCKXSIZE=64', 'BLOCKYSIZE=64'];

/** What is written, with which options, and by how many levels a pixel may differ from what GDAL itself reads. */
const cases: readonly (readonly [keyof typeof sources, readonly string[], number])[] = [
  ['photo', options('COMPRESS=JPEG', 'PHOTOMETRIC=YCBCR', ...tiled), 3],
  ['photo', options('COMPRESS=JPEG', 'PHOTOMETRIC=YCBCR', 'BLOCKYSIZE=48', 'BIGTIFF=YES'), 3],
  ['photo', ['-of', 'COG', ...options('COMPRESS=JPEG', 'BLOCKSIZE=64')], 3],
  ['four', options('COMPRESS=JPEG', ...tiled), 3],
  ['grey', options('COMPRESS=JPEG'), 3],
  [
    'cut',
    [
      ...['-b', '1', '-b', '2', '-b', '3', '-mask', '4', '--config', 'GDAL_TIFF_INTERNAL_MASK', 'YES'],
      ...options('COMPRESS=JPEG', 'PHOTOMETRIC=YCBCR', ...tiled),
    ],
    3,
  ],
  ['photo', options('COMPRESS=WEBP', ...tiled), 3],
  ['cut', [...rgba, ...options('COMPRESS=WEBP', 'WEBP_LOSSLESS=YES', ...tiled)], 0],
  ['opaque', [...rgba, ...options('COMPRESS=WEBP', 'WEBP_LOSSLESS=YES', ...tiled)], 0],
  ['classes', options('COMPRESS=ZSTD', ...tiled), 0],
  ['counts', options('COMPRESS=ZSTD', 'PREDICTOR=2', 'INTERLEAVE=BAND'), 0],
  ['signed', options('COMPRESS=ZSTD', 'PREDICTOR=2', 'ENDIANNESS=BIG', ...tiled), 0],
  ['doubles', options('COMPRESS=ZSTD', 'PREDICTOR=3', 'BIGTIFF=YES', ...tiled), 0],
  ['floats', options('COMPRESS=LERC', ...tiled), 0],
  ['floats', options('COMPRESS=LERC_ZSTD', 'ENDIANNESS=BIG'), 0],
  ['counts', options('COMPRESS=LERC', 'ENDIANNESS=BIG'), 0],
  ['whole', options('COMPRESS=LERC_DEFLATE', ...tiled), 0],
  ['cut', [...rgba, ...options('COMPRESS=LERC')], 0],
];

/** Every band and the mask, as bare pixels. */
const asPixels = (info: RasterInfo): readonly string[] => [
  ...['-q', '-of', 'ENVI', '-b', 'mask'],
  ...info.bands.flatMap((_, index) => ['-b', String(index + 1)]),
];

/** What is compared of what GDAL says of a raster. */
const factsOf = ({ size, geoTransform, coordinateSystem, bands }: RasterInfo) => ({
  size,
  geoTransform,
  system: /ID\["EPSG",(\d+)\]\]$/.exec(coordinateSystem?.wkt ?? '')?.[1],
  bands: bands.map(({ type, colorInterpretation, noDataValue, colorTable }) => ({
    type,
    colorInterpretation,
    noDataValue: String(noDataValue),
    colorTable,
  })),
});

/** As the real GDAL reads it. */
function expectedOf(path: string) {
  const info: RasterInfo = JSON.parse(execFileSync('gdalinfo', ['-json', path]).toString());
  const target = join(folder, 'pixels');
  execFileSync('gdal_translate', [...asPixels(info), path, target]);
  return { facts: factsOf(info), pixels: readFileSync(target) };
}

/** As the GDAL of a reader reads it. */
function foundIn(path: string) {
  const kind = rasterKinds.find(({ driver }) => driver === 'GTiff') ?? assert.fail();
  using mounted = new MountedFiles(sourceFile(path), kind);
  const dataset = gdal.open('GTiff', gdal.mount(mounted.files, mounted.suffix) + mounted.main, [], 'raster');
  const info = gdal.describeRaster(dataset);
  const target = `${MEMORY_FOLDER}/found`;
  gdal.copyRaster(dataset, target, asPixels(info));
  gdal.close(dataset);
  return { facts: factsOf(info), pixels: gdal.readMemory(target) };
}

const write = (name: keyof typeof sources, how: readonly string[]): string => {
  const path = join(folder, 'packed.tif');
  writeFileSync(path, rewriteRaster(geotiff(sources[name]), folder, how));
  return path;
};

for (const [name, how, levels] of cases) {
  test(`${name} written with ${how.filter((word) => /=|COG/.test(word)).join(' ')} has the pixels that GDAL reads`, {
    skip,
  }, async () => {
    const path = write(name, how);
    using readable = await readableTiff(sourceFile(path), gdal, scratch);
    assert.notEqual(readable.file.path, path);
    const expected = expectedOf(path);
    const own = foundIn(readable.file.path);
    assert.deepEqual(own.facts, expected.facts);
    if (levels === 0) return assert.ok(own.pixels.equals(expected.pixels), 'pixels differ');
    assert.equal(own.pixels.length, expected.pixels.length);
    const furthest = own.pixels.reduce(
      (most, pixel, at) => Math.max(most, Math.abs(pixel - (expected.pixels[at] ?? 0))),
      0,
    );
    assert.ok(furthest <= levels, `a pixel differs by ${furthest}`);
  });
}

test('a file that the GDAL module reads by itself stays as it is', { skip }, async () => {
  const path = write('photo', options('COMPRESS=DEFLATE'));
  using readable = await readableTiff(sourceFile(path), gdal, scratch);
  assert.equal(readable.file.path, path);
});

/** Opens a file in a reader process; what its raster is, or the code of the error. */
async function read(name: string, content: Buffer): Promise<readonly string[] | number> {
  const path = join(folder, name);
  writeFileSync(path, content);
  const file = { path, name, sizeBytes: statSync(path).size, mediaType: null };
  const wishes = { ...defaultOptions, layers: null, maxUnpackedBytes: 1 << 30, maxTables: 26 };
  try {
    await using session = await readers.open([file], wishes, () => undefined, new AbortController().signal);
    const [failed] = session.failed ?? [];
    return session.layers.length === 0 && failed ? failed.error.code : session.layers.map((layer) => layer.name);
  } catch (error) {
    assert.ok(error instanceof ImportError, String(error));
    return error.code;
  }
}

/** Where the value of a tag of a little-endian TIFF of one directory is, when it has room in the directory. */
function valueAt(tiff: Buffer, tag: number): number {
  const directory = tiff.readUInt32LE(4);
  for (let at = directory + 2; at < directory + 2 + tiff.readUInt16LE(directory) * 12; at += 12) {
    if (tiff.readUInt16LE(at) === tag) return at + 8;
  }
  return assert.fail(`no tag ${tag}`);
}

const codecs = ['JPEG', 'WEBP', 'ZSTD', 'LERC'];
const ofOneStrip = (codec: string): Buffer =>
  readFileSync(write('photo', options(`COMPRESS=${codec}`, 'BLOCKYSIZE=100')));

test('a reader process may load what it decodes with', { skip }, async () => {
  assert.deepEqual(await read('heights.tif', ofOneStrip('LERC')), ['heights']);
});

test('a tile that is damaged, elsewhere or of another size ends with 2001', { skip }, async () => {
  for (const codec of codecs) {
    const file = ofOneStrip(codec);
    const codeOf = async (change: (bytes: Buffer) => void): Promise<number | null> => {
      const path = join(folder, 'changed.tif');
      const bytes = Buffer.from(file);
      change(bytes);
      writeFileSync(path, bytes);
      try {
        using readable = await readableTiff(sourceFile(path), gdal, scratch);
        assert.notEqual(readable.file.path, path);
        return null;
      } catch (error) {
        assert.ok(error instanceof ImportError, String(error));
        return error.code;
      }
    };
    const start = file.readUInt32LE(valueAt(file, 273));
    const isSame = await codeOf(() => undefined);
    assert.equal(isSame, null);
    assert.equal(await codeOf((bytes) => bytes.fill(0x5a, start + 4, start + 60)), 2001, `${codec} of other bytes`);
    assert.equal(
      await codeOf((bytes) => bytes.writeUInt32LE(2 ** 31, valueAt(bytes, 273))),
      2001,
      `${codec} elsewhere`,
    );
    assert.equal(await codeOf((bytes) => bytes.writeUInt16LE(90, valueAt(bytes, 257))), 2001, `${codec} too high`);
  }
});

test('a strip of more pixels than can be read at once ends with 6666 before it is decoded', { skip }, async () => {
  const bytes = ofOneStrip('ZSTD');
  for (const tag of [256, 257, 278]) bytes.writeUInt16LE(20_000, valueAt(bytes, tag));
  const path = join(folder, 'huge.tif');
  writeFileSync(path, bytes);
  await assert.rejects(readableTiff(sourceFile(path), gdal, scratch), { code: 6666 });
});
