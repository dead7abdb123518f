/** When a synchronization runs again. Times are in seconds. */

/** Most of a delay that chance takes off, so that sources which failed together are not asked together again. */
const RETRY_JITTER = 0.1;

/**
 * From a failed run to the next: min(interval, 2ⁿ minutes) after the n-th failure in a row, up to a tenth shorter.
 * `random` is in [0, 1). Never longer than the interval, however long a source is away.
 */
export const retryDelay = (failures: number, interval: number, random: number): number =>
  Math.min(interval, 60 * 2 ** failures) * (1 - RETRY_JITTER * random);

/** A regular run may begin so much of its interval before its time, … */
export const EARLY_SHARE = 0.02;

/** … and at most so many seconds: what was made in one moment does not run in one moment for ever. */
export const EARLY_SECONDS = 15;
