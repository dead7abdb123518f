import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { startTestApp } from '../support/app.ts';
import { anyEngine } from '../support/database.ts';
import { startOrigin } from '../support/origin.ts';

const launcher = join(import.meta.dirname, '../../bin/landfall.js');

test('landfall sync creates, lists, shows, runs, tells the history of and deletes synchronizations', async () => {
  await using app = await startTestApp(anyEngine, { LANDFALL_SYNC_FORCE_GUARD: '0' });
  await using origin = await startOrigin();
  const landfall = async (...args: string[]): Promise<{ status: number | null; out: string; err: string }> => {
    const child = spawn(process.execPath, [launcher, 'sync', ...args], {
      env: { PATH: process.env.PATH ?? '', LANDFALL_BASE_URL: app.url, LANDFALL_API_KEY: app.key },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (text) => {
      out += text;
    });
    child.stderr.on('data', (text) => {
      err += text;
    });
    const [status] = await once(child, 'close');
    return { status, out, err };
  };
  const url = origin.serve('/towns.csv', { body: 'name\nOslo\n' });
  const made = await landfall('create', url, '--interval', '7200', '--key', 'name', '--json');
  assert.equal(made.status, 0, made.err);
  const { id, interval, key, item_queue_id } = JSON.parse(made.out);
  assert.deepEqual([interval, key], [7200, ['name']]);
  await app.waitFor(item_queue_id);
  assert.equal((await landfall('list')).out, `${id}  success  towns  every 7200 s  ${url}\n`);
  assert.match((await landfall('run', id)).out, new RegExp(`^${id}  (queued|syncing|success)  towns  `));
  assert.match((await landfall('history', id)).out, /first {2}changed {2}\+1 ~0 -0\n$/);
  assert.equal((await landfall('remove', id)).status, 0);
  const gone = await landfall('show', id);
  assert.equal(gone.status, 1);
  assert.match(gone.err, /there is nothing with this id/);
  assert.equal((await landfall('add')).status, 2);
});
