import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Drift, driftSince, noDrift } from './refresh.ts';

/** What becomes of the columns of a table that a source is written into, by how it is written. */
const tables = {
  'replace, evolve': (_table: readonly string[], source: readonly string[]) => source,
  'upsert, evolve': (table: readonly string[], source: readonly string[]) => [...new Set([...table, ...source])],
  'upsert, discard_columns': (table: readonly string[]) => table,
  'replace, discard_columns': (table: readonly string[], source: readonly string[]) =>
    table.filter((name) => source.includes(name)),
};

const without = (names: readonly string[], others: readonly string[]): readonly string[] =>
  names.filter((name) => !others.includes(name));

for (const [manner, next] of Object.entries(tables)) {
  test(`drift is what differs from the source of the run before, with ${manner}`, () => {
    const columns = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 4 });
    fc.assert(
      fc.property(fc.array(columns, { minLength: 2, maxLength: 8 }), (sources) => {
        const [first = [], ...later] = sources;
        let table: readonly string[] = first;
        let before: Drift = noDrift;
        let last: readonly string[] = first;
        for (const source of later) {
          const now = { added: without(source, table), removed: without(table, source), retyped: [] };
          const told = driftSince(before, now, source);
          assert.deepEqual(told.added.toSorted(), without(source, last).toSorted());
          assert.deepEqual(told.removed.toSorted(), without(last, source).toSorted());
          [table, before, last] = [next(table, source), now, source];
        }
      }),
    );
  });
}

test('a type that differs in the same way as before is told once', () => {
  const retyped = [{ column: 'a', from: 'bigint', to: 'text' }];
  const drift = { ...noDrift, retyped };
  assert.deepEqual(driftSince(noDrift, drift, ['a']), drift);
  assert.deepEqual(driftSince(drift, drift, ['a']), noDrift);
});
