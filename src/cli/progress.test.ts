import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createProgress, formatBytes, progressLine } from './progress.ts';

test('bytes are told in decimal units with one digit behind the point', () => {
  const cases: [number, string][] = [
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [999_949, '999.9 kB'],
    [999_950, '1.0 MB'],
    [260_000_000, '260.0 MB'],
    [10 * 1024 ** 3, '10.7 GB'],
  ];
  for (const [bytes, text] of cases) assert.equal(formatBytes(bytes), text);
});

test('the bar is as full as the upload, and an empty file has none', () => {
  const line = (bytes: number, total: number) =>
    progressLine({ label: 'a.csv', state: 'uploading', sent: { bytes, total }, rows: null });
  assert.equal(line(0, 100), 'a.csv  uploading  [........................] 0 B');
  assert.equal(line(50, 100), 'a.csv  uploading  [############............] 50 B');
  assert.equal(line(100, 100), 'a.csv  uploading  [########################] 100 B');
  assert.equal(line(0, 0), 'a.csv  uploading');
});

test('away from a terminal each state is told once', () => {
  const lines: string[] = [];
  const progress = createProgress({
    env: {},
    out: () => assert.fail('progress is not a result'),
    err: (line) => lines.push(line),
    redraw: null,
    signal: new AbortController().signal,
  });
  for (const state of ['uploading', 'uploading', 'importing', 'importing']) {
    progress.show({ label: 'a.csv', state, sent: null, rows: null });
  }
  progress.end();
  assert.deepEqual(lines, ['a.csv: uploading', 'a.csv: importing']);
});
