/** Runs what it is given, at most so many at once; the others wait their turn. */
export type Limit = <T>(run: () => Promise<T>) => Promise<T>;

/** A limit of `most` runs at once, first come, first served. */
export function createLimit(most: number): Limit {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (run) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await run();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
