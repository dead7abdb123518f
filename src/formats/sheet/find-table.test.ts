import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findTable, type TopRow } from './find-table.ts';

/** Rows of text; what looks like a number is one. */
const rows = (...lines: readonly (readonly string[])[]): readonly TopRow[] =>
  lines.map((line, index) => ({
    row: index + 1,
    cells: line
      .map((text, column) => ({ column, text, isText: !/^\d+$/.test(text) }))
      .filter(({ text }) => text !== ''),
  }));

const found = (...lines: readonly (readonly string[])[]): unknown => {
  const { above, hasHeader, names, columns } = findTable(rows(...lines));
  return { above: above.length, hasHeader, names, columns };
};

test('the first row names the columns', () => {
  assert.deepEqual(found(['id', 'name'], ['1', 'a']), {
    above: 0,
    hasHeader: true,
    names: ['id', 'name'],
    columns: [0, 1],
  });
});

test('a first row of numbers alone is data, one of different years is a header', () => {
  assert.deepEqual(found(['1', '2'], ['3', '4']), { above: 0, hasHeader: false, names: ['', ''], columns: [0, 1] });
  assert.deepEqual(found(['2001', '2002'], ['3', '4']), {
    above: 0,
    hasHeader: true,
    names: ['2001', '2002'],
    columns: [0, 1],
  });
});

test('a title and remarks above the header are left out', () => {
  assert.deepEqual(
    found(
      ['Sales of the year'],
      ['as of', 'May'],
      ['id', 'name', 'town', 'sum'],
      ['1', 'a', 'b', '2'],
      ['2', 'c', 'd', '3'],
    ),
    { above: 2, hasHeader: true, names: ['id', 'name', 'town', 'sum'], columns: [0, 1, 2, 3] },
  );
});

test('a title above rows of numbers is no reason to look further', () => {
  assert.deepEqual(found(['Sales'], ['1', '2', '3'], ['4', '5', '6']), {
    above: 0,
    hasHeader: true,
    names: ['Sales', '', ''],
    columns: [0, 1, 2],
  });
});

test('a table of one column begins with its first row', () => {
  assert.deepEqual(found(['name'], ['a'], ['b']), { above: 0, hasHeader: true, names: ['name'], columns: [0] });
});

test('columns that are empty down all rows are left out, those with a name or a value are not', () => {
  assert.deepEqual(found(['', 'id', '', 'empty', ''], ['', '1', '', '', 'x']), {
    above: 0,
    hasHeader: true,
    names: ['id', 'empty', ''],
    columns: [1, 3, 4],
  });
});
