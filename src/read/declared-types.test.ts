import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readToEnd } from '../../test/support/read-csv.ts';
import { CellKind, type CellRecord, GeometryKind, type Layer, type OnRecord } from '../domain/layer.ts';
import type { ColumnType } from '../domain/schema.ts';

/** A layer of values in memory, one column of each type. */
function layerOf(types: readonly (ColumnType | null)[], rows: readonly (readonly (string | Buffer | null)[])[]): Layer {
  const send = async (onRecord: OnRecord): Promise<void> => {
    for (const [index, row] of rows.entries()) {
      const parts = row.map((value) => Buffer.from(value ?? ''));
      const ends = Int32Array.from(parts, (_, i) => parts.slice(0, i + 1).reduce((sum, part) => sum + part.length, 0));
      const record: CellRecord = {
        bytes: Buffer.concat(parts),
        count: row.length,
        kinds: Uint8Array.from(row, (value) =>
          value === null ? CellKind.null : typeof value === 'string' ? CellKind.plain : CellKind.binary,
        ),
        starts: Int32Array.from(ends, (end, i) => end - (parts[i]?.length ?? 0)),
        ends,
        quote: 0,
        geometryKind: GeometryKind.none,
        geometryStart: 0,
        geometryEnd: 0,
        row: index + 1,
        line: 0,
      };
      onRecord(record);
    }
  };
  return {
    name: 'values',
    srid: null,
    columns: types.map((_, i) => `c${i}`),
    types,
    hasGeometry: false,
    sample: send,
    read: send,
  };
}

const typesOf = async (layer: Layer, typeGuessing = true): Promise<readonly (string | undefined)[]> =>
  (await readToEnd(layer, { typeGuessing })).types.map((type) => type.slice(type.indexOf(' ') + 1));

test('text that a source declares stays text, whatever it looks like', async () => {
  const { types, decoded } = await readToEnd(
    layerOf(
      ['text', null],
      [
        ['42', '42'],
        ['2020-01-01', '7'],
      ],
    ),
  );
  assert.deepEqual(types, ['c0 text', 'c1 bigint']);
  assert.deepEqual(
    decoded.map(({ values }) => values[0]),
    ['42', '2020-01-01'],
  );
});

test('declared types hold where the values are narrower, and are not touched by type_guessing=false', async () => {
  const declared = ['double precision', 'numeric', 'timestamp', 'bigint', 'boolean', 'date', null] as const;
  const layer = layerOf(declared, [
    ['1', '2', '2020-01-01', '3', 'true', '2020-01-02', '4'],
    [null, '', null, null, null, null, null],
  ]);
  for (const typeGuessing of [true, false]) {
    assert.deepEqual(await typesOf(layer, typeGuessing), [
      'double precision',
      'numeric',
      'timestamp',
      'bigint',
      'boolean',
      'date',
      typeGuessing ? 'bigint' : 'text',
    ]);
  }
});

test('a value that does not fit what was declared makes the column what its values are', async () => {
  const layer = layerOf(
    ['bigint', 'date'],
    [
      ['1', '2020-01-01'],
      ['1.5', 'soon'],
    ],
  );
  assert.deepEqual(await typesOf(layer, false), ['double precision', 'text']);
  const { decoded } = await readToEnd(layer);
  assert.deepEqual(
    decoded.map(({ values }) => values),
    [
      ['1', '2020-01-01'],
      ['1.5', 'soon'],
    ],
  );
});

test('a declared double keeps every double, the ones that are no numbers among them', async () => {
  const numbers = ['0.30000000000000004', '1e+21', '-0', 'NaN', '-Infinity', '5e-324', '1'];
  const { types, decoded, passes } = await readToEnd(
    layerOf(
      ['double precision'],
      numbers.map((number) => [number]),
    ),
  );
  assert.deepEqual(types, ['c0 double precision']);
  assert.equal(passes, 1);
  assert.deepEqual(
    decoded.map(({ values }) => Number(values[0])),
    numbers.map(Number),
  );
});

test('declared bytes pass as they are', async () => {
  const { types, tuples } = await readToEnd(layerOf(['bytea'], [[Buffer.from([0, 255, 10])]]));
  assert.deepEqual(types, ['c0 bytea']);
  assert.deepEqual([...tuples.subarray(-7)], [0, 0, 0, 3, 0, 255, 10]);
});
