import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createSeal, isSealed, SealBroken } from './seal.ts';

const seal = createSeal('a secret of the installation');

test('what was sealed opens again, and only in its place', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string(), fc.string(), (text, context, other) => {
      const sealed = seal.seal(text, context);
      assert.ok(isSealed(sealed));
      assert.equal(seal.open(sealed, context), text);
      if (other !== context) assert.throws(() => seal.open(sealed, other), SealBroken);
    }),
    { numRuns: 200, seed: 6 },
  );
});

test('a sealed text does not show what it holds, and two of the same text differ', () => {
  const sealed = seal.seal('password-4711', 'x');
  assert.doesNotMatch(Buffer.from(sealed.slice(8), 'base64url').toString('latin1'), /4711/);
  assert.notEqual(sealed, seal.seal('password-4711', 'x'));
});

test('another secret, a changed byte and plain text do not open', () => {
  const sealed = seal.seal('text', 'x');
  assert.throws(() => createSeal('another').open(sealed, 'x'), SealBroken);
  assert.notEqual(createSeal('another').fingerprint, seal.fingerprint);
  const bytes = Buffer.from(sealed.slice(8), 'base64url');
  for (const at of bytes.keys()) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    assert.throws(() => seal.open(`sealed1:${changed.toString('base64url')}`, 'x'), SealBroken);
  }
  for (const text of ['', 'text', 'sealed1:', 'sealed1:AAAA']) assert.throws(() => seal.open(text, 'x'), SealBroken);
});
