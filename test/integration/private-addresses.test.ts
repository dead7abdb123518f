/** Every way in that names a server, with every spelling of an address that is nobody's to reach through this one. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { ImportError } from '../../src/errors.ts';
import { createArcgisSource } from '../../src/sources/arcgis/index.ts';
import { createObjectSource } from '../../src/sources/objects/index.ts';
import { createHttpClient } from '../../src/util/http-client.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { type Canary, PRIVATE_HOSTS, startCanary } from '../support/canary.ts';
import { oneEngine } from '../support/database.ts';
import { startFetch } from '../support/fetch-context.ts';
import { startOrigin } from '../support/origin.ts';

const layer = (base: string): string => `${base}/arcgis/rest/services/demo/FeatureServer/0`;

interface Answer {
  readonly status: number;
  readonly text: string;
}

async function post(app: TestApp, path: string, body: object): Promise<Answer> {
  const response = await app.api(`${path}?api_key=${app.key}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, text: await response.text() };
}

const imports = '/api/v1/imports';
const synchronizations = '/api/v1/synchronizations';

/** What a POST may say to have a server asked, by `http://HOST:PORT`. */
const ways = {
  url: (app: TestApp, base: string) => post(app, imports, { url: `${base}/data.csv` }),
  'url of a sync': (app, base) => post(app, synchronizations, { url: `${base}/data.csv`, interval: 3600 }),
  arcgis: (app, base) => post(app, imports, { service_name: 'arcgis', service_item_id: layer(base) }),
  'arcgis of a sync': (app, base) =>
    post(app, synchronizations, { service_name: 'arcgis', service_item_id: layer(base), interval: 3600 }),
  'address of a layer as url': (app, base) => post(app, imports, { url: layer(base) }),
  'endpoint of an object store': (app, base) =>
    post(app, imports, { url: `s3://key:secret@bucket/data.csv?endpoint=${encodeURIComponent(base)}` }),
  metadata_url: async (app, base) => {
    const query = new URLSearchParams({ filename: 'a.csv', metadata_url: `${base}/meta.json`, api_key: app.key });
    const response = await app.api(`${imports}?${query}`, { method: 'POST', body: 'a\n1\n' });
    return { status: response.status, text: await response.text() };
  },
} satisfies Readonly<Record<string, (app: TestApp, base: string) => Promise<Answer>>>;

const providers = ['postgres', 'mysql', 'sqlserver', 'redshift'];

const connection = (provider: string, host: string, port: number) => ({
  [provider === 'redshift' ? 'cluster' : 'server']: host,
  ...{ port: String(port), username: 'u', password: 'p', database: 'd', sslmode: 'disable' },
});

/** Tries a connection at once, as an import does with its first step. */
async function tryConnector(app: TestApp, provider: string, host: string, port: number): Promise<Answer> {
  const query = new URLSearchParams({ ...connection(provider, host, port), api_key: app.key });
  const response = await app.api(`/api/v1/connectors/${provider}/connect?${query}`);
  return { status: response.status, text: await response.text() };
}

const engine = oneEngine[0] ?? 'pglite';

