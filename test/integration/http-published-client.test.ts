import assert from 'node:assert/strict';
import { type EventEmitter, once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
// @ts-expect-error: the client comes without types
import CartoDB from 'cartodb';
import { startHttpApp } from '../support/http-app.ts';

interface ImportClient {
  file(path: string, options?: { privacy?: string }): EventEmitter;
  url(url: string): EventEmitter;
}
const { Import }: { Import: new (config: Readonly<Record<string, string>>) => ImportClient } = CartoDB;

test('the published client cartodb posts a file and a URL, and reads how each ended', async () => {
  await using app = await startHttpApp();
  const folder = await mkdtemp(path.join(tmpdir(), 'landfall-client-'));
  try {
    const file = path.join(folder, 'naïve name.csv');
    await writeFile(file, 'a\n1\n');
    const client = new Import({
      user: 'ann',
      api_key: 'ann-key',
      import_api_url: `${app.url}/user/ann/api/v1/imports`,
    });
    const done = once(client.file(file, { privacy: 'public' }), 'done');
    const failed = once(client.url('https://example.org/gone.csv'), '_error');
    while (app.created.length < 2) await delay(20);
    for (const item of app.stored.values()) {
      const ended =
        item.request.kind === 'upload'
          ? { state: 'complete' as const, tableName: 'naive_name', tablesCreatedCount: 1 }
          : { state: 'failure' as const, error: { code: 1100, text: 'Gone. Look elsewhere.' } };
      app.stored.set(item.id, { ...item, ...ended });
    }
    assert.deepEqual(await done, ['naive_name']);
    assert.deepEqual(await failed, [
      { title: 'Download file not found', what_about: 'Gone. Look elsewhere.', source: 'user' },
    ]);
    const upload = app.created.find(({ request }) => request.kind === 'upload');
    assert.ok(upload?.request.kind === 'upload');
    assert.equal(upload.request.file.name, 'naïve_name.csv');
    assert.equal(upload.options.privacy, 'public');
    assert.equal(await readFile(path.join(app.uploadsFolder, upload.request.key, 'data'), 'utf8'), 'a\n1\n');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
