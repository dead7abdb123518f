import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { defaultOptions, openWith, rowsOf, sourceFile } from '../../../test/support/layer-values.ts';
import type { Layer } from '../../domain/layer.ts';
import { ImportError } from '../../errors.ts';
import { detectFormat } from '../open-file.ts';
import { esriJson } from './index.ts';
import { openEsriJson } from './layer.ts';

const folder = mkdtempSync(join(tmpdir(), 'landfall-esri-'));
after(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'parcels.json');

async function open(content: string): Promise<Layer> {
  writeFileSync(path, content);
  const [layer] = await openWith(esriJson, path);
  assert.ok(layer);
  return layer;
}

const fields = (types: Readonly<Record<string, string>>): string =>
  JSON.stringify(Object.entries(types).map(([name, type]) => ({ name, type: `esriFieldType${type}`, alias: 'x' })));
const features = (...geometries: readonly string[]): string =>
  `{"geometryType":"esriGeometryPolygon","features":[${geometries.map((geometry) => `{"attributes":{},"geometry":${geometry}}`)}]}`;

test('fields give the columns their types, and values their words', async () => {
  const layer = await open(
    `{"fields":${fields({ OBJECTID: 'OID', name: 'String', made: 'Date', area: 'Double', day: 'DateOnly' })},"geometryType":"esriGeometryPoint","spatialReference":{"wkid":4326},"features":[` +
      '{"attributes":{"OBJECTID":9007199254740993,"name":"a\\"\\u00e9","made":1577872800123,"area":1.10,"day":"2020-01-01","more":{"b":[1]}},"geometry":{"x":1,"y":2.5}},' +
      '{"geometry":{"x":"NaN"},"attributes":{"OBJECTID":2,"name":"","made":-1,"area":null,"day":null,"more":"00\\n7"}}]}',
  );
  assert.equal(layer.srid, 4326);
  const rows = await rowsOf(layer);
  assert.deepEqual(layer.columns, ['OBJECTID', 'name', 'made', 'area', 'day', 'more']);
  assert.deepEqual(layer.types, ['bigint', 'text', 'timestamptz', 'double precision', 'date', null]);
  assert.deepEqual(rows, [
    {
      cells: {
        OBJECTID: '9007199254740993',
        name: 'a"é',
        made: '2020-01-01T10:00:00.123Z',
        area: '1.10',
        day: '2020-01-01',
        more: '{"b":[1]}',
      },
      geometry: { type: 1, content: [1, 2.5] },
    },
    {
      cells: { OBJECTID: '2', name: '', made: '1969-12-31T23:59:59.999Z', area: null, day: null, more: '00\n7' },
      geometry: null,
    },
  ]);
});

test('fields and reference system hold wherever they stand', async () => {
  const layer = await open(
    `{"features":[{"attributes":{"zip":"007"}}],"spatialReference":{"wkid":102100,"latestWkid":3857},"fields":${fields({ zip: 'String' })}}`,
  );
  assert.deepEqual([layer.srid, layer.types, layer.hasGeometry], [3857, ['text'], false]);
});

test('the reference system is the newer code, an older one that has an EPSG code, or the text', async () => {
  const of = async (reference: string): Promise<unknown> => {
    const { srid, crsWkt } = await open(
      `{"geometryType":"esriGeometryPoint","spatialReference":${reference},"features":[]}`,
    );
    return [srid, crsWkt];
  };
  assert.deepEqual(await of('{"wkid":102100}'), [3857, undefined]);
  assert.deepEqual(await of('{"wkid":25830}'), [25830, undefined]);
  assert.deepEqual(await of('{"wkid":103300,"latestWkid":3812}'), [3812, undefined]);
  const wkt =
    'PROJCS["Odd",GEOGCS["G",DATUM["D",SPHEROID["S",6378000,300]],PRIMEM["Greenwich",0],UNIT["Degree",0.0174532925199433]],PROJECTION["Mercator"],UNIT["Meter",1]]';
  assert.deepEqual(await of(JSON.stringify({ wkt })), [null, wkt]);
  assert.deepEqual(await of('null'), [null, undefined]);
});

test('rings become polygons by their direction, whatever their order', async () => {
  const shell = [
    [0, 0],
    [0, 10],
    [10, 10],
    [10, 0],
    [0, 0],
  ];
  const hole = [
    [2, 2],
    [4, 2],
    [4, 4],
    [2, 2],
  ];
  const other = [
    [20, 20],
    [20, 30],
    [30, 30],
    [20, 20],
  ];
  const layer = await open(
    features(
      JSON.stringify({ rings: [hole, other, shell] }),
      JSON.stringify({ rings: [shell.slice(0, 4)] }),
      '{"rings":[]}',
    ),
  );
  assert.deepEqual(
    (await rowsOf(layer)).map(({ geometry }) => geometry),
    [
      {
        type: 6,
        content: [
          { type: 3, content: [other] },
          { type: 3, content: [shell, hole] },
        ],
      },
      // The encoder closes rings, and counts them.
      { type: 3, content: [shell.slice(0, 4)] },
      null,
    ],
  );
});

