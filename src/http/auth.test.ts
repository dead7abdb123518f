import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { findCredentials } from './auth.ts';

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

test('a key is found in Basic, Bearer or the parameter api_key', () => {
  const query = new Map([['api_key', 'q']]);
  assert.deepEqual(findCredentials(undefined, query), { key: 'q', name: null });
  assert.deepEqual(findCredentials('Bearer abc', new Map()), { key: 'abc', name: null });
  assert.deepEqual(findCredentials(basic('ann:k:ey'), new Map()), { key: 'k:ey', name: 'ann' });
  assert.equal(findCredentials(undefined, new Map()), null);
});

test('a Basic or Bearer header is the only place looked at, even a broken one', () => {
  const query = new Map([['api_key', 'right']]);
  assert.equal(findCredentials(basic('ann:wrong'), query)?.key, 'wrong');
  assert.equal(findCredentials('Bearer wrong', query)?.key, 'wrong');
  for (const header of ['Basic', 'basic !!!', basic('no colon')]) assert.equal(findCredentials(header, query)?.key, '');
  assert.equal(findCredentials('OAuth realm="x"', query)?.key, 'right');
});

test('every key and name comes through Basic as it was, whatever its Base64 looks like', () => {
  const name = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes(':'));
  fc.assert(
    fc.property(name, fc.string({ unit: 'grapheme' }), (user, key) => {
      assert.deepEqual(findCredentials(basic(`${user}:${key}`), new Map()), { key, name: user });
    }),
    { seed: 1, numRuns: 500 },
  );
});

test('an api_key that is no text never matches and never throws', () => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      const found = findCredentials(undefined, new Map([['api_key', value]]));
      assert.ok(found === null || typeof found.key === 'string');
    }),
    { seed: 1, numRuns: 300 },
  );
});
