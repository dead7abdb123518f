import { DatabaseError } from '../db/database.ts';
import type { Account, Import } from '../domain/import.ts';
import { Fenced, ImportError } from '../errors.ts';
import type { Failure } from '../store/imports.ts';
import type { ImportJob, JobOutcome } from './queue.ts';

export interface WorkerDeps {
  claim(importId: string): Promise<Import | null>;
  accountOf(job: Import): Promise<Account | null>;
  run(job: Import, account: Account, signal: AbortSignal): Promise<void>;
  fail(job: Import, failure: Failure): Promise<boolean>;
  /** Puts the import back in the queue's hands. */
  release(job: Import): Promise<void>;
  /** Drops what the attempt left behind: staging tables, and the spooled upload once the import has ended. */
  cleanUp(job: Import, ended: boolean): Promise<void>;
  onEnd(job: Import, outcome: { code: number | null; seconds: number }): void;
  onUnknown(job: Import, error: unknown): void;
}

/**
 * SQLSTATE classes after which the same work can succeed on another connection: connection exceptions, operator
 * intervention (restart, terminated backend), insufficient resources except a full disk, and lost races.
 */
const isTransient = (error: unknown): boolean =>
  error instanceof DatabaseError && /^(08|57P|40001|40P01|53300|55P03)/.test(error.code);

const toFailure = (error: unknown): Failure => {
  if (error instanceof ImportError) {
    return { code: error.code, text: error.text, httpStatus: error.httpStatus ?? null };
  }
  const unknown = new ImportError('unknown');
  return { code: unknown.code, text: '', httpStatus: null };
};

/** Runs one job and records its end: the only place where a failure is caught. */
export function createJobHandler(deps: WorkerDeps): (job: ImportJob) => Promise<JobOutcome> {
  return async ({ importId, signal }) => {
    const job = await deps.claim(importId);
    if (job === null) return 'done';
    const began = performance.now();
    const ended = (code: number | null): void => deps.onEnd(job, { code, seconds: (performance.now() - began) / 1000 });
    try {
      const account = await deps.accountOf(job);
      if (account === null) return 'done';
      await deps.run(job, account, signal);
      await deps.cleanUp(job, true);
      ended(null);
      return 'done';
    } catch (error) {
      if (error instanceof Fenced) return 'done';
      await deps.cleanUp(job, false);
      if (signal.aborted) {
        await deps.release(job);
        return 'interrupted';
      }
      if (isTransient(error)) {
        deps.onUnknown(job, error);
        await deps.release(job);
        return 'retry';
      }
      if (!(error instanceof ImportError)) deps.onUnknown(job, error);
      const failure = toFailure(error);
      await deps.fail(job, failure);
      await deps.cleanUp(job, true);
      ended(failure.code);
      return 'done';
    }
  };
}
