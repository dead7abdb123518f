import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLimit } from './limit.ts';

test('no more run at once than the limit allows, in the order in which they came, failures among them', async () => {
  const limit = createLimit(2);
  let running = 0;
  let most = 0;
  const order: number[] = [];
  const runs = [1, 2, 3, 4, 5].map((number) =>
    limit(async () => {
      order.push(number);
      running++;
      most = Math.max(most, running);
      await sleep(2);
      running--;
      if (number === 2) throw new Error('two');
      return number;
    }),
  );
  const ended = await Promise.allSettled(runs);
  assert.equal(most, 2);
  assert.deepEqual(order, [1, 2, 3, 4, 5]);
  assert.deepEqual(
    ended.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled'],
  );
});
