import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ColumnType } from '../domain/schema.ts';
import { fits, provesText, resolve, resolveColumn } from './resolve.ts';
import { Kind, regionalKinds } from './value-kinds.ts';

const bits = Object.values(Kind);
const masks = fc.uniqueArray(fc.constantFrom(...bits)).map((kinds) => kinds.reduce((a, b) => a | b, 0));

const cases: readonly (readonly [ColumnType, readonly (keyof typeof Kind)[]])[] = [
  ['text', []],
  ['boolean', ['boolLower']],
  ['boolean', ['boolTitle']],
  ['text', ['boolLower', 'boolTitle']],
  ['text', ['boolLower', 'int15']],
  ['bigint', ['int15']],
  ['bigint', ['int15', 'int64']],
  ['text', ['int15', 'intBig']],
  ['numeric', ['int15', 'intBig', 'dec15']],
  ['double precision', ['int15', 'dec15', 'exp15', 'minusZero']],
  ['double precision', ['minusZero']],
  ['numeric', ['int64', 'dec15']],
  ['numeric', ['decLong', 'exp15']],
  ['text', ['decLong', 'minusZero']],
  ['text', ['expSigned']],
  ['text', ['expSigned', 'int15']],
  ['double precision', ['expSigned', 'dec15']],
  ['date', ['date']],
  ['timestamp', ['date', 'timestamp']],
  ['text', ['timestamp', 'timestamptz']],
  ['text', ['date', 'timestamptz']],
  ['text', ['date', 'time']],
  ['text', ['time', 'int15']],
  ['uuid', ['uuid']],
  ['text', ['uuid', 'text']],
  ['jsonb', ['json']],
  ['jsonb', ['json', 'int15', 'boolLower']],
  ['text', ['json', 'minusZero']],
  ['text', ['json', 'date']],
  ['text', ['json', 'text']],
];

for (const [type, kinds] of cases) {
  test(`a column of ${kinds.join(', ') || 'nothing'} is ${type}`, () => {
    assert.equal(
      resolve(
        kinds.reduce((mask, kind) => mask | Kind[kind], 0),
        true,
      ),
      type,
    );
  });
}

test('without type guessing everything but JSON is text', () => {
  assert.equal(resolve(Kind.int15, false), 'text');
  assert.equal(resolve(Kind.json, false), 'jsonb');
});

test('the type of a column fits all its kinds', () => {
  fc.assert(fc.property(masks, fc.boolean(), (mask, guessing) => fits(mask, resolve(mask, guessing))));
});

const forms = fc.integer({ min: 0, max: 2 ** 19 - 1 });
const rules = fc.record({
  typeGuessing: fc.boolean(),
  dateOrder: fc.constantFrom('dmy', 'mdy', 'ymd', null),
  decimal: fc.constantFrom('.', ',', null),
});

test('a column that is proved to be text stays text whatever else comes', () => {
  fc.assert(
    fc.property(masks, forms, masks, forms, rules, (mask, form, more, moreForms, said) => {
      if (!provesText(mask, form, said.typeGuessing)) return;
      assert.equal(resolveColumn(mask | more, form | moreForms, said).type, 'text');
    }),
    { numRuns: 20_000 },
  );
});

test('only columns of regional values have a reading or a doubt, and doubtful ones are text', () => {
  fc.assert(
    fc.property(masks, forms, rules, (mask, form, said) => {
      const { type, reading, doubt } = resolveColumn(mask, form, said);
      if (doubt !== null) assert.deepEqual([type, reading], ['text', null]);
      if (reading === null && doubt === null) return;
      assert.ok((mask & regionalKinds) !== 0 || (said.decimal === ',' && (mask & Kind.dec3) !== 0));
    }),
    { numRuns: 20_000 },
  );
});
