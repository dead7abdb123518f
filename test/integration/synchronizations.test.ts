/** The synchronizations API as its clients speak it (wire contract 1.7 to 1.10 and 8), on the true program. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, suite, test } from 'node:test';
import { startTestApp, type TestApp } from '../support/app.ts';
import { oneEngine } from '../support/database.ts';
import { found } from '../support/found.ts';
import { type Origin, startOrigin } from '../support/origin.ts';

/** A synchronization as the wire shows it. */
interface SyncView {
  readonly id: string;
  readonly state: string;
  readonly name: string | null;
  readonly [key: string]: unknown;
}

const published = [
  'id',
  'name',
  'interval',
  'url',
  'state',
  'created_at',
  'updated_at',
  'run_at',
  'retried_times',
  'log_id',
  'error_code',
  'error_message',
  'ran_at',
  'modified_at',
  'etag',
  'checksum',
  'user_id',
  'service_name',
  'service_item_id',
  'type_guessing',
  'quoted_fields_guessing',
  'content_guessing',
  'visualization_id',
  'from_external_source',
];

const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/;
const seconds = (from: unknown, to: unknown): number => (Date.parse(String(to)) - Date.parse(String(from))) / 1000;
const towns = 'name,longitude,latitude\nOslo,10.75,59.91\nBergen,5.32,60.39\n';