suite(`${PRIVATE_HOSTS.length} ways to write a private address`, () => {
  let canary: Canary;
  let app: TestApp;
  before(async () => {
    canary = await startCanary();
    app = await startTestApp(engine, { LANDFALL_ALLOW_NETWORKS: '', LANDFALL_CONCURRENT_IMPORTS: '1000' });
  });
  after(async () => {
    await app[Symbol.asyncDispose]();
    await canary[Symbol.asyncDispose]();
  });

  for (const [name, ask] of Object.entries(ways)) {
    test(`are refused at once as ${name}`, async () => {
      for (const host of PRIVATE_HOSTS) {
        const { status, text } = await ask(app, `http://${host}:${canary.port}`);
        assert.equal(status, 400, `${host}: ${text}`);
        assert.match(text, /Invalid URL/, host);
      }
      assert.equal(canary.hits(), 0);
    });
  }

  test('lead connectors nowhere', async () => {
    for (const [index, host] of PRIVATE_HOSTS.entries()) {
      const provider = providers[index % providers.length] ?? '';
      const { text } = await tryConnector(app, provider, host, canary.port);
      assert.match(text, /"connected":false/, `${provider} at ${host}`);
    }
    assert.equal(canary.hits(), 0);
  });

  test('lead imports and syncs of connectors nowhere', async () => {
    for (const [index, host] of ['127.0.0.1', '[::ffff:7f00:1]', '2130706433', 'localhost'].entries()) {
      const provider = providers[index % providers.length] ?? '';
      const connector = { provider, connection: connection(provider, host, canary.port), table: 't' };
      const imported = await post(app, imports, { connector });
      const { item_queue_id: id } = JSON.parse(imported.text) as { item_queue_id: string };
      assert.equal((await app.waitFor(id)).error_code, 1500, host);
      const synced = await post(app, synchronizations, { connector, interval: 3600 });
      const { data_import } = JSON.parse(synced.text) as { data_import: { item_queue_id: string } };
      assert.equal((await app.waitFor(data_import.item_queue_id)).error_code, 1500, host);
    }
    assert.equal(canary.hits(), 0);
  });

  test('lead nowhere even where no POST has looked at them, straight and by redirect', async () => {
    await using origin = await startOrigin({ host: '127.7.7.7', port: canary.port });
    const client = createHttpClient({ allowNetworks: ['127.7.7.7/32'], connectTimeoutMs: 2000 });
    const limits = { tries: 1, retryDelayMs: 1 };
    const sources = {
      arcgis: createArcgisSource({ http: client, isOn: true, limits }),
      objects: createObjectSource({ client, limits: { retryDelayMs: 1 } }),
    };
    const request = { kind: 'arcgis', allowPartial: false, attachments: false, layers: null } as const;
    const isRefused = (error: unknown): boolean =>
      error instanceof ImportError && ['sourceUnreachable', 'unknownHost'].includes(error.kind);
    for (const [index, host] of PRIVATE_HOSTS.entries()) {
      await using job = await startFetch();
      const base = `http://${host}:${canary.port}`;
      const hop = origin.serve(`/${index}/arcgis/rest/services/demo/FeatureServer/0?f=json`, {
        redirect: layer(base),
      });
      for (const url of [layer(base), hop]) {
        await assert.rejects(sources.arcgis.fetch({ ...request, url }, job.context), isRefused, url);
      }
      const object = `s3://key:secret@bucket/data.csv?region=eu-central-1&endpoint=${encodeURIComponent(base)}`;
      await assert.rejects(sources.objects.fetch(object, job.context), isRefused, object);
    }
    await client.close();
    assert.equal(origin.requests.length, PRIVATE_HOSTS.length, 'each redirect was asked for');
    assert.equal(canary.hits(), 0);
  });

  test('reach the canary by every way where its network is listed', async () => {
    await using open = await startTestApp(engine, { LANDFALL_CONCURRENT_IMPORTS: '1000' });
    const base = `http://127.0.0.1:${canary.port}`;
    // An address of a layer and a sync of one end as the first import of a layer does, and as slowly.
    for (const name of ['url', 'url of a sync', 'arcgis', 'endpoint of an object store', 'metadata_url'] as const) {
      const ask = ways[name];
      const before = canary.hits();
      const { status, text } = await ask(open, base);
      assert.equal(status, 200, `${name}: ${text}`);
      const id = /"item_queue_id":"([^"]+)"/.exec(text)?.[1] ?? '';
      await open.waitFor(id);
      assert.ok(canary.hits() > before, name);
    }
    for (const provider of providers) {
      const before = canary.hits();
      await tryConnector(open, provider, '127.0.0.1', canary.port);
      assert.ok(canary.hits() > before, provider);
    }
  });
});
