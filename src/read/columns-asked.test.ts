import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCsv } from '../../test/support/read-csv.ts';
import type { ColumnWish } from '../domain/reading.ts';
import type { ColumnType } from '../domain/schema.ts';

const valuesOf = async (text: string, options: Parameters<typeof readCsv>[1] = {}) => {
  const { decoded } = await readCsv(text, options);
  return decoded.map(({ values }) => values);
};

/** What a value becomes in a column of a type that was asked for; null: it is a reject. */
async function asked(value: string, wish: Omit<ColumnWish, 'name'>, options: Parameters<typeof readCsv>[1] = {}) {
  const quoted = `"${value.replaceAll('"', '""')}"`;
  const { decoded, rejects } = await readCsv(`id,v\n1,${quoted}\n`, { ...options, columns: [{ name: 'v', ...wish }] });
  const found = decoded[0]?.values[1] ?? null;
  const told = rejects?.map(({ row, column, raw, rule }) => ({ row, column, raw, rule }));
  assert.deepEqual(told, found === null ? [{ row: 1, column: 'v', raw: value, rule: 'type' }] : [], value);
  return found;
}

const cases: readonly (readonly [ColumnType, string, string | null])[] = [
  ['bigint', '007', '7'],
  ['bigint', ' +5 ', '5'],
  ['bigint', '1e5', '100000'],
  ['bigint', '5.0', '5'],
  ['bigint', '5.5', null],
  ['bigint', '1,234,567', '1234567'],
  ['bigint', '9223372036854775808', null],
  ['bigint', 'x', null],
  ['bigint', '-', null],
  ['bigint', '-0', '0'],
  ['double precision', '.5', '0.5'],
  ['double precision', '5.', '5'],
  ['double precision', '1,5', '1.5'],
  ['double precision', '1,234', null],
  ['double precision', '-49.004', '-49.004'],
  ['bigint', '1.234', null],
  ['double precision', '0.30000000000000004', '0.30000000000000004'],
  ['numeric', '00.10', '0.10'],
  ['numeric', '12 %', null],
  ['boolean', 'Yes', 'true'],
  ['boolean', '0', 'false'],
  ['boolean', 'perhaps', null],
  ['date', '2020-02-29', '2020-02-29'],
  ['date', '25/12/2020', '2020-12-25'],
  ['date', '03/04/2020', null],
  ['date', '2020-01-01 10:00', null],
  ['date', '2020-01-01 00:00', '2020-01-01'],
  ['timestamp', '3 Mar 2021 10:00 PM', '2021-03-03 22:00:00'],
  ['timestamp', '2020-01-01T10:00Z', null],
  ['timestamptz', '2020-01-01 10:00', '2020-01-01 10:00:00+00'],
  ['time', '10:30 PM', '22:30:00'],
  ['uuid', '{123E4567-E89B-12D3-A456-426614174000}', '123e4567-e89b-12d3-a456-426614174000'],
  ['jsonb', '{"a": 1}', '{"a": 1}'],
  ['jsonb', '{a: 1}', null],
  ['text', '007', '007'],
];

for (const [type, value, expected] of cases) {
  test(`"${value}" asked to be ${type} is ${expected ?? 'a reject'}`, async () => {
    assert.equal(await asked(value, { type }), expected);
    assert.equal(await asked(value, { type }, { typeGuessing: false }), expected);
  });
}

for (const [dateFormat, value, expected] of [
  ['dd.MM.yyyy HH:mm', '31.12.1999 23:59', '1999-12-31 23:59:00'],
  ['d.M.yy', '1.2.69', '1969-02-01'],
  ['d.M.yy', '1.2.68', '2068-02-01'],
  ['dd.MM.yyyy', '31.02.1999', null],
  ['dd.MM.yyyy', '1.2.1999', null],
  ['yyyyMMdd', '20210305', '2021-03-05'],
  ['EEE, d MMM yyyy HH:mm:ss Z', 'Wed, 3 Mar 2021 10:00:00 +0100', '2021-03-03 09:00:00+00'],
  ["yyyy-MM-dd'T'HH:mm:ss.SSSXXX", '2021-03-05T10:00:00.250+02:00', '2021-03-05 08:00:00.25+00'],
  ['MMMM d, yyyy h:mm a', 'March 3, 2021 12:05 am', '2021-03-03 00:05:00'],
  ['H:mm', '9:05', '09:05:00'],
  ['dd/MM/yyyy', '03/04/2020', '2020-04-03'],
] as const) {
  test(`"${value}" by the pattern ${dateFormat} is ${expected ?? 'a reject'}`, async () => {
    assert.equal(await asked(value, { dateFormat }), expected);
  });
}

for (const dateFormat of ['', 'foo', 'yyyy', 'dd.MM', 'mm:ss', 'dd.MM.yyyy dd', 'yyyy-MM-dd hh:mm']) {
  test(`the pattern "${dateFormat}" is refused`, async () => {
    const columns = [{ name: 'v', dateFormat }];
    await assert.rejects(readCsv('v\n1\n', { columns }), { kind: 'badColumns' });
  });
}

