import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { startTestApp } from '../support/app.ts';
import { oneEngine } from '../support/database.ts';

const launcher = join(import.meta.dirname, '../../bin/landfall.js');

test('landfall key makes, lists, rotates and deletes restricted keys', async () => {
  await using app = await startTestApp(oneEngine[0] ?? 'pglite');
  assert.equal((await app.importFile('towns.csv', 'a\n1\n')).state, 'complete');
  const landfall = async (...args: string[]) => {
    const child = spawn(process.execPath, [launcher, 'key', ...args], {
      env: { PATH: process.env.PATH ?? '', LANDFALL_BASE_URL: app.url, LANDFALL_API_KEY: app.key },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [out, err, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    return { out: out.trim(), err, status };
  };
  const reads = async (token: string): Promise<number> =>
    (await app.api(`/api/v2/sql?api_key=${token}&q=select a from towns`)).status;
  const made = await landfall('create', 'map', '--grant', 'towns:select,insert');
  assert.equal(made.status, 0, made.err);
  assert.equal(await reads(made.out), 200);
  assert.equal((await landfall('list')).out.split('\n').at(-1), 'map  regular  towns:select,insert');
  const rotated = await landfall('rotate', 'map');
  assert.equal(await reads(rotated.out), 200);
  assert.equal((await landfall('delete', 'map')).status, 0);
  assert.match((await landfall('create', 'map', '--grant', 'nowhere')).err, /no table "nowhere"/);
  assert.equal((await landfall('create')).status, 2);
});
