import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readCsv } from '../../test/support/read-csv.ts';
import type { ColumnType } from '../domain/schema.ts';

const digits = (min: number, max: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: min, maxLength: max });
const sign = fc.constantFrom('', '-');
const whole = fc.oneof(
  fc.constant('0'),
  fc.tuple(fc.constantFrom(...'123456789'), digits(0, 30)).map((parts) => parts.join('')),
);
const shortWhole = whole.map((text) => text.slice(0, 8));
const two = (max: number, min = 0): fc.Arbitrary<string> =>
  fc.integer({ min, max }).map((n) => String(n).padStart(2, '0'));
const date = fc
  .integer({ min: -719162, max: 2932896 })
  .map((days) => new Date(days * 86_400_000).toISOString().slice(0, 10));
const fraction = fc.oneof(
  fc.constant(''),
  digits(1, 6).map((text) => `.${text}`),
);
const clock = fc.tuple(two(23), two(59), two(59), fraction).map(([h, m, s, f]) => `${h}:${m}:${s}${f}`);
const timestamp = fc.tuple(date, fc.constantFrom(' ', 'T'), clock).map((parts) => parts.join(''));

/** Values of one kind each, as a source may write them. */
const values: Readonly<Record<string, fc.Arbitrary<string>>> = {
  integers: fc.tuple(sign, whole).map((parts) => parts.join('')),
  shortIntegers: fc.tuple(sign, shortWhole).map((parts) => parts.join('')),
  decimals: fc.tuple(sign, shortWhole, digits(1, 7)).map(([s, w, f]) => `${s}${w}.${f}`),
  longDecimals: fc.tuple(sign, whole, digits(1, 30)).map(([s, w, f]) => `${s}${w}.${f}`),
  exponents: fc
    .tuple(sign, shortWhole, digits(1, 10), fc.constantFrom('e', 'E', 'e-', 'E+'), digits(1, 3))
    .map(([s, w, f, e, x]) => `${s}${w}.${f}${e}${x}`),
  codes: fc.constantFrom('1e5', '1e-05', '1E+3', '007', '-01', '+5', '.5', '5.', ' 7', '1,000', '0x1F', 'NaN'),
  booleans: fc.constantFrom('true', 'false'),
  likeBooleans: fc.constantFrom('TRUE', 'FALSE', 'True', 'yes', 't'),
  dates: date,
  times: clock,
  timestamps: timestamp,
  zoned: timestamp.map((text) => `${text}Z`),
  uuids: fc.uuid(),
  texts: fc.string({ unit: 'binary', maxLength: 12 }).filter((text) => text.isWellFormed() && !text.includes('\0')),
};

/** A column of values of one or two kinds. */
const column = fc
  .uniqueArray(fc.constantFrom(...Object.keys(values)), { minLength: 1, maxLength: 2 })
  .chain((kinds) =>
    fc.array(fc.oneof(...kinds.map((kind) => values[kind] ?? fc.constant(''))), { minLength: 1, maxLength: 12 }),
  );

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
const csv = (column: readonly string[]): string => `id,value\n${column.map((v, i) => `${i},${quoted(v)}\n`).join('')}`;

const withoutFractionZeros = (text: string): string => text.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');

