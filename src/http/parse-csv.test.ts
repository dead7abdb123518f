import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { csvLine, parseCsv } from './parse-csv.ts';
import { WireError } from './wire-error.ts';

const cells = fc.array(
  fc.option(fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'é') }), { nil: null }),
  {
    minLength: 2,
    maxLength: 5,
  },
);

test('what is written is read back, and NULL is no empty text', () => {
  fc.assert(
    fc.property(fc.array(cells, { maxLength: 5 }), (records) => {
      const read = parseCsv(records.map(csvLine).join(''));
      const shown = read.map((record) => record.map(({ text, isQuoted }) => (text === '' && !isQuoted ? null : text)));
      assert.deepEqual(shown, records);
    }),
    { seed: 20, numRuns: 500 },
  );
});

test('any line end and a byte order mark are taken, and a stray quote is refused with its line', () => {
  const texts = (csv: string) => parseCsv(csv).map((record) => record.map(({ text }) => text));
  assert.deepEqual(texts('\ufeffa,b\r\n1,2\r3,4\n\n5,'), [
    ['a', 'b'],
    ['1', '2'],
    ['3', '4'],
    ['5', ''],
  ]);
  for (const csv of ['a;"b,c"\n1;"x;y"\n', 'a\t"b,c"\n1\tx;y\n', 'sep=;\r\na;"b,c"\r\n1;"x;y"\r\n'])
    assert.deepEqual(texts(csv), [
      ['a', 'b,c'],
      ['1', 'x;y'],
    ]);
  for (const bad of ['a,b\n1,"x', 'a,b\nx"y,2\n', 'a,b\n"x"y,2\n']) {
    assert.throws(
      () => parseCsv(bad),
      (error: unknown) => error instanceof WireError && /Line 2 of the CSV/.test(JSON.stringify(error.body)),
    );
  }
});
