import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultReading } from '../domain/reading.ts';
import type { ColumnDescription, FileDescription } from '../formats/metadata/description.ts';
import { openingOf, problemsOf, readingOf } from './apply-description.ts';

const options = { ...defaultReading, maxRows: 100 };
const description = (rest: Partial<FileDescription>): FileDescription => ({
  ...{ file: null, dialect: {}, encoding: null, decimal: null, nullValues: null, columns: [] },
  ...rest,
});
const named = (name: string, wish: ColumnDescription['wish'] = {}): ColumnDescription => ({ names: [name], wish });

test('encodings and patterns that cannot be heeded are told and not asked for', () => {
  const columns = [
    named('a', { dateFormat: 'EEEEMMMMEEEE' }),
    named('b', { dateFormat: `yyyy-MM-dd${'.'.repeat(1000)}` }),
    named('c', { dateFormat: 'dd.MM.yyyy' }),
  ];
  const given = description({ encoding: 'x-klingon', columns });
  assert.deepEqual(
    problemsOf(given).map((problem) => /^The (encoding|format) "(.{1,12})/.exec(problem)?.[2]),
    ['x-klingon" i', 'EEEEMMMMEEEE', 'yyyy-MM-dd..'],
  );
  assert.equal(openingOf(options, given).encoding, null);
  assert.equal(openingOf(options, description({ encoding: ' CP1252' })).encoding, 'windows-1252');
  const read = readingOf(options, given, ['a', 'b', 'c']);
  assert.deepEqual(read.options.columns, [{ name: 'a' }, { name: 'b' }, { name: 'c', dateFormat: 'dd.MM.yyyy' }]);
});

test('columns of one name are described in the order in which they stand', () => {
  const columns = [named('a', { type: 'text' }), named('A', { type: 'bigint' }), named('a', { drop: true })];
  const read = readingOf(options, description({ columns }), ['a', 'b', 'a']);
  assert.deepEqual(read.options.columns, [
    { name: 'a', type: 'text' },
    { name: 'a_1', type: 'bigint' },
  ]);
  assert.deepEqual(read.missing, ['a']);
});

test('a description of thousands of columns is matched with as many in one look at each', () => {
  const names = Array.from({ length: 5000 }, (_, at) => `c${at}`);
  let looks = 0;
  const columns = names.map((name) => ({
    wish: {},
    get names() {
      looks++;
      return [name];
    },
  }));
  const read = readingOf(options, description({ columns: columns.toReversed() }), names);
  assert.equal(read.options.columns.length, 5000);
  assert.ok(looks <= 5000 * 4, `${looks}`);
});
