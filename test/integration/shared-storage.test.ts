/** Uploads in a bucket: one server, and a server and workers that share a PostgreSQL and a bucket but no disk. */
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadConfig } from '../../src/config.ts';
import { sql } from '../../src/db/sql.ts';
import { startApp, startWorker } from '../../src/main.ts';
import { createFolderStore } from '../../src/sources/uploads/folder-store.ts';
import { ensureAccount } from '../../src/store/accounts.ts';
import { findImport } from '../../src/store/imports.ts';
import { removeUnusedUploads } from '../../src/work/sweep.ts';
import { spooled, temporaryFolder } from '../contract/upload-store.contract.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { engines, oneEngine, openTestDatabase } from '../support/database.ts';
import { KEY_ID, type ObjectStandIn, SECRET, startObjectStandIn } from '../support/object-stand-in.ts';
import { startProgram } from '../support/program.ts';

const csv = 'name,height\nOslo,23\nBergen,12\n';

const settingsOf = (store: ObjectStandIn): Record<string, string> => ({
  STORAGE_URL: `s3://data/up?endpoint=${encodeURIComponent(store.url)}`,
  AWS_ACCESS_KEY_ID: KEY_ID,
  AWS_SECRET_ACCESS_KEY: SECRET,
});

const send = (app: TestApp, path: string, query: Record<string, string>, body: string | null): Promise<Response> =>
  app.api(`${path}?${new URLSearchParams({ ...query, api_key: app.key })}`, { method: 'POST', body });

/** POSTs an import and does not wait for its end; gives its id. */
async function begin(app: TestApp, query: Record<string, string>, body: string | null): Promise<string> {
  const response = await send(app, '/api/v1/imports', query, body);
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return (JSON.parse(text) as { item_queue_id: string }).item_queue_id;
}

async function isCompleteAs(app: TestApp, id: string, table: string): Promise<void> {
  const done = await app.waitFor(id);
  assert.deepEqual([done.state, done.table_name], ['complete', table], JSON.stringify(done.get_error_text));
  assert.equal((await app.sql(`select sum(height) as total from ${table}`)).rows[0]?.total, 35);
}

/** Waits until something is so, for a minute at most. */
async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 3000 && !isSo(); tries++) await sleep(20);
  assert.ok(isSo());
}

