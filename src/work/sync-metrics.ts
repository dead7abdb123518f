import { Gauge, type Registry } from 'prom-client';
import type { Database } from '../db/database.ts';
import { longestLag } from '../store/synchronizations.ts';

/** Registers `sync_lag_seconds`, which is asked of the database each time that somebody looks. */
export function registerSyncLag(metrics: Registry, db: Database, now: () => Date, onError: (e: unknown) => void): void {
  new Gauge({
    name: 'sync_lag_seconds',
    help: 'Seconds since the synchronization that waits longest was due to begin; 0 where none waits.',
    registers: [metrics],
    async collect() {
      try {
        this.set(await longestLag(db, now()));
      } catch (error) {
        // The other metrics are worth most while the database is away.
        onError(error);
        this.remove();
      }
    },
  });
}
