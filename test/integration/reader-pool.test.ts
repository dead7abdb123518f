import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openCodeCache } from '../../src/read/code-cache.ts';
import { createReaderPool } from '../../src/read/reader-pool.ts';
import { defaultOptions } from '../support/layer-values.ts';
import { readersOf } from '../support/program.ts';

const root = join(import.meta.dirname, '../..');

test('readers that were ended while they waited are not handed out', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-pool-'));
  const path = join(folder, 'a.csv');
  writeFileSync(path, 'a\n1\n');
  try {
    await using readers = createReaderPool({
      root,
      scratch: folder,
      memoryBytes: 512 * 1024 ** 2,
      seconds: 60,
      warm: 2,
      codeCache: openCodeCache(join(folder, 'code')),
      onTrace: () => undefined,
    });
    const options = { ...defaultOptions, maxUnpackedBytes: 1 << 30, maxTables: 26 };
    const file = { path, name: 'a.csv', sizeBytes: 4, mediaType: null };
    const open = async (): Promise<readonly string[]> => {
      await using session = await readers.open([file], options, () => undefined, new AbortController().signal);
      return session.layers.map(({ name }) => name);
    };
    assert.deepEqual(await open(), ['a']);
    while ((await readersOf(process.pid)).length < 2) await sleep(20);
    for (const pid of await readersOf(process.pid)) process.kill(pid, 'SIGKILL');
    while ((await readersOf(process.pid)).length > 0) await sleep(20);
    for (let times = 0; times < 3; times++) assert.deepEqual(await open(), ['a']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
