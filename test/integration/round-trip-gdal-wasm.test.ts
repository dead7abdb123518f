import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, extname, join } from 'node:path';
import { after, test } from 'node:test';
import type { Layer, LocalFile } from '../../src/domain/layer.ts';
import { gdal } from '../../src/formats/gdal/index.ts';
import { defaultOptions, rowsOf, sourceFile, type WkbValue } from '../support/layer-values.ts';

/** Files written by the real GDAL, and what the real GDAL reads from them. Without it there is nothing to compare with. */
const skip = spawnSync('ogr2ogr', ['--version']).status === 0 ? false : 'needs ogr2ogr: apt-get install gdal-bin';

const folder = mkdtempSync(join(tmpdir(), 'landfall-gdal-wasm-'));
after(() => rmSync(folder, { recursive: true }));

interface Feature {
  readonly properties: Readonly<Record<string, unknown>>;
  readonly geometry: { readonly type: string; readonly coordinates: unknown } | null;
}

const attributes = [
  {
    name: 'Zürich “北京”',
    n: -5,
    big: 9007199254740991,
    x: 0.1,
    day: '2024-02-29',
    at: '2024-02-29T23:59:58Z',
    is: true,
  },
  { name: 'a,"b"', n: 2147483647, big: -1, x: -1e-7, day: '1999-12-31', at: '1999-01-01T00:00:00Z', is: false },
  { name: null, n: null, big: null, x: null, day: null, at: null, is: null },
];
const shapes: Readonly<Record<string, readonly Feature['geometry'][]>> = {
  points: [
    { type: 'Point', coordinates: [1.5, 2.25] },
    { type: 'Point', coordinates: [-179.123456789, 89.9] },
    { type: 'Point', coordinates: [0, 0] },
  ],
  lines: [
    { type: 'LineString', coordinates: [[0, 0, 1], [1, 1, 2.5], [2.125, 1, 3]] },
    { type: 'LineString', coordinates: [[10, 10, -3], [11, 10, 0]] },
    { type: 'LineString', coordinates: [[5, 5, 8848.86], [6, 7, 0]] },
  ],
  polygons: [
    { type: 'Polygon', coordinates: [[[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]], [[2, 2], [2, 4], [4, 4], [2, 2]]] },
    { type: 'Polygon', coordinates: [[[20, 20], [30, 20], [20, 30], [20, 20]]] },
    { type: 'Polygon', coordinates: [[[-1, -1], [1, -1], [1, 1], [-1, -1]]] },
  ],
}; // biome-ignore format: coordinates

/** A file of a format with the features of a reference layer, written by GDAL, under a folder of its own. */
function write(shape: string, extension: string, options: readonly string[]): string {
  const place = mkdtempSync(join(folder, 'case-'));
  const source = join(place, 'source.geojson');
  const geometries = shapes[shape] ?? [];
  const features = geometries.map((geometry, row) => ({ type: 'Feature', geometry, properties: attributes[row] }));
  writeFileSync(source, JSON.stringify({ type: 'FeatureCollection', features }));
  const target = join(place, `data${extension}`);
  execFileSync('ogr2ogr', [...options, target, source, '-nln', 'data'], { stdio: 'ignore' });
  return target;
}

/** What GDAL itself reads from a file, as text of its own numbers. */
function readByGdal(path: string, layer: string): readonly Feature[] {
  const options = ['-f', 'GeoJSON', '-lco', 'COORDINATE_PRECISION=15', '/vsistdout/', path, layer];
  const text = execFileSync('ogr2ogr', options, { stdio: ['ignore', 'pipe', 'ignore'] }).toString();
  const { features }: { readonly features: readonly Feature[] } = JSON.parse(text);
  return features;
}

const localFile = (path: string): LocalFile => ({
  path,
  name: basename(path),
  sizeBytes: statSync(path).size,
  mediaType: null,
});

