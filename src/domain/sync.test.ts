import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { retryDelay } from './sync-schedule.ts';
import { matchLayers } from './sync-targets.ts';

test('a failed run is tried again after 2, 4, 8 minutes, and never later than the interval', () => {
  assert.deepEqual(
    [1, 2, 3, 4, 5, 60, 5000].map((failures) => retryDelay(failures, 3600, 0)),
    [120, 240, 480, 960, 1920, 3600, 3600],
  );
  assert.equal(retryDelay(3, 300, 0), 300);
});

test('every delay is positive and at most the interval', () => {
  fc.assert(
    fc.property(
      fc.nat(10_000),
      fc.integer({ min: 1, max: 2 ** 31 - 1 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (failures, interval, random) => {
        const delay = retryDelay(failures, interval, random);
        assert.ok(delay <= interval && delay >= 0.9 * Math.min(interval, 60));
      },
    ),
  );
});

test('a layer goes into the table that held it, whatever order the source has', () => {
  const known = new Map([
    ['roads', 'id-1'],
    ['towns', 'id-2'],
  ]);
  assert.deepEqual(matchLayers(['towns', 'roads'], known), known);
  assert.deepEqual(matchLayers(['towns', 'rivers'], known), new Map([['towns', 'id-2']]));
  assert.deepEqual(matchLayers([], known), new Map());
});

test('the one layer of a source is the same one under another name', () => {
  assert.deepEqual(matchLayers(['data_2024_02'], new Map([['data_2024_01', 'id']])), new Map([['data_2024_02', 'id']]));
  assert.deepEqual(matchLayers(['a', 'b'], new Map([['c', 'id']])), new Map());
  assert.deepEqual(matchLayers(['a'], new Map()), new Map());
});
