import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestApp } from '../support/app.ts';
import { engines } from '../support/database.ts';

for (const engine of engines) {
  test(`a server without workers takes imports and keeps answering (${engine})`, async () => {
    await using app = await startTestApp(engine, { LANDFALL_WORKERS: '0' });
    const form = new FormData();
    form.append('file', new Blob(['a\n1\n']), 'waiting.csv');
    const posted = await app.api(`/api/v1/imports?api_key=${app.key}`, { method: 'POST', body: form });
    assert.equal(posted.status, 200);
    const { item_queue_id: id } = (await posted.json()) as { item_queue_id: string };
    const listed = await app.api(`/api/v1/imports?api_key=${app.key}`);
    assert.deepEqual(await listed.json(), { imports: [id], success: true });
    assert.equal((await app.api('/readyz')).status, 200);
  });
}