/** Opens a file with those beside it, or a folder that is one source. */
async function open(path: string): Promise<readonly Layer[]> {
  const isFolder = statSync(path).isDirectory();
  const around = isFolder ? path : join(path, '..');
  const stem = basename(path, extname(path));
  const beside = readdirSync(around)
    .filter((name) => isFolder || (basename(name, extname(name)) === stem && name !== basename(path)))
    .map(
      (name) => [isFolder ? name.toLowerCase() : extname(name).toLowerCase(), localFile(join(around, name))] as const,
    );
  const first = isFolder ? join(path, 'a00000001.gdbtable') : path;
  const file = { ...sourceFile(first), name: basename(path), companions: new Map(beside) };
  return gdal.open(file, defaultOptions, { folder });
}

const coordinatesOf = (geometry: WkbValue): unknown =>
  geometry.content.map((part) =>
    typeof part === 'object' && part !== null && 'content' in part ? coordinatesOf(part as WkbValue) : part,
  );

function assertClose(found: unknown, wanted: unknown, where: string): void {
  if (typeof wanted === 'number') {
    assert.ok(typeof found === 'number' && Math.abs(found - wanted) <= 1e-9, `${where}: ${found} is not ${wanted}`);
    return;
  }
  assert.ok(Array.isArray(found) && Array.isArray(wanted) && found.length === wanted.length, where);
  wanted.forEach((part, i) => {
    assertClose(found[i], part, `${where}/${i}`);
  });
}

/** A date or a timestamp in one spelling, other text as it is. */
const plainTime = (text: string): string => {
  const match = /^(\d{4})[-/](\d\d)[-/](\d\d)(?:[T ](\d\d:\d\d:\d\d)(?:\.0+)?(?:Z|\+00)?)?$/.exec(text);
  return match === null ? text : `${match[1]}-${match[2]}-${match[3]}${match[4] === undefined ? '' : `T${match[4]}`}`;
};

function assertSameCell(cell: string | null | undefined, wanted: unknown, where: string): void {
  if (wanted === null || wanted === undefined) assert.equal(cell, null, where);
  else if (typeof wanted === 'number') assert.equal(Number(cell), wanted, where);
  else if (typeof wanted === 'boolean') assert.ok(cell === String(wanted) || cell === String(Number(wanted)), where);
  else if (typeof wanted === 'object') assert.deepEqual(JSON.parse(cell ?? ''), wanted, where);
  else assert.equal(plainTime(cell ?? ''), plainTime(String(wanted)), where);
}

async function assertAsGdalReads(layer: Layer, path: string, name: string): Promise<void> {
  const wanted = readByGdal(path, name);
  const found = await rowsOf(layer);
  assert.ok(wanted.length > 0, `${name} has features`);
  assert.equal(found.length, wanted.length, name);
  wanted.forEach(({ properties, geometry }, row) => {
    const { cells, geometry: wkb } = found[row] ?? { cells: {}, geometry: null };
    for (const [key, value] of Object.entries(properties)) {
      assertSameCell(cells[key], value, `${name}, row ${row}, ${key}`);
    }
    if (geometry === null) {
      assert.equal(wkb, null);
      return;
    }
    assert.ok(wkb !== null && wkb !== 'invalid');
    assertClose(coordinatesOf(wkb), geometry.coordinates, `${name}, row ${row}`);
  });
}

const written: readonly (readonly [title: string, extension: string, options: readonly string[]])[] = [
  ['a file geodatabase', '.gdb', ['-f', 'OpenFileGDB']],
  ['MapInfo TAB', '.tab', ['-f', 'MapInfo File']],
  ['MapInfo MIF', '.mif', ['-f', 'MapInfo File', '-dsco', 'FORMAT=MIF']],
  ['GML 3.2', '.gml', ['-f', 'GML', '-dsco', 'FORMAT=GML3.2']],
  ['GML 2', '.gml', ['-f', 'GML', '-dsco', 'FORMAT=GML2']],
  ['SQLite', '.sqlite', ['-f', 'SQLite']],
  ['SpatiaLite', '.sqlite', ['-f', 'SQLite', '-dsco', 'SPATIALITE=YES']],
  ['GeoRSS', '.rss', ['-f', 'GeoRSS', '-dsco', 'USE_EXTENSIONS=YES', '-dim', 'XY']],
  ['OpenJUMP JML', '.jml', ['-f', 'JML']],
  ['GMT', '.gmt', ['-f', 'OGR_GMT']],
  ['DXF', '.dxf', ['-f', 'DXF', '-select', '']],
  ['DGN', '.dgn', ['-f', 'DGN', '-select', '']],
];

