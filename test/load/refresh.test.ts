/** Many refreshes of a table that others read, with everything that can hang on it (`npm run test:refresh`). */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Database } from '../../src/db/database.ts';
import { identifier, type Sql, sql, trusted } from '../../src/db/sql.ts';
import { attachments } from '../support/attachments.ts';
import { engines } from '../support/database.ts';
import { type Server, startServer } from './followed.ts';
import type { ReaderReport, ReaderTask } from './reader.worker.ts';

/** The whole measure is 200 refreshes of 20,000 rows; without `REFRESHES` a part of it, which asserts no times. */
const refreshes = Number(process.env.REFRESHES ?? 4);
const isWhole = process.env.REFRESHES !== undefined;
const rowCount = isWhole ? 20_000 : 2_000;
/** One row in a hundred changes. */
const changed = rowCount / 100;
/** Without pauses four readers take all of two processors, so that a run takes seconds. */
const pauseMs = isWhole ? 0 : 5;
/** Rest and refreshes alternate, since what else the machine does changes meanwhile. */
const turns = isWhole ? 5 : 2;
const restMs = isWhole ? 3000 : 150;
/** What a refresh starts behind its end (a vacuum, the next reader process) is not at rest. */
const settleMs = isWhole ? 3000 : 150;

/** The source and what becomes of it: two rows change at a time, so that the sum of all stays the same. */
function* versions(): Generator<Buffer> {
  const rows = Array.from({ length: rowCount }, () => ({ pop: 1000, version: 0 }));
  for (let round = 0; round <= refreshes; round++) {
    for (let index = 0; round > 0 && index < changed; index++) {
      const row = rows[(round * changed * 7 + index * 97) % rowCount];
      if (row === undefined) continue;
      row.pop += index % 2 === 0 ? round : -round;
      row.version = round;
    }
    const lines = rows.map(
      ({ pop, version }, id) =>
        `${id},place ${id},kind ${id % 7},${pop},${version},${(id % 360) - 180},${(id % 170) - 85}\n`,
    );
    yield Buffer.from(`id,name,kind,pop,version,longitude,latitude\n${lines.join('')}`);
  }
}

/** Everything that can hang on a table. */
async function build(db: Database, schema: string, table: string): Promise<void> {
  const own = (name: string): Sql => identifier(schema, `${table}_${name}`);
  const t = identifier(schema, table);
  const statements = [
    sql`create view ${own('kinds')} as select kind, count(*) as rows, sum(pop) as pop from ${t} group by kind`,
    sql`create materialized view ${own('totals')} as select kind, count(*) as rows, sum(pop) as pop from ${t} group by kind`,
    sql`create unique index on ${own('totals')} (kind)`,
    sql`create table ${own('log')} (what text, rows bigint)`,
    sql`create function ${own('note')}() returns trigger language plpgsql as ${trusted(
      `$$ begin insert into ${own('log').text} values (tg_op, 1); return null; end $$`,
    )}`,
    sql`create trigger note after insert or delete or update on ${t} for each statement execute function ${own('note')}()`,
    sql`grant select on ${t}, ${own('kinds')}, ${own('totals')} to public`,
    sql`create index on ${t} (lower(name))`,
    sql`create index on ${t} (kind, pop)`,
    sql`create table ${own('visits')} (place bigint references ${t} on delete cascade)`,
    sql`insert into ${own('visits')} select cartodb_id from ${t} where cartodb_id % 10 = 0`,
  ];
  for (const statement of statements) await db.query(statement);
}

/**
 * The time within which this share of the answers came. Every list counts the same, however long it is: a reader of few rows
 * answers a hundred times as often as the others, and more so or less so at rest.
 */
function percentile(lists: readonly (readonly number[])[], share: number): number {
  const filled = lists.filter((list) => list.length > 0);
  const weighed = filled
    .flatMap((list) => list.map((ms) => ({ ms, weight: 1 / (list.length * filled.length) })))
    .toSorted((a, b) => a.ms - b.ms);
  let sum = 0;
  for (const { ms, weight } of weighed) {
    sum += weight;
    if (sum >= share) return ms;
  }
  return weighed.at(-1)?.ms ?? 0;
}