test('a year that stands first is read as one, whatever the order of days and months is said to be', async () => {
  assert.equal(await asked('2021/03/05', { type: 'date' }, { dateOrder: 'dmy' }), '2021-03-05');
  assert.equal(await asked('03/04/2021', { type: 'date' }, { dateOrder: 'dmy' }), '2021-04-03');
  assert.equal(await asked('03/13/2021', { type: 'date' }, { dateOrder: 'dmy' }), null);
});

test('a column that is asked for and not there is told with those that are', async () => {
  await assert.rejects(readCsv('a,b\n1,2\n', { columns: [{ name: 'c', type: 'text' }] }), {
    kind: 'badColumns',
    message: 'Layer "table" has no column "c". It has "a", "b".',
  });
});

test('columns are named by the source or by the table, renamed, and dropped', async () => {
  const { types, warnings } = await readCsv('First Name,b,c,d\nx,1,2,3\n', {
    columns: [
      { name: 'first_name', rename: 'given__name' },
      { name: 'b', rename: 'c' },
      { name: 'c', rename: 'Größe' },
      { name: 'd', drop: true },
    ],
  });
  assert.deepEqual(types, ['given__name text', 'c bigint', 'grosse bigint']);
  assert.deepEqual(warnings, { renamed_columns: [{ asked: 'Größe', name: 'grosse' }] });
});

test('a name that was asked for is free for its column', async () => {
  const { types } = await readCsv('a,b\n1,2\n', { columns: [{ name: 'b', rename: 'a' }] });
  assert.deepEqual(types, ['a_1 bigint', 'a bigint']);
});

test('texts that mean NULL are NULL before anything is guessed, also inside quotes, and by column', async () => {
  const text = 'a,b,c\n1,NA,-999\nNA,x,2\n"NA","n/a",\n';
  assert.deepEqual(await valuesOf(text, { nullValues: ['NA'], columns: [{ name: 'c', nullValues: ['-999'] }] }), [
    ['1', null, null],
    [null, 'x', '2'],
    [null, 'n/a', null],
  ]);
  assert.deepEqual(await valuesOf('a\nx\n""\n', { nullValues: [''] }), [['x'], [null]]);
});

test('what is said decides what values leave open, and never overrules them', async () => {
  const text = 'd,n,e\n03/04/2021,"1,234",12/25/2020\n05/06/2021,"5,678",12/26/2020\n';
  const german = await readCsv(text, { dateOrder: 'dmy', decimal: ',' });
  assert.deepEqual(german.types, ['d date', 'n double precision', 'e date']);
  assert.deepEqual(german.decoded[0]?.values, ['2021-04-03', '1.234', '2020-12-25']);
  const american = await readCsv(text, { dateOrder: 'mdy', decimal: '.' });
  assert.deepEqual(american.types, ['d date', 'n bigint', 'e date']);
  assert.deepEqual(american.decoded[0]?.values, ['2021-03-04', '1234', '2020-12-25']);
  const nothing = await readCsv(text);
  assert.deepEqual(nothing.types, ['d text', 'n text', 'e date']);
  assert.deepEqual(nothing.warnings, {
    ambiguous_dates: [{ column: 'd', readings: ['day, month, year', 'month, day, year'], value: '03/04/2021' }],
    ambiguous_numbers: [{ column: 'n', readings: ['decimal comma', 'decimal point'], value: '1,234' }],
  });
});

test('the order of an asked date is found in its column; what it does not settle is a reject', async () => {
  const columns = [{ name: 'd', type: 'date' as const }];
  assert.deepEqual(await valuesOf('d\n03/04/2021\n25/12/2020\n', { columns }), [['2021-04-03'], ['2020-12-25']]);
  const mixed = await readCsv('d\n03/04/2021\n25/12/2020\n12/25/2020\n', { columns });
  assert.deepEqual(
    mixed.decoded.map(({ values }) => values[0]),
    [null, '2020-12-25', '2020-12-25'],
  );
  assert.equal(mixed.rejected, 1);
});

test('rejects are counted, and more than allowed end the import with the first of them', async () => {
  const text = 'v\n1\nx\ny\n';
  const columns = [{ name: 'v', type: 'bigint' as const }];
  for (const maxRejects of [{ count: 2 }, { percent: 67 }]) {
    const { rejected, warnings } = await readCsv(text, { columns, maxRejects });
    assert.deepEqual([rejected, warnings.rejects], [2, { count: 2 }]);
  }
  for (const maxRejects of [{ count: 1 }, { percent: 66 }]) {
    await assert.rejects(readCsv(text, { columns, maxRejects }), {
      kind: 'tooManyRejects',
      message: /2 rejects in 3 rows.*row 2, column v: "x" \(type\); row 3, column v: "y" \(type\)/,
    });
  }
});
