import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { OutBuffer } from './out-buffer.ts';
import { RowHash } from './row-hash.ts';

/** A tuple of COPY BINARY: id, geometry, Mercator geometry, columns. */
function put(out: OutBuffer, fields: readonly (Uint8Array | null)[]): number {
  const at = out.length;
  out.ensure(2 + fields.reduce((sum, field) => sum + 4 + (field?.length ?? 0), 0));
  out.view.setInt16(out.length, fields.length);
  out.length += 2;
  for (const field of fields) {
    out.view.setInt32(out.length, field === null ? -1 : field.length);
    out.length += 4;
    if (field !== null) out.bytes.set(field, out.length);
    out.length += field?.length ?? 0;
  }
  return at;
}

const id = (value: number): Uint8Array => Uint8Array.of(0, 0, 0, 0, 0, 0, 0, value);

const hashIn = (out: OutBuffer, key: string, fields: readonly (Uint8Array | null)[]): string => {
  const hash = new RowHash(key);
  hash.hash(out, put(out, fields));
  return hash.words.join();
};

const field = fc.oneof(fc.constant(null), fc.uint8Array({ maxLength: 9 }));
const fields = fc.array(field, { minLength: 2, maxLength: 5 });
const key = '0123456789abcdef';

test('rows agree exactly when their geometries and columns do, wherever they stand and whatever their ids are', () => {
  const out = new OutBuffer(1 << 16);
  fc.assert(
    fc.property(fields, fields, field, (a, b, mercator) => {
      out.length = 0;
      const one = hashIn(out, key, [id(1), a[0] ?? null, mercator, ...a.slice(1)]);
      const again = hashIn(out, key, [id(2), a[0] ?? null, null, ...a.slice(1)]);
      const other = hashIn(out, key, [id(1), b[0] ?? null, mercator, ...b.slice(1)]);
      assert.equal(one, again);
      const isEqual = JSON.stringify(a.map((x) => x && [...x])) === JSON.stringify(b.map((x) => x && [...x]));
      assert.equal(one === other, isEqual);
    }),
    { numRuns: 2000, seed: 3 },
  );
});

test('one bit of a row, of its lengths or of the key makes another hash in all of its words', () => {
  const out = new OutBuffer(1 << 16);
  const row = [id(1), Uint8Array.of(1, 2, 3, 4, 5), null, Uint8Array.of(6, 7), null];
  const base = hashIn(out, key, row).split(',');
  const others = [
    hashIn(out, '0123456789abcdee', row),
    hashIn(out, '1123456789abcdef', row),
    hashIn(out, key, [id(1), Uint8Array.of(1, 2, 3, 4, 4), null, Uint8Array.of(6, 7), null]),
    hashIn(out, key, [id(1), Uint8Array.of(1, 2, 3, 4, 5), null, Uint8Array.of(6), null]),
    hashIn(out, key, [id(1), Uint8Array.of(1, 2, 3, 4, 5), null, Uint8Array.of(6, 7), Uint8Array.of()]),
    hashIn(out, key, [id(1), null, null, Uint8Array.of(6, 7), null]),
  ];
  for (const other of others) {
    for (const [index, word] of other.split(',').entries()) assert.notEqual(word, base[index]);
  }
});
