import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeNumeric } from './encode-numeric.ts';
import { compareNumeric } from './numeric-range.ts';
import { OutBuffer } from './out-buffer.ts';
import { shownNumeric } from './shown-value.ts';
import { Statistics } from './statistics.ts';

const decimal = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.bigInt({ min: 0n, max: 10n ** 40n }),
    fc.integer({ min: 0, max: 60 }),
    fc.constantFrom(0, 0, 0, 200, -200, 300, -300),
  )
  .map(([sign, digits, scale, exponent]) => {
    const text = String(digits).padStart(scale + 1, '0');
    const plain = scale === 0 ? text : `${text.slice(0, -scale)}.${text.slice(-scale)}`;
    return `${sign}${plain}${exponent === 0 ? '' : `e${exponent}`}`;
  });

function encode(text: string, out: OutBuffer): void {
  out.length = 0;
  const bytes = Buffer.from(text);
  encodeNumeric(bytes, 0, bytes.length, out, true);
}

/** A decimal as a whole number of 10^-400. */
function exactOf(text: string): bigint {
  const [, sign = '', whole = '0', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  return BigInt(`${sign}${whole}${fraction.padEnd(400, '0')}`);
}

test('numerics compare as the numbers that they are', () => {
  const [a, b] = [new OutBuffer(1 << 12), new OutBuffer(1 << 12)];
  const pair = fc.oneof(
    fc.tuple(decimal, decimal),
    decimal.map((one) => [one, one] as const),
  );
  fc.assert(
    fc.property(pair, ([one, other]) => {
      encode(one, a);
      encode(other, b);
      fc.pre(a.length > 0 && b.length > 0);
      const difference = exactOf(shownNumeric(a.view, 4)) - exactOf(shownNumeric(b.view, 4));
      const sign = difference < 0n ? -1 : difference > 0n ? 1 : 0;
      assert.equal(Math.sign(compareNumeric(a.view, 4, b.view, 4)) + 0, sign, `${one} and ${other}`);
    }),
    { seed: 1, numRuns: 2000 },
  );
});

test('the least and the greatest numeric are found among values that are close together', () => {
  const out = new OutBuffer(1 << 12);
  const near = fc.tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: 0, max: 30 })).map(([whole, tail]) => {
    return `${whole}.00000000000${String(tail).padStart(2, '0')}`;
  });
  fc.assert(
    fc.property(fc.array(fc.oneof(near, decimal), { minLength: 1, maxLength: 30 }), (texts) => {
      const statistics = new Statistics(['numeric']);
      const numbers: bigint[] = [];
      for (const text of texts) {
        encode(text, out);
        if (out.length === 0) continue;
        statistics.takeField(0, out, 0);
        statistics.endRow(out, 0);
        numbers.push(exactOf(shownNumeric(out.view, 4)));
      }
      fc.pre(numbers.length > 0);
      const { min, max } = statistics.range(0);
      numbers.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
      assert.equal(exactOf(min ?? ''), numbers[0]);
      assert.equal(exactOf(max ?? ''), numbers.at(-1));
    }),
    { seed: 2, numRuns: 1000 },
  );
});
