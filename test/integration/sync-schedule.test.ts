/**
 * When synchronizations run: on a clock that the test turns, over the true statements and the true queue. TICKS
 * (default 200) is how many due runs workers race for on PostgreSQL.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, suite, test } from 'node:test';
import type { Database } from '../../src/db/database.ts';
import { openPostgres } from '../../src/db/postgres.ts';
import { sql } from '../../src/db/sql.ts';
import type { Account } from '../../src/domain/import.ts';
import { defaultReading } from '../../src/domain/reading.ts';
import type { NewSynchronization, Synchronization } from '../../src/domain/sync.ts';
import { claimImport, failImport } from '../../src/store/imports.ts';
import { findSynchronization } from '../../src/store/synchronizations.ts';
import { createSeal } from '../../src/util/seal.ts';
import { type Clock, endOrphanedRuns, endRunFailed, lockRun } from '../../src/work/end-sync-run.ts';
import { openQueue, type Queue } from '../../src/work/queue.ts';
import { createSyncDesk, type SyncDesk } from '../../src/work/sync-desk.ts';
import { openSyncPass } from '../../src/work/sync-pass.ts';
import { oneEngine, openTestDatabase } from '../support/database.ts';

const seal = createSeal('a secret of the tests');

const limits = {
  maxFileBytes: null,
  maxRows: null,
  maxTables: null,
  maxStorageBytes: null,
  concurrentImports: null,
  maxMaps: null,
  maxPublicTables: null,
};

/** A clock that stands until it is turned; chance comes from a seed. */
class TestClock implements Clock {
  at = Date.parse('2026-02-01T12:00:00Z');
  #state: number;
  constructor(seed: number) {
    this.#state = seed;
  }
  now(): Date {
    return new Date(this.at);
  }
  random(): number {
    this.#state = (this.#state * 1664525 + 1013904223) >>> 0;
    return this.#state / 2 ** 32;
  }
}

const wanted = (interval: number): NewSynchronization => ({
  request: { kind: 'url', url: 'http://source.test/a.csv' },
  options: {
    ...defaultReading,
    contentGuessing: false,
    createVisualization: false,
    collisionStrategy: 'rename',
    privacy: null,
  },
  name: null,
  url: 'http://source.test/a.csv',
  serviceName: null,
  serviceItemId: null,
  fromExternalSource: false,
  originalUrl: 'http://source.test/a.csv',
  displayName: 'a.csv',
  interval,
  schemaPolicy: 'evolve',
  mode: 'replace',
  key: [],
});

const accountOf = async (db: Database, name: string): Promise<Account> => {
  const [row] = await db.query<{ id: string }>(sql`insert into landfall.accounts (name) values (${name}) returning id`);
  return { id: row?.id ?? '', name, limits };
};

/** What a worker does with a run: the source is there and as before, or it is not. */
async function work(db: Database, importId: string, isUp: boolean, clock: Clock): Promise<void> {
  const job = await claimImport(db, importId);
  assert.ok(job);
  const pass = await openSyncPass(db, job, clock);
  if (isUp) return pass?.endUnchanged();
  await db.transaction(async (tx) => {
    assert.ok(await failImport(tx, job.id, job.attempt, { code: 1001, text: 'no answer', httpStatus: 500 }));
    const sync = await lockRun(tx, job);
    if (sync !== null) await endRunFailed(tx, sync, { code: 1001, text: 'no answer' }, clock);
  });
}

const stateOf = async (db: Database, id: string): Promise<Synchronization> => {
  const sync = await findSynchronization(db, id);
  assert.ok(sync);
  return sync;
};