for (const engine of engines.filter((one) => one === 'postgres')) {
  suite(`a table that is refreshed while others read it, on ${engine}`, () => {
    let server: Server;
    before(async () => {
      server = await startServer(engine);
    });
    after(() => server[Symbol.asyncDispose]());

    for (const [name, key] of [
      ['keyed', 'id'],
      ['plain', null],
    ] as const) {
      test(`${refreshes} refreshes ${key !== null ? 'by key' : 'by content'} under readers`, async (context) => {
        const sources = [...versions()];
        const { db, url, account } = server;
        const followed = await server.follow(name, sources[0] ?? Buffer.of(), key);
        await build(db, account.name, name);
        const catalogue = await attachments(db, account);
        await db.query(sql`vacuum analyze`);

        const t = `"${account.name}".${name}`;
        const total = JSON.stringify([{ rows: String(rowCount), pop: String(rowCount * 1000) }]);
        const totalOf = (from: string, rows = 'sum(rows)', pop = 'sum(pop)'): string =>
          `select ${rows}::text as rows, ${pop}::text as pop from ${from}`;
        const tasks: Omit<ReaderTask, 'url'>[] = [
          { query: totalOf(t, 'count(*)'), expected: total, snapshotMs: 0, pauseMs },
          { query: totalOf(`"${account.name}".${name}_kinds`), expected: total, snapshotMs: 0, pauseMs },
          { query: totalOf(`"${account.name}".${name}_totals`), expected: total, snapshotMs: 0, pauseMs },
          { query: totalOf(t, 'count(*)'), expected: total, snapshotMs: 0, pauseMs },
          {
            query: `select md5(string_agg(t::text, '' order by id)) from ${t} t`,
            expected: '',
            snapshotMs: 500,
            pauseMs: 20,
          },
        ];
        const readers = tasks.map(
          (task) =>
            new Worker(join(import.meta.dirname, 'reader.worker.ts'), {
              workerData: { ...task, url } satisfies ReaderTask,
            }),
        );
        const tell = async (message: 'report' | 'stop'): Promise<ReaderReport[]> =>
          Promise.all(
            readers.map(async (reader) => {
              const answer = once(reader, 'message');
              reader.postMessage(message);
              const [report] = await answer;
              return report;
            }),
          );
        const ended = Promise.all(readers.map((reader) => once(reader, 'exit')));
        const atRest: ReaderReport[][] = [];
        const during: ReaderReport[][] = [];
        let seconds = 0;
        for (let turn = 0; turn < turns; turn++) {
          await sleep(settleMs);
          await tell('report');
          await sleep(restMs);
          atRest.push(await tell('report'));
          const startedAt = performance.now();
          const from = 1 + Math.floor((refreshes * turn) / turns);
          for (const source of sources.slice(from, 1 + Math.floor((refreshes * (turn + 1)) / turns))) {
            await followed.refresh(source);
          }
          seconds += (performance.now() - startedAt) / 1000;
          during.push(await tell(turn === turns - 1 ? 'stop' : 'report'));
        }
        await ended;
        const [stats] = await db.query<{ deadlocks: number; dead: number }>(sql`
        select (select deadlocks::int from pg_stat_database where datname = current_database()) as deadlocks,
          pg_stat_get_dead_tuples(${identifier(account.name, name).text}::regclass)::int as dead`);
        /** Of each reader what it took, at rest and while refreshes ran. */
        const times = tasks.map((_, index) =>
          [atRest, during].map((parts) => parts.flatMap((part) => part[index]?.milliseconds ?? [])),
        );
        const at = (of: typeof times, share: number): readonly number[] =>
          [0, 1].map((side) =>
            percentile(
              of.map((sides) => sides[side] ?? []),
              share,
            ),
          );
        const words = (values: readonly number[]): string => values.map((ms) => ms.toFixed(1)).join(' -> ');
        for (const [index, one] of times.entries()) {
          context.diagnostic(
            `${tasks[index]?.query}: ${one.map(({ length }) => length).join(' -> ')} answers, ` +
              `median ${words(at([one], 0.5))}, p99 ${words(at([one], 0.99))}, longest ${words(at([one], 1))} ms`,
          );
        }
        const looping = times.slice(0, 4);
        const ofReaders = at(looping, 0.99);
        const ofAnswers = at([[0, 1].map((side) => looping.flatMap((sides) => sides[side] ?? []))], 0.99);
        context.diagnostic(
          `${(seconds / refreshes).toFixed(3)} s each, ${stats?.dead} dead rows; p99 of the readers ${words(ofReaders)} ms, ` +
            `of all their answers ${words(ofAnswers)} ms`,
        );
        const runs = await followed.runs();
        assert.equal(runs.length, refreshes + 1);
        for (const { rows_inserted, rows_updated, rows_unchanged } of runs.slice(0, -1)) {
          assert.deepEqual([rows_inserted + rows_updated, rows_unchanged], [changed, rowCount - changed]);
        }
        for (const { errors, torn } of [...atRest, ...during].flat()) assert.deepEqual([errors, torn], [[], []]);
        assert.deepEqual(await attachments(db, account), catalogue);
        assert.equal(stats?.deadlocks, 0);
        assert.ok((stats?.dead ?? 0) < 0.2 * rowCount, `${stats?.dead} dead rows`);
        for (const [rest = 0, busy = 0] of isWhole ? [ofReaders, ofAnswers] : []) {
          assert.ok(busy <= 2 * rest, 'readers wait at most twice as long');
        }
      });
    }
  });
}
