import type { Config } from '../config.ts';
import type { Database } from '../db/database.ts';
import { ImportError } from '../errors.ts';
import type { HttpDeps } from '../http/deps.ts';
import { WireError } from '../http/wire-error.ts';
import { findRun, runsOf } from '../store/sync-runs.ts';
import { changeSettings, findSynchronization, synchronizationsOf } from '../store/synchronizations.ts';
import type { SyncDesk } from '../work/sync-desk.ts';
import { changesOfRun, RollbackRefused, rollBackTo } from '../work/sync-history.ts';

/** Synchronizations as HTTP takes them: what a rollback cannot be is a 409. */
export function openSynchronizations(
  db: Database,
  config: Pick<Config, 'LANDFALL_HISTORY_RUNS' | 'LANDFALL_HISTORY_BYTES'>,
  desk: SyncDesk,
): HttpDeps['synchronizations'] {
  const limits = { runs: config.LANDFALL_HISTORY_RUNS, bytes: config.LANDFALL_HISTORY_BYTES };
  return {
    create: (account, input) => desk.create(account, input),
    list: (accountId) => synchronizationsOf(db, accountId),
    find: (id) => findSynchronization(db, id),
    change: (id, settings, replan) => changeSettings(db, id, settings, replan, new Date()),
    remove: (id) => desk.remove(id),
    force: (id, isFull) => desk.force(id, isFull),
    runs: (id, page) => runsOf(db, id, page),
    run: (id, runId) => findRun(db, id, runId),
    changes: (run, page) => changesOfRun(db, run, page),
    rollBack: (account, id, runId) =>
      rollBackTo(db, account, id, runId, limits, new Date()).catch((error: unknown) => {
        const isTold = error instanceof RollbackRefused || error instanceof ImportError;
        throw isTold ? new WireError(409, { errors: error.message }) : error;
      }),
  };
}
