import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds before the second look, and the most before any: each look takes of the processor what is waited for. */
const FIRST_MS = 10;
const MOST_MS = 100;

/** Looks, soon at first and then less often, until something is there, and returns it. Throws `what` after `seconds`. */
export async function found<T>(look: () => Promise<T | null>, what: string, seconds = 120): Promise<T> {
  const until = performance.now() + seconds * 1000;
  for (let pause = FIRST_MS; ; pause = Math.min(pause * 1.5, MOST_MS)) {
    const seen = await look();
    if (seen !== null) return seen;
    if (performance.now() > until) throw new Error(`${what} in ${seconds} s`);
    await sleep(pause);
  }
}
