import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { feature } from 'topojson-client';
import type { Topology } from 'topojson-specification';
import { defaultOptions, openWith, rowsOf, sourceFile, type WkbValue } from '../../../test/support/layer-values.ts';
import type { Layer } from '../../domain/layer.ts';
import { ImportError } from '../../errors.ts';
import { detectFormat } from '../open-file.ts';
import { topojson } from './index.ts';
import { openTopoJson } from './layers.ts';

const folder = mkdtempSync(join(tmpdir(), 'landfall-topojson-'));
after(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'map.json');

async function open(content: string): Promise<readonly Layer[]> {
  writeFileSync(path, content);
  return await openWith(topojson, path);
}

const topology = (objects: string, more = ''): string =>
  `{"type":"Topology",${more}"objects":${objects},"arcs":[[[0,0],[1,0]],[[1,0],[1,1],[0,0]],[[5,5],[6,6]]]}`;

async function geometriesOf(...geometries: readonly string[]): Promise<readonly unknown[]> {
  const [layer] = await open(topology(`{"a":{"type":"GeometryCollection","geometries":[${geometries}]}}`));
  assert.ok(layer);
  return (await rowsOf(layer)).map(({ geometry }) => geometry);
}

/** GeoJSON coordinates of a decoded geometry. */
function coordinatesOf({ type, content }: WkbValue): unknown {
  return type > 3
    ? content.map((part) => coordinatesOf(part as WkbValue)) // a part is a geometry where the type is above 3
    : content;
}

test('every object is a layer of its name, a single one of that of the file', async () => {
  const names = async (objects: string): Promise<readonly string[]> =>
    (await open(topology(objects))).map(({ name }) => name);
  const empty = '{"type":"GeometryCollection","geometries":[]}';
  assert.deepEqual(await names(`{"a":${empty}}`), ['map']);
  assert.deepEqual(await names(`{"a":${empty},"b/c":{"type":"Point","coordinates":[1,2]}}`), ['a', 'b/c']);
});

test('geometries are made of their arcs, forwards and backwards', async () => {
  const triangle = [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 0],
  ];
  assert.deepEqual(
    await geometriesOf(
      '{"type":"LineString","arcs":[0,1]}',
      '{"type":"LineString","arcs":[-2,-1]}',
      '{"type":"MultiLineString","arcs":[[0],[2]]}',
      '{"type":"Polygon","arcs":[[0,1]]}',
      '{"type":"MultiPolygon","arcs":[[[0,1]],[[-2,-1]]]}',
      '{"type":"Point","coordinates":[3,4]}',
      '{"type":"MultiPoint","coordinates":[[3,4],[5,6]]}',
      '{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[3,4]},{"type":"LineString","arcs":[2]}]}',
      '{"type":null}',
    ),
    [
      { type: 2, content: triangle },
      { type: 2, content: triangle.toReversed() },
      {
        type: 5,
        content: [
          {
            type: 2,
            content: [
              [0, 0],
              [1, 0],
            ],
          },
          {
            type: 2,
            content: [
              [5, 5],
              [6, 6],
            ],
          },
        ],
      },
      { type: 3, content: [triangle] },
      {
        type: 6,
        content: [
          { type: 3, content: [triangle] },
          { type: 3, content: [triangle.toReversed()] },
        ],
      },
      { type: 1, content: [3, 4] },
      {
        type: 4,
        content: [
          { type: 1, content: [3, 4] },
          { type: 1, content: [5, 6] },
        ],
      },
      {
        type: 7,
        content: [
          { type: 1, content: [3, 4] },
          {
            type: 2,
            content: [
              [5, 5],
              [6, 6],
            ],
          },
        ],
      },
      null,
    ],
  );
});

test('rings that shrank repeat their first vertex, open ones are closed and counted', async () => {
  const [layer] = await open(
    topology('{"a":{"type":"GeometryCollection","geometries":[{"type":"Polygon","arcs":[[0,-1],[0]]}]}}'),
  );
  assert.ok(layer);
  const [row] = await rowsOf(layer);
  const back = [
    [0, 0],
    [1, 0],
    [0, 0],
    [0, 0],
  ];
  assert.deepEqual(row?.geometry, { type: 3, content: [back, back] });
  assert.deepEqual(layer.warnings?.(), { closed_rings: { count: 1 } });
});

test('a geometry that names no arc of the file, or none of its kind, is told as invalid', async () => {
  const invalid = { type: 1, content: [Number.NaN, 0] };
  const bad = ['[9]', '[-4]', '[0.5]', '["0"]', '7', 'null', '{}'];
  assert.deepEqual(
    await geometriesOf(
      ...bad.map((arcs) => `{"type":"LineString","arcs":${arcs}}`),
      '{"type":"Point","coordinates":["1",2]}',
      '{"type":"Blob"}',
    ),
    Array.from({ length: bad.length + 2 }, () => invalid),
  );
});

test('properties and id are columns, of JSON values', async () => {
  const [layer] = await open(
    topology(
      '{"a":{"geometries":[{"type":"Point","coordinates":[1,2],"id":7,"properties":{"n":1.50,"s":"a\\"b"}},' +
        '{"properties":{"deep":{"x":[1]}},"type":null}],"type":"GeometryCollection"}}',
    ),
  );
  assert.ok(layer);
  const rows = await rowsOf(layer);
  assert.deepEqual(layer.columns, ['id', 'n', 's', 'deep']);
  assert.deepEqual(rows.at(-1)?.cells, { id: null, n: null, s: null, deep: '{"x":[1]}' });
  const again = await rowsOf(layer);
  assert.deepEqual(again[0]?.cells, { id: '7', n: '1.50', s: 'a"b', deep: null });
});

