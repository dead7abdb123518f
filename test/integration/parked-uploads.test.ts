/** `POST /api/v1/uploads` (wire contract 1.11), on the true program. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { startTestApp, type TestApp } from '../support/app.ts';
import { oneEngine } from '../support/database.ts';
import { startHttpApp } from '../support/http-app.ts';

const csv = 'name,height\nOslo,23\nBergen,12\n';

for (const engine of oneEngine) {
  suite(`Parked uploads on ${engine}`, () => {
    let app: TestApp;
    before(async () => {
      app = await startTestApp(engine);
    });
    after(async () => {
      await app[Symbol.asyncDispose]();
    });

    test('a parked file is imported by its address, as often as one likes', async () => {
      const form = new FormData();
      form.append('file', new Blob([csv]), 'Some towns.csv');
      const parked = await app.api(`/api/v1/uploads?api_key=${app.key}`, { method: 'POST', body: form });
      assert.equal(parked.status, 200);
      const body = (await parked.json()) as { file_uri: string };
      assert.deepEqual(Object.keys(body), ['file_uri', 'success']);
      assert.match(body.file_uri, /^\/uploads\/[0-9a-f]{20}\/Some_towns\.csv$/);
      for (const name of ['some_towns', 'some_towns_1']) {
        const done = await app.importUrl(body.file_uri);
        assert.deepEqual([done.state, done.table_name], ['complete', name], JSON.stringify(done.get_error_text));
        assert.equal(done.data_type, 'file');
        assert.equal((await app.sql(`select sum(height) as total from ${name}`)).rows[0]?.total, 35);
      }
    });

    test('raw bytes are parked under the name of the query, and synchronized', async () => {
      const parked = await app.api(`/api/v1/uploads?filename=raw.csv&api_key=${app.key}`, {
        method: 'POST',
        body: csv,
      });
      const { file_uri: url } = (await parked.json()) as { file_uri: string };
      const made = await app.api(`/api/v1/synchronizations?api_key=${app.key}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ url, interval: 900 }),
      });
      const sync = (await made.json()) as {
        url: string;
        data_import: { item_queue_id: string };
        service_name: unknown;
      };
      assert.deepEqual([made.status, sync.url, sync.service_name], [200, url, null]);
      const done = await app.waitFor(sync.data_import.item_queue_id);
      assert.deepEqual([done.state, done.table_name], ['complete', 'raw'], JSON.stringify(done.get_error_text));
    });
  });
}

test('an address of another account, a made-up one and one that leads elsewhere name nothing', async () => {
  await using app = await startHttpApp();
  const parked = await fetch(`${app.url}/api/v1/uploads?filename=a.csv&api_key=ann-key`, { method: 'POST', body: csv });
  const { file_uri: own } = (await parked.json()) as { file_uri: string };
  const post = (url: string, key: string) =>
    app.post(`?api_key=${encodeURIComponent(key)}`, JSON.stringify({ url }), { 'content-type': 'application/json' });
  assert.equal((await post(own, 'ann-key')).status, 200);
  for (const [url, key] of [
    [own, 'bob+key/'],
    ['/uploads/00000000000000000000/a.csv', 'ann-key'],
    ['/uploads/../../etc/passwd', 'ann-key'],
    [`${own}/../../x`, 'ann-key'],
    ['/etc/passwd', 'ann-key'],
  ] as const) {
    const refused = await post(url, key);
    assert.deepEqual(
      [refused.status, refused.json],
      [400, { errors: { imports: `Invalid URL, cannot connect dataset: ${url}` } }],
    );
  }
});

test('a request without a file or over the limit is 400 without a body, one without a key 401', async () => {
  await using app = await startHttpApp({ maxFileBytes: 10 });
  const send = async (query: string, body: string | null): Promise<readonly [number, string]> => {
    const response = await fetch(`${app.url}/api/v1/uploads${query}`, { method: 'POST', body });
    return [response.status, await response.text()];
  };
  assert.deepEqual(await send('?api_key=ann-key', null), [400, '']);
  assert.deepEqual(await send('?api_key=ann-key&filename=a.csv', csv), [400, '']);
  assert.deepEqual(await send('?filename=a.csv', 'a'), [401, '']);
  assert.deepEqual(await send('?filename=a.csv&api_key=wrong', 'a'), [401, '']);
  assert.deepEqual(await app.spooled(), []);
});
