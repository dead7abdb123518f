import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { inOrder } from './in-order.ts';

test('results come in the order of the tasks, and never more than so many run', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(3), { maxLength: 30 }), fc.integer({ min: 1, max: 5 }), async (delays, most) => {
      let running = 0;
      const tasks = delays.map((delay, index) => ({ delay, index }));
      const found = await Array.fromAsync(
        inOrder(
          tasks,
          () => most,
          async ({ delay, index }) => {
            assert.ok(++running <= most);
            await sleep(delay);
            running--;
            return index;
          },
        ),
      );
      assert.deepEqual(found, [...delays.keys()]);
    }),
    { numRuns: 30 },
  );
});

test('tasks begin while an earlier one is slow, up to twice as many as run at once', async () => {
  const begun: number[] = [];
  const slow = Promise.withResolvers<number>();
  const results = inOrder(
    [0, 1, 2, 3, 4, 5, 6, 7, 8],
    () => 2,
    async (task) => {
      begun.push(task);
      return task === 0 ? slow.promise : task;
    },
  );
  const first = results.next();
  await sleep(5);
  assert.deepEqual(begun, [0, 1, 2, 3]);
  slow.resolve(0);
  assert.equal((await first).value, 0);
  assert.deepEqual(await Array.fromAsync(results), [1, 2, 3, 4, 5, 6, 7, 8]);
});

test('a failure comes in its turn, after which no task begins', async () => {
  const begun: number[] = [];
  const results = inOrder(
    [0, 1, 2, 3, 4, 5, 6, 7],
    () => 2,
    async (task) => {
      begun.push(task);
      if (task === 1) throw new Error('broken');
      return task;
    },
  );
  assert.equal((await results.next()).value, 0);
  await assert.rejects(results.next(), /broken/);
  assert.ok(begun.length <= 4, String(begun));
});
