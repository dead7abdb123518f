import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { flatgeobuf } from '../../src/formats/flatgeobuf/index.ts';
import { geopackage } from '../../src/formats/geopackage/index.ts';
import { openWith, type Row, rowsOf, type WkbValue } from '../support/layer-values.ts';

/** Files written by the real GDAL. Without it there is nothing to compare with. */
const skip = spawnSync('ogr2ogr', ['--version']).status === 0 ? false : 'needs ogr2ogr: apt-get install gdal-bin';

const folder = mkdtempSync(join(tmpdir(), 'landfall-gdal-'));
after(() => rmSync(folder, { recursive: true }));

/** Attributes of every reference layer, by row. GDAL tells their types from the values. */
const attributes = {
  Straße: ['Zürich', '北京 “quoted”\n', '', null],
  small: [-5, 0, 2147483647, null],
  big: [9007199254740991, -1, 0, null],
  real: [0.1, -1e-7, 12345678.901234567, null],
  flag: [true, false, true, null],
  day: ['2024-02-29', '1969-12-31', '0001-01-01', null],
  moment: ['2024-02-29T23:59:59Z', '1969-12-31T00:00:00.25Z', '2100-01-01T00:00:00Z', null],
  nested: [{ a: [1, null, 'ß'] }, [], {}, null],
} as const;
type Attribute = keyof typeof attributes;
const names = Object.keys(attributes) as Attribute[];

type Coordinates = readonly (number | Coordinates)[];
interface Reference {
  readonly type: string;
  readonly wkbType: number;
  readonly rows: readonly (Coordinates | null)[];
}

/** The layers; the last row has no geometry. */
const layers: Readonly<Record<string, Reference>> = {
  points: { type: 'Point', wkbType: 1, rows: [[1.5, 2.25], [-179.123456789012, 89.9], [0, 0], null] },
  lines: {
    type: 'LineString',
    wkbType: 1002,
    rows: [
      [
        [0, 0, 1],
        [1, 1, 2.5],
      ],
      [
        [10, 10, -3],
        [11, 10, 0],
        [12, 12, 1e-3],
      ],
      [
        [0, 0, 0],
        [1e-9, 1e-9, 8848.86],
      ],
      null,
    ],
  },
  polygons: {
    type: 'MultiPolygon',
    wkbType: 6,
    rows: [
      [
        [
          [
            [0, 0],
            [10, 0],
            [10, 10],
            [0, 10],
            [0, 0],
          ],
          [
            [2, 2],
            [2, 4],
            [4, 4],
            [2, 2],
          ],
        ],
        [
          [
            [20, 20],
            [30, 20],
            [20, 30],
            [20, 20],
          ],
        ],
      ],
      [
        [
          [
            [0.1, 0.2],
            [1, 0],
            [1, 1],
            [0.1, 0.2],
          ],
        ],
      ],
      [
        [
          [
            [-1, -1],
            [1, -1],
            [1, 1],
            [-1, -1],
          ],
        ],
        [
          [
            [5, 5],
            [6, 5],
            [6, 6],
            [5, 5],
          ],
        ],
      ],
      null,
    ],
  },
};

const featureCollection = ({ type, rows }: Reference): string =>
  JSON.stringify({
    type: 'FeatureCollection',
    features: rows.map((coordinates, row) => ({
      type: 'Feature',
      geometry: coordinates === null ? null : { type, coordinates },
      properties: Object.fromEntries(names.map((name) => [name, attributes[name][row]])),
    })),
  });

/** Writes a reference layer with GDAL. */
function write(layer: string, extension: string, options: readonly string[] = []): string {
  const source = join(folder, `${layer}.geojson`);
  const reference = layers[layer];
  assert.ok(reference !== undefined);
  writeFileSync(source, featureCollection(reference));
  const target = join(folder, `${layer}${extension}`);
  execFileSync('ogr2ogr', [...options, target, source], { stdio: ['ignore', 'ignore', 'inherit'] });
  return target;
}

/** A cell as the value of the source, by the attribute's own type. */
function value(name: Attribute, cell: string | null | undefined): unknown {
  if (cell === null || cell === undefined) return null;
  switch (name) {
    case 'Straße':
      return cell;
    case 'flag':
      return cell === 'true';
    case 'day':
      return cell.slice(0, 10);
    case 'moment':
      return new Date(cell).getTime();
    case 'nested':
      return JSON.parse(cell);
    default:
      return Number(cell);
  }
}

