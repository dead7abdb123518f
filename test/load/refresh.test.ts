/** Many refreshes of a table that others read, with everything that can hang on it (`npm run test:refresh`). */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Database } from '../../src/db/database.ts';
import { identifier, type Sql, sql, trusted } from '../../src/db/sql.ts';
import type { Refresh } from '../../src/domain/refresh.ts';
import { createAccount } from '../../src/store/accounts.ts';
import { attachments } from '../support/attachments.ts';
import { engines, openTestDatabase } from '../support/database.ts';
import { type Cell, importLayers, type TestLayer } from '../support/loaded.ts';
import type { ReaderReport, ReaderTask } from './reader.worker.ts';

/** The whole measure is 200 refreshes of 20,000 rows; without `REFRESHES` a part of it, which asserts no times. */
const refreshes = Number(process.env.REFRESHES ?? 8);
const isWhole = process.env.REFRESHES !== undefined;
const rowCount = isWhole ? 20_000 : 2_000;
/** One row in a hundred changes. */
const changed = rowCount / 100;
const restMs = isWhole ? 15_000 : 300;

/** The source after `number` changes: two rows change at a time, so that the sum of all stays the same. */
function version(number: number): TestLayer {
  const rows: Cell[][] = Array.from({ length: rowCount }, (_, id) => [
    { lon: (id % 360) - 180, lat: (id % 170) - 85 },
    id,
    `place ${id}`,
    `kind ${id % 7}`,
    1000,
    0,
  ]);
  for (let round = 1; round <= number; round++) {
    for (let index = 0; index < changed; index++) {
      const row = rows[(round * changed * 7 + index * 97) % rowCount];
      if (row === undefined) continue;
      row[4] = Number(row[4]) + (index % 2 === 0 ? round : -round);
      row[5] = round;
    }
  }
  return { name: 't', columns: { id: 'bigint', name: 'text', kind: 'text', pop: 'bigint', version: 'bigint' }, rows };
}

async function build(db: Database, schema: string): Promise<void> {
  const own = (name: string): Sql => identifier(schema, name);
  const t = own('t');
  const statements = [
    sql`create view ${own('kinds')} as select kind, count(*) as rows, sum(pop) as pop from ${t} group by kind`,
    sql`create materialized view ${own('totals')} as select kind, count(*) as rows, sum(pop) as pop from ${t} group by kind`,
    sql`create unique index on ${own('totals')} (kind)`,
    sql`create table ${own('log')} (what text, rows bigint)`,
    sql`create function ${own('note')}() returns trigger language plpgsql as ${trusted(
      `$$ begin insert into "${schema}".log values (tg_op, 1); return null; end $$`,
    )}`,
    sql`create trigger note after insert or delete or update on ${t} for each statement execute function ${own('note')}()`,
    sql`grant select on ${t}, ${own('kinds')}, ${own('totals')} to public`,
    sql`create index own_name on ${t} (lower(name))`,
    sql`create index own_kind on ${t} (kind, pop)`,
    sql`create table ${own('visits')} (place bigint references ${t} on delete cascade)`,
    sql`insert into ${own('visits')} select cartodb_id from ${t} where cartodb_id % 10 = 0`,
  ];
  for (const statement of statements) await db.query(statement);
}

const percentile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? 0;

