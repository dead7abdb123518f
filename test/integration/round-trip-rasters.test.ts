import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { pixelSizeAt, worldEdge } from '../../src/domain/raster.ts';
import { pixelTypes, readPixel, readTile } from '../../src/domain/raster-wkb.ts';
import { defaultReading } from '../../src/domain/reading.ts';
import { openFile } from '../../src/formats/open-file.ts';
import { geotiff, type TestRaster } from '../support/geotiff.ts';

/** The real GDAL says what a warped raster is. Without it there is nothing to compare with. */
const skip = spawnSync('gdalwarp', ['--version']).status === 0 ? false : 'needs gdalwarp: apt-get install gdal-bin';

const folder = mkdtempSync(join(tmpdir(), 'landfall-warp-'));
after(() => rmSync(folder, { recursive: true }));

const noise = (x: number, y: number): number =>
  Math.imul(Math.imul(x, 73_856_093) ^ Math.imul(y, 19_349_663), 2_654_435) >>> 8;
const place = { west: 300_000, north: 5_500_000, size: 90 };

const rasters: Readonly<Record<string, TestRaster>> = {
  heights: {
    width: 220,
    height: 180,
    type: 'int16',
    bands: [(x, y) => (noise(x, y) % 4000) - 500],
    noData: '-32768',
    place: { west: 10, north: 48, size: 0.001 },
    epsg: 4326,
  },
  floats: {
    width: 150,
    height: 170,
    type: 'float32',
    bands: [(x, y) => Math.fround(noise(x, y) / 1e6), (x, y) => -x * y],
    noData: '-9999',
    place,
    epsg: 32633,
  },
  classes: {
    width: 300,
    height: 90,
    type: 'byte',
    bands: [(x, y) => noise(x, y) % 255],
    noData: '255',
    place,
    epsg: 31467,
  },
  counts: {
    width: 64,
    height: 65,
    type: 'uint16',
    bands: [(x, y) => noise(x, y) % 65_535],
    noData: '65535',
    place,
    epsg: 25832,
  },
};

/** The pixels of a raster as they are stored, by band, row and column. */
async function stored(path: string) {
  const file = { path, name: basename(path), sizeBytes: statSync(path).size, mediaType: null, companions: new Map() };
  const context = { folder: mkdtempSync(join(folder, 'job-')) };
  const [layer = assert.fail('no layer')] = await openFile(file, { ...defaultReading, maxRows: 1e6 }, context);
  const facts = layer.raster ?? assert.fail('no raster');
  const size = pixelSizeAt(facts.zoom);
  const pixels = facts.bands.map(() => new Float64Array(facts.width * facts.height).fill(Number.NaN));
  await layer.read((record) => {
    if (record.bytes.toString('latin1', record.starts[1], record.ends[1]) !== '1') return;
    const tile = readTile(record.bytes.subarray(record.starts[0], record.ends[0]));
    const left = Math.round((tile.west + worldEdge) / size) - facts.left;
    const top = Math.round((worldEdge - tile.north) / size) - facts.top;
    for (const [band, { type, at }] of tile.bands.entries()) {
      for (let i = 0; i < tile.width * tile.height; i++) {
        const to = (top + Math.floor(i / tile.width)) * facts.width + left + (i % tile.width);
        const row = pixels[band] ?? assert.fail();
        row[to] = readPixel(tile.bytes, at + i * pixelTypes[type].bytes, type);
      }
    }
  });
  return { facts, pixels };
}

const ofEnvi = { byte: '8BUI', int16: '16BSI', uint16: '16BUI', float32: '32BF' } as const;

for (const [name, raster] of Object.entries(rasters)) {
  test(`${name} are pixel for pixel what gdalwarp makes of them by the nearest pixel`, { skip }, async () => {
    const path = join(folder, `${name}.tif`);
    writeFileSync(path, geotiff(raster));
    const { facts, pixels } = await stored(path);
    const size = pixelSizeAt(facts.zoom);
    const [west, north] = [facts.left * size - worldEdge, worldEdge - facts.top * size];
    const target = join(folder, `${name}.bin`);
    const extent = [west, north - facts.height * size, west + facts.width * size, north].map(String);
    execFileSync('gdalwarp', [
      ...['-q', '-of', 'ENVI', '-t_srs', 'EPSG:3857', '-r', 'near', '-te', ...extent],
      ...['-ts', String(facts.width), String(facts.height), path, target],
    ]);
    const expected = readFileSync(target);
    const type = ofEnvi[raster.type as keyof typeof ofEnvi];
    assert.ok(facts.bands.every((band) => band.type === type && band.noData === raster.noData));
    assert.equal(expected.length, pixels.length * facts.width * facts.height * pixelTypes[type].bytes);
    let differing = 0;
    for (const [band, own] of pixels.entries()) {
      for (let i = 0; i < own.length; i++) {
        const at = (band * own.length + i) * pixelTypes[type].bytes;
        if (own[i] !== readPixel(expected, at, type)) differing++;
      }
    }
    assert.equal(differing, 0, `${differing} of ${pixels.length * facts.width * facts.height} pixels differ`);
  });
}

