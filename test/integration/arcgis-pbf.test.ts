/** Layers whose servers offer answers as protocol buffers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { GeometryKind } from '../../src/domain/layer.ts';
import { openRows } from '../../src/formats/rows/layer.ts';
import { createArcgisSource } from '../../src/sources/arcgis/index.ts';
import { readPbfAnswer } from '../../src/sources/arcgis/pbf-answer.ts';
import { createHttpClient } from '../../src/util/http-client.ts';
import { encodePbf } from '../support/arcgis-pbf.ts';
import {
  type FakeFeature,
  type FakeLayer,
  points as noisyPoints,
  square,
  startArcgis,
} from '../support/arcgis-server.ts';
import { startFetch } from '../support/fetch-context.ts';

interface Got {
  /** Cells and the well-known binary of each row. */
  readonly rows: readonly { readonly cells: readonly (string | null)[]; readonly wkb: string }[];
  /** Requests for rows in each format. */
  readonly asked: { readonly json: number; readonly pbf: number };
}

async function fetchLayer(layer: FakeLayer, delayMs = 0): Promise<Got> {
  await using server = await startArcgis([layer], { delayMs });
  const http = createHttpClient({ allowNetworks: ['127.0.0.0/8'] });
  const source = createArcgisSource({ http, isOn: true, limits: { retryDelayMs: 2 } });
  await using job = await startFetch();
  const url = `${server.url}/0`;
  const request = { kind: 'arcgis', url, allowPartial: false, attachments: false, layers: null } as const;
  try {
    const { files } = await source.fetch(request, job.context);
    const rows: Got['rows'][number][] = [];
    for (const file of files) {
      const { read, columns } = openRows(file);
      await read(({ bytes, starts, ends, kinds, geometryKind, geometryStart, geometryEnd }) => {
        const cells = columns.map((_, at) => (kinds[at] === 0 ? null : bytes.toString('utf8', starts[at], ends[at])));
        const wkb = geometryKind === GeometryKind.none ? '' : bytes.toString('hex', geometryStart, geometryEnd);
        rows.push({ cells, wkb });
      });
    }
    const formats = server.requests
      .filter(({ query }) => query.has('returnGeometry'))
      .map(({ query }) => query.get('f'));
    const count = (format: string): number => formats.filter((one) => one === format).length;
    return { rows, asked: { json: count('json'), pbf: count('pbf') } };
  } finally {
    await http.close();
  }
}

/** Points whose coordinates are those of a grid of 1e-9, to the last bit. */
const points = (count: number, step = 1): readonly FakeFeature[] =>
  noisyPoints(count, step).map(({ attributes, geometry }) => {
    const { x, y } = geometry as { x: number; y: number };
    return { attributes, geometry: { x: Number(x.toFixed(2)), y: Number(y.toFixed(2)) } };
  });

/** The same rows as of a server that has JSON alone. */
async function assertAsJson(layer: FakeLayer): Promise<Got['asked']> {
  const { pbf: _, ...plain } = layer;
  const [got, wanted] = [await fetchLayer(layer), await fetchLayer(plain)];
  assert.equal(got.rows.length, layer.features.length);
  assert.deepEqual(got.rows, wanted.rows);
  assert.equal(wanted.asked.pbf, 0);
  return got.asked;
}

const feature = (id: number, geometry: unknown): FakeFeature => ({
  attributes: { OBJECTID: id, name: `n${id}` },
  geometry,
});

for (const upperLeft of [false, true]) {
  test(`rows are asked for as protocol buffers after one page in both formats, of a grid from its ${upperLeft ? 'upper' : 'lower'} left`, async () => {
    const layer = { features: points(640, 3), maxRecordCount: 100, pbf: { upperLeft } };
    assert.deepEqual(await assertAsJson(layer), { json: 1, pbf: 7 });
  });
}

test('pages that are cut off or say that there are more are asked for again as well', async () => {
  const layer = { features: points(640), maxRecordCount: 100, trueMax: 70, pbf: {} };
  const { pbf } = await assertAsJson(layer);
  assert.ok(pbf >= 10, `${pbf} pages`);
  await assertAsJson({ ...layer, faults: { noIds: true, exceeded: 'never' } });
  await assertAsJson({ ...layer, faults: { noIds: true }, pagination: false });
});

test('places between the cells of the grid are within 1e-9 of those of JSON', async () => {
  const features = Array.from({ length: 200 }, (_, i) =>
    feature(i + 1, { x: 360 * Math.sin(i) ** 2 - 180, y: 90 * Math.cos(i) }),
  );
  const { rows, asked } = await fetchLayer({ features, maxRecordCount: 50, pbf: {} });
  assert.deepEqual(asked, { json: 1, pbf: 4 });
  for (const [at, { wkb }] of rows.entries()) {
    const bytes = Buffer.from(wkb, 'hex');
    const { x, y } = (features[at]?.geometry ?? {}) as { x: number; y: number };
    assert.ok(Math.abs(bytes.readDoubleLE(5) - x) <= 1e-9 && Math.abs(bytes.readDoubleLE(13) - y) <= 1e-9, `row ${at}`);
  }
});

