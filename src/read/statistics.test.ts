import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeNumeric } from './encode-numeric.ts';
import { OutBuffer } from './out-buffer.ts';
import { ROUGHNESS, roughNumeric, shownNumeric } from './shown-value.ts';
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

test('the rough value of a numeric is the exact one within its error, or none', () => {
  const out = new OutBuffer(1 << 12);
  fc.assert(
    fc.property(decimal, (text) => {
      encode(text, out);
      fc.pre(out.length > 0);
      const rough = roughNumeric(out.view, 4);
      const exact = Number(shownNumeric(out.view, 4));
      if (Number.isNaN(rough)) return;
      assert.ok(Math.abs(rough - exact) <= Math.abs(exact) * ROUGHNESS, `${text}: ${rough}`);
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
      const numbers: number[] = [];
      for (const text of texts) {
        encode(text, out);
        if (out.length === 0) continue;
        statistics.takeField(0, out, 0);
        statistics.endRow(out, 0);
        numbers.push(Number(shownNumeric(out.view, 4)));
      }
      fc.pre(numbers.length > 0);
      const { min, max } = statistics.range(0);
      assert.equal(Number(min), Math.min(...numbers));
      assert.equal(Number(max), Math.max(...numbers));
    }),
    { seed: 2, numRuns: 1000 },
  );
});
