/** SQL for `landfall.jobs`. Every write of a worker names its attempt: a worker thought dead cannot write. */
import { type Database, DatabaseError, type Queryable } from '../db/database.ts';
import { sql } from '../db/sql.ts';
import type { Job, JobStatus, JobStep } from '../domain/job.ts';

interface JobRow {
  readonly id: string;
  readonly account_id: string;
  readonly status: JobStatus;
  readonly is_list: boolean;
  readonly statements: readonly JobStep[];
  readonly attempt: number;
  readonly is_committing: boolean;
  readonly created_at: Date | string;
  readonly updated_at: Date | string;
}

const toJob = (row: JobRow): Job => ({
  id: row.id,
  accountId: row.account_id,
  status: row.status,
  isList: row.is_list,
  steps: row.statements,
  attempt: row.attempt,
  createdAt: new Date(row.created_at),
  updatedAt: new Date(row.updated_at),
});

const json = (steps: readonly JobStep[]) => sql`${JSON.stringify(steps)}::jsonb`;

const CHANNEL = 'landfall_jobs';

/** Attempts at one job whose worker is lost before it wrote. */
const MOST_ATTEMPTS = 3;

/** Stores a job that waits, unless `most` of the account do; then null. */
export async function insertJob(
  db: Database,
  accountId: string,
  job: { readonly isList: boolean; readonly queries: readonly string[] },
  most: number,
): Promise<Job | null> {
  const steps = job.queries.map((query): JobStep => ({ query, status: 'pending' }));
  return db.transaction(async (tx) => {
    await tx.query(sql`select pg_advisory_xact_lock(hashtextextended('landfall.jobs:' || ${accountId}::text, 0))`);
    const [waiting] = await tx.query<{ count: number }>(sql`
      select count(*)::int as count from landfall.jobs where account_id = ${accountId} and status = 'pending'`);
    if ((waiting?.count ?? 0) >= most) return null;
    const [row] = await tx.query<JobRow>(sql`
      insert into landfall.jobs (account_id, is_list, statements) values (${accountId}, ${job.isList}, ${json(steps)})
      returning *`);
    await tx.query(sql`select pg_notify(${CHANNEL}, '')`);
    return row === undefined ? null : toJob(row);
  });
}

/** Calls back when a job was stored, in any process; returns how to stop. */
export const listenForJobs = (db: Database, onJob: () => void): Promise<() => Promise<void>> =>
  db.listen(CHANNEL, onJob);

/** A job of the account, or null. */
export async function findJob(db: Queryable, accountId: string, id: string): Promise<Job | null> {
  const [row] = await db.query<JobRow>(sql`
    select * from landfall.jobs where id = ${id} and account_id = ${accountId}`);
  return row === undefined ? null : toJob(row);
}

/** The last jobs of an account, newest first. */
export async function jobsOf(db: Queryable, accountId: string, most: number): Promise<readonly Job[]> {
  const rows = await db.query<JobRow>(sql`
    select * from landfall.jobs where account_id = ${accountId} order by created_at desc, id limit ${most}`);
  return rows.map(toJob);
}

/**
 * Cancels a job that waits or runs. Whoever runs it hears of it with the next sign of life. One that has ended, or is
 * about to commit, stays as it is; null where the account has none of this id.
 */
export async function cancelJob(
  db: Database,
  accountId: string,
  id: string,
): Promise<{ readonly job: Job; readonly isCancelled: boolean } | null> {
  return db.transaction(async (tx) => {
    const [row] = await tx.query<JobRow>(sql`
      select * from landfall.jobs where id = ${id} and account_id = ${accountId} for update`);
    if (row === undefined) return null;
    const mayCancel = row.status === 'pending' || (row.status === 'running' && !row.is_committing);
    if (!mayCancel) return { job: toJob(row), isCancelled: false };
    const current = row.statements.findIndex(({ status }) => status === 'pending' || status === 'running');
    const steps = row.statements.map((step, at) => (at === current ? { ...step, status: 'cancelled' as const } : step));
    const [changed] = await tx.query<JobRow>(sql`
      update landfall.jobs set status = 'cancelled', statements = ${json(steps)}, updated_at = now()
      where id = ${id} returning *`);
    return { job: toJob(changed ?? row), isCancelled: true };
  });
}