/** Names that GDAL gives the one layer of files that have none. */
const layerNames: Readonly<Record<string, string>> = { '.dxf': 'entities', '.dgn': 'elements', '.rss': 'georss' };

for (const [title, extension, options] of written) {
  for (const shape of Object.keys(shapes)) {
    // GDAL does not write them, by its own word because of the reference system.
    if (extension === '.rss' && shape === 'lines') continue;
    test(`${shape} in ${title} are read as GDAL reads them`, { skip }, async () => {
      const path = write(shape, extension, options);
      const layers = await open(path);
      assert.equal(layers.length, 1);
      const [layer] = layers;
      assert.ok(layer !== undefined);
      assert.equal(layer.name, 'data');
      await assertAsGdalReads(layer, path, layerNames[extension] ?? 'data');
    });
  }
}

test('a database keeps the types that FlatGeobuf has no word for', { skip }, async () => {
  const [layer] = await open(write('points', '.sqlite', ['-f', 'SQLite']));
  assert.ok(layer !== undefined);
  assert.equal(layer.srid, 4326);
  const types = Object.fromEntries(layer.columns.map((name, at) => [name, layer.types?.[at]]));
  assert.deepEqual(
    { ...types },
    { name: 'text', n: 'bigint', big: 'bigint', x: 'double precision', day: 'date', at: null, is: 'boolean' },
  );
});

test('OpenStreetMap data gives a table for every kind that has something, as GDAL reads them', { skip }, async () => {
  const path = join(import.meta.dirname, '../fixtures/gdal/town.osm');
  const layers = await open(path);
  assert.deepEqual(
    layers.map(({ name }) => name),
    ['town_points', 'town_lines', 'town_multilinestrings', 'town_multipolygons'],
  );
  for (const layer of layers) await assertAsGdalReads(layer, path, layer.name.replace('town_', ''));
});

test('several tables of a geodatabase are named for the file and themselves; empty ones are left out', {
  skip,
}, async () => {
  const path = write('points', '.gdb', ['-f', 'OpenFileGDB']);
  const source = join(path, '../source.geojson');
  const add = (name: string, ...more: readonly string[]): Buffer =>
    execFileSync('ogr2ogr', ['-update', path, source, '-nln', name, ...more], { stdio: ['ignore', 'pipe', 'ignore'] });
  add('second');
  add('empty', '-where', "name = 'nobody'");
  assert.deepEqual(
    (await open(path)).map(({ name }) => name),
    ['data_data', 'data_second'],
  );
});

test('text of an encoding that a file does not say is read in the one that the request names', async () => {
  const place = mkdtempSync(join(folder, 'case-'));
  const path = join(place, 'data.mif');
  const head = [
    'Version 300',
    'Charset "Neutral"',
    'Delimiter ","',
    'Columns 1',
    '  N Char(20)',
    'Data',
    '',
    'Point 1 2',
  ];
  writeFileSync(path, `${head.join('\n')}\n`);
  writeFileSync(join(place, 'data.mid'), Buffer.from([0x22, 0xcc, 0xe8, 0xf0, 0x22, 0x0a]));
  const companions = new Map([['.mid', localFile(join(place, 'data.mid'))]]);
  const file = { ...sourceFile(path), companions };
  const [layer] = await gdal.open(file, { ...defaultOptions, encoding: 'windows-1251' }, { folder });
  assert.ok(layer !== undefined);
  assert.deepEqual((await rowsOf(layer))[0]?.cells, { N: 'Мир' });
  const [unnamed] = await gdal.open(file, defaultOptions, { folder });
  assert.ok(unnamed !== undefined);
  await assert.rejects(rowsOf(unnamed), /not UTF-8/);
});
