import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CellRecord, GeometryKind } from '../../src/domain/layer.ts';
import { ImportError } from '../../src/errors.ts';
import { openRows } from '../../src/formats/rows/layer.ts';
import type { ArcgisLimits } from '../../src/sources/arcgis/client.ts';
import { createArcgisSource } from '../../src/sources/arcgis/index.ts';
import type { Fetched } from '../../src/sources/source.ts';
import { createHttpClient } from '../../src/util/http-client.ts';
import { type ArcgisServerOptions, type FakeLayer, points, startArcgis } from '../support/arcgis-server.ts';
import { startFetch } from '../support/fetch-context.ts';

interface FetchedRow {
  readonly cells: Readonly<Record<string, string | null>>;
  /** Of a point. */
  readonly xy: readonly [number, number] | null;
}

interface Result {
  readonly fetched: Fetched;
  /** By layer. */
  readonly rows: ReadonlyMap<string, readonly FetchedRow[]>;
  readonly requests: number;
  readonly pages: number;
  readonly averageAtOnce: number;
}

function rowOf(record: CellRecord, columns: readonly string[]): FetchedRow {
  const cells = columns.map((name, at) => {
    const text = record.bytes.toString('utf8', record.starts[at], record.ends[at]);
    return [name, record.kinds[at] === 0 ? null : text];
  });
  const at = record.geometryStart;
  const isPoint = record.geometryKind === GeometryKind.wkb && record.bytes[at + 1] === 1;
  const xy = isPoint ? ([record.bytes.readDoubleLE(at + 5), record.bytes.readDoubleLE(at + 13)] as const) : null;
  return { cells: Object.fromEntries(cells), xy };
}

async function read(fetched: Fetched): Promise<Result['rows']> {
  const layers = new Map<string, readonly FetchedRow[]>();
  for (const file of fetched.files) {
    const layer = openRows(file);
    const rows: FetchedRow[] = [];
    await layer.read((record) => void rows.push(rowOf(record, layer.columns)));
    layers.set(layer.name, rows);
  }
  return layers;
}

interface Asked {
  readonly path?: string;
  readonly allowPartial?: boolean;
  readonly attachments?: boolean;
  readonly token?: string;
  readonly layers?: readonly string[];
  readonly limits?: Partial<ArcgisLimits>;
  readonly server?: ArcgisServerOptions;
  readonly isOn?: boolean;
}

async function fetchFrom(layers: readonly FakeLayer[], asked: Asked = {}): Promise<Result> {
  await using server = await startArcgis(layers, asked.server);
  const http = createHttpClient({ allowNetworks: ['127.0.0.0/8'] });
  const limits = { retryDelayMs: 2, responseTimeoutMs: 1000, ...asked.limits };
  const source = createArcgisSource({ http, isOn: asked.isOn ?? true, limits });
  await using job = await startFetch();
  try {
    const request = {
      kind: 'arcgis',
      url: server.url + (asked.path ?? '/0'),
      allowPartial: asked.allowPartial ?? false,
      attachments: asked.attachments ?? false,
      layers: asked.layers ?? null,
      ...(asked.token === undefined ? {} : { token: asked.token }),
    } as const;
    const fetched = await source.fetch(request, job.context);
    const pages = server.requests.filter(({ query }) => query.get('returnGeometry') !== null).length;
    const { averageAtOnce } = server;
    return { fetched, rows: await read(fetched), requests: server.requests.length, pages, averageAtOnce };
  } finally {
    await http.close();
  }
}

async function failure(layers: readonly FakeLayer[], asked: Asked = {}): Promise<ImportError> {
  const error = await fetchFrom(layers, asked).then(
    () => assert.fail('it was fetched'),
    (found: unknown) => found,
  );
  assert.ok(error instanceof ImportError, String(error));
  return error;
}

/** Every row once, in the order of the ids, with its values and its place. */
function assertWhole({ rows }: Result, layer: FakeLayer, name = 'layer 0'): void {
  const found = rows.get(name) ?? [];
  assert.equal(found.length, layer.features.length);
  const byId = new Map(found.map((row) => [row.cells.OBJECTID, row]));
  for (const { attributes, geometry } of layer.features) {
    const row = byId.get(String(attributes.OBJECTID));
    assert.deepEqual(
      [row?.cells.name, Number(row?.cells.value)],
      [attributes.name, attributes.value],
      `row ${attributes.OBJECTID}`,
    );
    const { x, y } = geometry as { x: number; y: number };
    assert.deepEqual(row?.xy, [x, y]);
  }
}

