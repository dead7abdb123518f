import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Geometry } from 'geojson';
import type { Layer } from '../../src/domain/layer.ts';
import { esriJson } from '../../src/formats/esri-json/index.ts';
import type { Format } from '../../src/formats/format.ts';
import { gpx } from '../../src/formats/gpx/index.ts';
import { kml } from '../../src/formats/kml/index.ts';
import { topojson } from '../../src/formats/topojson/index.ts';
import { openWith, type Row, rowsOf, type WkbValue } from '../support/layer-values.ts';

/** Without GDAL there is nothing to compare with: `apt-get install gdal-bin` brings it. */
const skip = spawnSync('ogr2ogr', ['--version']).status === 0 ? false : 'needs ogr2ogr: apt-get install gdal-bin';

const folder = mkdtempSync(join(tmpdir(), 'landfall-gdal-xml-'));
after(() => rmSync(folder, { recursive: true }));

interface Feature {
  readonly geometry: Geometry | null;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** What GDAL reads from a layer of a file. */
function readWithGdal(path: string, layer: string): readonly Feature[] {
  const json = execFileSync(
    'ogr2ogr',
    ['-f', 'GeoJSON', '/vsistdout/', path, layer, '-lco', 'COORDINATE_PRECISION=15'],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  );
  return JSON.parse(json).features;
}

const names = ['Point', 'LineString', 'Polygon', 'MultiPoint', 'MultiLineString', 'MultiPolygon', 'GeometryCollection'];

function toGeoJson({ type, content }: WkbValue): unknown {
  const name = names[(type % 1000) - 1];
  if (name === 'GeometryCollection') {
    return { type: name, geometries: content.map((part) => toGeoJson(part as WkbValue)) }; // a part of a collection
  }
  return { type: name, coordinates: type % 1000 > 3 ? content.map((part) => (part as WkbValue).content) : content };
}

/** Rounds coordinates to 1e-9 and leaves a Z of 0 out, which GDAL adds to the vertices that have none. */
const normal = (geometry: unknown): unknown =>
  JSON.parse(JSON.stringify(geometry), (_, value: unknown) => {
    if (typeof value === 'number') return Math.round(value * 1e9) / 1e9;
    return Array.isArray(value) &&
      value.length === 3 &&
      value.every((item) => typeof item === 'number') &&
      value[2] === 0
      ? value.slice(0, 2)
      : value;
  });

/** What GDAL writes where a placemark says nothing, for which we have NULL. */
const placeholders: Readonly<Record<string, unknown>> = { tessellate: -1, extrude: 0, visibility: -1 };

/** Every value that GDAL reads must be there under the same name, and every geometry be the same. */
function assertSame(rows: readonly Row[], features: readonly Feature[], hasZ = true): void {
  assert.equal(rows.length, features.length);
  for (const [index, { geometry, properties }] of features.entries()) {
    const row = rows[index];
    assert.ok(row && row.geometry !== 'invalid');
    const own = row.geometry === null ? null : toGeoJson(row.geometry);
    const flat = (value: unknown): unknown =>
      hasZ
        ? normal(value)
        : normal(
            JSON.parse(JSON.stringify(value), (_, item: unknown) =>
              Array.isArray(item) && item.every((one) => typeof one === 'number') ? item.slice(0, 2) : item,
            ),
          );
    assert.deepEqual(flat(own), flat(geometry), `row ${index + 1}`);
    const cells = new Map(Object.entries(row.cells).map(([name, value]) => [name.toLowerCase(), value]));
    for (const [name, value] of Object.entries(properties)) {
      if (value === null || (value === placeholders[name] && !cells.get(name.toLowerCase()))) continue;
      const cell = cells.get(name.toLowerCase());
      if (typeof value === 'number') assert.equal(Number(cell), value, `${name} of row ${index + 1}`);
      else assert.equal(cell, typeof value === 'string' ? value : JSON.stringify(value), `${name} of row ${index + 1}`);
    }
  }
}

async function open(format: Format, path: string): Promise<readonly Layer[]> {
  return await openWith(format, path);
}

const reference = {
  points: [
    { type: 'Point', coordinates: [1.5, 2.25, 7] },
    { type: 'Point', coordinates: [-179.123456789012, 89.9, -3] },
  ],
  lines: [
    {
      type: 'LineString',
      coordinates: [
        [0, 0, 1],
        [1, 1, 2.5],
        [1e-9, 2, 8848.86],
      ],
    },
    {
      type: 'MultiLineString',
      coordinates: [
        [
          [0, 0, 1],
          [1, 1, 2],
        ],
        [
          [5, 5, 5],
          [6, 6, 6],
        ],
      ],
    },
  ],
  polygons: [
    {
      type: 'MultiPolygon',
      coordinates: [
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
    },
    {
      type: 'Polygon',
      coordinates: [
        [
          [0.1, 0.2],
          [1, 0],
          [1, 1],
          [0.1, 0.2],
        ],
      ],
    },
  ],
} as const;
const attributes = [
  { name: 'Zürich', zip: '00501', whole: -2147483648, real: 0.1, text: '北京 <&> "quoted"' },
  { name: 'b', zip: '7', whole: null, real: -1e-7, text: 'two lines' },
];

function writeReference(layer: keyof typeof reference, target: string, ...more: readonly string[]): string {
  const source = join(folder, `${layer}.geojson`);
  const features = reference[layer].map((geometry, row) => ({
    type: 'Feature',
    geometry,
    properties: attributes[row],
  }));
  writeFileSync(source, JSON.stringify({ type: 'FeatureCollection', features }));
  const path = join(folder, target);
  rmSync(path, { force: true });
  execFileSync('ogr2ogr', [...more, path, source], { stdio: 'ignore' });
  return path;
}

for (const driver of ['LIBKML', 'KML']) {
  for (const layer of ['points', 'lines', 'polygons'] as const) {
    test(`${layer} that GDAL writes with ${driver} are read as they were`, { skip }, async () => {
      const path = writeReference(layer, `${driver}-${layer}.kml`, '-f', driver);
      const [read, ...more] = await open(kml, path);
      assert.ok(read && more.length === 0);
      const rows = await rowsOf(read);
      assertSame(rows, readWithGdal(path, layer));
      const types = Object.fromEntries(read.columns.map((name, at) => [name, read.types?.[at]]));
      assert.deepEqual([types.zip, types.whole, types.real], ['text', 'bigint', 'double precision']);
      assert.deepEqual(
        rows.map(({ cells }) => [cells.name, cells.zip, cells.text]),
        attributes.map(({ name, zip, text }) => [name, zip, text]),
      );
    });
  }
}

test('layers of KML are those of GDAL', { skip }, async () => {
  const path = join(folder, 'layers.kml');
  const mark = (name: string): string =>
    `<Placemark><name>${name}</name><Point><coordinates>1,2</coordinates></Point></Placemark>`;
  writeFileSync(
    path,
    `<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>all</name>${mark('a')}<Folder><name>in/1</name>${mark('b')}${mark('c')}</Folder></Document></kml>`,
  );
  const layers = await open(kml, path);
  for (const layer of layers) assertSame(await rowsOf(layer), readWithGdal(path, layer.name));
  assert.equal(layers.length, 2);
});

test('waypoints and tracks that GDAL writes as GPX are read as GDAL reads them', { skip }, async () => {
  for (const [layer, target] of [
    ['points', 'waypoints'],
    ['lines', 'tracks'],
  ] as const) {
    const path = writeReference(
      layer,
      `${target}.gpx`,
      '-f',
      'GPX',
      '-nln',
      target,
      '-dsco',
      'GPX_USE_EXTENSIONS=YES',
      ...(layer === 'lines' ? ['-nlt', 'MULTILINESTRING'] : []),
    );
    for (const read of await open(gpx, path)) {
      const name = read.name === target ? target : read.name.slice(target.length + 1);
      const features = readWithGdal(path, name).map(({ geometry, properties }) => ({
        geometry,
        // GDAL puts the name of an extension's prefix before its own.
        properties: Object.fromEntries(
          Object.entries(properties).map(([key, value]) => [key.replace(/^ogr_/, ''), value]),
        ),
      }));
      assertSame(await rowsOf(read), features, false);
    }
  }
});

test('Esri JSON is read as GDAL reads it', { skip }, async () => {
  const path = join(folder, 'esri.json');
  const rings = [
    [
      [0, 0],
      [0, 10],
      [10, 10],
      [10, 0],
      [0, 0],
    ],
    [
      [2, 2],
      [4, 2],
      [4, 4],
      [2, 2],
    ],
    [
      [20, 20],
      [20, 30],
      [30, 30],
      [20, 20],
    ],
  ];
  writeFileSync(
    path,
    JSON.stringify({
      geometryType: 'esriGeometryPolygon',
      spatialReference: { wkid: 4326 },
      fields: [
        { name: 'OBJECTID', type: 'esriFieldTypeOID' },
        { name: 'name', type: 'esriFieldTypeString', length: 50 },
        { name: 'area', type: 'esriFieldTypeDouble' },
      ],
      features: [
        { attributes: { OBJECTID: 1, name: 'Zürich "x"', area: 0.1 }, geometry: { rings } },
        { attributes: { OBJECTID: 2, name: null, area: null }, geometry: { rings: rings.slice(2) } },
      ],
    }),
  );
  const [layer] = await open(esriJson, path);
  assert.ok(layer);
  const rows = await rowsOf(layer);
  const features = readWithGdal(path, 'esri');
  assert.equal(rows.length, 2);
  // GDAL turns the rings to the direction of GeoJSON: areas are compared by their sets of vertices.
  const vertices = (value: unknown): readonly string[] =>
    [...new Set(JSON.stringify(normal(value)).match(/\[[-\d.,]+\]/g))].toSorted();
  for (const [index, { geometry, properties }] of features.entries()) {
    const row = rows[index];
    assert.ok(row?.geometry && row.geometry !== 'invalid');
    assert.deepEqual(vertices(toGeoJson(row.geometry)), vertices(geometry));
    assert.deepEqual(
      [row.cells.OBJECTID, row.cells.name, row.cells.area],
      [properties.OBJECTID, properties.name, properties.area].map((value) =>
        value === null || value === undefined ? null : String(value),
      ),
    );
  }
});

test('a quantized topology is read as GDAL reads it', { skip }, async () => {
  const path = join(folder, 'map.topojson');
  const topology = {
    type: 'Topology',
    transform: { scale: [0.001, 0.002], translate: [100, 0.5] },
    objects: {
      lines: {
        type: 'GeometryCollection',
        geometries: [
          { type: 'LineString', id: 'a', properties: { prop0: 'v', n: 1.5 }, arcs: [0] },
          { type: 'Polygon', properties: { prop0: 'é' }, arcs: [[1, 2]] },
          { type: 'MultiLineString', arcs: [[-1], [1]] },
        ],
      },
      spots: { type: 'GeometryCollection', geometries: [{ type: 'Point', coordinates: [4000, 5000] }] },
    },
    arcs: [
      [
        [4000, 0],
        [1999, 9999],
        [2000, -9999],
        [2000, 9999],
      ],
      [
        [0, 0],
        [1000, 0],
        [0, 1000],
      ],
      [
        [1000, 1000],
        [-1000, 0],
        [0, -1000],
      ],
    ],
  };
  writeFileSync(path, JSON.stringify(topology));
  const layers = await open(topojson, path);
  assert.deepEqual(
    layers.map(({ name }) => name),
    ['lines', 'spots'],
  );
  for (const layer of layers) assertSame(await rowsOf(layer), readWithGdal(path, layer.name));
});
