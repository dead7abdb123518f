import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { defaultReading } from '../domain/reading.ts';
import type { TableSchema } from '../domain/schema.ts';
import { arrivalOf, readable } from './arriving-file.ts';
import { openFiles } from './open-files.ts';
import { readLayer } from './read-layer.ts';
import { filtersFor } from './row-filter.ts';

const folder = mkdtempSync(join(tmpdir(), 'landfall-arriving-'));
after(() => rmSync(folder, { recursive: true }));

const options = { ...defaultReading, maxRows: 1e9, maxUnpackedBytes: 1e9, maxTables: 10 };
const key = '0123456789abcdef';

interface Known {
  readonly path: string;
  readonly shape: string;
  readonly reading: string | null;
}

/** Reads a file as a run does; `arrivesFrom`: its rest is written while it is read. */
async function read(bytes: Buffer, known: Known | null, arrivesFrom = bytes.length) {
  const path = join(folder, 'a');
  writeFileSync(path, bytes.subarray(0, arrivesFrom));
  const file = { path, name: 'a.csv', sizeBytes: bytes.length, mediaType: null };
  let isWriting = true;
  const writing = (async () => {
    for (let at = arrivesFrom; at < bytes.length; at += 300_001) {
      await sleep(5);
      appendFileSync(path, bytes.subarray(at, at + 300_001));
    }
    isWriting = false;
  })();
  const isWhole = arrivesFrom === bytes.length;
  const given = isWhole ? file : await readable({ ...file, arrival: arrivalOf(file, () => true) });
  const { layers } = await openFiles([given], options, { folder });
  const [opened] = layers;
  assert.ok(opened !== undefined);
  const wasOpenedEarly = isWriting;
  let schema: TableSchema | null = null;
  let rows: Buffer[] = [];
  let entries: Buffer[] = [];
  const gone: Buffer[] = [];
  const sink = {
    begin(begun: TableSchema) {
      schema = begun;
      [rows, entries] = [[], []];
    },
    rows: (chunk: Buffer) => void rows.push(Buffer.from(chunk)),
    entries: (chunk: Buffer) => void entries.push(Buffer.from(chunk)),
    gone: (chunk: Buffer) => void gone.push(Buffer.from(chunk)),
    abandon: () => undefined,
  };
  const { fingerprints, ...result } = await readLayer(
    opened.layer,
    opened.options,
    sink,
    filtersFor({ key, known }, sink, 0),
  );
  await writing;
  const made = join(folder, known === null ? 'known' : 'next');
  writeFileSync(made, Buffer.concat(entries));
  return {
    wasOpenedEarly,
    outcome: { schema, rows: Buffer.concat(rows), gone: Buffer.concat(gone), result, shape: fingerprints?.shape },
    known: { path: made, shape: fingerprints?.shape ?? '', reading: fingerprints?.reading ?? null },
  };
}

const ROWS = 40_000;
const HEAD = 1 << 20;
const textOf = (others: ReadonlyMap<number, string> = new Map()): string => {
  const lines = ['id,name,day'];
  for (let id = 1; id <= ROWS; id++)
    lines.push(others.get(id) ?? `${id},"name, of ${id} and some more words",2024-01-02`);
  return `${lines.join('\n')}\n`;
};

const cases: readonly (readonly [what: string, bytes: Buffer, isEarly: boolean])[] = [
  [
    'a few other rows',
    Buffer.from(
      textOf(
        new Map([
          [3, '3,x,2024-05-06'],
          [ROWS - 1, '7,"y ""z""",'],
        ]),
      ),
    ),
    true,
  ],
  ['a value of another kind behind the head', Buffer.from(textOf(new Map([[39_000, '39000,x,never']]))), true],
  ['a longer row behind the head', Buffer.from(textOf(new Map([[39_000, '39000,x,2024-01-02,more']]))), true],
  [
    'characters of Windows-1252 behind the head',
    Buffer.from(textOf(new Map([[39_000, '39000,Köln,2024-01-02']])), 'latin1'),
    true,
  ],
  ['characters of Windows-1252 in the head', Buffer.from(textOf(new Map([[3, '3,Köln,2024-01-02']])), 'latin1'), false],
  ['UTF-8 with a mark', Buffer.from(`\ufeff${textOf(new Map([[39_000, '39000,Köln,2024-01-02']]))}`), true],
  ['another format', Buffer.from(`{"type":"FeatureCollection","features":[${' '.repeat(2 * HEAD)}]}`), false],
];

let before: Known | null = null;
for (const [what, bytes, isEarly] of cases) {
  test(`a file that arrives is read as one that is whole: ${what}`, async () => {
    before ??= (await read(Buffer.from(textOf()), null)).known;
    const whole = await read(bytes, before);
    const arriving = await read(bytes, before, HEAD + 5);
    assert.deepEqual(arriving.outcome, whole.outcome);
    assert.equal(arriving.wasOpenedEarly, isEarly);
  });
}

test('a file that nobody writes any more is not waited for', async () => {
  const path = join(folder, 'broken');
  writeFileSync(path, textOf().slice(0, HEAD));
  const arrival = arrivalOf({ path, name: 'a.csv', sizeBytes: 2 * HEAD, mediaType: null }, () => false);
  await arrival.until(HEAD);
  await assert.rejects(arrival.until(HEAD + 1), /ends after 1048576 of 2097152 bytes/);
});
