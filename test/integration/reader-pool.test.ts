import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FingerprintWish } from '../../src/domain/fingerprints.ts';
import type { TableSchema } from '../../src/domain/schema.ts';
import { openCodeCache } from '../../src/read/code-cache.ts';
import { createReaderPool, type ReaderPool } from '../../src/read/reader-pool.ts';
import { defaultOptions } from '../support/layer-values.ts';
import { readersOf } from '../support/program.ts';

const root = join(import.meta.dirname, '../..');

const options = { ...defaultOptions, maxUnpackedBytes: 1 << 30, maxTables: 26 };

const openPool = (folder: string, warm: number, onTrace: (trace: string) => void = () => undefined): ReaderPool =>
  createReaderPool({
    root,
    scratch: folder,
    memoryBytes: 512 * 1024 ** 2,
    seconds: 60,
    warm,
    codeCache: openCodeCache(join(folder, 'code')),
    onTrace,
  });

test('readers that were ended while they waited are not handed out', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-pool-'));
  const path = join(folder, 'a.csv');
  writeFileSync(path, 'a\n1\n');
  try {
    await using readers = openPool(folder, 2);
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

test('a reader that has waited long takes its job as any other', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-pool-'));
  const path = join(folder, 'a.csv');
  writeFileSync(path, 'a;b\n1;x\n');
  const traces: string[] = [];
  try {
    await using readers = openPool(folder, 1, (trace) => traces.push(trace));
    // Longer than its start, and the two seconds after which it reads files of its own.
    await sleep(5000);
    const file = { path, name: 'a.csv', sizeBytes: 8, mediaType: null };
    await using session = await readers.open([file], options, () => undefined, new AbortController().signal);
    const result = await session.read(0, async (schema, chunks) => {
      assert.deepEqual(
        schema.columns.map(({ name }) => name),
        ['a', 'b'],
      );
      for await (const _ of chunks);
    });
    assert.equal(result.rows, 1);
    assert.deepEqual(traces, []);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a reader process hands on only the rows that are not known, and tells which are gone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-pool-'));
  try {
    await using readers = openPool(folder, 0);
    const read = async (text: string, known: FingerprintWish['known']) => {
      const path = join(folder, 'a.csv');
      writeFileSync(path, text);
      const file = { path, name: 'a.csv', sizeBytes: text.length, mediaType: null };
      await using session = await readers.open([file], options, () => undefined, new AbortController().signal);
      let given = 0;
      const load = async (_schema: TableSchema, chunks: AsyncIterable<Uint8Array>): Promise<void> => {
        for await (const chunk of chunks) given += chunk.length;
      };
      const { rows, fingerprints } = await session.read(0, load, { key: '0123456789abcdef', known });
      return { rows, given, shape: fingerprints?.shape ?? '', ...fingerprints };
    };
    const first = await read('a,b\n1,x\n2,y\n3,z\n', null);
    assert.deepEqual([first.isDifference, first.entries?.length], [false, 60]);
    const path = join(folder, 'known');
    writeFileSync(path, first.entries ?? '');
    const second = await read('a,b\n3,z\n1,x\n2,Y\n', { path, shape: first.shape, reading: null });
    assert.deepEqual([second.isDifference, second.rows, second.given * 3], [true, 3, first.given]);
    assert.deepEqual([second.entries?.readUInt32LE(16), second.gone?.readUInt32LE(0)], [3, 2]);
    const wider = await read('a,b\n1,x\n2,y\n3.5,z\n', { path, shape: first.shape, reading: null });
    assert.deepEqual([wider.isDifference, wider.entries?.length], [false, 60]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
