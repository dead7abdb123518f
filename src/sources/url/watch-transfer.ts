import type { ImportError } from '../../errors.ts';

/** How slow and how long a transfer may be. */
export interface TransferLimits {
  /** Milliseconds for the whole download, all tries together. */
  readonly totalTimeoutMs: number;
  /** Bytes that must arrive on average in every `rateWindowMs`, per second. */
  readonly minBytesPerSecond: number;
  readonly rateWindowMs: number;
}

/** A clock over one download. */
export interface TransferWatch extends Disposable {
  /** Aborts when the caller does, with the caller's reason, or when a limit is passed, with a downloadTimeout. */
  readonly signal: AbortSignal;
  /** Tells that bytes arrived. */
  count(bytes: number): void;
  /** Runs `wait`, in which no bytes are due (connecting, which has its own time limits). */
  pause<T>(wait: () => Promise<T>): Promise<T>;
}

/**
 * Watches a download against `limits`; `tooSlow` makes the error from the end of the sentence "HOST/PATH …". The rate is
 * judged window by window, so a server that sends nothing is noticed after at most two windows.
 */
export function watchTransfer(
  limits: TransferLimits,
  tooSlow: (what: string) => ImportError,
  signal: AbortSignal,
): TransferWatch {
  const limit = new AbortController();
  let inWindow = 0;
  let isPaused = true;
  const least = (limits.minBytesPerSecond * limits.rateWindowMs) / 1000;
  const total = setTimeout(() => {
    limit.abort(tooSlow(`was not downloaded within ${Math.round(limits.totalTimeoutMs / 1000)} seconds`));
  }, limits.totalTimeoutMs);
  const window = setInterval(() => {
    if (!isPaused && inWindow < least) {
      const seconds = Math.max(1, Math.round(limits.rateWindowMs / 1000));
      limit.abort(
        tooSlow(`sent only ${inWindow} bytes in ${seconds} s, less than ${limits.minBytesPerSecond} a second`),
      );
    }
    inWindow = 0;
  }, limits.rateWindowMs);
  return {
    signal: AbortSignal.any([signal, limit.signal]),
    count(bytes) {
      inWindow += bytes;
    },
    async pause(wait) {
      isPaused = true;
      try {
        return await wait();
      } finally {
        // The window that is under way gets no blame for the time before.
        inWindow = least;
        isPaused = false;
      }
    },
    [Symbol.dispose]() {
      clearTimeout(total);
      clearInterval(window);
    },
  };
}
