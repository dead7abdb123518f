import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import iconv from 'iconv-lite';
import { readCsv } from '../../../test/support/read-csv.ts';

const value = fc.string({ unit: fc.constantFrom(...'aé1 ,;|\t"\'\nüß\\'), maxLength: 10 });
const table = fc.array(fc.tuple(value, value, value), { minLength: 1, maxLength: 12 });
const dialect = fc.record({
  delimiter: fc.constantFrom(',', ';', '\t', '|', '||', '::', '^'),
  quote: fc.constantFrom('"', "'"),
  lineEnd: fc.constantFrom('\n', '\r\n', '\r'),
  encoding: fc.constantFrom('utf-8', 'utf-16le', 'utf-16be', 'utf-32le', 'windows-1252', 'iso-8859-15'),
});

for (const typeGuessing of [true, false]) {
  test(`a table written by the rules of a dialect that is named comes back, type guessing ${typeGuessing ? 'on' : 'off'}`, async () => {
    await fc.assert(
      fc.asyncProperty(table, dialect, async (rows, { delimiter, quote, lineEnd, encoding }) => {
        const line = (cells: readonly string[]): string =>
          cells.map((cell) => quote + cell.replaceAll(quote, quote + quote) + quote).join(delimiter) + lineEnd;
        const bytes = iconv.encode([['x', 'y', 'z'], ...rows].map(line).join(''), encoding);
        const wish = { delimiter, quote, escape: quote, header: true };
        const { decoded } = await readCsv(bytes, { typeGuessing, encoding, dialect: wish });
        const read = decoded.map(({ values }) => values.map((one) => one ?? ''));
        assert.deepEqual(read, rows);
      }),
      { numRuns: 150, seed: 21 },
    );
  });
}
