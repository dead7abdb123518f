import { type Signal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { ApiError } from '../api/session.ts';

/** What is asked of the server: not there yet, there, or a sentence that says why not. */
export interface Loaded<T> {
  readonly value: T | null;
  readonly problem: string | null;
  readonly isBusy: boolean;
}

/** Asks when a component appears and whenever one of `reasons` changes; the last answer stays until the next is there. */
export function useLoaded<T>(ask: (signal: AbortSignal) => Promise<T>, reasons: readonly unknown[]): Signal<Loaded<T>> {
  const loaded = useSignal<Loaded<T>>({ value: null, problem: null, isBusy: true });
  useEffect(() => {
    const gone = new AbortController();
    loaded.value = { ...loaded.value, isBusy: true };
    ask(gone.signal).then(
      (value) => {
        if (!gone.signal.aborted) loaded.value = { value, problem: null, isBusy: false };
      },
      (error: unknown) => {
        if (gone.signal.aborted) return;
        if (!(error instanceof ApiError)) throw error;
        loaded.value = { value: null, problem: error.message, isBusy: false };
      },
    );
    return () => gone.abort();
  }, reasons);
  return loaded;
}
