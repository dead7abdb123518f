import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, suite, test } from 'node:test';
import fc from 'fast-check';
import type { Database } from '../../src/db/database.ts';
import { identifier, type Sql, sql } from '../../src/db/sql.ts';
import type { ImportOptions } from '../../src/domain/import.ts';
import type { Refresh } from '../../src/domain/refresh.ts';
import { ImportError } from '../../src/errors.ts';
import { changesOf } from '../../src/publish/history.ts';
import type { PublishedNow } from '../../src/publish/publish.ts';
import { rollback } from '../../src/publish/rollback.ts';
import { createAccount } from '../../src/store/accounts.ts';
import { oneEngine, openTestDatabase } from '../support/database.ts';
import { type Cell, importLayers, stagingTables, type TestLayer } from '../support/loaded.ts';

const code = (expected: number, text: RegExp) => (error: unknown) => {
  assert.ok(error instanceof ImportError, String(error));
  assert.equal(error.code, expected);
  assert.match(error.message, text);
  return true;
};

const layer = (
  rows: readonly (readonly Cell[])[],
  columns: TestLayer['columns'] = { Id: 'bigint', Name: 'text' },
  name = 't',
): TestLayer => ({ name, columns, rows: rows.map((row) => [null, ...row]) });

const history = { runs: 10, bytes: 1e9 };

