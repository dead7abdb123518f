/** Takes batch queries that wait and runs them, one of each account at a time. */
import { DatabaseError } from '../db/database.ts';
import type { Account } from '../domain/import.ts';
import type { Job, JobStep } from '../domain/job.ts';
import { Fenced, ImportError } from '../errors.ts';
import { ChangeRefused } from '../publish/change-table.ts';
import {
  beginCommit,
  claimJob,
  findJob,
  forgetJobs,
  keepJob,
  listenForJobs,
  recordSteps,
  recoverJobs,
} from '../store/jobs.ts';
import { repeat } from '../util/repeat.ts';
import { runStatement, type StatementDeps, StatementFailed } from './run-statement.ts';

/** Between two looks for jobs that wait, where nobody told of one. */
const LOOK_MS = 1_000;

/** Between two signs of life; with each it is heard whether the job was cancelled. */
const BEAT_MS = 1_000;

/** Seconds without a sign of life after which the worker of a job is thought dead. */
const LEASE_SECONDS = 30;

/** Jobs that one process runs at once: they wait for the database most of the time. */
const AT_ONCE = 4;

/** Jobs that ended are kept for 30 days; between two looks for those that are not. */
const KEPT_SECONDS = 2_592_000;
const FORGET_MS = 3_600_000;

/** Attempts at a job that the database's own trouble ended. */
const MOST_ATTEMPTS = 3;

export interface JobDeps extends StatementDeps {
  accountOf(job: Job): Promise<Account | null>;
  onError(error: unknown): void;
}

/**
 * Runs jobs until it is stopped: then statements that have not written end without effect, and their jobs wait for another
 * worker.
 */
export async function startJobs(deps: JobDeps): Promise<{ stop(): Promise<void> }> {
  const { db } = deps;
  const stopping = new AbortController();
  const running = new Map<string, Promise<void>>();
  // An engine with one session runs one statement at a time anyway.
  const most = db.capabilities.multiProcess ? AT_ONCE : 1;
  const bell = createBell();

  const take = async (): Promise<void> => {
    await recoverJobs(db, LEASE_SECONDS, [...running.keys()]);
    while (running.size < most && !stopping.signal.aborted) {
      const job = await claimJob(db);
      if (job === null) return;
      const run = runJob(deps, job, stopping.signal)
        .catch(deps.onError)
        .finally(() => {
          running.delete(job.id);
          bell.ring();
        });
      running.set(job.id, run);
    }
  };
  const look = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await take().catch(deps.onError);
      await bell.wait(LOOK_MS);
    }
  };
  const unlisten = await listenForJobs(db, bell.ring);
  const looking = look();
  const forgetting = repeat(() => forgetJobs(db, KEPT_SECONDS), FORGET_MS, deps.onError);
  return {
    async stop() {
      stopping.abort();
      bell.ring();
      await Promise.all([looking, forgetting.stop()]);
      await Promise.all(running.values());
      await unlisten();
    },
  };
}

/** Something to wait for: `wait` resolves after so long, or when it has been rung since the last wait ended. */
function createBell(): { ring(): void; wait(mostMs: number): Promise<void> } {
  let isRung = false;
  let wake = (): void => undefined;
  return {
    ring() {
      isRung = true;
      wake();
    },
    async wait(mostMs) {
      if (!isRung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, mostMs);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      isRung = false;
    },
  };
}

async function runJob(deps: JobDeps, job: Job, stopping: AbortSignal): Promise<void> {
  const { db } = deps;
  const lost = new AbortController();
  const heart = repeat(
    async () => {
      if (!(await keepJob(db, job))) lost.abort();
    },
    BEAT_MS,
    deps.onError,
  );
  try {
    const account = await deps.accountOf(job);
    if (account !== null) await runSteps(deps, { job, account, stopping, lost: lost.signal });
  } catch (error) {
    if (!(error instanceof Fenced)) throw error;
  } finally {
    await heart.stop();
  }
}

interface Running {
  readonly job: Job;
  readonly account: Account;
  readonly stopping: AbortSignal;
  /** Aborted when the job is this attempt's no more: it was cancelled, or another worker has it. */
  readonly lost: AbortSignal;
}

/** Runs the statements that are not done. Throws Fenced where the job is this attempt's no more. */
async function runSteps(deps: JobDeps, { job, account, stopping, lost }: Running): Promise<void> {
  const { db } = deps;
  let steps = job.steps;
  const record = async (at: number, change: Partial<JobStep>, status?: Job['status']): Promise<void> => {
    steps = steps.map((step, index) => (index === at ? { ...step, ...change } : step));
    if (!(await recordSteps(db, job, steps, status))) throw new Fenced();
  };
  for (const [at, step] of steps.entries()) {
    if (step.status === 'done') continue;
    let isCommitting = false;
    await record(at, { status: 'running' });
    try {
      await runStatement(deps, account, step.query, {
        signal: AbortSignal.any([stopping, lost]),
        isCancelled: async () => (await findJob(db, job.accountId, job.id))?.status === 'cancelled',
        async beforeCommit(own) {
          if (!(await beginCommit(own, job))) throw new Fenced();
          isCommitting = true;
        },
        importId: step.importId ?? null,
        onImport: (importId) => record(at, { importId }),
      });
    } catch (error) {
      if (error instanceof Fenced || lost.aborted) throw new Fenced();
      if (isCommitting && isTransient(error)) {
        deps.onError(error);
        const failedReason =
          'the database was lost while it ended this statement, which may have been done or not: look';
        return await record(at, { status: 'unknown', failedReason }, 'unknown');
      }
      if (stopping.aborted || (isTransient(error) && job.attempt < MOST_ATTEMPTS)) {
        return await record(at, { status: 'pending' }, 'pending');
      }
      return await record(at, { status: 'failed', failedReason: reasonOf(error, deps) }, 'failed');
    }
    const isLast = at === steps.length - 1;
    await record(at, { status: 'done' }, isLast ? 'done' : 'running');
    if (stopping.aborted && !isLast) return await record(at, {}, 'pending');
  }
}

/** Connections lost, operators' doing, lost races: the same may succeed on another connection. */
const isTransient = (error: unknown): boolean =>
  error instanceof DatabaseError && /^(08|57P|40001|40P01|53300)/.test(error.code);

/** Why a statement came to nothing, in the words of the database where they are about the statement. */
function reasonOf(error: unknown, deps: JobDeps): string {
  if (error instanceof StatementFailed || error instanceof ChangeRefused) return error.message;
  if (error instanceof ImportError) return error.text;
  if (error instanceof DatabaseError && error.code === '57014') return 'the statement took longer than it may';
  // Of the server's resources, what a role may use at most (53400) is about the statement.
  if (error instanceof DatabaseError && !/^(08|28|53(?!400)|57P|58|XX)/.test(error.code)) return error.message;
  deps.onError(error);
  return 'the database failed to run the statement; the log of the server has more';
}
