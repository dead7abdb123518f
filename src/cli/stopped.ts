/** Resolves when the process has been asked to stop, at once if it was asked already. */
export function stopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** A stop may take this long (the run contract gives 25 s); what is unfinished then is taken up by another worker. */
const DRAIN_LIMIT_MS = 24_000;

/** Closes within the time a stop may take; returns whether everything was finished by then. */
export async function closeInTime(closing: Promise<void>): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => late.resolve(false), DRAIN_LIMIT_MS);
  try {
    return await Promise.race([closing.then(() => true), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
