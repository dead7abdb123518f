import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { lockDataDir } from './data-dir-lock.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'landfall-lock-'));
});
after(() => rm(folder, { recursive: true, force: true }));

test('a folder has one holder, until it is given back', async () => {
  const dataDir = join(folder, 'held');
  const unlock = await lockDataDir(dataDir);
  await assert.rejects(lockDataDir(dataDir), new RegExp(`in use by the process ${process.pid}.*DATABASE_URL`));
  await unlock();
  await (await lockDataDir(`${dataDir}/`))();
});

test('the lock of a process that died is taken over', async () => {
  const dataDir = join(folder, 'stale');
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  await writeFile(`${dataDir}.lock`, `${child.pid} 1\n`);
  const unlock = await lockDataDir(dataDir);
  assert.match(await readFile(`${dataDir}.lock`, 'utf8'), new RegExp(`^${process.pid} `));
  await unlock();
});

test('a process that got the number of a dead one is not taken for it', {
  skip: process.platform !== 'linux',
}, async () => {
  const dataDir = join(folder, 'reused');
  await writeFile(`${dataDir}.lock`, `${process.pid} 1\n`);
  await (await lockDataDir(dataDir))();
});

test('of several that ask at once one gets it', async () => {
  const dataDir = join(folder, 'race');
  const answers = await Promise.allSettled(Array.from({ length: 8 }, () => lockDataDir(dataDir)));
  assert.equal(answers.filter(({ status }) => status === 'fulfilled').length, 1);
});