for (const engine of oneEngine) {
  suite(`Synchronizations on ${engine}`, () => {
    let app: TestApp;
    let origin: Origin;
    before(async () => {
      app = await startTestApp(engine);
      origin = await startOrigin();
    });
    after(async () => {
      await app[Symbol.asyncDispose]();
      await origin[Symbol.asyncDispose]();
    });

    const call = (method: string, path: string, init: RequestInit = {}): Promise<Response> =>
      app.api(`/api/v1/synchronizations${path}${path.includes('?') ? '&' : '?'}api_key=${app.key}`, {
        method,
        ...init,
      });
    const json = (body: unknown): RequestInit => ({
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const view = async (id: string): Promise<SyncView> => (await call('GET', `/${id}`)).json() as Promise<SyncView>;

    async function create(url: string, more: Record<string, unknown> = {}): Promise<SyncView> {
      const response = await call('POST', '', json({ url, interval: '3600', ...more }));
      const body = await response.text();
      assert.equal(response.status, 200, body);
      return JSON.parse(body) as SyncView;
    }

    /** Waits for the end of the run under way; every state on the way is noted. */
    const settled = (id: string, seen: Set<string> = new Set()): Promise<SyncView> =>
      found(async () => {
        const now = await view(id);
        if (now.state === 'success' || now.state === 'failure') return now;
        seen.add(now.state);
        return null;
      }, `synchronization ${id} did not settle`);

    test('a POST answers with the published fields, in their order, and its import makes the table', async () => {
      const url = origin.serve('/towns.csv', { body: towns, headers: { etag: '"v1"' } });
      const made = await create(url);
      assert.deepEqual(Object.keys(made).slice(0, 25), [
        'data_import',
        'id',
        'name',
        'interval',
        'url',
        'state',
        'user_id',
        'created_at',
        'updated_at',
        'run_at',
        'ran_at',
        'modified_at',
        'etag',
        'checksum',
        'log_id',
        'error_code',
        'error_message',
        'retried_times',
        'service_name',
        'service_item_id',
        'type_guessing',
        'quoted_fields_guessing',
        'content_guessing',
        'visualization_id',
        'from_external_source',
      ]);
      assert.equal(made.state, 'created');
      assert.deepEqual(made.data_import, { endpoint: '/api/v1/imports', item_queue_id: made.item_queue_id });
      assert.equal(made.endpoint, '/api/v1/imports');
      const { id, data_import, item_queue_id, user_id, created_at, updated_at, run_at, ran_at, log_id, ...rest } = made;
      assert.deepEqual(rest, {
        name: null,
        interval: 3600,
        url,
        state: 'created',
        modified_at: null,
        etag: null,
        checksum: '',
        error_code: null,
        error_message: null,
        retried_times: 0,
        service_name: null,
        service_item_id: null,
        type_guessing: true,
        quoted_fields_guessing: true,
        content_guessing: false,
        visualization_id: null,
        from_external_source: false,
        schema_policy: 'evolve',
        mode: 'replace',
        key: [],
        endpoint: '/api/v1/imports',
      });
      for (const date of [created_at, updated_at, run_at, ran_at]) assert.match(String(date), moment);
      assert.equal(seconds(created_at, run_at), 3600);
      assert.match(String(log_id), /^[0-9a-f-]{36}$/);

      const states = new Set<string>();
      const ended = await settled(id, states);
      assert.ok(
        [...states].every((state) => state === 'created' || state === 'queued'),
        [...states].join(),
      );
      const imported = await app.waitFor(String(item_queue_id));
      assert.equal(imported.state, 'complete');
      assert.equal(imported.synchronization_id, id);
      assert.equal(imported.user_id, user_id);
      assert.deepEqual(Object.keys(ended).slice(0, 24), published);
      assert.equal(ended.state, 'success');
      assert.equal(ended.name, 'towns');
      const viz = (await (await app.api(`/api/v1/viz/towns?api_key=${app.key}`)).json()) as { id: string };
      assert.equal(ended.visualization_id, viz.id);
      assert.equal(ended.etag, 'v1');
      assert.equal(seconds(ended.ran_at, ended.run_at), 3600);
      const { rows } = await app.sql('select count(*)::int as rows from towns');
      assert.deepEqual(rows, [{ rows: 2 }]);
    });

    test('the list holds every synchronization with its fields, and their number', async () => {
      const { synchronizations, total_entries } = (await (await call('GET', '?page=1')).json()) as {
        synchronizations: SyncView[];
        total_entries: number;
      };
      assert.equal(total_entries, synchronizations.length);
      assert.ok(total_entries > 0);
      for (const sync of synchronizations) {
        assert.deepEqual(Object.keys(sync).slice(0, 24), published);
        assert.deepEqual(sync, await view(sync.id));
      }
    });

    test('the client library sends its key in a JSON body, and a PUT without a body on the resource', async () => {
      const url = origin.serve('/library.csv', { body: towns });
      const response = await app.api('/api/v1/synchronizations/', {
        method: 'POST',
        ...json({ url, interval: 900, api_key: app.key }),
      });
      assert.equal(response.status, 200);
      const { id } = (await response.json()) as SyncView;
      await settled(id);
      const put = await call('PUT', `/${id}/`);
      assert.equal(put.status, 200);
      assert.equal(((await put.json()) as SyncView).id, id);
      const withKey = await app.api(`/api/v1/synchronizations/${id}`, { method: 'PUT', ...json({ api_key: app.key }) });
      assert.equal(withKey.status, 200);
      assert.equal((await view(id)).interval, 900);
    });

    test('forms, multipart fields and the other ways to address an account work too', async () => {
      const url = origin.serve('/form.csv', { body: towns });
      for (const [path, body] of [
        ['/api/v1/synchronizations.json', new URLSearchParams({ url, interval: '900', api_key: app.key })],
        ['/user/demo/api/v1/synchronizations/', new URLSearchParams({ url, api_key: app.key })],
      ] as const) {
        const response = await app.api(path, { method: 'POST', body });
        assert.equal(response.status, 200, path);
        await settled(((await response.json()) as SyncView).id);
      }
      const form = new FormData();
      form.append('url', url);
      const multipart = await call('POST', '', { body: form });
      assert.equal(multipart.status, 200);
      await settled(((await multipart.json()) as SyncView).id);
      const script = await app.api(`/u/demo/api/v1/synchronizations?api_key=${app.key}&callback=cb`);
      assert.match(await script.text(), /^cb\(\{"synchronizations":\[/);
      const bad = await call('GET', '?callback=a.b');
      assert.equal(bad.status, 400);
      assert.deepEqual(await bad.json(), { errors: { callback: 'Invalid callback format' } });
      const elsewhere = await app.api(`/user/nobody/api/v1/synchronizations?api_key=${app.key}`);
      assert.equal(elsewhere.status, 404);
    });

    test("what cannot be synchronized is refused in the contract's words and leaves nothing behind", async () => {
      const count = async (): Promise<unknown> =>
        ((await (await call('GET', '')).json()) as { total_entries: number }).total_entries;
      const before = await count();
      const url = origin.serve('/refused.csv', { body: towns });
      const tooShort = 'Invalid interval: Sync interval must be at least 15 minutes';
      for (const [body, sentence] of [
        [{ url, interval: 899 }, tooShort],
        [{ url, interval: '0' }, tooShort],
        [{ url, interval: 'soon' }, tooShort],
        [{ url, interval: -5 }, tooShort],
        [{ url: 'ftp://example.org/a.csv' }, 'Invalid URL, cannot connect dataset: ftp://example.org/a.csv'],
        [{ url: 'http://localhost:22/x' }, 'Invalid URL, cannot connect dataset: http://localhost:22/x'],
        [{ url: 'data.csv' }, 'Invalid URL, cannot connect dataset: data.csv'],
      ] as const) {
        const response = await call('POST', '', json(body));
        assert.equal(response.status, 400, sentence);
        assert.deepEqual(await response.json(), { errors: sentence });
      }
      for (const body of [{}, { interval: 900 }, { url, interval: 2 ** 40 }, { url, mode: 'sideways' }]) {
        const response = await call('POST', '', json(body));
        assert.equal(response.status, 400, JSON.stringify(body));
        assert.equal(typeof ((await response.json()) as { errors: unknown }).errors, 'string');
      }
      const broken = await call('POST', '', { headers: { 'content-type': 'application/json' }, body: '{"url":' });
      assert.equal(broken.status, 400);
      const form = new FormData();
      form.append('file', new Blob([towns]), 'a.csv');
      assert.equal((await call('POST', '', { body: form })).status, 400);
      assert.equal(await count(), before);
    });

    test('without the right key there is nothing, and an unknown id is a 404', async () => {
      for (const [method, path] of [
        ['POST', ''],
        ['GET', ''],
        ['GET', `/${randomUUID()}`],
        ['PUT', `/${randomUUID()}`],
        ['DELETE', `/${randomUUID()}`],
        ['PUT', `/${randomUUID()}/sync_now`],
      ] as const) {
        const response = await app.api(`/api/v1/synchronizations${path}?api_key=wrong`, { method });
        assert.equal(response.status, 401, `${method} ${path}`);
        assert.equal(await response.text(), '');
      }
      for (const [method, path] of [
        ['GET', `/${randomUUID()}`],
        ['GET', '/no-uuid'],
        ['PUT', `/${randomUUID()}`],
        ['DELETE', `/${randomUUID()}`],
        ['GET', `/${randomUUID()}/sync_now`],
        ['PUT', `/${randomUUID()}/sync_now`],
        ['GET', `/${randomUUID()}/runs`],
      ] as const) {
        const response = await call(method, path);
        assert.equal(response.status, 404, `${method} ${path}`);
        assert.equal(await response.text(), '');
      }
    });

    test("a PUT changes the interval and plans the next run anew, and nothing that is not the client's", async () => {
      const made = await create(origin.serve('/put.csv', { body: towns }));
      const before = await settled(made.id);
      const changed = (await (
        await call('PUT', `/${made.id}`, json({ interval: 7200, state: 'failure', user_id: randomUUID(), name: 'x' }))
      ).json()) as SyncView;
      assert.equal(changed.interval, 7200);
      assert.ok(Math.abs(seconds(new Date().toISOString(), changed.run_at) - 7200) < 5);
      assert.deepEqual({ ...changed, interval: before.interval, run_at: before.run_at }, before);
      const refused = await call('PUT', `/${made.id}`, json({ interval: 10 }));
      assert.equal(refused.status, 400);
      assert.deepEqual(await refused.json(), {
        errors: 'Invalid interval: Sync interval must be at least 15 minutes',
      });
      const ours = (await (
        await call('PUT', `/${made.id}`, json({ schema_policy: 'freeze', mode: 'upsert', key: 'name' }))
      ).json()) as SyncView;
      assert.deepEqual([ours.schema_policy, ours.mode, ours.key, ours.interval], ['freeze', 'upsert', ['name'], 7200]);
      assert.equal(ours.run_at, changed.run_at);
      const keyless = (await (await call('PUT', `/${made.id}`, json({ mode: 'replace', key: null }))).json()) as SyncView;
      assert.deepEqual([keyless.mode, keyless.key], ['replace', []]);
    });

    test('a forced run is refused for 900 seconds after the last', async () => {
      const made = await create(origin.serve('/guard.csv', { body: towns }));
      await settled(made.id);
      const forced = await call('PUT', `/${made.id}/sync_now`, { headers: { 'content-length': '0' } });
      assert.equal(forced.status, 200);
      assert.deepEqual(await forced.json(), { enqueued: false, synchronization_id: made.id });
      const state = await call('GET', `/${made.id}/sync_now`);
      assert.deepEqual(await state.json(), { state: 'success' });
    });

    test('a DELETE answers 204, keeps the table, and the synchronization is gone', async () => {
      const made = await create(origin.serve('/kept.csv', { body: towns }));
      const { name } = await settled(made.id);
      const gone = await call('DELETE', `/${made.id}`);
      assert.equal(gone.status, 204);
      assert.equal(await gone.text(), '');
      assert.equal((await call('GET', `/${made.id}`)).status, 404);
      assert.equal((await call('DELETE', `/${made.id}`)).status, 404);
      const { rows } = await app.sql(`select count(*)::int as rows from "${name}"`);
      assert.deepEqual(rows, [{ rows: 2 }]);
    });

    test('a DELETE at once leaves the first import to itself', async () => {
      // It is removed when a worker has found it and waits for the file.
      let answer: () => void = () => undefined;
      const held = new Promise<void>((resolve) => {
        answer = resolve;
      });
      origin.serve('/hasty.csv', { body: towns, after: held });
      const made = await create(`${origin.url}/hasty.csv`);
      await found(async () => origin.requests.find(({ path }) => path === '/hasty.csv') ?? null, 'nobody asked');
      assert.equal((await call('DELETE', `/${made.id}`)).status, 204);
      answer();
      const imported = await app.waitFor(String(made.item_queue_id));
      assert.equal(imported.state, 'complete');
      assert.equal(imported.table_name, 'hasty');
    });

    test('a first import that fails shows its code in the synchronization, with a next try', async () => {
      const made = await create(origin.serve('/missing.csv', { status: 404 }));
      const ended = await settled(made.id);
      assert.equal(ended.state, 'failure');
      assert.equal(ended.error_code, 1100);
      assert.match(String(ended.error_message), /^Download file not found There is no file at /);
      assert.equal(ended.name, null);
      assert.equal(ended.retried_times, 0);
      assert.ok(seconds(ended.ran_at, ended.run_at) <= 3600);
    });

    test('table_name names the table of a source with one file', async () => {
      const made = await create(
        origin.serve('/export?format=csv', { body: towns, headers: { 'content-type': 'text/csv' } }),
        {
          table_name: 'Chosen Name',
        },
      );
      assert.equal(made.name, 'Chosen Name');
      assert.equal((await settled(made.id)).name, 'chosen_name');
    });

    test('a URL never shows the user and password in it', async () => {
      const url = origin.serve('/secret.csv', { body: towns, basic: 'ann:S3CR3T' });
      const made = await create(url.replace('http://', 'http://ann:S3CR3T@'));
      assert.equal(made.url, url);
      const ended = await settled(made.id);
      assert.equal(ended.state, 'success');
      assert.ok(!JSON.stringify([made, ended, await app.waitFor(String(made.item_queue_id))]).includes('S3CR3T'));
    });
  });
}