/** A number without its exponent: what is left may differ in nothing. */
function plain(text: string): string {
  const [, minus = '', int = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const power = int.length + Number(exponent);
  const all = int + fraction;
  const moved =
    power <= 0 ? `0.${'0'.repeat(-power)}${all}` : `${all.slice(0, power).padEnd(power, '0')}.${all.slice(power)}`;
  return minus + withoutFractionZeros(moved).replace(/^0+(?=\d)/, '');
}

/** The documented normalisations, and no others. */
function normal(text: string, type: ColumnType): string {
  switch (type) {
    case 'double precision':
    case 'numeric':
      return plain(text);
    case 'boolean':
      return text.toLowerCase();
    case 'time':
      return withoutFractionZeros(text);
    case 'timestamp': {
      const spaced = text.replace('T', ' ');
      return spaced.length === 10 ? `${spaced} 00:00:00` : withoutFractionZeros(spaced);
    }
    case 'timestamptz':
      return `${withoutFractionZeros(text.replace('T', ' ').replace(/Z|\+00$/, ''))}+00`;
    default:
      return text;
  }
}

test('every value of every column prints back to what the source says', async () => {
  const seen = new Set<ColumnType>();
  await fc.assert(
    fc.asyncProperty(column, async (source) => {
      const { decoded, schema } = await readCsv(csv(source));
      const type = schema.columns[1]?.type ?? 'text';
      seen.add(type);
      const printed = decoded.map((row) => row.values[1] ?? '');
      assert.deepEqual(
        printed.map((text) => normal(text, type)),
        source.map((text) => normal(text, type)),
      );
    }),
    { numRuns: 300, seed: 3 },
  );
  // The property means little if all columns were text.
  const expected = [
    'bigint',
    'boolean',
    'date',
    'double precision',
    'numeric',
    'text',
    'time',
    'timestamp',
    'timestamptz',
    'uuid',
  ];
  assert.deepEqual([...seen].sort(), expected);
});

/** A number as a region writes it: with a comma, and perhaps with its digits in groups. */
const regionalNumber = fc
  .tuple(
    sign,
    fc.integer({ min: 0, max: 99_999_999 }),
    digits(0, 3),
    fc.constantFrom('.', ',', ' ', "'", ''),
    fc.constantFrom('.', ','),
  )
  .map(([minus, n, fraction, group, point]) => {
    const grouped = String(n).replace(/\B(?=(\d{3})+$)/g, group);
    return `${minus}${grouped}${fraction === '' ? '' : point + fraction}`;
  });
const shortDate = fc.constantFrom('d/m/y', 'm/d/y', 'd.m.y', 'y/m/d', 'd-m-y', 'y-m-d');
const regionalDate = fc.tuple(shortDate, date, fc.boolean()).map(([form, iso, isPadded]) => {
  const [y = '', m = '', d = ''] = iso
    .split('-')
    .map((part) => (isPadded || part.length > 2 ? part : String(Number(part))));
  return form.replace('y', y).replace('m', m).replace('d', d);
});
const regionalColumn = fc.oneof(
  fc.array(regionalNumber, { minLength: 1, maxLength: 8 }),
  fc.array(regionalDate, { minLength: 1, maxLength: 8 }),
  fc.array(fc.oneof(regionalNumber, shortWhole, date), { minLength: 1, maxLength: 4 }),
);

/** All numbers that a text can be, by either sign. */
const numbersOf = (value: string): readonly number[] =>
  [',', '.'].flatMap((point) => {
    const [whole = '', fraction, ...more] = value.split(point);
    const isGrouped = /^-?(\d+|\d{1,3}([., ']\d{3})+)$/.test(whole) && !whole.includes(point);
    if (more.length > 0 || !isGrouped || (fraction !== undefined && !/^\d+$/.test(fraction))) return [];
    return [Number(`${whole.replace(/[^\d-]/g, '')}.${fraction ?? ''}`)];
  });

/** All days that a text can be, by any order of its numbers. */
function daysOf(value: string): readonly string[] {
  const parts = value.split(/\D/);
  const orders = [
    [2, 1, 0],
    [2, 0, 1],
    [0, 1, 2],
  ];
  return orders.map((order) => order.map((i, at) => (parts[i] ?? '').padStart(at === 0 ? 4 : 2, '0')).join('-'));
}

test('a value of a region is read in one way that holds for its column, or stays as it is', async () => {
  const seen = new Set<ColumnType>();
  await fc.assert(
    fc.asyncProperty(regionalColumn, async (source) => {
      const { decoded, schema } = await readCsv(csv(source));
      const type = schema.columns[1]?.type ?? 'text';
      seen.add(type);
      decoded.forEach(({ values }, i) => {
        const value = source[i] ?? '';
        const printed = values[1] ?? '';
        if (type === 'text') assert.equal(printed, value);
        else if (type === 'date') assert.ok(daysOf(value).includes(printed), `${value} became ${printed}`);
        else assert.ok(numbersOf(value).includes(Number(printed)), `${value} became ${printed}`);
      });
    }),
    { numRuns: 200, seed: 8 },
  );
  assert.deepEqual([...seen].sort(), ['bigint', 'date', 'double precision', 'text']);
});

test('the schema does not depend on the order of rows', async () => {
  const shuffled = fc
    .oneof(column, regionalColumn)
    .chain((source) => fc.tuple(fc.constant(source), fc.shuffledSubarray(source, { minLength: source.length })));
  await fc.assert(
    fc.asyncProperty(shuffled, async ([source, other]) => {
      assert.deepEqual((await readCsv(csv(other))).types, (await readCsv(csv(source))).types);
    }),
    { numRuns: 100, seed: 4 },
  );
});

test('a sample that foresees something else costs a pass and changes nothing', async () => {
  const { withCsv, readToEnd } = await import('../../test/support/read-csv.ts');
  await fc.assert(
    fc.asyncProperty(fc.oneof(column, regionalColumn), fc.oneof(column, regionalColumn), async (source, misleading) => {
      const right = await readCsv(csv(source));
      const misled = await withCsv(csv(misleading), (hint) =>
        withCsv(csv(source), (layer) =>
          readToEnd({ ...layer, columns: layer.columns, sample: (on) => hint.sample(on) }),
        ),
      );
      assert.ok(misled.passes <= 2);
      assert.deepEqual(misled.schema, right.schema);
      assert.ok(misled.tuples.equals(right.tuples));
    }),
    { numRuns: 100, seed: 5 },
  );
});
