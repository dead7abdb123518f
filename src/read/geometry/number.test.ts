import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readNumber } from './number.ts';

const view = new DataView(new ArrayBuffer(8));

/** What `readNumber` makes of a text with something behind it: the number and where it ends. */
function read(text: string, behind: string): { value: number; after: number } {
  const bytes = Buffer.from(text + behind);
  const after = readNumber(bytes, 0, view, 0);
  return { value: view.getFloat64(0, true), after };
}

const decimals = fc
  .tuple(fc.double({ min: -1e7, max: 1e7, noNaN: true }), fc.integer({ min: 0, max: 20 }))
  .map(([value, digits]) => value.toFixed(digits));
const written = fc.oneof(decimals, fc.double({ noNaN: true, noDefaultInfinity: true }).map(String));

test('every number reads as JavaScript reads it, whatever stands behind it', () => {
  fc.assert(
    fc.property(
      written,
      fc.constantFrom(',', ']', ' ', '', ',1234567890123456789012345678', ']'.repeat(30)),
      (text, behind) => {
        const { value, after } = read(text, behind);
        assert.equal(after, text.length);
        assert.ok(Object.is(value, Number(text)), `${value} is not ${text}`);
      },
    ),
    { seed: 20260722, numRuns: 5000 },
  );
});

for (const text of ['', '-', '.', '-.', '+1', '--1', '1e', '1.2.3', '1e999', 'NaN', '-Infinity', '1-2', '12345678-']) {
  test(`${JSON.stringify(text)} is no number`, () => {
    assert.equal(read(text, `,${' '.repeat(40)}`).after, -1);
    assert.equal(read(text, '').after, -1);
  });
}
