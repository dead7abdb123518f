import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DatabaseError } from './database.ts';
import { createGate } from './gate.ts';
import { createLock } from './lock.ts';

test('a gate lets so many in, keeps so many waiting, and refuses the rest with 53300', async () => {
  const gate = createGate(2, 1);
  const [leaveFirst] = [await gate.enter('a'), await gate.enter('a')];
  let isIn = false;
  const third = gate.enter('a').then((leave) => {
    isIn = true;
    return leave;
  });
  await assert.rejects(gate.enter('a'), (error) => error instanceof DatabaseError && error.code === '53300');
  await gate.enter('b');
  assert.equal(isIn, false);
  leaveFirst?.();
  leaveFirst?.();
  (await third)();
  (await gate.enter('a'))();
});

test('a lock runs one after another, whatever the one before did', async () => {
  const lock = createLock();
  const seen: string[] = [];
  const step = (name: string, fails: boolean) =>
    lock.run(async () => {
      seen.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, 5));
      seen.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    });
  const results = await Promise.allSettled([step('a', false), step('b', true), step('c', false)]);
  assert.deepEqual(seen, ['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
});
