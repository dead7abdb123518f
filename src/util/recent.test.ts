import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRecent } from './recent.ts';

test('an answer is remembered for its time, by argument, and a failure is not', async () => {
  const asked: string[] = [];
  const recent = createRecent(
    async (name: string) => {
      asked.push(name);
      if (name === 'broken') throw new Error('broken');
      return name.toUpperCase();
    },
    (name) => name,
    30,
  );
  assert.deepEqual(await Promise.all([recent('a'), recent('a'), recent('b')]), ['A', 'A', 'B']);
  assert.deepEqual(asked, ['a', 'b']);
  await assert.rejects(recent('broken'));
  await assert.rejects(recent('broken'));
  assert.deepEqual(asked, ['a', 'b', 'broken', 'broken']);
  await sleep(40);
  assert.equal(await recent('a'), 'A');
  assert.deepEqual(asked, ['a', 'b', 'broken', 'broken', 'a']);
});
