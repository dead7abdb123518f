import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { startTestApp, type TestApp } from '../support/app.ts';
import { engines } from '../support/database.ts';

const run = promisify(execFile);

const TOUR = `city,date,tickets,longitude,latitude
Brooklyn,2014-06-01,00420,-73.9442,40.6782
"Saint-Denis, Paris",2014-06-14,18000,2.3591,48.9362
Málaga,2014-07-02,950,-4.4214,36.7213
`;

/** What the tests use of the npm client `cartodb` 0.5.1, which has no types. */
interface CartoImport {
  file(path: string, options?: object): CartoPromise;
  url(url: string, options?: object): CartoPromise;
}
interface CartoPromise {
  done(run: (tableName: string) => void): CartoPromise;
  error(run: (error: unknown) => void): CartoPromise;
}

const tableOf = (started: CartoPromise): Promise<string> =>
  new Promise((resolve, reject) => {
    started.done(resolve).error(reject);
  });

for (const engine of engines) {
  describe(`the published quickstart on ${engine}`, () => {
    let app: TestApp;
    let folder: string;
    const origin = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/csv' }).end(TOUR);
    });
    let sourceUrl: string;

    before(async () => {
      app = await startTestApp(engine);
      folder = await mkdtemp(join(tmpdir(), 'landfall-quickstart-'));
      await writeFile(join(folder, 'prism_tour.csv'), TOUR);
      await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve));
      sourceUrl = `http://127.0.0.1:${(origin.address() as AddressInfo).port}/sample.csv`;
    });
    after(async () => {
      origin.close();
      await app[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    });

    const curl = async (...args: string[]): Promise<{ item_queue_id: string; success: boolean }> =>
      JSON.parse((await run('curl', ['-s', ...args])).stdout) as { item_queue_id: string; success: boolean };

    async function checkTour(table: string | null): Promise<void> {
      const { rows } = await app.sql(
        `select city, date::text, tickets, round(st_x(the_geom)::numeric, 4)::text as x from ${table} order by cartodb_id`,
      );
      assert.deepEqual(rows, [
        { city: 'Brooklyn', date: '2014-06-01', tickets: '00420', x: '-73.9442' },
        { city: 'Saint-Denis, Paris', date: '2014-06-14', tickets: '18000', x: '2.3591' },
        { city: 'Málaga', date: '2014-07-02', tickets: '950', x: '-4.4214' },
      ]);
    }

    test('uploads a local file with curl', async () => {
      const file = join(folder, 'prism_tour.csv');
      const answer = await curl('-F', `file=@${file}`, `${app.url}/api/v1/imports/?api_key=${app.key}`);
      assert.equal(answer.success, true);
      const ended = await app.waitFor(answer.item_queue_id);
      assert.equal(ended.state, 'complete', JSON.stringify(ended));
      assert.equal(ended.success, true);
      assert.equal(ended.table_name, 'prism_tour');
      assert.equal(ended.display_name, 'prism_tour.csv');
      await checkTour(ended.table_name);
    });

    test('imports from a remote URL with curl', async () => {
      const answer = await curl(
        ...['-H', 'Content-Type: application/json', '-d', JSON.stringify({ url: sourceUrl })],
        `${app.url}/api/v1/imports/?api_key=${app.key}`,
      );
      const ended = await app.waitFor(answer.item_queue_id);
      assert.equal(ended.state, 'complete', JSON.stringify(ended));
      assert.equal(ended.data_type, 'url');
      assert.equal(ended.table_name, 'sample');
      await checkTour(ended.table_name);
    });

    test('serves the unmodified npm client cartodb, by file and by URL', async () => {
      const CartoDB = createRequire(import.meta.url)('cartodb') as { Import: new (config: object) => CartoImport };
      const client = new CartoDB.Import({
        user: 'demo',
        api_key: app.key,
        import_api_url: `${app.url}/api/v1/imports`,
      });
      const fromFile = await tableOf(client.file(join(folder, 'prism_tour.csv'), { privacy: 'public' }));
      assert.match(fromFile, /^prism_tour(_\d+)?$/);
      await checkTour(fromFile);
      await checkTour(await tableOf(client.url(sourceUrl)));
    });

    test('carto-python imports in its two steps: an empty POST, then the file with parameters in the query', async () => {
      const first = await app.api('/api/v1/imports/', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ api_key: app.key, client: 'carto-python' }),
      });
      const queued = (await first.json()) as { item_queue_id: string };
      const nothing = await app.waitFor(queued.item_queue_id);
      assert.equal(nothing.state, 'failure');
      assert.equal(nothing.error_code, 1010);

      const form = new FormData();
      form.append('file', new Blob([TOUR]), 'python.csv');
      const second = await app.api(`/api/v1/imports/?api_key=${app.key}&type_guessing=true`, {
        method: 'POST',
        body: form,
      });
      const { item_queue_id: id } = (await second.json()) as { item_queue_id: string };
      await checkTour((await app.waitFor(id)).table_name);
    });
  });
}
