import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { classifyNumber } from '../infer/classify-number.ts';
import { Kind } from '../infer/value-kinds.ts';
import { encodeBigint, encodeDeclaredDouble } from './encode-number.ts';
import { encodeNumeric } from './encode-numeric.ts';
import { OutBuffer } from './out-buffer.ts';

type Encode = (bytes: Buffer, start: number, end: number, out: OutBuffer) => number;

/** What an encoder says of a text, and the field it appends, without its length. */
function encode(encoder: Encode, text: string): { readonly kind: number; readonly field: Buffer | null } {
  const bytes = Buffer.from(`7${text}7`);
  const out = new OutBuffer(64);
  const kind = encoder(bytes, 1, bytes.length - 1, out);
  const written = out.written();
  if (written.length > 0) assert.equal(written.readInt32BE(0), written.length - 4);
  return { kind, field: written.length === 0 ? null : Buffer.from(written.subarray(4)) };
}

const numeric: Encode = (bytes, start, end, out) => encodeNumeric(bytes, start, end, out, false);

const kindOf = (text: string): number => classifyNumber(Buffer.from(text), 0, text.length, false);

/** Whole numbers of every length, and those at the ends of what 64 bits hold. */
const whole = fc.oneof(
  fc.nat(38).chain((digits) => fc.bigInt({ min: -(10n ** BigInt(digits)), max: 10n ** BigInt(digits) })),
  fc.bigInt({ min: -3n, max: 3n }).chain((beside) => fc.constantFrom(2n ** 63n + beside, -(2n ** 63n) + beside)),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
);

test('a whole number is appended as its 64 bits, of the kind it is, or not at all', () => {
  fc.assert(
    fc.property(whole, (value) => {
      const { kind, field } = encode(encodeBigint, String(value));
      assert.equal(kind, kindOf(String(value)));
      const fits = BigInt.asIntN(64, value) === value;
      assert.equal(field?.readBigInt64BE() ?? null, fits ? value : null);
    }),
    { numRuns: 3000, seed: 46 },
  );
});

test('a declared double is appended as the nearest one to what is written', () => {
  fc.assert(
    fc.property(fc.double(), (value) => {
      const text = Object.is(value, -0) ? '-0' : String(value);
      const { kind, field } = encode(encodeDeclaredDouble, text);
      assert.equal(kind, Kind.double);
      assert.ok(Object.is(field?.readDoubleBE(), value));
    }),
    { numRuns: 3000, seed: 46 },
  );
});

/** The digits that PostgreSQL would print of a numeric in its binary form. */
function printed(field: Buffer): string {
  const [count, weight, sign, scale] = [0, 2, 4, 6].map((at) => field.readInt16BE(at));
  let digits = 0n;
  for (let i = 0; i < count!; i++) digits = digits * 10000n + BigInt(field.readInt16BE(8 + 2 * i));
  const places = 4 * (count! - 1 - weight!);
  const shift = BigInt(scale! - places);
  const scaled = shift >= 0n ? digits * 10n ** shift : digits / 10n ** -shift;
  const text = String(scaled).padStart(scale! + 1, '0');
  const shown = scale === 0 ? text : `${text.slice(0, -scale!)}.${text.slice(-scale!)}`;
  return sign === 0x4000 ? `-${shown}` : shown;
}

test('a numeric has every digit that is written, zeros at its end too, and no group of zeros at an end', () => {
  const decimal = fc
    .tuple(whole, fc.nat(9), fc.nat(5))
    .map(([digits, scale, zeros]) => {
      const sign = digits < 0n ? '-' : '';
      const text = `${digits < 0n ? -digits : digits}${'0'.repeat(digits === 0n ? 0 : zeros)}`.padStart(scale + 1, '0');
      return scale === 0 ? sign + text : `${sign}${text.slice(0, -scale)}.${text.slice(-scale)}`;
    })
    .filter((text) => /[1-9]/.test(text));
  fc.assert(
    fc.property(decimal, (text) => {
      const { kind, field: found } = encode(numeric, text);
      const field = found ?? assert.fail(text);
      assert.equal(kind, kindOf(text));
      assert.equal(printed(field), text);
      const groups = Array.from({ length: field.readInt16BE(0) }, (_, i) => field.readInt16BE(8 + 2 * i));
      assert.ok(groups[0] !== 0 && groups.at(-1) !== 0);
    }),
    { numRuns: 3000, seed: 46 },
  );
});

test('what is no number is appended as none', () => {
  for (const text of ['', '-', '.', '1.', '.5', '00', '01', '1.2.3', '1 2', '--1', '1-2', '12345678901234567x']) {
    assert.deepEqual(encode(numeric, text), { kind: Kind.text, field: null }, text);
    assert.equal(encode(encodeBigint, text).field, null, text);
  }
});
