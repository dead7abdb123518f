import type { Signal } from '@preact/signals';
import { ApiError } from '../api/session.ts';

/** Does what a click asks for; why it did not come about is told in `problem`, which is null otherwise. */
export async function attempt(problem: Signal<string | null>, work: () => Promise<void>): Promise<void> {
  problem.value = null;
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    problem.value = error.message;
  }
}
