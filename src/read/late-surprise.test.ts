import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CellKind, type CellRecord, GeometryKind, type Layer } from '../domain/layer.ts';
import { defaultReading } from '../domain/reading.ts';
import { readLayer } from './read-layer.ts';

const ROWS = 1_000_000;
const SURPRISE = 500_000;

/** A layer of a million rows that are all the same, but for one, which no sample sees. */
function layerOf(plain: readonly string[], surprise: readonly string[]): Layer {
  const record = (values: readonly string[]): CellRecord => {
    const ends = Int32Array.from(values, (_, i) => values.slice(0, i + 1).join('').length);
    return {
      bytes: Buffer.from(values.join('')),
      count: values.length,
      kinds: new Uint8Array(values.length).fill(CellKind.plain),
      starts: ends.map((end, i) => end - (values[i] ?? '').length),
      ends,
      quote: 0,
      geometryKind: GeometryKind.none,
      geometryStart: 0,
      geometryEnd: 0,
      row: 0,
      line: 0,
    };
  };
  const usual = record(plain);
  const other = record(surprise);
  return {
    name: 'late',
    srid: null,
    columns: plain.map((_, i) => `c${i}`),
    hasGeometry: false,
    sample: async (onRecord) => {
      for (usual.row = 1; usual.row <= 1000; usual.row++) onRecord(usual);
    },
    read: async (onRecord) => {
      for (let row = 1; row <= ROWS; row++) {
        const next = row === SURPRISE ? other : usual;
        next.row = row;
        onRecord(next);
      }
    },
  };
}

test('one value in row 500,000 of a million is found, settles its column and loses nothing', async () => {
  const layer = layerOf(
    ['1', '1,234', '03/04/2021', '1.5', 'NA'],
    ['x', '1,234,567', '13/04/2021', '1.23456789012345678', '7'],
  );
  let passes = 0;
  let rows = 0;
  const sink = {
    begin: () => {
      passes++;
      rows = 0;
    },
    rows: (_: Buffer, count: number) => {
      rows += count;
    },
    abandon: () => undefined,
  };
  const result = await readLayer(layer, { ...defaultReading, nullValues: ['NA'], maxRows: 2e6 }, sink);
  assert.deepEqual([passes, rows, result.rows], [2, ROWS, ROWS]);
  assert.deepEqual(
    result.schema.columns.map(({ type }) => type),
    ['text', 'bigint', 'date', 'numeric', 'bigint'],
  );
  assert.deepEqual(
    result.report?.columns.map(({ counterExample, nulls, min, max }) => [counterExample?.row ?? null, nulls, min, max]),
    [
      [SURPRISE, 0, '1', 'x'],
      [null, 0, '1234', '1234567'],
      [null, 0, '2021-04-03', '2021-04-13'],
      [SURPRISE, 0, '1.23456789012345678', '1.5'],
      [null, ROWS - 1, '7', '7'],
    ],
  );
});
