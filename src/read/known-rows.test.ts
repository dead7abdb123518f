import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { KnownRows } from './known-rows.ts';

/** Hashes of which all begin alike, so that they meet in the table. */
const hashOf = (value: number): Uint32Array => Uint32Array.of(7, value % 3, value, 9);

const entriesOf = (rows: readonly (readonly [id: number, value: number])[]): Uint32Array =>
  Uint32Array.from(rows.flatMap(([id, value]) => [...hashOf(value), id]));

/** What the database does with two tables: pairs rows of one number where most are, then the n-th of equal rows. */
function compared(old: readonly (readonly [number, number])[], made: readonly number[]) {
  const byId = new Map(old);
  const sample = made.slice(0, 1000);
  const isInPlace = sample.filter((value, index) => byId.get(index + 1) === value).length * 2 > sample.length;
  const inPlace = new Set(
    isInPlace ? made.flatMap((value, index) => (byId.get(index + 1) === value ? [index + 1] : [])) : [],
  );
  const left = made.filter((_, index) => !inPlace.has(index + 1));
  const gone: number[] = [];
  for (const [id, value] of old) {
    if (inPlace.has(id)) continue;
    const at = left.indexOf(value);
    if (at < 0) gone.push(id);
    else left.splice(at, 1);
  }
  return { gone, added: left.toSorted((a, b) => a - b) };
}

test('rows are taken from those known as the database pairs them', () => {
  const value = fc.nat({ max: 12 });
  const gap = fc.constantFrom(1, 1, 1, 1, 2);
  fc.assert(
    fc.property(fc.array(fc.tuple(gap, value)), fc.array(value), fc.boolean(), (steps, others, isLike) => {
      let id = 0;
      const old = steps.map(([step, one]) => {
        id += step;
        return [id, one] as const;
      });
      const made = isLike ? [...old.map(([, one]) => one).slice(0, -1), ...others.slice(0, 2)] : others;
      const known = new KnownRows(entriesOf(old));
      const added = made.filter((one, index) => !known.take(hashOf(one), index + 1));
      const expected = compared(old, made);
      assert.deepEqual([...known.gone()], expected.gone);
      assert.deepEqual(
        added.toSorted((a, b) => a - b),
        expected.added,
      );
    }),
    { numRuns: 2000, seed: 5 },
  );
});

test('a million equal rows take no longer than others', () => {
  const count = 1_000_000;
  const entries = new Uint32Array(5 * count).fill(7);
  for (let i = 0; i < count; i++) entries[5 * i + 4] = i + 1;
  const known = new KnownRows(entries);
  const row = Uint32Array.of(7, 7, 7, 7);
  for (let i = 0; i < count - 2; i++) assert.ok(known.take(row, i + 3));
  assert.deepEqual([...known.gone()], [1, 2]);
});