/** Takes the job that waits longest, of an account none of whose jobs runs; null where there is none. */
export async function claimJob(db: Queryable): Promise<Job | null> {
  try {
    const [row] = await db.query<JobRow>(sql`
      update landfall.jobs set status = 'running', attempt = attempt + 1, is_committing = false, alive_at = now(),
        updated_at = now()
      where status = 'pending' and id = (
        select j.id from landfall.jobs j where j.status = 'pending' and not exists (
          select from landfall.jobs r where r.account_id = j.account_id and r.status = 'running')
        order by j.created_at, j.id limit 1 for update skip locked)
      returning *`);
    return row === undefined ? null : toJob(row);
  } catch (error) {
    // Another worker has just taken one of the same account.
    if (error instanceof DatabaseError && error.code === '23505') return null;
    throw error;
  }
}

type Attempt = Pick<Job, 'id' | 'attempt'>;
const isOwn = ({ id, attempt }: Attempt) => sql`id = ${id} and attempt = ${attempt} and status = 'running'`;

/** A sign of life; false where the job is this attempt's no more. */
export async function keepJob(db: Queryable, job: Attempt): Promise<boolean> {
  const rows = await db.query(sql`update landfall.jobs set alive_at = now() where ${isOwn(job)} returning id`);
  return rows.length === 1;
}

/** Notes that the running statement is about to commit; false where the job is this attempt's no more. */
export async function beginCommit(db: Queryable, job: Attempt): Promise<boolean> {
  const rows = await db.query(sql`
    update landfall.jobs set is_committing = true, alive_at = now() where ${isOwn(job)} returning id`);
  return rows.length === 1;
}

/**
 * Records how far an attempt has come, and `status` where it ends the job or gives it back; what was about to commit has
 * ended. False where the job is this attempt's no more.
 */
export async function recordSteps(
  db: Queryable,
  job: Attempt,
  steps: readonly JobStep[],
  status: JobStatus = 'running',
): Promise<boolean> {
  const rows = await db.query(sql`
    update landfall.jobs set status = ${status}, statements = ${json(steps)}, is_committing = false, alive_at = now(),
      updated_at = now()
    where ${isOwn(job)} returning id`);
  return rows.length === 1;
}

/**
 * Jobs whose worker gave no sign of life for so many seconds wait again, if the running statement had not written and this
 * was not the last attempt; otherwise they end. `own`: those that this process runs, which lives.
 */
export async function recoverJobs(db: Database, seconds: number, own: readonly string[]): Promise<void> {
  await db.transaction(async (tx) => {
    const rows = await tx.query<JobRow>(sql`
      select * from landfall.jobs
      where status = 'running' and alive_at < now() - make_interval(secs => ${seconds}) and not id = any(${own}::uuid[])
      for update skip locked`);
    for (const row of rows) {
      const lost = lostStep(row);
      const steps = row.statements.map((step) => (step.status === 'running' ? { ...step, ...lost } : step));
      await tx.query(sql`
        update landfall.jobs set status = ${lost.status}, statements = ${json(steps)}, updated_at = now()
        where id = ${row.id}`);
    }
  });
}

function lostStep(row: JobRow): Pick<JobStep, 'status' | 'failedReason'> {
  if (row.is_committing) {
    const failedReason = 'the worker was lost while it ended this statement, which may have been done or not: look';
    return { status: 'unknown', failedReason };
  }
  if (row.attempt < MOST_ATTEMPTS) return { status: 'pending' };
  const failedReason = `the worker was lost ${MOST_ATTEMPTS} times while it ran this statement, of which nothing was done`;
  return { status: 'failed', failedReason };
}

/** Forgets jobs that ended so many seconds ago. */
export async function forgetJobs(db: Queryable, seconds: number): Promise<void> {
  await db.query(sql`
    delete from landfall.jobs
    where status not in ('pending', 'running') and updated_at < now() - make_interval(secs => ${seconds})`);
}
