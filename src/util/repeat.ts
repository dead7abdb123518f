/**
 * Runs something now and again after each pause, never twice at once. Errors go to `onError` and stop nothing. `stop`
 * resolves when a run under way has ended.
 */
export function repeat(
  run: () => Promise<unknown>,
  pauseMs: number,
  onError: (error: unknown) => void,
): { stop(): Promise<void> } {
  let timer: NodeJS.Timeout | null = null;
  let isStopped = false;
  let running = Promise.resolve();
  const next = (): void => {
    running = run()
      .then(() => undefined, onError)
      .then(() => {
        if (!isStopped) timer = setTimeout(next, pauseMs);
      });
  };
  next();
  return {
    async stop() {
      isStopped = true;
      if (timer !== null) clearTimeout(timer);
      await running;
    },
  };
}