const expected = (name: Attribute, row: number): unknown => {
  const written = attributes[name][row] ?? null;
  return name === 'moment' && typeof written === 'string' ? new Date(written).getTime() : written;
};

/** Coordinates of well-known binary as GeoJSON nests them. */
const coordinates = (geometry: WkbValue): unknown =>
  geometry.content.map((part) =>
    typeof part === 'object' && part !== null && 'content' in part ? coordinates(part as WkbValue) : part,
  );

function assertClose(found: unknown, wanted: Coordinates | number, where: string): void {
  if (typeof wanted === 'number') {
    assert.ok(typeof found === 'number' && Math.abs(found - wanted) <= 1e-9, `${where}: ${found} is not ${wanted}`);
    return;
  }
  assert.ok(Array.isArray(found) && found.length === wanted.length, where);
  wanted.forEach((part, i) => {
    assertClose(found[i], part, `${where}/${i}`);
  });
}

function assertRows(rows: readonly Row[], { wkbType, rows: wanted }: Reference): void {
  assert.equal(rows.length, wanted.length);
  rows.forEach(({ cells, geometry }, row) => {
    for (const name of names) assert.deepEqual(value(name, cells[name]), expected(name, row), `${name} of row ${row}`);
    const written = wanted[row] ?? null;
    if (written === null) {
      assert.equal(geometry, null);
      return;
    }
    assert.ok(geometry !== null && geometry !== 'invalid');
    assert.equal(geometry.type, wkbType);
    assertClose(coordinates(geometry), written, `row ${row}`);
  });
}

for (const [name, reference] of Object.entries(layers)) {
  test(`a GeoPackage of ${name} by ogr2ogr comes back with every value and vertex`, { skip }, async () => {
    const [layer] = await openWith(geopackage, write(name, '.gpkg'));
    assert.ok(layer !== undefined);
    assert.equal(layer.srid, 4326);
    assert.deepEqual(layer.columns, ['cartodb_id', ...names]);
    assert.deepEqual(layer.types, [
      'bigint',
      'text',
      'bigint',
      'bigint',
      'double precision',
      'boolean',
      'date',
      'timestamptz',
      'jsonb',
    ]);
    assertRows(await rowsOf(layer), reference);
  });

  test(`a FlatGeobuf file of ${name} by ogr2ogr comes back with every value and vertex`, { skip }, async () => {
    const [layer] = await openWith(flatgeobuf, write(name, '.fgb', ['-lco', 'SPATIAL_INDEX=NO']));
    assert.ok(layer !== undefined);
    assert.equal(layer.srid, 4326);
    assert.deepEqual(layer.columns, names);
    // GDAL leaves out features without a geometry: the last.
    assertRows(await rowsOf(layer), { ...reference, rows: reference.rows.slice(0, -1) });
  });
}

test('a FlatGeobuf file with an index is read from behind it', { skip }, async () => {
  const path = join(folder, 'many.fgb');
  const source = join(folder, 'many.geojson');
  const features = Array.from({ length: 1000 }, (_, n) => ({
    type: 'Feature',
    geometry: { type: 'Point', coordinates: [n / 10, n / 20] },
    properties: { n },
  }));
  writeFileSync(source, JSON.stringify({ type: 'FeatureCollection', features }));
  execFileSync('ogr2ogr', [path, source]);
  const [layer] = await openWith(flatgeobuf, path);
  assert.ok(layer !== undefined);
  const rows = await rowsOf(layer);
  assert.deepEqual(
    rows.map(({ cells }) => Number(cells.n)).sort((a, b) => a - b),
    features.map(({ properties }) => properties.n),
  );
  for (const { cells, geometry } of rows) {
    assert.deepEqual(geometry, { type: 1, content: [Number(cells.n) / 10, Number(cells.n) / 20] });
  }
});

test('several layers of a GeoPackage by ogr2ogr are several tables, in any reference system', { skip }, async () => {
  const path = join(folder, 'several.gpkg');
  for (const [n, name] of Object.keys(layers).entries()) {
    write(name, '.gpkg');
    const target = join(folder, `${name}.gpkg`);
    execFileSync('ogr2ogr', ['-f', 'GPKG', ...(n === 0 ? [] : ['-update']), '-t_srs', 'EPSG:25832', path, target]);
  }
  const opened = await openWith(geopackage, path);
  assert.deepEqual(
    opened.map(({ name, srid }) => [name, srid]),
    Object.keys(layers).map((name) => [`several_${name}`, 25832]),
  );
});