test('geometries of all kinds, in parts, with heights and measures, and without any are those of JSON', async () => {
  const layers: Readonly<Record<string, readonly unknown[]>> = {
    Multipoint: [
      {
        points: [
          [1, 2],
          [3.5, -4.25],
          [-179.123456789, 80],
        ],
      },
      null,
      { points: [[0, 0]] },
    ],
    Polyline: [
      {
        paths: [
          [
            [0, 0],
            [1, 1],
            [2, 0.5],
          ],
          [
            [10, 10],
            [11, 12],
          ],
        ],
      },
      {
        paths: [
          [
            [5, 5],
            [6, 6],
          ],
        ],
      },
      null,
    ],
    Polygon: [
      { rings: [square(0, 0, 10, false), square(2, 2, 3, true), square(20, 20, 5, false), square(6, 6, 1, true)] },
      { rings: [square(-100.5, 40.25, 0.001, false)] },
      null,
    ],
  };
  for (const [kind, geometries] of Object.entries(layers)) {
    const features = geometries.map((geometry, at) => feature(at + 1, geometry));
    const layer = { features, meta: { geometryType: `esriGeometry${kind}` }, maxRecordCount: 2, pbf: {} };
    const { pbf } = await assertAsJson(layer);
    assert.equal(pbf, 2, kind);
  }
  for (const [hasZ, hasM] of [
    [true, false],
    [false, true],
    [true, true],
  ] as const) {
    const more = [...(hasZ ? [12.5] : []), ...(hasM ? [0.25] : [])];
    const paths = [
      [
        [0, 0, ...more],
        [1, 1, ...more.map((one) => one + 1)],
      ],
    ];
    const features = [1, 2, 3].map((id) => feature(id, { paths, hasZ, hasM }));
    const meta = { geometryType: 'esriGeometryPolyline' };
    assert.equal((await assertAsJson({ features, meta, hasZ, hasM, maxRecordCount: 2, pbf: {} })).pbf, 2);
    const z = hasZ ? { z: 3.5 } : {};
    const at = [1, 2, 3].map((id) => feature(id, { x: id, y: 2, ...z, ...(hasM ? { m: 7.25 } : {}) }));
    assert.equal((await assertAsJson({ features: at, hasZ, hasM, maxRecordCount: 2, pbf: {} })).pbf, 2);
  }
});

test('values of every type are those of JSON, whole numbers of 64 bits and moments before 1970 among them', async () => {
  const types = {
    OBJECTID: 'OID',
    small: 'SmallInteger',
    whole: 'Integer',
    single: 'Single',
    number: 'Double',
    text: 'String',
    made: 'Date',
    gid: 'GlobalID',
    big: 'BigInteger',
    day: 'DateOnly',
    at: 'TimeOnly',
  };
  const fields = Object.entries(types).map(([name, type]) => ({ name, type: `esriFieldType${type}` }));
  const first = {
    ...{ OBJECTID: 1, small: -32_768, whole: 2_147_483_647, single: 0.1, number: 1 / 3, text: 'naïve 😀' },
    ...{ made: -86_400_123, gid: '{0A1B2C3D-0000-4000-8000-00000000000F}', big: 9_007_199_254_740_993n },
    ...{ day: '2020-02-29', at: '13:14:15' },
  };
  const nothing = Object.fromEntries(Object.keys(types).map((name) => [name, null]));
  const features = [
    { attributes: first },
    { attributes: { ...nothing, OBJECTID: 2, text: '' } },
    { attributes: { ...first, OBJECTID: 3, big: -(2n ** 63n), whole: -1, number: -0.1, made: 253_402_300_799_999 } },
  ];
  const meta = { type: 'Table', geometryType: undefined, fields };
  const { pbf } = await assertAsJson({ features, meta, maxRecordCount: 2, pbf: {} });
  assert.equal(pbf, 2);
});

test('a grid that is too coarse, places that are others, and answers that fail at once leave it at JSON', async () => {
  const layer = { features: points(300), maxRecordCount: 100 };
  for (const pbf of [{ cell: 1e-7 }, { shifted: 2e-9 }, { brokenAfter: 0 }, { errorsAfter: 0 }]) {
    assert.deepEqual(await assertAsJson({ ...layer, pbf }), { json: 3, pbf: 3 }, JSON.stringify(pbf));
  }
});

test('a server whose protocol buffers fail in the middle is asked for JSON from there on', async () => {
  const layer = { features: points(900), maxRecordCount: 100 };
  for (const pbf of [{ brokenAfter: 3 }, { errorsAfter: 3 }]) {
    const asked = await assertAsJson({ ...layer, pbf });
    assert.ok(asked.json >= 6, `${asked.json} in JSON`);
  }
});

test('a server that withholds rows is found out in this format too', async () => {
  const layer = { features: points(300), maxRecordCount: 100, pbf: {}, faults: { withholds: [7, 130] } };
  await assert.rejects(fetchLayer(layer), { kind: 'sourceFetchFailed', message: /298 of 300 rows/ });
});

test('bytes that are damaged anywhere end in an error or in rows, in bounded time and memory', () => {
  const features = Array.from({ length: 20 }, (_, i) => feature(i + 1, { rings: [square(i, i, 1, false)] }));
  const answer = { geometryType: 'esriGeometryPolygon', spatialReference: { wkid: 4326, latestWkid: 4326 }, features };
  const fields = [
    { name: 'OBJECTID', type: 'esriFieldTypeOID' },
    { name: 'name', type: 'esriFieldTypeString' },
  ];
  const whole = encodePbf(answer, fields, {});
  const began = performance.now();
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
      fc.nat(whole.length),
      (damages, end) => {
        const bytes = Buffer.from(whole);
        for (const [at, value] of damages) bytes[at] = value;
        try {
          readPbfAnswer(bytes.subarray(0, end));
        } catch (error) {
          assert.ok(error instanceof Error && !(error instanceof TypeError), String(error));
        }
      },
    ),
    { numRuns: 2000, seed: 6 },
  );
  assert.ok(performance.now() - began < 20_000);
});
