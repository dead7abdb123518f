import { DatabaseError } from './database.ts';
import { TOO_MANY_CONNECTIONS } from './translate.ts';

/** Statements of one role that run at once, and those that may wait behind them (reliability 3.4). */
export const USER_SLOTS = 4;
export const USER_QUEUE = 16;

interface Turnstile {
  running: number;
  readonly waiting: (() => void)[];
}

/** Bounds what each key does at once; over the queue's end a DatabaseError 53300. */
export interface Gate {
  /** Resolves when there is a place; the function it gives must be called once to leave it. */
  enter(key: string): Promise<() => void>;
}

/** A gate with `slots` places a key and `queue` waiting ones. */
export function createGate(slots = USER_SLOTS, queue = USER_QUEUE): Gate {
  const turnstiles = new Map<string, Turnstile>();
  const leave = (key: string, turnstile: Turnstile) => {
    const next = turnstile.waiting.shift();
    if (next) return next();
    turnstile.running--;
    if (turnstile.running === 0) turnstiles.delete(key);
  };
  return {
    async enter(key) {
      const turnstile = turnstiles.get(key) ?? { running: 0, waiting: [] };
      turnstiles.set(key, turnstile);
      if (turnstile.running < slots) turnstile.running++;
      else if (turnstile.waiting.length >= queue) {
        throw new DatabaseError('too many queries of this account are running and waiting', {
          code: TOO_MANY_CONNECTIONS,
        });
      } else await new Promise<void>((resolve) => turnstile.waiting.push(resolve));
      let left = false;
      return () => {
        if (left) return;
        left = true;
        leave(key, turnstile);
      };
    },
  };
}
