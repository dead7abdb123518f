import type { Config } from '../config.ts';
import type { Database } from '../db/database.ts';
import { limitedBy } from '../domain/account-limits.ts';
import type { HttpDeps } from '../http/deps.ts';
import { WireError } from '../http/wire-error.ts';
import { accountById } from '../store/accounts.ts';
import type { Seal } from '../util/seal.ts';
import { createImportDesk } from '../work/accept-import.ts';
import { createJobDesk, JobRefused } from '../work/job-desk.ts';
import type { Operations } from '../work/operations.ts';
import type { Queue } from '../work/queue.ts';
import { startJobs } from '../work/run-jobs.ts';

/** Batch queries as HTTP takes them: what cannot be is a 400. */
export function openJobs(db: Database): HttpDeps['jobs'] {
  const desk = createJobDesk(db);
  const refuse = (error: unknown): never => {
    throw error instanceof JobRefused ? new WireError(400, { error: [error.message] }) : error;
  };
  return {
    ...desk,
    create: (account, queries, isList) => desk.create(account, queries, isList).catch(refuse),
    cancel: (accountId, id) => desk.cancel(accountId, id).catch(refuse),
  };
}

/** Runs batch queries in this process until it is told to stop. */
export function runJobs(parts: {
  readonly config: Config;
  readonly db: Database;
  readonly queue: Queue;
  readonly seal: Seal;
  readonly operations: Operations;
}): Promise<{ stop(): Promise<void> }> {
  const { config, db, queue, seal } = parts;
  return startJobs({
    db,
    imports: createImportDesk({ db, queue, concurrentImports: config.LANDFALL_CONCURRENT_IMPORTS, seal }),
    seconds: config.LANDFALL_JOB_TIMEOUT,
    accountOf: async ({ accountId }) => limitedBy(config)(await accountById(db, accountId)),
    onError: parts.operations.onError('a batch query met an error'),
  });
}
