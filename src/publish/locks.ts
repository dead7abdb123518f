/** Work on tables that others may use. */
import { setTimeout as pause } from 'node:timers/promises';
import { DatabaseError } from '../db/database.ts';

/** Tries of what a person waits for, of 2 s each. */
const tries = 3;

/** Whether a lock could not be had, in time or without a deadlock. */
export const isLockFailure = (error: unknown): error is DatabaseError =>
  error instanceof DatabaseError && /^(55P03|40P01)$/.test(error.code);

/** Does work again where it could not have its locks. Throws what `refused` makes of the words that say so, in the end. */
export async function tryForLocks<T>(work: () => Promise<T>, refused: (words: string) => Error): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!isLockFailure(error)) throw error;
      if (attempt === tries) {
        throw refused(`The table is in use: no lock within 2 seconds, ${tries} times. Nothing was changed; try again`);
      }
      await pause(attempt * 100);
    }
  }
}
