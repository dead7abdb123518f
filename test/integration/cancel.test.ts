import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTestApp, type TestApp } from '../support/app.ts';
import { oneEngine } from '../support/database.ts';
import { type Origin, startOrigin } from '../support/origin.ts';

for (const engine of oneEngine) {
  describe(`cancelling on ${engine}`, () => {
    let app: TestApp;
    let origin: Origin;
    before(async () => {
      origin = await startOrigin();
      app = await startTestApp(engine);
    });
    after(async () => {
      await app[Symbol.asyncDispose]();
      await origin[Symbol.asyncDispose]();
    });

    /** Asks the API with the key in a header. */
    const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
      app.api(path, { ...init, headers: { authorization: `Bearer ${app.key}`, ...init.headers } });

    const cancel = async (id: string): Promise<number> =>
      (await ask(`/api/v1/imports/${id}`, { method: 'DELETE' })).status;

    /** Begins the import of a file that never comes whole. */
    async function beginStalled(): Promise<string> {
      const url = origin.serve('/stalled.csv', { body: 'a\n1\n2\n3\n', stallAt: 4 });
      const answer = await ask('/api/v1/imports', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ url }),
      });
      return ((await answer.json()) as { item_queue_id: string }).item_queue_id;
    }

    const stateOf = async (id: string): Promise<string> =>
      ((await (await ask(`/api/v1/imports/${id}`)).json()) as { state: string }).state;

    test('a running import ends at once, and its worker takes the next', async () => {
      const id = await beginStalled();
      while ((await stateOf(id)) !== 'uploading') await sleep(20);
      assert.equal(await cancel(id), 204);
      const ended = await app.waitFor(id);
      assert.deepEqual([ended.state, ended.error_code, ended.success], ['failure', 6672, false]);
      const next = await app.importFile('next.csv', 'a\n1\n');
      assert.equal(next.state, 'complete');
      assert.equal((await app.waitFor(id)).error_code, 6672);
    });

    test('an import that waits never runs', async () => {
      const running = await beginStalled();
      while ((await stateOf(running)) !== 'uploading') await sleep(20);
      const form = new FormData();
      form.set('file', new Blob(['a\n1\n']), 'waiting.csv');
      const answer = await ask('/api/v1/imports', { method: 'POST', body: form });
      const { item_queue_id: waiting } = (await answer.json()) as { item_queue_id: string };
      assert.equal(await cancel(waiting), 204);
      assert.equal(await cancel(running), 204);
      assert.equal((await app.importFile('later.csv', 'a\n1\n')).state, 'complete');
      assert.equal((await app.waitFor(waiting)).error_code, 6672);
      await assert.rejects(app.sql('select * from waiting'), /relation \\"waiting\\" does not exist/);
    });

    test('what has ended stays as it is', async () => {
      const done = await app.importFile('done.csv', 'a\n1\n');
      assert.equal(await cancel(done.id), 204);
      assert.equal((await app.waitFor(done.id)).state, 'complete');
    });

    test('what is not there cannot be cancelled', async () => {
      for (const id of ['00000000-0000-4000-8000-000000000000', 'x']) assert.equal(await cancel(id), 404);
    });
  });
}