for (const engine of oneEngine) {
  suite(`The schedule of synchronizations on ${engine}`, () => {
    let held: Awaited<ReturnType<typeof openTestDatabase>>;
    let db: Database;
    let queue: Queue;
    before(async () => {
      held = await openTestDatabase(engine);
      db = held.db;
      queue = await openQueue(db, () => undefined);
    });
    beforeEach(async () => {
      await db.query(sql`delete from landfall.accounts`);
    });
    after(async () => {
      await queue.stop(0);
      await held[Symbol.asyncDispose]();
    });

    test('through 24 hours of outage and flapping, success comes at most one interval after recovery', async () => {
      const clock = new TestClock(7);
      const desk = createSyncDesk({ db, queue, now: () => clock.now(), forceGuard: 900, seal });
      const interval = 3600;
      const sync = await desk.create(await accountOf(db, 'ann'), wanted(interval));
      await work(db, sync.importId, true, clock);

      // Up and down in turn, from minutes to hours, then away for a day.
      const turns: { readonly until: number; readonly isUp: boolean }[] = [];
      let until = clock.at;
      for (let turn = 0; turn < 30; turn++) {
        until += (60 + clock.random() * 3 * 3600) * 1000;
        turns.push({ until, isUp: turn % 2 === 1 });
      }
      turns.push({ until: until + 24 * 3600_000, isUp: false }, { until: until + 30 * 3600_000, isUp: true });

      const successes: number[] = [];
      let failures = 0;
      let mostRetries = 0;
      for (const turn of turns) {
        for (;;) {
          const { runAt } = await stateOf(db, sync.id);
          if (runAt.getTime() >= turn.until) break;
          clock.at = Math.max(clock.at, runAt.getTime());
          assert.equal(await desk.beginDue(), 1);
          assert.equal(await desk.beginDue(), 0, 'no second run while one is under way');
          const { importId } = await stateOf(db, sync.id);
          await work(db, importId, turn.isUp, clock);
          const after = await stateOf(db, sync.id);
          if (turn.isUp) {
            successes.push(clock.at);
            assert.deepEqual([after.state, after.retriedTimes, after.error], ['success', 0, null]);
          } else {
            failures += 1;
            mostRetries = Math.max(mostRetries, after.retriedTimes);
            assert.equal(after.state, 'failure');
            const delay = (after.runAt.getTime() - clock.at) / 1000;
            const full = Math.min(interval, 60 * 2 ** after.retriedTimes);
            assert.ok(delay <= full && delay >= 0.9 * full - 1, `${delay} s after failure ${after.retriedTimes}`);
          }
        }
        clock.at = Math.max(clock.at, turn.until);
      }
      for (const [index, { until: recoveredAt, isUp }] of turns.entries()) {
        const stays = turns[index + 1];
        if (isUp || stays === undefined || stays.until - recoveredAt < interval * 1000) continue;
        const next = successes.find((at) => at >= recoveredAt);
        assert.ok(next !== undefined && next - recoveredAt <= interval * 1000);
      }
      assert.ok(failures > 30 && mostRetries > 20, `${failures} failures, ${mostRetries} in a row`);
    });

    test('a forced run begins the count of failures anew, and is refused within 900 s and beside four others', async () => {
      const clock = new TestClock(3);
      const desk = createSyncDesk({ db, queue, now: () => clock.now(), forceGuard: 900, seal });
      const account = await accountOf(db, 'ann');
      const made: Synchronization[] = [];
      for (let index = 0; index < 5; index++) made.push(await desk.create(account, wanted(3600)));
      assert.equal(await desk.force(made[0]?.id ?? ''), false, 'its first import waits');
      for (const { importId } of made) await work(db, importId, false, clock);
      assert.equal(await desk.force(made[0]?.id ?? ''), false, 'the last run was just now');
      clock.at += 900_000;
      const answers: boolean[] = [];
      for (const { id } of made) answers.push(await desk.force(id));
      assert.deepEqual(answers, [true, true, true, true, false], 'more than three run');
      const { importId } = await stateOf(db, made[0]?.id ?? '');
      assert.equal((await stateOf(db, made[0]?.id ?? '')).state, 'queued');
      await work(db, importId, false, clock);
      assert.equal((await stateOf(db, made[0]?.id ?? '')).retriedTimes, 1);
    });

    test('a run whose import was ended by somebody else, or is gone, ends too', async () => {
      const clock = new TestClock(5);
      const desk = createSyncDesk({ db, queue, now: () => clock.now(), forceGuard: 900, seal });
      const account = await accountOf(db, 'ann');
      const failed = await desk.create(account, wanted(3600));
      const gone = await desk.create(account, wanted(3600));
      const job = await claimImport(db, failed.importId);
      await failImport(db, failed.importId, job?.attempt ?? 0, { code: 6671, text: 'lost', httpStatus: null });
      await db.query(sql`delete from landfall.imports where id = ${gone.importId}`);
      await endOrphanedRuns(db, clock);
      for (const { id } of [failed, gone]) {
        const after = await stateOf(db, id);
        assert.deepEqual([after.state, after.error?.code], ['failure', 6671]);
        assert.ok(after.runAt.getTime() <= clock.at + 60_000);
      }
    });

    const { ticks, workers } =
      engine === 'postgres' ? { ticks: Number(process.env.TICKS ?? 200), workers: 4 } : { ticks: 40, workers: 4 };
    test(`${workers} workers begin ${ticks} due runs once each, and missed ones as one`, {
      timeout: 300_000,
    }, async () => {
      const clock = new TestClock(11);
      const pools =
        held.url === null ? [] : await Promise.all(Array.from({ length: workers }, () => openPostgres(held.url ?? '')));
      const desks: SyncDesk[] = Array.from({ length: workers }, (_, index) =>
        createSyncDesk({ db: pools[index] ?? db, queue, now: () => clock.now(), forceGuard: 900, seal }),
      );
      const [first] = desks;
      assert.ok(first);
      for (let index = 0; index < ticks / 4; index++) {
        const account = await accountOf(db, `account_${index}`);
        for (let own = 0; own < 4; own++) await first.create(account, wanted(3600));
      }
      const settle = () =>
        db.queryText(`
          update landfall.imports set state = 'complete' where state not in ('complete', 'failure');
          update landfall.synchronizations set state = 'success' where state not in ('success', 'failure')`);
      const runsBy = async (trigger: string): Promise<{ runs: number; syncs: number; jobs: number }> => {
        const [row] = await db.query<{ runs: number; syncs: number; jobs: number }>(sql`
          select count(*)::int as runs, count(distinct r.synchronization_id)::int as syncs,
            count(j.id)::int as jobs
          from landfall.sync_runs r left join landfall_queue.job j on j.id = r.id where r.trigger = ${trigger}`);
        return row ?? { runs: 0, syncs: 0, jobs: 0 };
      };
      await settle();
      assert.deepEqual(await runsBy('first'), { runs: ticks, syncs: ticks, jobs: ticks });

      // Ten intervals late: one run makes up for all of them.
      clock.at += 10 * 3600_000;
      const drain = async (desk: SyncDesk): Promise<number> => {
        let begun = 0;
        for (let idle = 0; idle < 3; ) {
          const now = await desk.beginDue();
          begun += now;
          idle = now === 0 ? idle + 1 : 0;
        }
        return begun;
      };
      const begun = await Promise.all(desks.map(drain));
      assert.equal(
        begun.reduce((sum, one) => sum + one, 0),
        ticks,
        `begun by worker: ${begun.join(', ')}`,
      );
      assert.deepEqual(await runsBy('schedule'), { runs: ticks, syncs: ticks, jobs: ticks });
      const [open] = await db.query<{ most: number }>(sql`
        select max(n)::int as most from (select count(*) as n from landfall.sync_runs r
          join landfall.imports i on i.id = r.id where i.state = 'pending' group by r.synchronization_id) c`);
      assert.equal(open?.most, 1, 'no synchronization has two runs under way');
      await Promise.all(pools.map((pool) => pool.close()));
    });
  });
}
