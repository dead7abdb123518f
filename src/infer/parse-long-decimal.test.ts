import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decimal } from './parse-decimal.ts';
import { parseLongDecimal } from './parse-long-decimal.ts';

/** What is found of a text without its sign; null: nothing. */
function parse(text: string): number | null {
  const bytes = Buffer.from(`x${text}9`);
  return parseLongDecimal(bytes, 1, bytes.length - 1) ? decimal[0]! : null;
}

/** Decimals of up to 18 digits: `digits` with a point before the last `scale` of them. */
const placed = (digits: string, scale: number): string => {
  const padded = digits.padStart(scale + 1, '0');
  return scale === 0 ? padded : `${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
};

test('a decimal is the double that JavaScript makes of it, whatever its digits', () => {
  const number = fc.tuple(fc.bigInt({ min: 1n, max: 10n ** 18n - 1n }), fc.nat(22));
  fc.assert(
    fc.property(number, fc.boolean(), ([digits, scale], isNegative) => {
      const text = placed(String(digits), scale);
      const found = parse(isNegative ? `-${text}` : text);
      if (found !== null) assert.equal(found, Number(text));
    }),
    { numRuns: 5000, seed: 46 },
  );
});

test('what a double prints as, it is read as, and nearly always here', () => {
  let missed = 0;
  fc.assert(
    fc.property(fc.double({ min: 1e-5, max: 1e15, noNaN: true }), (value) => {
      const found = parse(String(value));
      if (found === null) missed++;
      else assert.equal(found, value);
    }),
    { numRuns: 5000, seed: 46 },
  );
  assert.ok(missed < 1000, `${missed} of 5000 were left to others`);
});

test('a value in the middle of two doubles, and those beside it, are never read as the wrong one', () => {
  // The middle of 2^53 and the next double, and of such with places behind the point.
  for (let power = 0; power <= 5; power++) {
    for (const beside of [-1n, 0n, 1n]) {
      const middle = (2n ** 53n + 1n) * 10n ** BigInt(power === 0 ? 0 : 1) + beside;
      const text = placed(String(middle), power);
      const found = parse(text);
      if (found !== null) assert.equal(found, Number(text), text);
    }
  }
});

test('what is not a plain decimal is left to others', () => {
  for (const text of ['', '-', '.', '0', '-0.0', '1.', '.5', '00.5', '01', '1e5', '1.2.3', '1,5', '+1', ' 1', 'NaN']) {
    assert.equal(parse(text), null, text);
  }
  assert.equal(parse('1234567890123456789'), null);
  assert.equal(parse('0.14285714285714285'), 1 / 7);
});