test('an object that is one geometry is one row', async () => {
  const [, layer] = await open(
    topology('{"a":{"type":null},"b":{"type":"LineString","arcs":[2],"properties":{"n":"x"}}}'),
  );
  assert.ok(layer);
  assert.deepEqual(await rowsOf(layer), [
    {
      cells: { n: 'x' },
      geometry: {
        type: 2,
        content: [
          [5, 5],
          [6, 6],
        ],
      },
    },
  ]);
});

test('countries of Natural Earth are what the reference implementation makes of them', async () => {
  const file = join(import.meta.dirname, '../../../node_modules/world-atlas/countries-110m.json');
  const atlas: Topology = JSON.parse(readFileSync(file, 'utf8'));
  const layers = await openWith(topojson, file);
  assert.deepEqual(
    layers.map(({ name, srid }) => [name, srid]),
    [
      ['countries', 4326],
      ['land', 4326],
    ],
  );
  for (const layer of layers) {
    const object = atlas.objects[layer.name];
    assert.ok(object);
    const converted = feature(atlas, object);
    const expected = converted.type === 'FeatureCollection' ? converted.features : [converted];
    const rows = await rowsOf(layer);
    assert.equal(rows.length, expected.length);
    for (const [index, { geometry, properties }] of expected.entries()) {
      const row = rows[index];
      assert.ok(row?.geometry && row.geometry !== 'invalid' && 'coordinates' in geometry);
      assert.deepEqual(coordinatesOf(row.geometry), geometry.coordinates);
      assert.equal(row.cells.name, properties?.name);
    }
  }
});

test('coordinates that are no degrees leave the reference system open', async () => {
  const [layer] = await open(
    '{"type":"Topology","objects":{"a":{"type":"LineString","arcs":[0]}},"arcs":[[[500,600],[1,2]]]}',
  );
  assert.equal(layer?.srid, null);
  const [named] = await open(
    topology('{"a":{"type":null}}', '"crs":{"type":"name","properties":{"name":"EPSG:25830"}},'),
  );
  assert.equal(named?.srid, 25830);
});

test('TopoJSON is told from GeoJSON by its content', () => {
  const formatOf = (text: string): string | undefined => detectFormat(Buffer.from(text), 'a.json', null)?.id;
  assert.equal(formatOf(topology('{}')), 'topojson');
  assert.equal(
    formatOf('{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"type":"Topology"}}]}'),
    'geojson',
  );
});

test('what one read cuts makes no difference', async () => {
  writeFileSync(
    path,
    topology(
      '{"a":{"type":"GeometryCollection","geometries":[{"type":"LineString","arcs":[0,1],"properties":{"é":"😀"}}]},"b":{"type":"Point","coordinates":[1,2]}}',
    ),
  );
  const read = async (chunk?: number): Promise<unknown> =>
    await Promise.all(openTopoJson(sourceFile(path), defaultOptions, chunk).map(rowsOf));
  const whole = await read();
  for (let chunk = 1; chunk < 40; chunk++) assert.deepEqual(await read(chunk), whole);
});

test('few arcs that are used very often end with 6666 soon', async () => {
  const arc = JSON.stringify(Array.from({ length: 20_000 }, (_, i) => [i / 1e3, 0]));
  const uses = `[${Array.from({ length: 100_000 }, () => 0)}]`;
  const started = process.cpuUsage();
  for (const object of [
    `{"type":"LineString","arcs":${uses}}`,
    `{"type":"GeometryCollection","geometries":[${Array.from({ length: 500 }, () => '{"type":"LineString","arcs":[0]}')}]}`,
  ]) {
    const [layer] = await open(`{"type":"Topology","arcs":[${arc}],"objects":{"a":${object}}}`);
    assert.ok(layer);
    await assert.rejects(
      layer.read(() => {}),
      { kind: 'fileTooBig' },
    );
  }
  const { user, system } = process.cpuUsage(started);
  assert.ok(user + system < 2e6);
});

test('TopoJSON that is cut off anywhere, or is none, ends with a code', async () => {
  const bytes = Buffer.from(
    topology(
      '{"a":{"type":"LineString","arcs":[0],"properties":{"n":"é"}}}',
      '"transform":{"scale":[1,1],"translate":[0,0]},',
    ),
  );
  for (let length = 1; length < bytes.length; length++) {
    writeFileSync(path, bytes.subarray(0, length));
    await assert.rejects(async () => await openWith(topojson, path), ImportError, `${length} bytes`);
  }
  for (const bad of [
    topology('{}'),
    topology('[]'),
    topology('{"a":{"type":null}}', '"transform":{},'),
    '{"type":"Topology","objects":{"a":{}},"arcs":{}}',
    '{"type":"Topology","objects":{"a":{}},"arcs":[[["1",2]]]}',
    `{"type":"Topology","objects":{"a":${'['.repeat(1e6)}`,
    `{"type":"Topology","arcs":${'['.repeat(1e6)}`,
  ]) {
    await assert.rejects(open(bad), ImportError, bad.slice(0, 80));
  }
});
