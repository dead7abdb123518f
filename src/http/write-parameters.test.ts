import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseForm, parseJson } from './parameters.ts';
import { WireError } from './wire-error.ts';
import { toWriteWish } from './write-parameters.ts';

const refused = (text: string, pattern: RegExp): void =>
  assert.throws(
    () => toWriteWish(parseForm(text)),
    (error) => error instanceof WireError && error.status === 400 && pattern.test(JSON.stringify(error.body)),
  );

test('nothing is said where there is no parameter', () => {
  assert.deepEqual(toWriteWish(parseForm('mode=&key=&schema_policy=')), {});
});

test('a mode, a key between commas or as a list, and a policy', () => {
  const wish = { mode: 'upsert', key: ['a', 'b, c'], schemaPolicy: 'freeze' };
  assert.deepEqual(toWriteWish(parseJson('{"mode":"Upsert","key":["a","b, c"],"schema_policy":"freeze"}')), wish);
  assert.deepEqual(toWriteWish(parseForm('mode=upsert&key=%5B%22a%22,%22b,%20c%22%5D&schema_policy=freeze')), wish);
  assert.deepEqual(toWriteWish(parseForm('mode=append&key=a,%20b')), { mode: 'append', key: ['a', 'b'] });
  assert.deepEqual(toWriteWish(parseForm('collision_strategy=overwrite&key=a')), { key: ['a'] });
});

test('unknown words and wishes that contradict are refused', () => {
  refused('mode=merge', /replace, append, upsert, update, insert_new, soft_delete/);
  refused('mode=append&schema_policy=drop', /evolve, freeze, discard_columns/);
  refused('mode=append&collision_strategy=skip', /skip leaves alone/);
  refused('key=id', /key is about a table that is there/);
  refused('schema_policy=freeze', /schema_policy is about a table that is there/);
});