// The death of a worker is noticed after some seconds: the other tests are made meanwhile.
suite('Uploads in a bucket', { concurrency: true }, () => {
  for (const engine of oneEngine) {
    suite(`of one server (${engine})`, { concurrency: false }, () => {
      let app: TestApp;
      let store: ObjectStandIn;
      before(async () => {
        store = await startObjectStandIn();
        app = await startTestApp(engine, settingsOf(store));
      });
      after(async () => {
        await app[Symbol.asyncDispose]();
        await store[Symbol.asyncDispose]();
      });

      test('an upload passes through the bucket and leaves nothing there or on the disk', async () => {
        await isCompleteAs(app, await begin(app, { filename: 'towns.csv' }, csv), 'towns');
        assert.ok(store.calls.some((call) => /^PUT \/data\/up\/[0-9a-f]{20}\/data 200$/.test(call)));
        await until(() => store.objects.size === 0);
        assert.deepEqual(await readdir(join(app.folder, 'data', 'uploads')), []);
      });

      test('a parked file waits in the bucket and is imported as often as one likes', async () => {
        const parked = await send(app, '/api/v1/uploads', { filename: 'parked.csv' }, csv);
        const { file_uri: url } = (await parked.json()) as { file_uri: string };
        for (const table of ['parked', 'parked_1']) await isCompleteAs(app, await begin(app, { url }, null), table);
        assert.equal(store.objects.size, 2);
        store.objects.clear();
      });

      test('the file of an analysis is imported as often as one likes, and stays', async () => {
        const analyzed = await send(app, '/api/v1/imports/analyze', { filename: 'looked_at.csv' }, csv);
        const { analysis_id } = (await analyzed.json()) as { analysis_id: string };
        for (const table of ['looked_at', 'looked_at_1']) {
          await isCompleteAs(app, await begin(app, { analysis_id }, null), table);
        }
        assert.equal(store.objects.size, 1);
        store.objects.clear();
      });

      test('a resumable upload comes on the disk and then goes into the bucket', async () => {
        const headers = { 'tus-resumable': '1.0.0', authorization: `Bearer ${app.key}` };
        const begun = await app.api('/api/v1/files', {
          method: 'POST',
          headers: {
            ...headers,
            'upload-length': String(csv.length),
            'upload-metadata': `filename ${btoa('piecemeal.csv')}`,
          },
        });
        const at = begun.headers.get('location') ?? '';
        await app.api(at, {
          method: 'PATCH',
          headers: { ...headers, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' },
          body: csv,
        });
        assert.equal(store.objects.size, 0);
        await isCompleteAs(app, await begin(app, { upload_id: at.split('/').at(-1) ?? '' }, null), 'piecemeal');
        await until(() => store.objects.size === 0);
        assert.deepEqual(await readdir(join(app.folder, 'data', 'uploads')), []);
      });

      test('a bucket that does not answer is a 503 with 1000; nothing is begun or left', async () => {
        store.busy = 1000;
        const refused = await send(app, '/api/v1/imports', { filename: 'late.csv' }, csv);
        store.busy = 0;
        assert.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '5']);
        assert.deepEqual(await refused.json(), {
          errors: {
            imports:
              'The bucket of uploads answered PUT with 503 SlowDown. Try again later; if it stays so, tell the operator.',
          },
          error_code: 1000,
        });
        assert.deepEqual(await (await app.api(`/api/v1/imports?api_key=${app.key}`)).json(), {
          imports: [],
          success: true,
        });
        assert.deepEqual(await readdir(join(app.folder, 'data', 'uploads')), []);
      });

      test('an upload that was lost or damaged in the bucket fails with a code', async () => {
        for (const [change, code, says] of [
          [(key: string) => store.objects.delete(key), 1100, /not kept any more/],
          [(key: string) => store.objects.set(key, `${csv}x`), 1000, /other bytes than were stored/],
        ] as const) {
          const { promise, resolve } = Promise.withResolvers<void>();
          store.hold = promise;
          const id = await begin(app, { filename: 'unlucky.csv' }, csv);
          change([...store.objects.keys()][0] ?? '');
          store.hold = null;
          resolve();
          const done = await app.waitFor(id);
          assert.deepEqual([done.state, done.error_code], ['failure', code]);
          assert.match(done.get_error_text?.what_about ?? '', says);
          await until(() => store.objects.size === 0);
        }
      });
    });
  }

  for (const engine of engines.filter((name) => name === 'postgres')) {
    test('a file sent to one machine becomes a table on another, and when that one dies on a third', async () => {
      await using store = await startObjectStandIn();
      await using app = await startTestApp(engine, { ...settingsOf(store), LANDFALL_WORKERS: '0' });
      await using second = await temporaryFolder();
      await using third = await temporaryFolder();
      const env = { ...settingsOf(store), DATABASE_URL: app.databaseUrl ?? '', LANDFALL_LOG_LEVEL: 'silent' };

      const { promise, resolve } = Promise.withResolvers<void>();
      store.hold = promise;
      const doomed = await startProgram(['worker'], { ...env, DATA_DIR: second.path });
      const held = await begin(app, { filename: 'held.csv' }, csv);
      await until(() => store.held === 1);
      assert.deepEqual(await readdir(join(app.folder, 'data', 'uploads')), []);
      await doomed.kill();
      store.hold = null;
      resolve();

      const worker = await startWorker(loadConfig({ ...env, DATA_DIR: third.path }));
      try {
        await isCompleteAs(app, await begin(app, { filename: 'next.csv' }, csv), 'next');
        await isCompleteAs(app, held, 'held');
        await until(() => store.objects.size === 0);
      } finally {
        await worker.close();
      }
      assert.deepEqual(await readdir(join(third.path, 'scratch')), []);
    });
  }

  test('a start with a bucket that cannot be written says so, without a secret', async () => {
    await using store = await startObjectStandIn();
    await using folder = await temporaryFolder();
    const settings = { ...settingsOf(store), AWS_SECRET_ACCESS_KEY: 'a wrong secret', DATA_DIR: folder.path };
    await assert.rejects(startApp(loadConfig(settings)), (error: Error) => {
      assert.match(
        error.message,
        /^STORAGE_URL: uploads cannot be stored: The bucket of uploads answered PUT with 400/,
      );
      return !error.message.includes('a wrong secret');
    });
  });

  test('an upload that an earlier version stored has the folder of its path as key, and is kept while it is needed', async () => {
    await using held = await openTestDatabase(oneEngine[0]);
    await using folder = await temporaryFolder();
    const { db } = held;
    const store = createFolderStore(folder.path);
    await ensureAccount(db, { name: 'demo', key: 'k' });
    const key = await store.put(await spooled(folder.path, Buffer.from(csv)));
    const request = {
      kind: 'upload',
      file: { path: join(folder.path, key, 'data'), name: 'a.csv', sizeBytes: 30, mediaType: null },
    };
    const [row] = await db.query<{ id: string; account: string }>(sql`
    insert into landfall.imports (account_id, request, options, state, original_url, display_name, user_defined_limits)
    select id, ${JSON.stringify(request)}::jsonb, '{}', 'pending', '', 'a.csv', '{}' from landfall.accounts
    returning id, account_id as account`);
    const found = await findImport(db, row?.account ?? '', row?.id ?? '');
    assert.deepEqual(found?.request, { kind: 'upload', key, file: { name: 'a.csv', sizeBytes: 30, mediaType: null } });
    const inTwoDays = new Date(Date.now() + 2 * 86_400_000);
    await removeUnusedUploads(db, store, inTwoDays);
    assert.equal((await store.list()).length, 1);
    await db.query(sql`update landfall.imports set state = 'failure'`);
    await removeUnusedUploads(db, store, new Date());
    assert.deepEqual(await store.list(), []);
  });
});