for (const pagination of [true, false]) {
  for (const maxRecordCount of [7, 1000]) {
    test(`every row comes once, ${maxRecordCount} at a time, ${pagination ? 'with' : 'without'} pagination`, async () => {
      for (const count of [0, 1, 999, 1000, 1001]) {
        const layer = { features: points(count), maxRecordCount, pagination };
        const result = await fetchFrom([layer]);
        assertWhole(result, layer);
        assert.ok(result.pages <= Math.ceil(count / maxRecordCount) + 1, `${result.pages} pages for ${count} rows`);
      }
    });
  }
}

const faults: Readonly<Record<string, Omit<FakeLayer, 'features'>>> = {
  'gives fewer rows than it says': { maxRecordCount: 1000, trueMax: 70 },
  'gives fewer rows than it says and never says that there are more': { trueMax: 70, faults: { exceeded: 'never' } },
  'says with every page that there are more': { maxRecordCount: 100, faults: { exceeded: 'always' } },
  'fails on large pages': { maxRecordCount: 500, faults: { failsAbove: 60 } },
  'answers with errors of status 200 at first': { maxRecordCount: 100, faults: { errorsFirst: 3 } },
  'cuts connections at first': { maxRecordCount: 100, faults: { cutsFirst: 3 } },
  'does not understand ranges of ids': { maxRecordCount: 100, faults: { ignoresWhere: true } },
  'does not understand lists of ids': { maxRecordCount: 100, faults: { ignoresObjectIds: true } },
  'gives no ids': { maxRecordCount: 100, faults: { noIds: true } },
  'gives no ids and ignores offsets': { maxRecordCount: 100, faults: { noIds: true, ignoresOffset: true } },
  'gives null for ids': { maxRecordCount: 100, faults: { nullIds: true }, pagination: false },
  'cuts the list of ids': { maxRecordCount: 100, faults: { maxIds: 150 } },
  'tells neither ids nor their number': { maxRecordCount: 100, faults: { noIds: true, noCount: true } },
  'cannot count': { maxRecordCount: 100, faults: { noCount: true } },
  'knows neither ids nor pages nor statistics': {
    maxRecordCount: 100,
    faults: { noIds: true },
    pagination: false,
    statistics: false,
  },
};

for (const [name, fault] of Object.entries(faults)) {
  test(`a server that ${name} still hands out every row once`, async () => {
    const layer = { features: points(640, 3), ...fault };
    assertWhole(await fetchFrom([layer]), layer);
  });
}

test('a layer without object ids is read by pages, and by its number of rows', async () => {
  const features = points(250).map(({ attributes: { OBJECTID, ...rest }, geometry }) => ({
    attributes: { ...rest, hidden: OBJECTID },
    geometry,
  }));
  const meta = {
    objectIdField: null,
    fields: [
      { name: 'name', type: 'esriFieldTypeString' },
      { name: 'value', type: 'esriFieldTypeDouble' },
    ],
  };
  for (const noIds of [true, false]) {
    const { rows } = await fetchFrom([{ features, meta, maxRecordCount: 40, faults: { noIds } }]);
    const names = (rows.get('layer 0') ?? []).map(({ cells }) => cells.name);
    assert.equal(new Set(names).size, 250);
    assert.equal(names.length, 250);
  }
});

test('an empty layer whose ids are null is a table without rows', async () => {
  const { rows } = await fetchFrom([{ features: [], faults: { nullIds: true } }]);
  assert.deepEqual(rows.get('layer 0'), []);
});

test('rows that are not handed out fail the import with both numbers, and are a warning where that is allowed', async () => {
  const layer = { features: points(300), maxRecordCount: 100, faults: { withholds: [7, 130, 131] } };
  const error = await failure([layer]);
  assert.equal(error.code, 1011);
  assert.match(error.message, /297 of 300 rows/);
  const { fetched, rows } = await fetchFrom([layer], { allowPartial: true });
  assert.equal(rows.get('layer 0')?.length, 297);
  assert.deepEqual(fetched.warnings, { partial_layers: [{ layer: 'layer 0', rows: 297, expected: 300 }] });
});

