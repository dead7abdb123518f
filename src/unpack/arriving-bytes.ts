import { setImmediate } from 'node:timers/promises';
import type { Arrival } from '../domain/layer.ts';

/** Counts the bytes of a file that is being written, for those who wait for them. */
export class ArrivingBytes {
  readonly #size: number;
  #bytes = 0;
  #wanted = Number.POSITIVE_INFINITY;
  #wake: () => void = () => undefined;

  constructor(size: number) {
    this.#size = size;
  }

  add(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes >= this.#wanted) this.#wake();
  }

  /** `done`: the end of the writing; where it fails, every later wait does. One waits at a time. */
  arrivalOf(done: Promise<void>): Arrival {
    let isDone = false;
    const settled = done.then(() => {
      isDone = true;
    });
    settled.catch(() => undefined);
    return {
      until: async (bytes) => {
        if (isDone) return;
        if (bytes >= this.#size) return settled;
        await setImmediate();
        if (this.#bytes >= bytes) return;
        this.#wanted = bytes;
        const reached = new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        await Promise.race([reached, settled]);
        this.#wanted = Number.POSITIVE_INFINITY;
      },
    };
  }
}