test('the other geometries are what they say; curves are told as invalid', async () => {
  const layer = await open(
    features(
      '{"paths":[[[1,2,3],[4,5,6]]],"hasZ":true}',
      '{"paths":[[[1,2,9],[4,5,9]],[[7,8,9],[0,0,9]]],"hasM":true}',
      '{"points":[[1,2],[3,4]]}',
      '{"xmin":0,"ymin":1,"xmax":2,"ymax":3}',
      'null',
      '{"curvePaths":[[[0,0],{"c":[[3,3],[1,4]]}]]}',
      '{"paths":[[[1,"2"]]]}',
    ),
  );
  const invalid = { type: 1, content: [Number.NaN, 0] };
  assert.deepEqual(
    (await rowsOf(layer)).map(({ geometry }) => geometry),
    [
      {
        type: 1002,
        content: [
          [1, 2, 3],
          [4, 5, 6],
        ],
      },
      {
        type: 5,
        content: [
          {
            type: 2,
            content: [
              [1, 2],
              [4, 5],
            ],
          },
          {
            type: 2,
            content: [
              [7, 8],
              [0, 0],
            ],
          },
        ],
      },
      {
        type: 4,
        content: [
          { type: 1, content: [1, 2] },
          { type: 1, content: [3, 4] },
        ],
      },
      {
        type: 3,
        content: [
          [
            [0, 1],
            [2, 1],
            [2, 3],
            [0, 3],
            [0, 1],
          ],
        ],
      },
      null,
      invalid,
      invalid,
    ],
  );
});

test('an answer that the server cut off is told', async () => {
  const layer = await open('{"exceededTransferLimit":true,"features":[{"attributes":{"a":1}}]}');
  assert.deepEqual(layer.warnings?.(), { exceeded_transfer_limit: true });
});

test('the error of a server, saved as a file, is told', async () => {
  await assert.rejects(open('{"error":{"code":499,"message":"Token Required"}}'), {
    kind: 'sourceFetchFailed',
    message: /Token Required/,
  });
});

test('Esri JSON is told from GeoJSON by its content', () => {
  const formatOf = (text: string): string | undefined => detectFormat(Buffer.from(text), 'a.json', null)?.id;
  assert.equal(formatOf('{"displayFieldName":"","geometryType" : "esriGeometryPoint","features":[]}'), 'esri-json');
  assert.equal(formatOf('{"features":[{"attributes":{"a":1}}]}'), 'esri-json');
  assert.equal(formatOf('{"features":[{"geometry":{"x":1,"y":2},"attributes":{"a":1}}]}'), 'esri-json');
  assert.equal(
    formatOf(
      '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"geometryType":"esriGeometryPoint"}}]}',
    ),
    'geojson',
  );
  assert.equal(formatOf('[{"geometryType":"esriGeometryPoint"}]'), 'geojson');
});

test('what one read cuts makes no difference', async () => {
  writeFileSync(
    path,
    `\ufeff{"fields":${fields({ a: 'String' })},"x":[{"y":[1,2]}],"features":[{"attributes":{"a":"é😀"},"geometry":{"x":1,"y":2}}]}`,
  );
  const whole = await rowsOf(openEsriJson(sourceFile(path), defaultOptions));
  for (let chunk = 1; chunk < 40; chunk++) {
    assert.deepEqual(await rowsOf(openEsriJson(sourceFile(path), defaultOptions, chunk)), whole);
  }
});

test('Esri JSON that is cut off anywhere, or nested without end, ends with a code', async () => {
  const text = `{"fields":${fields({ a: 'String' })},"features":[{"attributes":{"a":"é"},"geometry":{"x":1,"y":2}}]}`;
  const bytes = Buffer.from(text);
  const started = performance.now();
  for (let length = 1; length < bytes.length; length++) {
    writeFileSync(path, bytes.subarray(0, length));
    await assert.rejects(async () => await openWith(esriJson, path), ImportError, `${length} bytes`);
  }
  for (const bomb of [
    '{"a":'.repeat(1e6),
    `{"features":[{"geometry":{"rings":${'['.repeat(1e6)}`,
    `{"fields":${'['.repeat(1e6)}`,
  ]) {
    await assert.rejects(open(bomb), ImportError);
  }
  assert.ok(performance.now() - started < 5000);
});
