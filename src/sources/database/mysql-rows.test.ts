import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RowFields, RowMalformed } from './mysql-rows.ts';

/** A length as the protocol writes it (MySQL protocol, "Length-encoded integers"); `wide` takes more bytes than needed. */
function lengthOf(size: number, wide: number): Buffer {
  if (wide === 0 && size < 0xfb) return Buffer.from([size]);
  const [mark, width] = wide <= 1 && size < 1 << 16 ? [0xfc, 2] : wide <= 2 && size < 1 << 24 ? [0xfd, 3] : [0xfe, 8];
  const bytes = Buffer.alloc(1 + width);
  bytes[0] = mark;
  if (width === 8) bytes.writeBigUInt64LE(BigInt(size), 1);
  else bytes.writeUIntLE(size, 1, width);
  return bytes;
}

const value = fc.option(fc.uint8Array({ maxLength: 400 }), { freq: 4 });
const rows = fc.array(fc.tuple(value, fc.nat(3)), { maxLength: 12 });

const encode = (row: readonly (readonly [Uint8Array | null, number])[]): Buffer =>
  Buffer.concat(
    row.flatMap(([bytes, wide]) => (bytes === null ? [Buffer.from([0xfb])] : [lengthOf(bytes.length, wide), bytes])),
  );

test('values of a row are where they were written, however long their lengths are', () => {
  fc.assert(
    fc.property(rows, fc.nat(9), (row, before) => {
      const bytes = Buffer.concat([Buffer.alloc(before, 0xfe), encode(row), Buffer.from([1, 1])]);
      const fields = new RowFields(row.length);
      fields.find(bytes, before, bytes.length - 2);
      const found = Array.from(fields.starts, (start, i) => (start < 0 ? null : bytes.subarray(start, fields.ends[i])));
      assert.deepEqual(
        found.map((one) => one?.toString('hex') ?? null),
        row.map(([one]) => (one === null ? null : Buffer.from(one).toString('hex'))),
      );
    }),
    { numRuns: 200, seed: 6 },
  );
});

test('a row that is cut off, or whose lengths reach beyond it, is malformed', () => {
  fc.assert(
    fc.property(rows, fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), (row, part) => {
      const bytes = encode(row);
      if (bytes.length === 0) return;
      const end = Math.floor(bytes.length * part);
      assert.throws(() => new RowFields(row.length).find(bytes, 0, end), RowMalformed);
    }),
    { numRuns: 200, seed: 6 },
  );
  const huge = Buffer.from([0xfe, 255, 255, 255, 255, 255, 255, 255, 255]);
  assert.throws(() => new RowFields(1).find(huge, 0, huge.length), RowMalformed);
});