test('pages that repeat for ever end with 1011, after few of them', async () => {
  const layer = { features: points(2000), maxRecordCount: 100, faults: { repeatsPages: true } };
  await using server = await startArcgis([layer]);
  const http = createHttpClient({ allowNetworks: ['127.0.0.0/8'] });
  await using job = await startFetch();
  const source = createArcgisSource({ http, isOn: true, limits: { retryDelayMs: 1 } });
  const request = {
    kind: 'arcgis',
    url: `${server.url}/0`,
    allowPartial: false,
    attachments: false,
    layers: null,
  } as const;
  await assert.rejects(source.fetch(request, job.context), { kind: 'sourceFetchFailed', message: /100 of 2000 rows/ });
  await http.close();
  assert.ok(server.requests.length < 60, `${server.requests.length} requests`);
});

test('errors that last end with 1011 and the words of the server', async () => {
  const error = await failure([{ features: points(5000), faults: { errorsAlways: true } }]);
  assert.equal(error.code, 1011);
  assert.match(error.message, /Error performing query operation/);
});

test('a layer that stalls ends with 1020', async () => {
  const error = await failure([{ features: points(10), faults: { stalls: true } }], {
    limits: { responseTimeoutMs: 150 },
  });
  assert.equal(error.code, 1020);
});

test('versions, capabilities and structures that cannot be used end with their codes', async () => {
  const features = points(3);
  for (const [meta, code] of [
    [{ currentVersion: 10.0 }, 1013],
    [{ currentVersion: 10.05 }, 1013],
    [{ currentVersion: undefined }, 1011],
    [{ capabilities: 'Map,Data' }, 1023],
    [{ type: 'Raster Layer' }, 1011],
    [{ type: undefined }, 1011],
    [{ fields: null }, 1011],
    [{ name: undefined }, 1011],
    [{ error: { code: 400, message: 'Requested operation is not supported by this service.' } }, 1023],
    [{ error: { code: 500, message: 'Service not started' } }, 1011],
  ] as const) {
    assert.equal((await failure([{ features, meta }])).code, code, JSON.stringify(meta));
  }
  assert.equal((await failure([{ features, faults: { refusesQueries: true } }])).code, 1023);
  const layer = { features, meta: { currentVersion: 10.1 } };
  assertWhole(await fetchFrom([layer]), layer);
});

test('addresses that are none, servers that are not there, and a source that is off are told', async () => {
  assert.equal((await failure([], { path: '/../../../../elsewhere' })).code, 1012);
  const off = await failure([{ features: [] }], { isOn: false });
  assert.deepEqual([off.code, /switched off/.test(off.message)], [1012, true]);
  assert.equal((await failure([{ features: [] }], { path: '/9' })).code, 1011);
});

test('a service becomes one file for each feature layer and table; groups are descended', async () => {
  const group = {
    type: 'Group Layer',
    geometryType: null,
    subLayers: [
      { id: 1, name: 'roads' },
      { id: 5, name: 'deep' },
    ],
  };
  const layers: FakeLayer[] = [
    { id: 0, name: 'all', features: [], meta: group },
    { id: 1, name: 'roads', features: points(3) },
    { id: 2, name: 'picture', features: [], meta: { type: 'Raster Layer' } },
    {
      id: 3,
      name: 'owners',
      features: points(2).map(({ attributes }) => ({ attributes })),
      meta: { type: 'Table', geometryType: undefined },
    },
    { id: 5, name: 'deep', features: [], meta: { ...group, subLayers: [{ id: 6 }] } },
    { id: 6, name: 'paths', features: points(4) },
  ];
  const countsOf = ({ rows }: Result) => [...rows].map(([name, found]) => [name, found.length]);
  const all = [
    ['roads', 3],
    ['owners', 2],
    ['paths', 4],
  ];
  assert.deepEqual(countsOf(await fetchFrom(layers, { path: '' })), all);
  assert.deepEqual(countsOf(await fetchFrom(layers, { path: '/', server: { layersStatus: 404 } })), all);
  assert.deepEqual(countsOf(await fetchFrom(layers, { path: '/0' })), [
    ['roads', 3],
    ['paths', 4],
  ]);
  assert.deepEqual(countsOf(await fetchFrom(layers, { path: '', layers: ['paths'] })), [['paths', 4]]);
  assert.equal((await failure(layers.slice(2, 3), { path: '' })).code, 1011);
});

test('a layer that cannot be had does not keep the others of its service away', async () => {
  const layers: FakeLayer[] = [
    { name: 'good', features: points(4) },
    { name: 'short', features: points(5), faults: { withholds: [2] } },
    { name: 'closed', features: points(5), meta: { capabilities: 'Data' } },
  ];
  const { rows, fetched } = await fetchFrom(layers, { path: '' });
  assert.deepEqual([...rows.keys()], ['good']);
  const { failed_layers: failed } = fetched.warnings as {
    failed_layers: readonly { name: string; error_code: number }[];
  };
  assert.deepEqual(
    failed.map(({ name, error_code }) => [name, error_code]),
    [
      ['closed', 1023],
      ['short', 1011],
    ],
  );
  assert.equal((await failure(layers.slice(1), { path: '' })).code, 1023);
});

