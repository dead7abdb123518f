import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkAccountName, hashKey, newKey } from './accounts.ts';

test('names that make a schema and an address are taken, all others refused with a reason', () => {
  for (const name of ['demo', 'a', 'a-b_c9', 'x'.repeat(40)]) checkAccountName(name);
  for (const name of ['', 'Demo', '9a', '-a', 'a b', 'a.b', 'a"b', "a'b", 'é', 'x'.repeat(41), 'a\n']) {
    assert.throws(() => checkAccountName(name), /cannot be the name of an account: small letters/);
  }
  for (const name of [
    'public',
    'landfall',
    'landfall_queue',
    'pg_catalog',
    'information_schema',
    'topology',
    'tiger',
  ]) {
    assert.throws(() => checkAccountName(name), /reserved/);
  }
});

test('a key is long and random, and only its hash is kept', () => {
  assert.match(newKey(), /^[0-9a-f]{32}$/);
  assert.notEqual(newKey(), newKey());
  assert.equal(hashKey('abc').toString('hex'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});
