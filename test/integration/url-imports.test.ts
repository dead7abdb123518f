import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { startTestApp, type TestApp } from '../support/app.ts';
import { oneEngine } from '../support/database.ts';
import { type Origin, startOrigin } from '../support/origin.ts';

const csv = 'name,longitude,latitude\nOslo,10.75,59.91\nBergen,5.32,60.39\n';

for (const engine of oneEngine) {
  suite(`URL imports on ${engine}`, () => {
    let app: TestApp;
    let origin: Origin;
    before(async () => {
      app = await startTestApp(engine, { LANDFALL_MAX_FILE_BYTES: '1000000' });
      origin = await startOrigin();
    });
    after(async () => {
      await app[Symbol.asyncDispose]();
      await origin[Symbol.asyncDispose]();
    });

    test('a compressed, redirected file with its name in a header becomes a table', async () => {
      origin.serve('/real', {
        body: csv,
        encoding: 'gzip',
        headers: {
          'content-type': 'text/plain',
          'content-disposition': `attachment; filename*=UTF-8''towns%202024.csv`,
        },
      });
      const ended = await app.importUrl(origin.serve('/get?id=1', { redirect: '/real' }));
      assert.equal(ended.state, 'complete', JSON.stringify(ended.get_error_text));
      assert.equal(ended.table_name, 'towns_2024');
      assert.equal(ended.data_type, 'url');
      const { rows } = await app.sql('select name, st_x(the_geom) as x from towns_2024 order by name');
      assert.deepEqual(rows, [
        { name: 'Bergen', x: 5.32 },
        { name: 'Oslo', x: 10.75 },
      ]);
    });

    test('a broken transfer ends as a whole table', async () => {
      const body = `n\n${Array.from({ length: 50_000 }, (_, i) => i).join('\n')}\n`;
      const ended = await app.importUrl(origin.serve('/numbers.csv', { body, ranges: true, cutAt: 100_000, cuts: 2 }));
      assert.equal(ended.state, 'complete', JSON.stringify(ended.get_error_text));
      const { rows } = await app.sql('select count(*)::int as rows, sum(n)::float8 as sum from numbers');
      assert.deepEqual(rows, [{ rows: 50_000, sum: 1_249_975_000 }]);
    });

    test('each failure of a server ends with its code, its status and no secret', async () => {
      const closed = await startOrigin();
      await closed[Symbol.asyncDispose]();
      for (const [url, code, status] of [
        [origin.serve('/gone.csv?token=S3CR3T', { status: 404 }), 1100, '404'],
        [origin.serve('/locked.csv?token=S3CR3T', { basic: 'a:b' }), 1101, '401'],
        [origin.serve('/refused.csv?token=S3CR3T', { status: 403 }), 1001, '403'],
        [origin.serve('/broken.csv?token=S3CR3T', { status: 500 }), 1001, '500'],
        [`http://user:S3CR3T@127.0.0.1:${closed.port}/a.csv`, 1001, undefined],
        ['http://no-such-host.invalid/a.csv?token=S3CR3T', 1102, undefined],
        [origin.serve('/hop', { redirect: 'http://10.0.0.1/a.csv?token=S3CR3T' }), 1102, undefined],
        [origin.serve('/big.csv', { body: Buffer.alloc(1_000_001, 'a\n') }), 6666, undefined],
        [origin.serve('/bomb.csv', { endless: true, encoding: 'gzip' }), 6666, undefined],
        [origin.serve('/cut.csv', { body: csv, cutAt: 20 }), 1103, undefined],
        [origin.serve('/empty.csv', { body: '' }), 1005, undefined],
      ] as const) {
        const ended = await app.importUrl(url);
        assert.equal(ended.state, 'failure', url);
        assert.equal(ended.error_code, code, `${url}: ${ended.get_error_text?.what_about}`);
        assert.equal(ended.http_response_code, status, url);
        // The address itself is the user's own and shown as it was given, without the password.
        assert.ok(!JSON.stringify({ ...ended, original_url: '' }).includes('S3CR3T'));
        assert.ok(!String(ended.original_url).includes('user:S3CR3T'));
      }
    });

    test('an address that no import is started for gets 400 at once', async () => {
      for (const url of ['http://10.0.0.1/a.csv', 'http://localhost:22/x', 'ftp://example.org/a.csv', '/etc/passwd']) {
        const response = await app.api(`/api/v1/imports?api_key=${app.key}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ url }),
        });
        assert.equal(response.status, 400, url);
        assert.deepEqual(await response.json(), {
          errors: { imports: `Invalid URL, cannot connect dataset: ${url}` },
        });
      }
    });
  });
}
