/** Imports of ArcGIS layers and services as published clients ask for them (wire contract 1.3, 1.7 and 9.2). */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ImportView, startTestApp, type TestApp } from '../support/app.ts';
import { type ArcgisServer, type FakeLayer, points, square, startArcgis } from '../support/arcgis-server.ts';
import { oneEngine } from '../support/database.ts';

const token = 'S3CR3T-t0ken';

const layers: readonly FakeLayer[] = [
  { name: 'Fire Hydrants', features: points(1001), maxRecordCount: 100 },
  {
    name: 'Owners',
    features: [{ attributes: { OBJECTID: 4, name: '  x ', born: -1 } }],
    meta: {
      type: 'Table',
      geometryType: undefined,
      fields: [
        { name: 'OBJECTID', type: 'esriFieldTypeOID' },
        { name: 'name', type: 'esriFieldTypeString', alias: 'Full name' },
        { name: 'born', type: 'esriFieldTypeDate' },
      ],
    },
  },
  {
    name: 'Parcels',
    features: [
      {
        attributes: { OBJECTID: 1, name: 'two' },
        geometry: { rings: [square(2, 2, 1, true), square(20, 20, 5, false), square(0, 0, 10, false)] },
      },
      { attributes: { OBJECTID: 2, name: 'none' }, geometry: null },
      {
        attributes: { OBJECTID: 3, name: 'one' },
        geometry: { rings: [square(0, 0, 1, false)] },
      },
    ],
    meta: { geometryType: 'esriGeometryPolygon' },
  },
  {
    name: 'Peaks',
    features: [{ attributes: { OBJECTID: 1 }, geometry: { x: 7, y: 46, z: 4478.5 } }],
  },
];

