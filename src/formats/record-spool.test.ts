import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { rowsOf } from '../../test/support/layer-values.ts';
import { ImportError } from '../errors.ts';
import { RecordSpool, SpoolColumns } from './record-spool.ts';

const folder = mkdtempSync(join(tmpdir(), 'landfall-spool-'));
after(() => rmSync(folder, { recursive: true }));
const create = (maxRows = 1e6): RecordSpool => new RecordSpool(join(folder, 'a'), 'a.kml', maxRows);

const rows = fc.array(
  fc.record({
    layer: fc.nat(3),
    cells: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.string({ unit: 'grapheme', size: 'medium' })),
    x: fc.option(fc.double({ noNaN: true })),
  }),
  { maxLength: 60 },
);

test('every layer gives back its own rows, in order, with the columns that it has used', async () => {
  await fc.assert(
    fc.asyncProperty(rows, async (written) => {
      using spool = create();
      const columns = new SpoolColumns();
      const layers = [0, 1, 2, 3].map((layer) => spool.add(String(layer), columns));
      for (const { layer, cells, x } of written) {
        const target = layers[layer];
        assert.ok(target);
        target.begin(7);
        for (const [name, value] of Object.entries(cells)) target.cell(columns.find(name, 'text'), value);
        if (x !== null) target.geometry({ type: 'point', coordinates: [x, 1, Number.NaN] });
        target.end();
      }
      spool.flush();
      for (const [index, part] of layers.entries()) {
        const layer = spool.open('x', [part]);
        const own = written.filter((row) => row.layer === index);
        assert.deepEqual(new Set(layer.columns), new Set(own.flatMap(({ cells }) => Object.keys(cells))));
        assert.deepEqual(
          await rowsOf(layer),
          own.map(({ cells, x }) => ({
            cells: Object.fromEntries(layer.columns.map((name) => [name, cells[name] ?? null])),
            geometry: x === null ? null : { type: 1, content: [x, 1] },
          })),
        );
      }
      const all = await rowsOf(spool.open('all', layers));
      assert.equal(all.length, written.length);
    }),
    { numRuns: 60, seed: 3 },
  );
});

test('a layer of many blocks is sampled in part and read in whole, and memory is given back on the way', async () => {
  using spool = create();
  const layers = Array.from({ length: 500 }, (_, index) => spool.add(String(index), new SpoolColumns()));
  const value = 'x'.repeat(10_000);
  for (let row = 0; row < 10_000; row++) {
    const layer = layers[row % 2 === 0 ? 0 : row % 500];
    assert.ok(layer);
    layer.begin(row);
    layer.cell(layer.columns.find('a', null), value);
    layer.end();
    assert.ok(spool.pending < 10 << 20);
  }
  spool.flush();
  assert.equal(spool.pending, 0);
  const [first] = layers;
  assert.ok(first);
  const layer = spool.open('a', [first]);
  let sampled = 0;
  await layer.sample(() => {
    sampled++;
  });
  const lines: number[] = [];
  await layer.read((record) => {
    assert.equal(record.row, lines.length + 1);
    lines.push(record.line);
  });
  assert.ok(sampled > 0 && sampled < lines.length);
  assert.deepEqual(
    lines,
    Array.from({ length: 5000 }, (_, index) => 2 * index),
  );
});

test('a column that is declared with two types is inferred', () => {
  const columns = new SpoolColumns();
  for (const type of ['bigint', 'bigint'] as const) columns.find('a', type);
  for (const type of ['bigint', 'text'] as const) columns.find('b', type);
  assert.deepEqual(
    [columns.names, columns.types],
    [
      ['a', 'b'],
      ['bigint', null],
    ],
  );
});

test('too many rows end with 6668, too many columns with 2004, too large a row with 6666', () => {
  const codeOf = (action: () => unknown): number => {
    try {
      action();
    } catch (error) {
      if (error instanceof ImportError) return error.code;
      throw error;
    }
    return 0;
  };
  using spool = create(1);
  const layer = spool.add('a', new SpoolColumns());
  layer.begin(1);
  layer.end();
  assert.equal(
    codeOf(() => layer.begin(2)),
    6668,
  );
  const columns = new SpoolColumns();
  const names = Array.from({ length: 2001 }, (_, index) => `c${index}`);
  assert.equal(
    codeOf(() => names.map((name) => columns.find(name, null))),
    2004,
  );
  const large = spool.add('b', new SpoolColumns());
  large.begin(1);
  const value = 'x'.repeat(20 << 20);
  assert.equal(
    codeOf(() => [0, 1, 2, 3, 4, 5, 6].map((column) => large.cell(column, value))),
    6666,
  );
});
