/** `s3://`, `gs://` and `az://` as sources, against a stand-in of the published references. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { startTestApp, type TestApp } from '../support/app.ts';
import { oneEngine } from '../support/database.ts';
import {
  AZURE_KEY,
  isSignedV4,
  KEY_ID,
  type ObjectStandIn,
  SECRET,
  startObjectStandIn,
} from '../support/object-stand-in.ts';

const csv = 'name,height\nOslo,23\nBergen,12\n';

test('the stand-in signs the example of the reference as the reference does', () => {
  // Amazon S3 API reference, "GET Object" and "List Objects": bucket examplebucket, 24 May 2013.
  const hash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
  const headers = (signed: string, signature: string, more = {}) => ({
    host: 'examplebucket.s3.amazonaws.com',
    'x-amz-content-sha256': hash,
    'x-amz-date': '20130524T000000Z',
    authorization: `AWS4-HMAC-SHA256 Credential=${KEY_ID}/20130524/us-east-1/s3/aws4_request, SignedHeaders=${signed}, Signature=${signature}`,
    ...more,
  });
  const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
  const get = headers(
    'host;range;x-amz-content-sha256;x-amz-date',
    'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    { range: 'bytes=0-9' },
  );
  assert.ok(isSignedV4({ method: 'GET', headers: get }, '/test.txt', 'us-east-1', secret));
  const list = headers(
    'host;x-amz-content-sha256;x-amz-date',
    '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
  );
  assert.ok(isSignedV4({ method: 'GET', headers: list }, '/?max-keys=2&prefix=J', 'us-east-1', secret));
  assert.ok(!isSignedV4({ method: 'GET', headers: list }, '/?max-keys=3&prefix=J', 'us-east-1', secret));
});

for (const engine of oneEngine) {
  suite(`Object stores on ${engine}`, () => {
    let app: TestApp;
    let store: ObjectStandIn;
    before(async () => {
      app = await startTestApp(engine);
      store = await startObjectStandIn();
    });
    after(async () => {
      await app[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    });

    const keys = `${KEY_ID}:${encodeURIComponent(SECRET)}@`;
    const at = (scheme: string, place: string, more = ''): string =>
      `${scheme}://${place}?endpoint=${encodeURIComponent(store.url)}${more}`;

    test('an object is imported under its name, with the keys of the address, which are shown nowhere', async () => {
      store.objects.set("dir one/städte (1)'+&.csv", csv);
      const done = await app.importUrl(at('s3', `${keys}data/dir%20one/st%C3%A4dte%20(1)'+%26.csv`));
      assert.equal(done.state, 'complete', JSON.stringify(done.get_error_text));
      assert.equal((await app.sql(`select sum(height) as total from ${done.table_name}`)).rows[0]?.total, 35);
      const shown = JSON.stringify(done);
      assert.ok(
        !shown.includes(KEY_ID) && !shown.includes(SECRET) && !shown.includes(encodeURIComponent(SECRET)),
        shown,
      );
      assert.match(String(done.original_url), /^s3:\/\/data\/dir/);
    });

    test('a bucket in another region is asked for there, a public object without keys', async () => {
      store.region = 'eu-north-1';
      store.objects.set('north.csv', csv);
      const done = await app.importUrl(at('s3', `${keys}data/north.csv`));
      assert.equal(done.state, 'complete', JSON.stringify(done.get_error_text));
      store.region = 'us-east-1';
      store.objects.set('public/open.csv', csv);
      assert.equal((await app.importUrl(at('s3', 'data/public/open.csv'))).state, 'complete');
      const wrong = await app.importUrl(at('s3', `${KEY_ID}:wrong@data/north.csv`));
      assert.deepEqual([wrong.state, wrong.error_code], ['failure', 1001]);
      assert.equal((await app.importUrl(at('s3', `${keys}data/none.csv`))).error_code, 1100);
    });

    test('keys of a stored connection open objects and go to the server of the connection alone', async () => {
      const send = async (path: string, body: object, method = 'POST') => {
        const response = await app.api(`${path}?api_key=${app.key}`, {
          method,
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        });
        const text = await response.text();
        assert.ok(!text.includes(SECRET), text);
        return { status: response.status, answer: JSON.parse(text === '' ? '{}' : text) as Record<string, unknown> };
      };
      const stored = { access_key_id: KEY_ID, secret_access_key: SECRET, endpoint: store.url };
      const made = await send('/api/v4/connections', { name: 'archive', connector: 's3', parameters: stored });
      assert.equal(made.status, 201, JSON.stringify(made.answer));
      const connection_id = made.answer.id as string;
      const view = (await (await app.api(`/api/v4/connections/${connection_id}?api_key=${app.key}`)).json()) as object;
      assert.partialDeepStrictEqual(view, {
        type: 'object-store',
        connector: 's3',
        parameters: { access_key_id: KEY_ID, endpoint: store.url },
      });
      store.objects.set('stored.csv', csv);
      const done = await app.importUrl('s3://data/stored.csv?endpoint=http%3A%2F%2F127.0.0.1%3A1', { connection_id });
      assert.equal(done.state, 'complete', JSON.stringify(done.get_error_text));
      for (const [url, says] of [
        ['https://example.org/a.csv', /goes with an object store/],
        ['gs://data/stored.csv', /names no connection/],
      ] as const) {
        const { status, answer } = await send('/api/v1/imports', { url, connection_id });
        assert.equal(status, 400);
        assert.match(JSON.stringify(answer), says);
      }
      const lacking = { name: 'x', connector: 'az', parameters: { secret_access_key: SECRET } };
      const refused = await send('/api/v4/connections', lacking);
      assert.equal(refused.status, 422);
      assert.match(
        String(refused.answer.errors),
        /Missing required parameters account_key\nInvalid parameters: secret_/,
      );
      const tried = await app.api(`/api/v4/connections/${connection_id}/connect?api_key=${app.key}`);
      assert.equal(tried.status, 422);
      await tried.text();
    });

    test('Google Cloud Storage takes the same signatures for its own region', async () => {
      store.region = 'auto';
      store.objects.set('g.csv', csv);
      assert.equal((await app.importUrl(at('gs', `${keys}data/g.csv`))).state, 'complete');
      store.region = 'us-east-1';
    });

    test('what begins with a key is imported whole, a table for each object', async () => {
      for (const name of ['a', 'b', 'c&d', 'e', 'f']) store.objects.set(`many/${name}.csv`, csv);
      store.objects.set('many/', '');
      const done = await app.importUrl(at('s3', `${keys}data/many/`));
      assert.deepEqual([done.state, done.tables_created_count], ['complete', 5], JSON.stringify(done.get_error_text));
      assert.equal(store.calls.filter((one) => one.includes('list-type=2')).length, 3);
      assert.equal((await app.importUrl(at('s3', `${keys}data/nothing/`))).error_code, 1100);
    });

    test('Azure is read with an account key, with a shared access signature, and by what names begin with', async () => {
      store.objects.set('az/one.csv', csv);
      store.objects.set('az/two.csv', csv);
      const account = `:${encodeURIComponent(AZURE_KEY)}@account`;
      const one = await app.importUrl(at('az', `${account}/data/az/one.csv`));
      assert.equal(one.state, 'complete', JSON.stringify(one.get_error_text));
      const both = await app.importUrl(at('az', `${account}/data/az/`));
      assert.deepEqual([both.state, both.tables_created_count], ['complete', 2], JSON.stringify(both.get_error_text));
      const sas = encodeURIComponent('sv=2022-11-02&sig=good%2Bsig%3D');
      assert.equal((await app.importUrl(at('az', `:${sas}@account/data/az/two.csv`))).state, 'complete');
      assert.equal(
        (await app.importUrl(at('az', `:${sas.replace('good', 'bad')}@account/data/az/two.csv`))).error_code,
        1001,
      );
    });

    test('addresses that name no bucket, or a server that may not be reached, are refused at once', async () => {
      for (const url of [
        's3://',
        's3:///key.csv',
        's3://UP_PER/key.csv',
        'az://account',
        's3://data/a.csv?endpoint=ftp://x',
        's3://data/a.csv?endpoint=http://10.0.0.1/',
        's3://data/a.csv?endpoint=http://169.254.169.254/',
        's3://data/a.csv?region=x.evil.example/',
        's3://data/%zz.csv',
      ]) {
        const response = await app.api(`/api/v1/imports?api_key=${app.key}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ url }),
        });
        assert.equal(response.status, 400, url);
      }
    });
  });
}