for (const engine of oneEngine) {
  suite(`refreshing on ${engine}`, () => {
    let database: Awaited<ReturnType<typeof openTestDatabase>>;
    let db: Database;
    before(async () => {
      database = await openTestDatabase(engine);
      db = database.db;
    });
    after(async () => database[Symbol.asyncDispose]());

    let accounts = 0;
    /** An account with a table `t` that follows a source, and how the source is read again. */
    const following = async (first: TestLayer, wish: Partial<Refresh> = {}) => {
      const { account } = await createAccount(db, `sync${++accounts}`);
      const runs: string[] = [];
      let targets = new Map<string, string>();
      const run = async (layers: readonly TestLayer[], more: Partial<Refresh> = {}): Promise<PublishedNow[]> => {
        const runId = randomUUID();
        runs.push(runId);
        const refresh: Refresh = { targets, schemaPolicy: 'evolve', mode: 'replace', key: [], ...wish, ...more, runId };
        const { tables } = await importLayers(db, account, layers, {}, { refresh, history });
        targets = new Map([...targets, ...tables.map((table) => [table.layer, table.id] as const)]);
        return [...tables];
      };
      await run([first]);
      const t = identifier(account.name, 't');
      return {
        account,
        t,
        run,
        runs,
        tableId: targets.get(first.name) ?? '',
        in: (name: string): Sql => identifier(account.name, name),
      };
    };
    const rowsOf = async (t: Sql, columns: Sql = sql`id, name`): Promise<unknown[]> =>
      (await db.query(sql`select to_json(array[${columns}]::text[]) as row from ${t} order by cartodb_id`)).map(
        (row) => Object.values(row)[0],
      );
    const columnsOf = async (t: Sql): Promise<unknown> =>
      Object.fromEntries(
        (
          await db.query<{ name: string; type: string }>(sql`
            select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
            where attrelid = ${t.text}::regclass and attnum > 3 and not attisdropped order by attnum`)
        ).map(({ name, type }) => [name, type]),
      );
    const ids = async (t: Sql): Promise<unknown> =>
      (await db.query<{ cartodb_id: number }>(sql`select cartodb_id from ${t} order by 1`)).map(
        (row) => row.cartodb_id,
      );

    test('a table follows its source under any name, by its id', async () => {
      const { account, run, in: own, tableId } = await following(layer([[1, 'a']]));
      await db.query(sql`alter table ${own('t')} rename to renamed`);
      await db.query(sql`update landfall.tables set name = 'renamed' where id = ${tableId}`);
      const [table] = await run([layer([[2, 'b']])]);
      assert.equal(table?.name, 'renamed');
      assert.deepEqual(await rowsOf(own('renamed')), [['2', 'b']]);
      assert.deepEqual(table?.changes, { inserted: 1, updated: 0, deleted: 1, unchanged: 0 });
      const [one, two] = await run([layer([[2, 'b']]), layer([[9, 'z']], undefined, 'more')]);
      assert.deepEqual([one?.name, two?.name, two?.isNew], ['renamed', 'more', true]);
      assert.deepEqual(
        await run([layer([[2, 'c']]), layer([[9, 'z']], undefined, 'more')]).then((all) =>
          all.map(({ changes }) => changes),
        ),
        [
          { inserted: 1, updated: 0, deleted: 1, unchanged: 0 },
          { inserted: 0, updated: 0, deleted: 0, unchanged: 1 },
        ],
      );
      assert.equal((await db.query(sql`select from landfall.tables where account_id = ${account.id}`)).length, 2);
    });

    test('with a key a changed row is updated under its cartodb_id, and the others are not written', async () => {
      const { t, run } = await following(
        layer([
          [1, 'a'],
          [2, 'b'],
          [3, 'c'],
          [null, 'n'],
          [5, 'x'],
          [5, 'x'],
        ]),
        { key: ['Id'] },
      );
      const before = await db.query<{ xmin: string; id: number }>(sql`select xmin::text, cartodb_id as id from ${t}`);
      const [table] = await run([
        layer([
          [3, 'c'],
          [1, 'A'],
          [4, 'd'],
          [null, 'm'],
          [5, 'x'],
          [5, 'y'],
        ]),
      ]);
      assert.deepEqual(table?.changes, { inserted: 2, updated: 2, deleted: 2, unchanged: 2 });
      assert.deepEqual(await db.query(sql`select cartodb_id as i, id, name from ${t} order by 1`), [
        { i: 1, id: 1, name: 'A' },
        { i: 3, id: 3, name: 'c' },
        { i: 5, id: 5, name: 'x' },
        { i: 6, id: 5, name: 'y' },
        { i: 7, id: 4, name: 'd' },
        { i: 8, id: null, name: 'm' },
      ]);
      const kept = await db.query<{ xmin: string; id: number }>(
        sql`select xmin::text, cartodb_id as id from ${t} where cartodb_id in (3, 5)`,
      );
      assert.ok(kept.every(({ xmin, id }) => before.some((old) => old.id === id && old.xmin === xmin)));
    });

    test('every mode does what it says, and counts it', async () => {
      const old = layer([
        [1, 'a'],
        [2, 'b'],
        [3, 'c'],
      ]);
      const next = layer([
        [2, 'B'],
        [3, 'c'],
        [4, 'd'],
      ]);
      const key = ['id'];
      const cases: [Partial<Refresh>, unknown, unknown[]][] = [
        [
          { mode: 'replace' },
          { inserted: 2, updated: 0, deleted: 2, unchanged: 1 },
          [
            ['3', 'c'],
            ['2', 'B'],
            ['4', 'd'],
          ],
        ],
        [
          { mode: 'append' },
          { inserted: 3, updated: 0, deleted: 0, unchanged: 0 },
          [
            ['1', 'a'],
            ['2', 'b'],
            ['3', 'c'],
            ['2', 'B'],
            ['3', 'c'],
            ['4', 'd'],
          ],
        ],
        [
          { mode: 'upsert', key },
          { inserted: 1, updated: 1, deleted: 0, unchanged: 1 },
          [
            ['1', 'a'],
            ['2', 'B'],
            ['3', 'c'],
            ['4', 'd'],
          ],
        ],
        [
          { mode: 'update', key },
          { inserted: 0, updated: 1, deleted: 0, unchanged: 1 },
          [
            ['1', 'a'],
            ['2', 'B'],
            ['3', 'c'],
          ],
        ],
        [
          { mode: 'insert_new', key },
          { inserted: 1, updated: 0, deleted: 0, unchanged: 2 },
          [
            ['1', 'a'],
            ['2', 'b'],
            ['3', 'c'],
            ['4', 'd'],
          ],
        ],
        [
          { mode: 'soft_delete', key },
          { inserted: 1, updated: 1, deleted: 1, unchanged: 1 },
          [
            ['1', 'a'],
            ['2', 'B'],
            ['3', 'c'],
            ['4', 'd'],
          ],
        ],
      ];
      for (const [wish, changes, rows] of cases) {
        const { t, run } = await following(old, wish);
        const [table] = await run([next]);
        assert.deepEqual(table?.changes, changes, String(wish.mode));
        assert.deepEqual(await rowsOf(t), rows, String(wish.mode));
        assert.equal(table?.rows, rows.length);
      }
      assert.deepEqual(await stagingTables(db), []);
    });

    test('soft_delete marks rows that are gone once, and takes the mark away when they come back', async () => {
      const { t, run } = await following(
        layer([
          [1, 'a'],
          [2, 'b'],
        ]),
        { mode: 'soft_delete', key: ['id'] },
      );
      const marked = async (): Promise<unknown> =>
        db.query(sql`select id, _deleted_at is not null as gone from ${t} order by id`);
      await run([layer([[2, 'b']])]);
      const [first] = await db.query(sql`select _deleted_at from ${t} where id = 1`);
      const [second] = await run([layer([[2, 'b']])]);
      assert.deepEqual(second?.changes, { inserted: 0, updated: 0, deleted: 0, unchanged: 1 });
      assert.deepEqual((await db.query(sql`select _deleted_at from ${t} where id = 1`))[0], first);
      assert.deepEqual(await marked(), [
        { id: 1, gone: true },
        { id: 2, gone: false },
      ]);
      const [third] = await run([
        layer([
          [1, 'a'],
          [2, 'b'],
        ]),
      ]);
      assert.deepEqual(third?.changes, { inserted: 0, updated: 1, deleted: 0, unchanged: 1 });
      assert.deepEqual(await marked(), [
        { id: 1, gone: false },
        { id: 2, gone: false },
      ]);
    });

    test('imports write by mode too, into the table of their name, and make it where there is none', async () => {
      const { account } = await createAccount(db, `sync${++accounts}`);
      const t = identifier(account.name, 't');
      const upsert: Partial<ImportOptions> = { mode: 'upsert', key: ['Id'] };
      const twice = layer([
        [1, 'old'],
        [2, 'b'],
        [null, 'lost'],
        [1, 'new'],
      ]);
      const reports = async () =>
        (
          await db.query<{ warnings: unknown; tables: { changes: unknown; rows: number }[] }>(
            sql`select warnings, tables from landfall.imports where account_id = ${account.id} order by created_at desc limit 1`,
          )
        )[0];
      for (const changes of [
        { inserted: 2, updated: 0, deleted: 0, unchanged: 0 },
        { inserted: 0, updated: 0, deleted: 0, unchanged: 2 },
      ]) {
        await importLayers(db, account, [twice], upsert);
        assert.deepEqual(await rowsOf(t, sql`id, name`), [
          ['2', 'b'],
          ['1', 'new'],
        ]);
        const report = await reports();
        assert.deepEqual(report?.warnings, {
          rows_without_key: { count: 1, first: [{ row: 3, key: { id: null } }] },
          duplicate_keys: { count: 1, first: [{ row: 1, key: { id: 1 } }] },
        });
        assert.deepEqual(
          report?.tables.map((table) => [table.changes, table.rows]),
          [[changes, 2]],
        );
      }
      await assert.rejects(
        importLayers(db, account, [twice], { mode: 'upsert', key: ['code'] }),
        code(2012, /key names columns that the data has not: code\. The columns of layer "t" are: id, name/),
      );
      await assert.rejects(
        importLayers(db, account, [twice], { mode: 'update' }),
        code(2012, /mode=update finds rows by key, and there is none.*id, name/),
      );
      assert.deepEqual(await rowsOf(t), [
        ['2', 'b'],
        ['1', 'new'],
      ]);
      assert.deepEqual(await stagingTables(db), []);
    });

    test('a part of the columns may be upserted: the others keep their values', async () => {
      const { t, run } = await following(
        layer([
          [1, 'a'],
          [2, 'b'],
        ]),
        { mode: 'upsert', key: ['id'] },
      );
      const [table] = await run([
        layer(
          [
            [2, 7],
            [3, 8],
          ],
          { Id: 'bigint', Pop: 'bigint' },
        ),
      ]);
      assert.deepEqual(await rowsOf(t, sql`id, name, pop`), [
        ['1', 'a', null],
        ['2', 'b', '7'],
        ['3', null, '8'],
      ]);
      assert.deepEqual(table?.drift, { added: ['pop'], removed: ['name'], retyped: [] });
    });

    test('evolve follows the columns of the source: rows keep their ids, views and values of the owner stay', async () => {
      const {
        t,
        run,
        in: own,
      } = await following(
        layer([
          [1, 'a'],
          [2, 'b'],
        ]),
      );
      await db.query(sql`create view ${own('v')} as select id, name from ${t}`);
      await db.query(sql`alter table ${t} add column note text default 'mine'`);
      const [added] = await run([
        layer(
          [
            [1, 'a', 10],
            [2, 'b', null],
          ],
          { Id: 'bigint', Name: 'text', Pop: 'bigint' },
        ),
      ]);
      assert.deepEqual(added?.drift, { added: ['pop'], removed: [], retyped: [] });
      assert.deepEqual(added?.changes, { inserted: 0, updated: 1, deleted: 0, unchanged: 1 });
      const [removed] = await run([
        layer(
          [
            [1, 10],
            [2, null],
          ],
          { Id: 'bigint', Pop: 'bigint' },
        ),
      ]);
      assert.deepEqual(removed?.drift, { added: [], removed: ['name'], retyped: [] });
      assert.deepEqual(removed?.changes, { inserted: 0, updated: 2, deleted: 0, unchanged: 0 });
      const [same] = await run([
        layer(
          [
            [1, 10],
            [2, null],
          ],
          { Id: 'bigint', Pop: 'bigint' },
        ),
      ]);
      assert.deepEqual(same?.drift, { added: [], removed: [], retyped: [] });
      assert.deepEqual(same?.changes, { inserted: 0, updated: 0, deleted: 0, unchanged: 2 });
      const [retyped] = await run([
        layer(
          [
            ['x', 10, 'A'],
            ['2', null, 'B'],
          ],
          { Id: 'text', Pop: 'bigint', Name: 'text' },
        ),
      ]);
      assert.deepEqual(retyped?.drift, {
        added: ['name'],
        removed: [],
        retyped: [{ column: 'id', from: 'bigint', to: 'text' }],
      });
      assert.deepEqual(await columnsOf(t), { id: 'text', name: 'text', note: 'text', pop: 'bigint' });
      assert.deepEqual(await rowsOf(t, sql`id, name, pop::text, note`), [
        ['2', 'B', null, 'mine'],
        ['x', 'A', '10', 'mine'],
      ]);
      assert.deepEqual(await db.query(sql`select id, name from ${own('v')} order by id`), [
        { id: '2', name: 'B' },
        { id: 'x', name: 'A' },
      ]);
      assert.deepEqual(await ids(t), [2, 3]);
    });

    test('freeze keeps the table as it is and says what differs; discard_columns leaves new columns out', async () => {
      const frozen = await following(layer([[1, 'a']]), { schemaPolicy: 'freeze' });
      const wide: TestLayer['columns'] = { Id: 'text', Pop: 'bigint' };
      await assert.rejects(
        frozen.run([layer([['x', 1]], wide)]),
        code(
          2013,
          /frozen: the data has a new column pop; the data has no column name; the column id is bigint and would become text/,
        ),
      );
      assert.deepEqual(await rowsOf(frozen.t), [['1', 'a']]);
      await frozen.run([layer([[2, 'b']])]);
      assert.deepEqual(await rowsOf(frozen.t), [['2', 'b']]);

      const narrow = await following(layer([[1, 'a']]), { schemaPolicy: 'discard_columns' });
      const [table] = await narrow.run([layer([[2, 'b', 7]], { Id: 'bigint', Name: 'text', Pop: 'bigint' })]);
      assert.deepEqual(await columnsOf(narrow.t), { id: 'bigint', name: 'text' });
      assert.deepEqual(await rowsOf(narrow.t), [['2', 'b']]);
      assert.deepEqual(table?.drift.added, ['pop']);
    });

    test('a column that the owner added is not overwritten by one of the source with its name', async () => {
      const { t, run } = await following(layer([[1, 'a']]));
      await db.query(sql`alter table ${t} add column pop bigint`);
      await db.query(sql`update ${t} set pop = 5`);
      const wide = layer([[1, 'a', 7]], { Id: 'bigint', Name: 'text', Pop: 'bigint' });
      await assert.rejects(run([wide]), code(2013, /columns of its own that the data has too: pop/));
      await db.query(sql`update ${t} set pop = null`);
      await run([wide]);
      assert.deepEqual(await rowsOf(t, sql`id, pop`), [['1', '7']]);
    });

    test('the changed rows of a run can be read, and taken back byte for byte, and the taking back too', async () => {
      const columns: TestLayer['columns'] = { Id: 'bigint', Name: 'text', Size: 'double precision' };
      const point = { lon: 0.1 + 0.2, lat: -0.0 };
      const first: TestLayer = {
        name: 't',
        columns,
        rows: [
          [point, 1, 'a"\\\n', 0.1 + 0.2],
          [null, 2, '', -0],
          [null, 3, null, 1e-300],
          [point, 3, null, 1e-300],
        ],
      };
      const { account, t, run, runs, tableId } = await following(first, { key: ['id'] });
      const image = async (): Promise<unknown> =>
        db.query(sql`select cartodb_id, encode(record_send(row(t.*)), 'hex') as bytes from ${t} t order by 1`);
      await db.query(sql`alter table ${t} add column note text default 'mine'`);
      const states = [await image()];
      await run([{ ...first, rows: [[null, 1, 'b', 5], ...first.rows.slice(1, 3), [null, 9, 'new', 1]] }]);
      states.push(await image());
      await run([
        {
          ...first,
          rows: [
            [null, 1, 'c', 5],
            [point, 9, 'newer', 2],
          ],
        },
      ]);
      states.push(await image());

      const [change] = (await changesOf(db, tableId, runs[1] ?? '', { after: 0, limit: 1 })) ?? [];
      assert.equal(change?.kind, 'delete');
      const changes = await changesOf(db, tableId, runs[1] ?? '', { after: change?.number ?? 0, limit: 10 });
      assert.deepEqual(
        changes?.map(({ kind, before, after }) => [kind, before?.name, after?.name, after?.size]),
        [
          ['update', 'a"\\\n', 'b', '5'],
          ['insert', undefined, 'new', '1'],
        ],
      );
      assert.equal(await changesOf(db, tableId, runs[0] ?? '', { after: 0, limit: 1 }), null);

      const back = async (toRun: string): Promise<unknown> => {
        const runId = randomUUID();
        runs.push(runId);
        return db.transaction((tx) =>
          rollback(tx, { schema: account.name, table: 't', tableId, toRun, runId, limits: history }),
        );
      };
      assert.deepEqual(await back(runs[0] ?? ''), { inserted: 3, updated: 1, deleted: 1, unchanged: 0 });
      assert.deepEqual(await image(), states[0]);
      await back(runs[1] ?? '');
      assert.deepEqual(await image(), states[1]);
      await back(runs[2] ?? '');
      assert.deepEqual(await image(), states[2]);
      await back(runs[3] ?? '');
      assert.deepEqual(await image(), states[0]);
      assert.deepEqual(await back(runs.at(-1) ?? ''), { inserted: 0, updated: 0, deleted: 0, unchanged: 4 });
      await assert.rejects(back(randomUUID()), code(2013, /cannot be taken back/));
    });

    test('a rollback restores what was there before columns came, went and changed', async () => {
      const { account, t, run, runs, tableId } = await following(
        layer([
          [1, 'a'],
          [2, 'b'],
        ]),
      );
      const names = async (): Promise<unknown> => rowsOf(t, sql`id::text, name`);
      const before = await names();
      await run([
        layer(
          [
            ['x', 5],
            ['2', 6],
          ],
          { Id: 'text', Pop: 'bigint' },
        ),
      ]);
      await db.transaction((tx) =>
        rollback(tx, {
          schema: account.name,
          table: 't',
          tableId,
          toRun: runs[0] ?? '',
          runId: randomUUID(),
          limits: history,
        }),
      );
      assert.deepEqual(await names(), before);
      assert.deepEqual(await rowsOf(t, sql`pop`), [[null], [null]]);
    });

    test('no more runs are kept than the limits say, and what is gone cannot be taken back', async () => {
      const { account, run, runs, tableId } = await following(layer([[1, 'a']]));
      const { targets } = { targets: new Map([['t', tableId]]) };
      const few = async (name: string, limits: { runs: number; bytes: number }): Promise<string> => {
        const runId = randomUUID();
        const refresh: Refresh = { targets, schemaPolicy: 'evolve', mode: 'replace', key: [], runId };
        await importLayers(db, account, [layer([[1, name]])], {}, { refresh, history: limits });
        return runId;
      };
      await run([layer([[1, 'b']])]);
      const two = { runs: 2, bytes: 1e9 };
      const later = [await few('c', two), await few('d', two), await few('e', two)];
      assert.equal(await changesOf(db, tableId, later[0] ?? '', { after: 0, limit: 9 }), null);
      assert.equal((await changesOf(db, tableId, later[1] ?? '', { after: 0, limit: 9 }))?.length, 2);
      const back = (toRun: string): Promise<unknown> =>
        db.transaction((tx) =>
          rollback(tx, { schema: account.name, table: 't', tableId, toRun, runId: randomUUID(), limits: two }),
        );
      await assert.rejects(back(runs[1] ?? ''), code(2013, /not kept any more/));
      await back(later[0] ?? '');
      assert.deepEqual(await rowsOf(identifier(account.name, 't')), [['1', 'c']]);
      await few('f', { runs: 2, bytes: 10 });
      assert.equal(
        (
          await db.query(
            sql`select from landfall.row_changes c join landfall.refreshes r on r.number = c.refresh where table_id = ${tableId}`,
          )
        ).length,
        0,
      );
    });

    test('100,000 rows with keys that are there twice: the last of each counts, and every other is reported', async () => {
      const count = 100_000;
      const distinct = 90_000;
      const { account } = await createAccount(db, `sync${++accounts}`);
      const rows = Array.from({ length: count }, (_, index) => [(index * 7) % distinct, `row ${index}`] as const);
      const options: Partial<ImportOptions> = { mode: 'upsert', key: ['id'] };
      await importLayers(db, account, [layer(rows.slice(0, 1000))], options);
      await importLayers(db, account, [layer(rows)], options);
      const [report] = await db.query<{ changes: unknown; duplicates: { count: number; first: unknown[] } }>(sql`
        select tables -> 0 -> 'changes' as changes, warnings -> 'duplicate_keys' as duplicates
        from landfall.imports where account_id = ${account.id} order by created_at desc limit 1`);
      // The last row of each of the first 1,000 keys is one of the last 10,000 rows.
      assert.deepEqual(report?.changes, { inserted: distinct - 1000, updated: 1000, deleted: 0, unchanged: 0 });
      assert.equal(report?.duplicates.count, count - distinct);
      assert.equal(report?.duplicates.first.length, 100);
      assert.deepEqual(report?.duplicates.first[0], { row: 1, key: { id: 0 } });
      const last = new Map(rows);
      const stored = await db.query<{ id: number; name: string }>(
        sql`select id, name from ${identifier(account.name, 't')}`,
      );
      assert.equal(stored.length, distinct);
      assert.ok(stored.every(({ id, name }) => last.get(id) === name));
    });

    test('a rollback to a run that changed nothing restores what was there when it ended', async () => {
      const { account, t, run, tableId } = await following(layer([[1, 'a']]));
      const [sync] = await db.query<{ id: string }>(sql`
        insert into landfall.synchronizations
          (account_id, interval_seconds, request, options, display_name, import_id, run_at, ran_at, created_at, updated_at)
        values (${account.id}, 900, '{}', '{}', '', ${randomUUID()}, now(), now(), now(), now()) returning id`);
      await run([layer([[1, 'b']])]);
      const idle = randomUUID();
      await db.query(sql`
        insert into landfall.sync_runs (id, synchronization_id, started_at, ended_at, outcome, trigger)
        values (${idle}, ${sync?.id}, clock_timestamp(), clock_timestamp(), 'unchanged', 'schedule')`);
      await run([layer([[1, 'c']])]);
      const wish = { schema: account.name, table: 't', tableId, toRun: idle, runId: randomUUID(), limits: history };
      await db.transaction((tx) => rollback(tx, wish));
      assert.deepEqual(await rowsOf(t), [['1', 'b']]);
    });

    test('any table becomes what the mode makes of any source, and a second time nothing changes', async () => {
      const row = fc.tuple(
        fc.option(fc.integer({ min: 1, max: 4 })),
        fc.constantFrom<(string | null)[]>(null, 'a', 'b'),
      );
      const rows = fc.array(row, { maxLength: 7 });
      const mode = fc.constantFrom<Refresh['mode'][]>('replace', 'upsert', 'update', 'insert_new', 'append');
      const { t, run } = await following(layer([]));
      const show = (list: readonly (readonly [number | null, string | null])[]): string[] =>
        list.map(([id, name]) => JSON.stringify([id === null ? null : String(id), name])).sort();
      let held: (readonly [number | null, string | null])[] = [];
      await fc.assert(
        fc.asyncProperty(rows, mode, fc.boolean(), async (next, wanted, keyed) => {
          const last = new Map(next.filter(([id]) => id !== null).map((one) => [one[0], one] as const));
          const known = new Set(held.map(([id]) => id));
          const updated = held.map((one) => last.get(one[0]) ?? one);
          const fresh = [...last.values()].filter(([id]) => !known.has(id));
          const models: Record<string, (readonly [number | null, string | null])[]> = {
            replace: next,
            append: [...held, ...next],
            update: updated,
            insert_new: [...held, ...fresh],
            upsert: [...updated, ...fresh],
          };
          const key = wanted !== 'replace' || keyed ? ['id'] : [];
          const [table] = await run([layer(next)], { mode: wanted, key });
          const shown = (await rowsOf(t)).map((one) => JSON.stringify(one)).sort();
          assert.deepEqual(shown, show(models[wanted] ?? []));
          held = models[wanted] ?? [];
          if (wanted === 'replace') {
            const {
              inserted,
              updated: changed,
              unchanged,
            } = table?.changes ?? { inserted: 0, updated: 0, unchanged: 0 };
            assert.equal(inserted + changed + unchanged, next.length);
          }
          if (wanted === 'append') return;
          const [again] = await run([layer(next)], { mode: wanted, key });
          assert.deepEqual({ ...again?.changes, unchanged: 0 }, { inserted: 0, updated: 0, deleted: 0, unchanged: 0 });
        }),
        { seed: 5, numRuns: 25 },
      );
    });
  });
}