test('the pictures of an MBTiles file are what they are, with nothing where there is no tile', { skip }, async () => {
  const source = join(folder, 'photo.tif');
  const path = join(folder, 'photo.mbtiles');
  const seen = (x: number, y: number): number => (Math.hypot(x - 350, y - 350) < 300 ? 255 : 0);
  const colours = [noise, (x: number, y: number) => noise(y, x), (x: number) => x].map(
    (one) => (x: number, y: number) => (seen(x, y) === 0 ? 0 : one(x, y) % 256),
  );
  const west = { west: -worldEdge + 3 * 256 * pixelSizeAt(10), north: worldEdge - 700 * 256 * pixelSizeAt(10) };
  const place = { ...west, size: pixelSizeAt(10) };
  writeFileSync(
    source,
    geotiff({ width: 700, height: 700, type: 'byte', bands: [...colours, seen], place, epsg: 3857 }),
  );
  execFileSync('gdal_translate', ['-q', '-of', 'MBTILES', '-colorinterp_4', 'alpha', source, path]);
  // As most of them come: every picture once, and a view for where it stands; and one tile of a level that is not whole.
  using database = new DatabaseSync(path);
  database.exec(`
    create table images as select zoom_level || '/' || tile_column || '/' || tile_row as tile_id, tile_data from tiles;
    create table map as select zoom_level, tile_column, tile_row,
                               zoom_level || '/' || tile_column || '/' || tile_row as tile_id from tiles;
    insert into map select 11, 8, 600, tile_id from map where zoom_level = 10 limit 1;
    drop table tiles;
    create view tiles as select zoom_level, tile_column, tile_row, tile_data from map join images using (tile_id)`);
  const { facts, pixels } = await stored(path);
  assert.deepEqual([facts.zoom, facts.left, facts.top, facts.width, facts.height], [10, 768, 179_200, 768, 768]);
  assert.deepEqual(
    facts.bands.map(({ colour }) => colour),
    ['red', 'green', 'blue', 'alpha'],
  );
  const expected = [...colours, seen].map((band) =>
    Float64Array.from({ length: 768 * 768 }, (_, i) => band(i % 768, Math.floor(i / 768))),
  );
  assert.deepEqual(pixels, expected);
});

test('vector tiles end with 1002 and say what they are', { skip }, async () => {
  const source = join(folder, 'area.json');
  const path = join(folder, 'area.mbtiles');
  writeFileSync(source, '{"type":"Polygon","coordinates":[[[0,0],[9,0],[9,9],[0,0]]]}');
  execFileSync('ogr2ogr', ['-f', 'MBTiles', '-dsco', 'MAXZOOM=4', path, source], { stdio: 'ignore' });
  await assert.rejects(stored(path), { code: 1002, message: /vector tiles .*zoom level 4/ });
  const archive = join(folder, 'area.pmtiles');
  writeFileSync(archive, `PMTiles\x03${'\0'.repeat(120)}`);
  await assert.rejects(stored(archive), { code: 1002, message: /PMTiles/ });
});

test('a raster of the whole world is as fine as it is, wherever its first meridian lies', async () => {
  const world: TestRaster = {
    width: 360,
    height: 180,
    type: 'byte',
    bands: [(x) => 1 + (x % 250)],
    place: { west: -180, north: 90, size: 1 },
    epsg: 4326,
  };
  for (const west of [-180, 0]) {
    const path = join(folder, `world${west}.tif`);
    writeFileSync(path, geotiff({ ...world, place: { west, north: 90, size: 1 } }));
    const { facts, pixels } = await stored(path);
    assert.deepEqual([facts.zoom, facts.left, facts.top, facts.width, facts.height], [1, 0, 0, 512, 512]);
    const middle = pixels[0]?.subarray(256 * 512, 257 * 512) ?? assert.fail();
    const expected = Float64Array.from({ length: 512 }, (_, x) => {
      const degree = Math.floor((x + 0.5) * (360 / 512));
      return 1 + ((west === 0 ? (degree + 180) % 360 : degree) % 250);
    });
    assert.deepEqual(middle, expected);
  }
});