for (const engine of engines.filter((one) => one === 'postgres')) {
  for (const key of [['id'], []]) {
    test(`${refreshes} refreshes ${key.length > 0 ? 'by key' : 'by content'} under readers on ${engine}`, async (context) => {
      await using database = await openTestDatabase(engine);
      const { db, url } = database;
      const { account } = await createAccount(db, 'load');
      await importLayers(db, account, [version(0)]);
      await build(db, account.name);
      const before = await attachments(db, account);
      const tableId = (await db.query<{ id: string }>(sql`select id from landfall.tables`))[0]?.id ?? '';
      await db.query(sql`vacuum analyze`);

      const t = `"${account.name}".t`;
      const total = JSON.stringify([{ rows: String(rowCount), pop: String(rowCount * 1000) }]);
      const totalOf = (from: string, rows = 'sum(rows)', pop = 'sum(pop)'): string =>
        `select ${rows}::text as rows, ${pop}::text as pop from ${from}`;
      const tasks: Omit<ReaderTask, 'url'>[] = [
        { query: totalOf(t, 'count(*)'), expected: total, snapshotMs: 0 },
        { query: totalOf(`"${account.name}".kinds`), expected: total, snapshotMs: 0 },
        { query: totalOf(`"${account.name}".totals`), expected: total, snapshotMs: 0 },
        { query: totalOf(t, 'count(*)'), expected: total, snapshotMs: 0 },
        { query: `select md5(string_agg(t::text, '' order by id)) from ${t} t`, expected: '', snapshotMs: 500 },
      ];
      const readers = tasks.map(
        (task) =>
          new Worker(join(import.meta.dirname, 'reader.worker.ts'), {
            workerData: { ...task, url: url ?? '' } satisfies ReaderTask,
          }),
      );
      const ask = async (message: 'report' | 'stop'): Promise<readonly ReaderReport[]> =>
        Promise.all(
          readers.map(async (reader) => {
            const answer = once(reader, 'message');
            reader.postMessage(message);
            const [report] = await answer;
            return report;
          }),
        );
      const ended = Promise.all(readers.map((reader) => once(reader, 'exit')));
      await sleep(500);
      await ask('report');
      await sleep(restMs);
      const atRest = await ask('report');

      const startedAt = performance.now();
      for (let round = 1; round <= refreshes; round++) {
        const refresh: Refresh = {
          targets: new Map([['t', tableId]]),
          schemaPolicy: 'evolve',
          mode: 'replace',
          key,
          runId: randomUUID(),
        };
        const { tables } = await importLayers(
          db,
          account,
          [version(round)],
          {},
          {
            refresh,
            history: { runs: 10, bytes: 1e9 },
          },
        );
        const { inserted, updated, unchanged } = tables[0]?.changes ?? { inserted: 0, updated: 0, unchanged: 0 };
        assert.equal(inserted + updated, changed);
        assert.equal(unchanged, rowCount - changed);
      }
      const seconds = (performance.now() - startedAt) / 1000;
      const [stats] = await db.query<{ deadlocks: number; dead: number }>(sql`
        select (select deadlocks::int from pg_stat_database where datname = current_database()) as deadlocks,
          pg_stat_get_dead_tuples(${identifier(account.name, 't').text}::regclass)::int as dead`);
      const during = await ask('stop');
      await ended;

      for (const { errors, torn } of during) assert.deepEqual([errors, torn], [[], []]);
      assert.deepEqual(await attachments(db, account), before);
      assert.equal(stats?.deadlocks, 0);
      assert.ok((stats?.dead ?? 0) < 0.2 * rowCount, `${stats?.dead} dead rows`);
      const shown = [...readers.keys()].map((index) => {
        const rest = atRest[index]?.milliseconds ?? [];
        const busy = during[index]?.milliseconds ?? [];
        return {
          reads: busy.length,
          rest: percentile(rest, 0.99),
          busy: percentile(busy, 0.99),
          max: percentile(busy, 1),
          p50: percentile(busy, 0.5),
          rest50: percentile(rest, 0.5),
        };
      });
      context.diagnostic(
        `${(seconds / refreshes).toFixed(3)} s each, ${stats?.dead} dead rows, ${JSON.stringify(shown)}`,
      );
      const all = (reports: readonly ReaderReport[]): number =>
        percentile(
          reports.slice(0, 4).flatMap(({ milliseconds }) => milliseconds),
          0.99,
        );
      context.diagnostic(`p99 at rest ${all(atRest).toFixed(1)} ms, during ${all(during).toFixed(1)} ms`);
      if (isWhole) assert.ok(all(during) <= 2 * all(atRest), 'readers wait at most twice as long');
    });
  }
}