test('a layer that was not edited since the last time is not fetched again', async () => {
  let edited = 1_700_000_000_123;
  const layer = {
    features: points(3),
    get meta() {
      return { editingInfo: { lastEditDate: edited } };
    },
  };
  await using server = await startArcgis([layer]);
  const http = createHttpClient({ allowNetworks: ['127.0.0.0/8'] });
  const source = createArcgisSource({ http, isOn: true });
  const request = {
    kind: 'arcgis',
    url: `${server.url}/0`,
    allowPartial: false,
    attachments: false,
    layers: null,
  } as const;
  await using job = await startFetch();
  const first = await source.fetch(request, job.context);
  const known = first.fingerprint;
  assert.deepEqual((await source.fetch(request, { ...job.context, known })).isUnchanged, true);
  edited++;
  assert.equal((await source.fetch(request, { ...job.context, known })).files.length, 1);
  await http.close();
});

test('a token is sent, and never told', async () => {
  const layer = { features: points(5) };
  assertWhole(await fetchFrom([layer], { token: 'S3CR3T', server: { token: 'S3CR3T' } }), layer);
  const error = await failure([layer], { token: 'WR0NG', server: { token: 'S3CR3T' } });
  assert.equal(error.code, 1011);
  assert.doesNotMatch(`${error.message} ${error.hint} ${String(error.cause)}`, /WR0NG/);
  assert.match(error.hint ?? '', /token/);
});

test('fields of every type, domains and subtypes become cells in the words of their types', async () => {
  const coded = (values: Readonly<Record<string, string>>) => ({
    type: 'codedValue',
    codedValues: Object.entries(values).map(([code, name]) => ({ code: Number(code), name })),
  });
  const field = (name: string, type: string, more: object = {}) => ({
    name,
    type: `esriFieldType${type}`,
    alias: name,
    ...more,
  });
  const meta = {
    fields: [
      field('OBJECTID', 'OID'),
      field('made', 'Date'),
      field('day', 'DateOnly'),
      field('at', 'TimeOnly'),
      field('seen', 'TimestampOffset'),
      field('big', 'BigInteger'),
      field('gid', 'GlobalID'),
      field('photo', 'Blob'),
      field('state', 'Integer', { domain: coded({ 1: 'open', 2: 'closed' }) }),
      field('kind', 'SmallInteger'),
      field('use', 'Integer'),
    ],
    typeIdField: 'kind',
    types: [
      { id: 1, name: 'House', domains: { use: coded({ 1: 'living' }) } },
      { id: 2, name: 'Shed', domains: { use: coded({ 1: 'storage' }), state: { type: 'inherited' } } },
    ],
  };
  const attributes = {
    OBJECTID: 1,
    made: 1_577_872_800_123,
    day: '2020-02-29',
    at: '13:14:15',
    seen: '2020-01-01T12:00:00.000+02:00',
    big: 1,
    gid: '{0A1B2C3D-0000-4000-8000-00000000000F}',
    state: 2,
    kind: 2,
    use: 1,
  };
  const { rows } = await fetchFrom([{ features: [{ attributes }], meta }]);
  assert.deepEqual(rows.get('layer 0')?.[0]?.cells, {
    OBJECTID: '1',
    made: '2020-01-01T10:00:00.123Z',
    day: '2020-02-29',
    at: '13:14:15',
    seen: '2020-01-01T12:00:00.000+02:00',
    big: '1',
    gid: '0a1b2c3d-0000-4000-8000-00000000000f',
    state: '2',
    state_name: 'closed',
    kind: '2',
    kind_name: 'Shed',
    use: '1',
    use_name: 'storage',
  });
});

test('addresses of attachments become a column on request', async () => {
  const layer = { features: points(3), attachments: { 2: [10, 11] }, meta: { hasAttachments: true } };
  const { rows } = await fetchFrom([layer], { attachments: true });
  const found = (rows.get('layer 0') ?? []).map(({ cells }) => cells.attachment_urls ?? null);
  assert.deepEqual([found[0], found[2]], [null, null]);
  const addresses: readonly string[] = JSON.parse(found[1] ?? '[]');
  assert.deepEqual(
    addresses.map((address) => new URL(address).pathname),
    [10, 11].map((id) => `/arcgis/rest/services/demo/FeatureServer/0/2/attachments/${id}`),
  );
  const without = await fetchFrom([layer]);
  assert.ok(!('attachment_urls' in (without.rows.get('layer 0')?.[0]?.cells ?? {})));
});

