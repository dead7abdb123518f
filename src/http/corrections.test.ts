import assert from 'node:assert/strict';
import { test } from 'node:test';
import { correctionsOfCsv } from './corrections.ts';
import { WireError } from './wire-error.ts';

for (const [text, said] of [
  ['', 'The corrections have no line of names'],
  ['hello', 'The corrections name no rows: among hello is neither row nor cartodb_id'],
  ['column,raw\na,1\n', 'The corrections name no rows: among column, raw is neither row nor cartodb_id'],
  ['row,column,raw\nx,a,1\n', 'Record 1 names no row: it needs a whole number as row, or as cartodb_id'],
] as const) {
  test(`corrections such as ${JSON.stringify(text)} are refused in words`, () => {
    assert.throws(
      () => correctionsOfCsv(text),
      (error) =>
        error instanceof WireError && assert.deepEqual(error.body, { errors: { imports: said } }) === undefined,
    );
  });
}
