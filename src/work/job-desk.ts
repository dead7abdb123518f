/** The way in of batch queries: what HTTP may do to jobs before and while a worker has them. */
import type { Database } from '../db/database.ts';
import { readStatement } from '../db/read-statement.ts';
import type { Account } from '../domain/import.ts';
import type { Job } from '../domain/job.ts';
import { cancelJob, findJob, insertJob, jobsOf } from '../store/jobs.ts';

/** Jobs of an account that may wait (CARTO's number). */
const MOST_WAITING = 64;

/** Jobs that a list shows. */
const MOST_SHOWN = 100;

/** What cannot be made a job, or not be cancelled, in words for the user. */
export class JobRefused extends Error {
  override readonly name = 'JobRefused';
}

export interface JobDesk {
  /**
   * Stores a job; its statements run one after another, the first failure ends it. Throws a DatabaseError where one is none
   * that a job runs, and JobRefused where too many wait.
   */
  create(account: Account, queries: readonly string[], isList: boolean): Promise<Job>;
  find(accountId: string, id: string): Promise<Job | null>;
  /** The last hundred, newest first. */
  list(accountId: string): Promise<readonly Job[]>;
  /** null where the account has none of this id. Throws JobRefused where it has ended. */
  cancel(accountId: string, id: string): Promise<Job | null>;
}

/** Binds the desk to a database. */
export function createJobDesk(db: Database): JobDesk {
  return {
    async create(account, queries, isList) {
      // All are read before the first runs: a chain does not end in the middle over a word that is wrong.
      for (const query of queries) await readStatement(query);
      const job = await insertJob(db, account.id, { isList, queries }, MOST_WAITING);
      if (job === null) {
        throw new JobRefused(`Failed to create job. Max number of jobs (${MOST_WAITING}) queued reached`);
      }
      return job;
    },
    find: (accountId, id) => findJob(db, accountId, id),
    list: (accountId) => jobsOf(db, accountId, MOST_SHOWN),
    async cancel(accountId, id) {
      const found = await cancelJob(db, accountId, id);
      // Clients look for these words.
      if (found?.isCancelled === false) throw new JobRefused(`Cannot set status from ${found.job.status} to cancelled`);
      return found?.job ?? null;
    },
  };
}
