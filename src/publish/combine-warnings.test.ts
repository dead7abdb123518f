import assert from 'node:assert/strict';
import { test } from 'node:test';
import { combineWarnings } from './combine-warnings.ts';

const combined = (...warnings: readonly Record<string, unknown>[]) =>
  combineWarnings(warnings.map((one) => ({ warnings: one })));

test('no warnings are null', () => {
  assert.equal(combined(), null);
  assert.equal(combined({}, {}), null);
});

test('numbers are added, lists joined, and of anything else the last holds', () => {
  assert.deepEqual(combined({ a: 1, b: ['x'], c: 'one', d: true }, { a: 2, b: ['y'], c: 'two' }), {
    a: 3,
    b: ['x', 'y'],
    c: 'two',
    d: true,
  });
});

test('counts are added with their first hundred cases', () => {
  const cases = (rows: number) => Array.from({ length: rows }, (_, row) => ({ row }));
  assert.deepEqual(combined({ nulls: { count: 2 } }, { nulls: { count: 3 } }), { nulls: { count: 5 } });
  const both = combined({ odd: { count: 500, first: cases(80) } }, { odd: { count: 70, first: cases(70) } });
  assert.deepEqual(both, { odd: { count: 570, first: [...cases(80), ...cases(20)] } });
});