for (const engine of oneEngine) {
  suite(`ArcGIS imports on ${engine}`, () => {
    let app: TestApp;
    let server: ArcgisServer;
    before(async () => {
      app = await startTestApp(engine, { LANDFALL_SYNC_MIN_INTERVAL: '1', LANDFALL_SYNC_FORCE_GUARD: '0' });
      server = await startArcgis(layers);
    });
    after(async () => {
      await app[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    });

    const post = (path: string, body: object): Promise<Response> =>
      app.api(`${path}?api_key=${app.key}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    async function imported(body: object): Promise<ImportView> {
      const response = await post('/api/v1/imports', body);
      assert.equal(response.status, 200);
      const { item_queue_id } = (await response.json()) as { item_queue_id: string };
      return app.waitFor(item_queue_id);
    }

    test('the published request imports a layer', async () => {
      const url = `${server.url}/0`;
      const ended = await imported({ interval: '0', service_item_id: url, service_name: 'arcgis', value: url });
      assert.equal(ended.state, 'complete', JSON.stringify(ended.get_error_text));
      assert.deepEqual(
        [ended.table_name, ended.data_type, ended.original_url, ended.display_name, ended.tables_created_count],
        ['fire_hydrants', 'datasource', url, '0', 1],
      );
      const { rows, fields } = await app.sql(
        'select count(*)::int as rows, count(distinct objectid)::int as ids, max(abs(st_x(the_geom)))<=180 as ok from fire_hydrants',
      );
      assert.deepEqual(rows, [{ rows: 1001, ids: 1001, ok: true }]);
      assert.equal(Object.keys(fields).length, 3);
    });

    test('layers and tables of a service are listed with their geometry and rows, one layer alone, nothing private', async () => {
      const list = async (query: Record<string, string>): Promise<{ status: number; body: unknown }> => {
        const response = await app.api(
          `/api/v1/connectors/arcgis/layers?${new URLSearchParams({ api_key: app.key, ...query })}`,
        );
        return { status: response.status, body: await response.json() };
      };
      const expected = [
        { id: 0, name: 'Fire Hydrants', url: `${server.url}/0`, geometry_type: 'point', count: 1001 },
        { id: 1, name: 'Owners', url: `${server.url}/1`, geometry_type: null, count: 1 },
        { id: 2, name: 'Parcels', url: `${server.url}/2`, geometry_type: 'polygon', count: 3 },
        { id: 3, name: 'Peaks', url: `${server.url}/3`, geometry_type: 'point', count: 1 },
      ];
      assert.deepEqual(await list({ url: `${server.url}?f=json` }), { status: 200, body: { layers: expected } });
      assert.deepEqual(await list({ url: `${server.url}/2` }), { status: 200, body: { layers: expected.slice(2, 3) } });
      for (const [url, told] of [
        ['', /Missing required parameters url/],
        ['https://example.org/a.csv', /is no address of an ArcGIS layer or service.*FeatureServer/],
        ['http://10.0.0.1/arcgis/rest/services/a/FeatureServer', /10\.0\.0\.1/],
        ['ftp://127.0.0.1/arcgis/rest/services/a/FeatureServer', /Invalid URL/],
        [`${server.url}/9`, /error 404: Layer not found/],
      ] as const) {
        const { status, body } = await list({ url });
        assert.equal(status, 400);
        assert.match(JSON.stringify(body), told);
      }
      await using locked = await startArcgis(layers, { token });
      const wanting = await post('/api/v1/connectors/arcgis/layers', { url: locked.url });
      assert.match(JSON.stringify(await wanting.json()), /error 499.*token/);
      const told = await post('/api/v1/connectors/arcgis/layers', { url: locked.url, token });
      assert.equal(((await told.json()) as { layers: unknown[] }).layers.length, 4);
    });

    test('a service becomes a table for each of its layers and tables, with their types', async () => {
      const ended = await imported({
        service_name: 'arcgis',
        service_item_id: `${server.url}?f=json`,
        collision_strategy: 'overwrite',
      });
      assert.equal(ended.state, 'complete', JSON.stringify(ended.get_error_text));
      assert.equal(ended.tables_created_count, 4);
      const peaks = await app.sql('select st_asewkt(the_geom) as shape from peaks');
      assert.deepEqual(peaks.rows, [{ shape: 'SRID=4326;POINT(7 46 4478.5)' }]);
      const owners = await app.sql("select objectid, name, born = '1969-12-31T23:59:59.999Z' as is_same from owners");
      const shown = await app.api(`/api/v1/datasets/owners?api_key=${app.key}`);
      const { columns } = (await shown.json()) as { columns: readonly { name: string; source: string | null }[] };
      assert.deepEqual(
        columns.flatMap(({ name, source }) => (source === null ? [] : [[name, source]])),
        [
          ['objectid', 'OBJECTID'],
          ['name', 'Full name'],
          ['born', 'born'],
        ],
      );
      assert.deepEqual(owners.rows, [{ objectid: 4, name: '  x ', is_same: true }]);
      const parcels = await app.sql('select name, st_astext(the_geom) as shape from parcels order by objectid');
      assert.deepEqual(parcels.rows, [
        {
          name: 'two',
          shape: 'MULTIPOLYGON(((20 20,20 25,25 25,25 20,20 20)),((0 0,0 10,10 10,10 0,0 0),(2 2,3 2,3 3,2 3,2 2)))',
        },
        { name: 'none', shape: null },
        { name: 'one', shape: 'POLYGON((0 0,0 1,1 1,1 0,0 0))' },
      ]);
    });

    test('the plain address of a layer is taken for the layer', async () => {
      const ended = await app.importUrl(`${server.url}/1`);
      assert.deepEqual([ended.state, ended.table_name], ['complete', 'owners_1']);
    });

    test('a token reaches the server and nobody else', async () => {
      await using closed = await startArcgis(layers, { token });
      const ended = await imported({ service_name: 'arcgis', service_item_id: `${closed.url}/1?token=${token}` });
      assert.equal(ended.state, 'complete', JSON.stringify(ended.get_error_text));
      const refused = await imported({
        service_name: 'arcgis',
        service_item_id: `${closed.url}/1`,
        token: `${token}-old`,
      });
      assert.equal(refused.error_code, 1011);
      const list = await app.sql('select 1 as one');
      for (const shown of [ended, refused, list]) assert.doesNotMatch(JSON.stringify(shown), /S3CR3T/);
    });

    test('addresses that are refused, or are none of ArcGIS, are told', async () => {
      for (const url of [
        'http://10.0.0.1/rest/services/a/FeatureServer/0',
        'http://[::ffff:a00:1]/rest/services/a/MapServer',
      ]) {
        const response = await post('/api/v1/imports', { service_name: 'arcgis', service_item_id: url });
        assert.deepEqual(
          [response.status, await response.json()],
          [400, { errors: { imports: `Invalid URL, cannot connect dataset: ${url}` } }],
        );
      }
      const origin = new URL(server.url).origin;
      for (const item of ['no address', `${origin}/data.json`, 'http://127.0.0.1:9/rest/services/a/FeatureServer/0']) {
        assert.equal((await imported({ service_name: 'arcgis', service_item_id: item })).error_code, 1012, item);
      }
    });

    test('a synchronization follows a layer', async () => {
      const sizes = [3, 5];
      let features = points(sizes[0] ?? 0);
      await using live = await startArcgis([
        {
          name: 'live',
          get features() {
            return features;
          },
        },
      ]);
      const url = `${live.url}/0`;
      const response = await post('/api/v1/synchronizations', {
        interval: '900',
        service_item_id: url,
        service_name: 'arcgis',
        url: '',
        table_name: 'mine',
      });
      const sync = (await response.json()) as Record<string, string>;
      assert.deepEqual([response.status, sync.url, sync.service_name, sync.service_item_id], [200, '', 'arcgis', url]);
      await app.waitFor(String(sync.item_queue_id));
      assert.equal((await app.sql('select * from mine')).total_rows, 3);
      features = points(sizes[1] ?? 0);
      const forced = await app.api(`/api/v1/synchronizations/${sync.id}/sync_now?api_key=${app.key}`, {
        method: 'PUT',
      });
      assert.equal(((await forced.json()) as { enqueued: boolean }).enqueued, true);
      for (let waited = 0; waited < 300; waited++) {
        if ((await app.sql('select * from mine')).total_rows === 5) return;
        await sleep(100);
      }
      assert.fail('the table did not follow');
    });
  });
}
