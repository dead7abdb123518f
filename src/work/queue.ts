import { randomUUID } from 'node:crypto';
import { type JobWithMetadata, PgBoss } from 'pg-boss';
import type { Database, Queryable } from '../db/database.ts';

/** Seconds without a sign of life after which a job is given to another worker; the smallest pg-boss takes. */
const HEARTBEAT_SECONDS = 10;

/** How often dead jobs are looked for. With the heartbeat: an interrupted import runs again within 20 s. */
const SUPERVISE_SECONDS = 5;

/** Two retries: three attempts in all. */
const RETRY_LIMIT = 2;

/** Seconds between fetches where no notification came: the floor of correctness, not the way jobs are found. */
const POLL_SECONDS = 2;

const QUEUE = 'import';
const CHANNEL = 'landfall_import';

export interface ImportJob {
  readonly importId: string;
  /** Aborted when the job was given to another worker or the queue stops. */
  readonly signal: AbortSignal;
}

/** How a handler leaves a job: ended, to be tried again (three attempts in all), or interrupted by a shutdown. */
export type JobOutcome = 'done' | 'retry' | 'interrupted';

export interface Queue {
  /** Sends the job inside the caller's transaction: it exists exactly when the import's row does. */
  send(tx: Queryable, job: { importId: string; accountId: string }): Promise<void>;
  /** Wakes workers after the sending transaction has committed; without it they look within seconds. */
  wake(): void;
  /** Takes jobs, `concurrency` at once, until stopped. `perAccount` bounds one account over all processes. */
  work(options: {
    concurrency: number;
    perAccount: number;
    handle: (job: ImportJob) => Promise<JobOutcome>;
    onError: (error: unknown) => void;
  }): Promise<void>;
  /** Takes a job out of the queue, inside the caller's transaction; whoever runs it hears of it within seconds. */
  cancel(tx: Queryable, importId: string): Promise<void>;
  /** Gives up jobs that a process which no longer lives was running, so that they run again at once. */
  recover(importIds: readonly string[]): Promise<void>;
  /** Whether the queue still means to run the job or is running it. */
  isAlive(importId: string): Promise<boolean>;
  isReady(): Promise<boolean>;
  /** Takes no more jobs, lets those running finish for `graceMs`, then aborts them and hands them back. Once. */
  stop(graceMs: number): Promise<void>;
}

type FetchedJob = JobWithMetadata<{ readonly importId: string; readonly accountId: string }>;

const adapter = (db: Queryable) => ({
  executeSql: async (text: string, values?: unknown[]) => ({
    rows: [...(await db.queryText(text, values ?? [])).rows],
  }),
});