test('curves become lines, and are told', async () => {
  const attributes = { OBJECTID: 1, name: 'arc', value: 1 };
  const geometry = {
    curvePaths: [
      [
        [0, 0],
        {
          c: [
            [2, 0],
            [1, 1],
          ],
        },
      ],
    ],
  };
  const { fetched } = await fetchFrom([
    { features: [{ attributes, geometry }], meta: { geometryType: 'esriGeometryPolyline' } },
  ]);
  assert.deepEqual(fetched.warnings, { linearized_curves: 1 });
});

test('coordinates that a server gives in another system are read as that, and without a word only on earth', async () => {
  const layer = { features: points(3), faults: { ignoresOutSr: true } };
  await using server = await startArcgis([layer]);
  const http = createHttpClient({ allowNetworks: ['127.0.0.0/8'] });
  await using job = await startFetch();
  const request = {
    kind: 'arcgis',
    url: `${server.url}/0`,
    allowPartial: false,
    attachments: false,
    layers: null,
  } as const;
  const { files } = await createArcgisSource({ http, isOn: true }).fetch(request, job.context);
  assert.deepEqual(
    files.map((file) => openRows(file).srid),
    [3857],
  );
  await http.close();
});

test('names that are hostile are only names', async () => {
  const names = [
    '__proto__',
    'constructor',
    "a') ,process.exit(1)//",
    'x"; drop table y; --',
    '',
    'n'.repeat(9000),
    '\u0000',
  ];
  const fields = names.map((name) => ({ name, alias: name, type: 'esriFieldTypeString' }));
  const attributes = Object.fromEntries([
    ['OBJECTID', 1],
    ...names.map((name) => [name, `value of ${name.slice(0, 20)}`]),
  ]);
  const meta = { name: '../../etc/passwd', fields: [{ name: 'OBJECTID', type: 'esriFieldTypeOID' }, ...fields] };
  const { rows } = await fetchFrom([{ features: [{ attributes }], meta }]);
  const [row] = rows.get('../../etc/passwd') ?? [];
  assert.equal(row?.cells.constructor, 'value of constructor');
  assert.equal(row?.cells["a') ,process.exit(1)//"], "value of a') ,process.exit(1)");
});

test('more fields than a table has columns, and rows without end, end with a code', async () => {
  const fields = Array.from({ length: 100_000 }, (_, i) => ({ name: `f${i}`, type: 'esriFieldTypeString' }));
  assert.equal((await failure([{ features: points(1), meta: { fields } }])).code, 2004);
  const name = 'x'.repeat(1 << 20);
  const features = Array.from({ length: 80 }, (_, i) => ({ attributes: { OBJECTID: i + 1, name } }));
  assert.equal(
    (await failure([{ features, maxRecordCount: 10 }], { limits: { responseTimeoutMs: 30_000 } })).code,
    6666,
  );
});

test('a list of ids that is too long for an address is sent as a form', async () => {
  const layer = { features: points(900, 1_000_003), maxRecordCount: 450, faults: { ignoresWhere: true } };
  await using server = await startArcgis([layer]);
  const http = createHttpClient({ allowNetworks: ['127.0.0.0/8'] });
  await using job = await startFetch();
  const request = {
    kind: 'arcgis',
    url: `${server.url}/0`,
    allowPartial: false,
    attachments: false,
    layers: null,
  } as const;
  const fetched = await createArcgisSource({ http, isOn: true }).fetch(request, job.context);
  assert.equal((await read(fetched)).get('layer 0')?.length, 900);
  const methods = server.requests.filter(({ query }) => query.has('objectIds')).map(({ method }) => method);
  assert.ok(methods.includes('POST'), methods.join());
  await http.close();
});

test('25,000 rows are waited for a third of the time that one page after the other takes', async () => {
  const layer = { features: points(25_000), maxRecordCount: 250 };
  // Longer than the 50 ms of a near server, so that a busy machine makes no difference.
  const result = await fetchFrom([layer], { server: { delayMs: 150 } });
  assertWhole(result, layer);
  assert.ok(result.averageAtOnce >= 3, `${result.averageAtOnce} at once`);
});
