import type { Warnings } from '../domain/import.ts';

/** Cases that are told in full, as for one layer. */
const FIRST_CASES = 100;

/**
 * Warnings of several layers as one object: numbers are added, lists joined, counts with their first cases both; of
 * anything else the last holds. null where there are none.
 */
export function combineWarnings(parts: readonly { readonly warnings: Warnings }[]): Warnings | null {
  const all = new Map<string, unknown>();
  for (const { warnings } of parts) {
    for (const [key, value] of Object.entries(warnings)) {
      all.set(key, all.has(key) ? combine(all.get(key), value) : value);
    }
  }
  return all.size === 0 ? null : Object.fromEntries(all);
}

function combine(a: unknown, b: unknown): unknown {
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  if (Array.isArray(a) && Array.isArray(b)) return [...a, ...b];
  if (!isCount(a) || !isCount(b)) return b;
  const cases =
    Array.isArray(a.first) && Array.isArray(b.first) ? { first: [...a.first, ...b.first].slice(0, FIRST_CASES) } : {};
  return { ...b, ...a, count: a.count + b.count, ...cases };
}

interface Count {
  readonly count: number;
  readonly first?: unknown;
}

const isCount = (value: unknown): value is Count =>
  typeof value === 'object' &&
  value !== null &&
  'count' in value &&
  typeof value.count === 'number' &&
  (!('first' in value) || Array.isArray(value.first));
