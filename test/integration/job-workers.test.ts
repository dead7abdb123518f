/** Batch queries whose worker stops, is lost, or only seems so. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../src/db/database.ts';
import { sql } from '../../src/db/sql.ts';
import type { Account } from '../../src/domain/import.ts';
import type { Job } from '../../src/domain/job.ts';
import { Fenced } from '../../src/errors.ts';
import { grantTable } from '../../src/publish/grants.ts';
import { accountById, accountByName, dropAccount, ensureAccount } from '../../src/store/accounts.ts';
import { beginCommit, cancelJob, claimJob, findJob, keepJob, recordSteps, recoverJobs } from '../../src/store/jobs.ts';
import { registerTable } from '../../src/store/tables.ts';
import { createSeal } from '../../src/util/seal.ts';
import { createImportDesk } from '../../src/work/accept-import.ts';
import { createJobDesk, JobRefused } from '../../src/work/job-desk.ts';
import { openQueue, type Queue } from '../../src/work/queue.ts';
import { type JobDeps, startJobs } from '../../src/work/run-jobs.ts';
import { runStatement } from '../../src/work/run-statement.ts';
import { oneEngine, openTestDatabase } from '../support/database.ts';

for (const engine of oneEngine) {
  describe(`workers of batch queries on ${engine}`, () => {
    let held: Awaited<ReturnType<typeof openTestDatabase>>;
    let db: Database;
    let queue: Queue;
    let anna: Account;
    let deps: JobDeps;
    const errors: unknown[] = [];

    before(async () => {
      held = await openTestDatabase(engine);
      db = held.db;
      await ensureAccount(db, { name: 'anna', key: 'key of anna' });
      const found = await accountByName(db, 'anna');
      assert.ok(found);
      anna = found;
      await db.transaction(async (tx) => {
        await tx.query(sql`create table anna.notes (n int)`);
        await grantTable(tx, anna, 'notes', 'private');
        await registerTable(tx, anna.id, { name: 'notes', privacy: 'private', rows: 0 });
      });
      queue = await openQueue(db, (error) => errors.push(error));
      deps = {
        db,
        imports: createImportDesk({ db, queue, concurrentImports: 3, seal: createSeal('a secret of the tests') }),
        seconds: 60,
        accountOf: ({ accountId }) => accountById(db, accountId),
        onError: (error) => errors.push(error),
      };
    });
    after(async () => {
      await queue.stop(0);
      await held[Symbol.asyncDispose]();
      assert.deepEqual(errors, []);
    });

    const made = (...queries: string[]): Promise<Job> => createJobDesk(db).create(anna, queries, queries.length > 1);
    const claimed = async (): Promise<Job> => {
      const job = await claimJob(db);
      assert.ok(job);
      return job;
    };
    const found = async ({ id }: Job): Promise<Job> => {
      const job = await findJob(db, anna.id, id);
      assert.ok(job);
      return job;
    };
    const rows = async () =>
      (await db.query<{ n: number }>(sql`select n from anna.notes order by n`)).map(({ n }) => n);
    const seemsDead = ({ id }: Job) =>
      db.query(sql`update landfall.jobs set alive_at = now() - interval '1 hour' where id = ${id}`);

    /** Whether the long statement runs: the only session of the embedded engine then answers nobody. */
    const isWriting = async (): Promise<boolean> => {
      if (engine === 'postgres') {
        const busy = await db.query(sql`
          select from pg_stat_activity where state = 'active' and query ~ '^with landfall_write .* generate_series'`);
        return busy.length > 0;
      }
      return Promise.race([db.query(sql`select 1`).then(() => false), sleep(2000, true)]);
    };

    test('of an account one job runs at a time, the oldest first', async () => {
      const first = await made('select 1');
      const second = await made('select 2');
      const job = await claimed();
      assert.equal(job.id, first.id);
      assert.equal(await claimJob(db), null);
      assert.ok(await recordSteps(db, job, job.steps, 'done'));
      const next = await claimed();
      assert.equal(next.id, second.id);
      assert.ok(await recordSteps(db, next, next.steps, 'done'));
    });

    test('a lost job is begun again twice and then fails, but is not where it was about to commit', async () => {
      const job = await made('insert into notes values (1)');
      for (const attempt of [1, 2, 3]) {
        const taken = await claimed();
        assert.equal(taken.attempt, attempt);
        assert.ok(await recordSteps(db, taken, [{ query: '', status: 'running' }]));
        await seemsDead(job);
        await recoverJobs(db, 30, [job.id]);
        assert.equal((await found(job)).status, 'running', 'a job of this process lives');
        await recoverJobs(db, 30, []);
        assert.equal(await keepJob(db, taken), false);
        assert.equal((await found(job)).status, attempt === 3 ? 'failed' : 'pending');
      }
      assert.match((await found(job)).steps[0]?.failedReason ?? '', /lost 3 times .* nothing was done/);

      await made('insert into notes values (1)');
      const other = await claimed();
      assert.ok(await recordSteps(db, other, [{ query: '', status: 'running' }]));
      assert.ok(await beginCommit(db, other));
      assert.equal((await cancelJob(db, anna.id, other.id))?.isCancelled, false);
      await seemsDead(other);
      await recoverJobs(db, 30, []);
      assert.equal((await found(other)).status, 'unknown');
    });

    test('a worker that was thought dead, or whose job was cancelled, writes nothing', async () => {
      const job = await made('insert into notes values (2)');
      const taken = await claimed();
      assert.equal((await cancelJob(db, anna.id, job.id))?.isCancelled, true);
      const run = {
        signal: new AbortController().signal,
        isCancelled: async () => true,
        async beforeCommit(own: Parameters<typeof beginCommit>[0]) {
          if (!(await beginCommit(own, taken))) throw new Fenced();
        },
        importId: null,
        onImport: async () => undefined,
      };
      for (const text of ['insert into notes values (2)', 'drop table notes']) {
        await assert.rejects(runStatement(deps, anna, text, run), Fenced);
      }
      assert.deepEqual(await rows(), []);
    });

    test('a worker that stops gives back the statement it could end, and another one does it', async () => {
      const job = await made(
        'insert into notes values (3)',
        `insert into notes select max(n) from generate_series(1, 100000000000) n where n < 5`,
      );
      const first = await startJobs(deps);
      for (let waited = 0; !(await isWriting()); waited++) {
        assert.ok(waited < 1000);
        await sleep(10);
      }
      await first.stop();
      const left = await found(job);
      assert.deepEqual([left.status, ...left.steps.map(({ status }) => status)], ['pending', 'done', 'pending']);
      await db.query(sql`update landfall.jobs set statements = jsonb_set(statements, '{1,query}',
        '"insert into notes values (4)"') where id = ${job.id}`);
      const second = await startJobs(deps);
      for (let waited = 0; (await found(job)).status !== 'done'; waited++) {
        assert.ok(waited < 1000);
        await sleep(10);
      }
      await second.stop();
      assert.deepEqual(await rows(), [3, 4]);
    });

    test('sixty-four may wait', async () => {
      for (let index = 0; index < 64; index++) await made('select 1');
      await assert.rejects(
        made('select 1'),
        (error) => error instanceof JobRefused && /Max number of jobs \(64\) queued reached/.test(error.message),
      );
    });

    test('an account is removed with the roles that wrote its tables', async () => {
      await dropAccount(db, 'anna');
      assert.deepEqual(await db.query(sql`select rolname from pg_roles where rolname ~ '^lf_.*_write_'`), []);
    });
  });
}