/** The queue of imports: pg-boss in the same database, so that a job and its import commit together. */
export async function openQueue(db: Database, onError: (error: unknown) => void): Promise<Queue> {
  const boss = new PgBoss({
    db: adapter(db),
    backend: db.capabilities.multiProcess ? 'postgres' : 'pglite',
    schema: 'landfall_queue',
    superviseIntervalSeconds: SUPERVISE_SECONDS,
    monitorIntervalSeconds: SUPERVISE_SECONDS,
    schedule: false,
  });
  boss.on('error', onError);
  await boss.start();
  await boss.createQueue(QUEUE, {
    heartbeatSeconds: HEARTBEAT_SECONDS,
    retryLimit: RETRY_LIMIT,
    // The reader's own clock bounds a job; a day is the bound of last resort.
    expireInSeconds: 86_000,
    deleteAfterSeconds: 86_400,
  });
  // pg-boss looks a queue up at its first use, over its own connection: inside a transaction of an engine with one
  // session that would wait for itself. So the first use is here.
  await boss.getJobById(QUEUE, randomUUID());

  const aborting = new AbortController();
  let stopping = false;
  const waiting = new Set<() => void>();
  let wakeUps = 0;
  const wakeAll = (): void => {
    wakeUps += 1;
    for (const resolve of waiting) resolve();
  };
  const unlisten = await db.listen(CHANNEL, wakeAll);
  const loops: Promise<void>[] = [];

  /** Resolves when woken, after POLL_SECONDS, or when the queue stops. */
  function idle(): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        waiting.delete(end);
        resolve();
      };
      const timer = setTimeout(end, POLL_SECONDS * 1000);
      waiting.add(end);
    });
  }

  function send(tx: Queryable, job: { importId: string; accountId: string }): Promise<string | null> {
    const { importId, accountId } = job;
    return boss.send(QUEUE, job, { id: importId, group: { id: accountId }, db: adapter(tx) });
  }

  /** A job interrupted by a shutdown loses no attempt: it is put back as it was sent. */
  async function handBack(job: FetchedJob): Promise<void> {
    await db.transaction(async (tx) => {
      await boss.deleteJob(QUEUE, job, { db: adapter(tx) });
      await send(tx, job.data);
    });
  }

  async function runJob(job: FetchedJob, handle: (job: ImportJob) => Promise<JobOutcome>): Promise<void> {
    const lost = new AbortController();
    const signal = AbortSignal.any([aborting.signal, lost.signal]);
    const beat = async (): Promise<void> => {
      // The answer's count is in pg-boss's code and not in its types.
      const touched: { readonly affected?: number } = await boss.touch(QUEUE, job);
      if (touched.affected === 0) lost.abort();
    };
    const heart = setInterval(() => void beat().catch(onError), (HEARTBEAT_SECONDS * 1000) / 4);
    try {
      const outcome = await handle({ importId: job.data.importId, signal });
      if (outcome === 'done') await boss.complete(QUEUE, job);
      else if (outcome === 'interrupted' && aborting.signal.aborted) await handBack(job);
      else await boss.fail(QUEUE, job, { message: outcome });
    } catch (error) {
      // The heartbeat stops with this job: whatever could not be said to the queue now, its silence says.
      onError(error);
    } finally {
      clearInterval(heart);
    }
  }

  async function stop(graceMs: number): Promise<void> {
    stopping = true;
    wakeAll();
    const patience = setTimeout(() => aborting.abort(), graceMs);
    await Promise.all(loops);
    clearTimeout(patience);
    await unlisten();
    await boss.stop({ graceful: false });
  }
  let stopped: Promise<void> | null = null;

  return {
    async send(tx, job) {
      await send(tx, job);
    },
    wake() {
      wakeAll();
      if (db.capabilities.multiProcess) db.queryText(`select pg_notify('${CHANNEL}', '')`).catch(onError);
    },
    async work({ concurrency, perAccount, handle, onError: onJobError }) {
      const loop = async (): Promise<void> => {
        while (!stopping) {
          const before = wakeUps;
          const jobs = await boss
            .fetch<FetchedJob['data']>(QUEUE, { batchSize: 1, groupConcurrency: perAccount, includeMetadata: true })
            .catch((error: unknown) => {
              onJobError(error);
              return [];
            });
          if (jobs.length === 0 && before === wakeUps) await idle();
          for (const job of jobs) await runJob(job, handle);
        }
      };
      for (let index = 0; index < concurrency; index++) loops.push(loop());
    },
    async cancel(tx, importId) {
      await boss.cancel(QUEUE, importId, { db: adapter(tx) });
    },
    async recover(importIds) {
      if (importIds.length > 0) await boss.fail(QUEUE, [...importIds], { message: 'its process ended' });
    },
    async isAlive(importId) {
      const job = await boss.getJobById(QUEUE, importId);
      return job !== null && (job.state === 'created' || job.state === 'retry' || job.state === 'active');
    },
    async isReady() {
      return (await boss.getQueue(QUEUE)) !== null;
    },
    stop(graceMs) {
      stopped ??= stop(graceMs);
      return stopped;
    },
  };
}
