import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Database } from '../../src/db/database.ts';
import { identifier, sql, trusted } from '../../src/db/sql.ts';
import type { Account } from '../../src/domain/import.ts';
import { Fenced, ImportError } from '../../src/errors.ts';
import { loadLayer } from '../../src/load/load-layer.ts';
import { dropStaging, sweepStaging } from '../../src/load/staging.ts';
import { grantTable } from '../../src/publish/grants.ts';
import { isSkipped } from '../../src/publish/plan.ts';
import { publish } from '../../src/publish/publish.ts';
import { createAccount } from '../../src/store/accounts.ts';
import { claimImport, findImport } from '../../src/store/imports.ts';
import { createLimit } from '../../src/util/limit.ts';
import { oneEngine, openTestDatabase } from '../support/database.ts';
import { importLayers, load, sessionOf, stagingTables, startJob, type TestLayer } from '../support/loaded.ts';

const cities = (name = 'cities'): TestLayer => ({
  name,
  columns: { Name: 'text', 'Pop Max': 'bigint' },
  rows: [
    [{ lon: 13.4, lat: 52.5 }, 'Berlin', 3_600_000],
    [{ lon: 2.35, lat: 48.85 }, 'Paris', 2_100_000],
    [null, 'Atlantis', null],
  ],
});

const code = (expected: number) => (error: unknown) => error instanceof ImportError && error.code === expected;

for (const engine of oneEngine) {
  suite(`publishing new tables on ${engine}`, () => {
    let database: Awaited<ReturnType<typeof openTestDatabase>>;
    let db: Database;
    before(async () => {
      database = await openTestDatabase(engine);
      db = database.db;
    });
    after(async () => database[Symbol.asyncDispose]());

    let accounts = 0;
    const newAccount = async (): Promise<Account> => (await createAccount(db, `acc${++accounts}`)).account;

    test('a table has the shape, the names, the comments and the registration of the contract', async () => {
      const account = await newAccount();
      const published = await importLayers(db, account, [cities()]);
      assert.equal(published.tables.length, 1);
      const table = identifier(account.name, 'cities');
      const rows = await db.query(sql`
        select cartodb_id, st_astext(the_geom) as point, st_srid(the_geom_webmercator) as srid, name, pop_max
        from ${table} order by 1`);
      assert.deepEqual(rows[0], {
        cartodb_id: 1,
        point: 'POINT(13.4 52.5)',
        srid: 3857,
        name: 'Berlin',
        pop_max: 3600000,
      });
      assert.equal(rows.length, 3);
      const columns = await db.query(sql`
        select attname as name, format_type(atttypid, atttypmod) as type, attidentity as identity,
          col_description(attrelid, attnum) as source
        from pg_attribute where attrelid = ${table.text}::regclass and attnum > 0 order by attnum`);
      assert.deepEqual(columns, [
        { name: 'cartodb_id', type: 'bigint', identity: 'd', source: null },
        { name: 'the_geom', type: 'geometry(Geometry,4326)', identity: '', source: null },
        { name: 'the_geom_webmercator', type: 'geometry(Geometry,3857)', identity: '', source: null },
        { name: 'name', type: 'text', identity: '', source: 'Name' },
        { name: 'pop_max', type: 'bigint', identity: '', source: 'Pop Max' },
      ]);
      const indexes = await db.query(sql`
        select indexname as name from pg_indexes where schemaname = ${account.name} order by 1`);
      assert.deepEqual(
        indexes.map(({ name }) => name),
        ['cities_pkey', 'cities_the_geom_idx', 'cities_the_geom_webmercator_idx'],
      );
      assert.deepEqual(await db.query(sql`insert into ${table} (name) values ('Rome') returning cartodb_id`), [
        { cartodb_id: 4 },
      ]);
      assert.deepEqual(
        await db.query(
          sql`select relname::text, relpersistence::text from pg_class where oid = ${table.text}::regclass`,
        ),
        [{ relname: 'cities', relpersistence: 'p' }],
      );
      assert.deepEqual(
        await db.query(sql`
          select name, privacy, row_count from landfall.tables where account_id = ${account.id}`),
        [{ name: 'cities', privacy: 'private', row_count: 3 }],
      );
      assert.deepEqual(await stagingTables(db), []);
    });

    test('the import row ends with the last table, the number of tables and the rows', async () => {
      const account = await newAccount();
      const job = await startJob(db, account);
      const published = await publish(await load(db, account, job, [cities('a'), cities('a')]), job, account, {
        db,
        grantTable,
      });
      assert.deepEqual(
        published.tables.map(({ name }) => name),
        ['a', 'a_1'],
      );
      const row = await findImport(db, account.id, job.id);
      assert.equal(row?.state, 'complete');
      assert.equal(row?.tableName, 'a_1');
      assert.equal(row?.tableId, published.tables[1]?.id);
      assert.equal(row?.tablesCreatedCount, 2);
      assert.equal(row?.progress.rows, 6);
      assert.equal(row?.error, null);
    });

    test('an empty layer becomes an empty table whose ids begin at 1', async () => {
      const account = await newAccount();
      await importLayers(db, account, [{ ...cities('empty'), rows: [] }]);
      const rows = await db.query(sql`
        insert into ${identifier(account.name, 'empty')} (name) values ('x') returning cartodb_id`);
      assert.deepEqual(rows, [{ cartodb_id: 1 }]);
    });

    test('names of views, hand-made tables and indexes count as taken', async () => {
      const account = await newAccount();
      await db.query(sql`create view ${identifier(account.name, 't')} as select 1 as one`);
      await db.query(sql`create table ${identifier(account.name, 't_1')} (t_2 int)`);
      await db.query(sql`create table ${identifier(account.name, 't_3_pkey')} (x int)`);
      await db.query(sql`create index t_2 on ${identifier(account.name, 't_1')} (t_2)`);
      const published = await importLayers(db, account, [cities('t')], { collisionStrategy: 'overwrite' });
      assert.equal(published.tables[0]?.name, 't_3');
      const keys = await db.query(sql`
        select conname::text as name from pg_constraint
        where conrelid = ${identifier(account.name, 't_3').text}::regclass and contype = 'p'`);
      assert.deepEqual(keys, [{ name: 't_3_pkey_1' }]);
    });

    test('names of 63 bytes leave room for indexes, sequences and numbers', async () => {
      const account = await newAccount();
      const name = 'x'.repeat(80);
      await importLayers(db, account, [cities(name)]);
      const second = await importLayers(db, account, [cities(name)]);
      assert.equal(second.tables[0]?.name, `${'x'.repeat(61)}_1`);
      const names = await db.query<{ name: string }>(sql`
        select relname::text as name from pg_class c join pg_namespace n on n.oid = relnamespace
        where nspname = ${account.name}`);
      assert.equal(names.length, 10);
    });

    test('16 imports of one file at once become t, t_1 … t_15', async () => {
      const account = await newAccount();
      const results = await Promise.all(Array.from({ length: 16 }, () => importLayers(db, account, [cities('t')])));
      const names = results.map(({ tables }) => tables[0]?.name ?? '').sort();
      assert.deepEqual(names, ['t', ...Array.from({ length: 15 }, (_, index) => `t_${index + 1}`)].sort());
    });

    test('skip leaves a table of the sanitised name alone and completes with 1022', async () => {
      const account = await newAccount();
      await importLayers(db, account, [cities('my_table')]);
      assert.equal(await isSkipped(db, account, 'skip', 'My-Table'), true);
      assert.equal(await isSkipped(db, account, 'skip', 'other'), false);
      assert.equal(await isSkipped(db, account, 'rename', 'My-Table'), false);
      const job = await startJob(db, account, { collisionStrategy: 'skip' });
      const loaded = await load(db, account, job, [cities('My-Table')]);
      assert.deepEqual(await publish(loaded, job, account, { db, grantTable }), { tables: [] });
      const row = await findImport(db, account.id, job.id);
      assert.equal(row?.state, 'complete');
      assert.equal(row?.error?.code, 1022);
      assert.equal(row?.tablesCreatedCount, 0);
      assert.deepEqual(await stagingTables(db), []);
    });

    test('an attempt that was taken over publishes nothing', async () => {
      const account = await newAccount();
      const job = await startJob(db, account);
      const loaded = await load(db, account, job, [cities()]);
      const later = await claimImport(db, job.id);
      await assert.rejects(publish(loaded, job, account, { db, grantTable }), Fenced);
      assert.deepEqual(await db.query(sql`select 1 from landfall.tables where account_id = ${account.id}`), []);
      assert.equal(await sweepStaging(db), 1);
      assert.ok(later !== null);
      const again = await load(db, account, later, [cities()]);
      await publish(again, later, account, { db, grantTable });
      await assert.rejects(publish(again, later, account, { db, grantTable }), Fenced);
      assert.deepEqual(await stagingTables(db), []);
    });

    test('two layers are published together or not at all', async () => {
      const account = await newAccount();
      const job = await startJob(db, account);
      const loaded = await load(db, account, job, [cities('one'), cities('two')]);
      const failing = async (...[tx, owner, table, privacy]: Parameters<typeof grantTable>) => {
        if (table === 'two') await tx.query(sql`select 1 / 0`);
        await grantTable(tx, owner, table, privacy);
      };
      await assert.rejects(publish(loaded, job, account, { db, grantTable: failing }), code(2001));
      assert.deepEqual(
        await db.query(
          sql`select 1 from pg_class c join pg_namespace n on n.oid = relnamespace where nspname = ${account.name}`,
        ),
        [],
      );
      assert.equal((await findImport(db, account.id, job.id))?.state, 'uploading');
      await dropStaging(db, job);
      assert.deepEqual(await stagingTables(db), []);
    });

    test('more tables or bytes than the account may have end with 8002 and 8001', async () => {
      const account = await newAccount();
      await importLayers(db, account, [cities()]);
      const limited = (limits: Partial<Account['limits']>): Account => ({
        ...account,
        limits: { ...account.limits, ...limits },
      });
      await assert.rejects(importLayers(db, limited({ maxTables: 1 }), [cities()]), code(8002));
      await importLayers(db, limited({ maxTables: 1 }), [cities()], { collisionStrategy: 'overwrite' });
      await assert.rejects(importLayers(db, limited({ maxStorageBytes: 1000 }), [cities()]), code(8001));
      await importLayers(db, limited({ maxStorageBytes: 10_000_000 }), [cities()]);
    });

    test('privacy is stored, and private where nothing is said', async () => {
      const account = await newAccount();
      await importLayers(db, account, [cities('open')], { privacy: 'public' });
      await importLayers(db, account, [cities('linked')], { privacy: 'link' });
      const rows = await db.query(sql`
        select name, privacy from landfall.tables where account_id = ${account.id} order by name`);
      assert.deepEqual(rows, [
        { name: 'linked', privacy: 'link' },
        { name: 'open', privacy: 'public' },
      ]);
    });

    test('a cartodb_id that is there twice fails with 2011 and the value', async () => {
      const account = await newAccount();
      const rows = [7, 8, 7].map((id) => [id, null, 'x', 1]);
      const failing = importLayers(db, account, [{ ...cities('ids'), ids: 'source', rows }]);
      await assert.rejects(failing, (error) => code(2011)(error) && /\b7 more than once/.test(String(error)));
      assert.deepEqual(await stagingTables(db), []);
    });

    test('a load of more than 4 MiB has the same indexes, and finds an id that is there twice', async () => {
      const account = await newAccount();
      const wide = (ids: readonly number[]): TestLayer => ({
        ...cities('wide'),
        ids: 'source',
        rows: ids.map((id) => [id, { lon: id, lat: id }, 'x'.repeat(500_000), id]),
      });
      await importLayers(db, account, [wide([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])]);
      const indexes = await db.query(sql`
        select indexname as name from pg_indexes where schemaname = ${account.name} order by 1`);
      assert.deepEqual(
        indexes.map(({ name }) => name),
        ['wide_pkey', 'wide_the_geom_idx', 'wide_the_geom_webmercator_idx'],
      );
      const failing = importLayers(db, account, [wide([1, 2, 3, 4, 5, 6, 7, 8, 9, 4])]);
      await assert.rejects(failing, (error) => code(2011)(error) && /\b4 more than once/.test(String(error)));
      assert.deepEqual(await stagingTables(db), []);
    });

    test('the ids of the source are kept and the sequence goes on behind them', async () => {
      const account = await newAccount();
      const rows = [70, 8].map((id) => [id, null, 'x', 1]);
      await importLayers(db, account, [{ ...cities('ids'), ids: 'source', rows }]);
      const table = identifier(account.name, 'ids');
      await db.query(sql`insert into ${table} (name) values ('new')`);
      assert.deepEqual(
        (await db.query(sql`select cartodb_id from ${table} order by 1`)).map((row) => row.cartodb_id),
        [8, 70, 71],
      );
    });

    test('other reference systems are converted to both projections, cut at the edge of the Mercator world', async () => {
      const account = await newAccount();
      const rows = [
        [{ lon: 2_000_000, lat: 6_000_000 }, 'x', 1],
        [null, 'y', 2],
      ];
      await importLayers(db, account, [{ ...cities('m'), srid: 3857, rows }]);
      const [row] = await db.query<{ lon: number; x: number }>(sql`
        select st_x(the_geom) as lon, st_x(the_geom_webmercator) as x
        from ${identifier(account.name, 'm')} where name = 'x'`);
      assert.ok(Math.abs((row?.lon ?? 0) - 17.966) < 0.001, String(row?.lon));
      assert.ok(Math.abs((row?.x ?? 0) - 2_000_000) < 1e-6, String(row?.x));
      const polar = [[{ lon: 500_000, lat: 0 }, 'pole', 1]];
      await importLayers(db, account, [{ ...cities('polar'), srid: 32661, rows: polar }]);
      const count = await db.query(sql`select the_geom is not null as found from ${identifier(account.name, 'polar')}`);
      assert.deepEqual(count, [{ found: true }]);
    });

    test('an unknown reference system fails with 3008, coordinates out of its bounds with 2014', async () => {
      const account = await newAccount();
      await assert.rejects(importLayers(db, account, [{ ...cities(), srid: 999_999 }]), code(3008));
      const far = [[{ lon: 1e30, lat: 1e30 }, 'x', 1]];
      await assert.rejects(importLayers(db, account, [{ ...cities(), srid: 32633, rows: far }]), code(2014));
      assert.deepEqual(await stagingTables(db), []);
    });

    test('a pass that is given up leaves nothing, and the next one loads', async () => {
      const account = await newAccount();
      const job = await startJob(db, account);
      const whole = sessionOf([cities()]);
      const session = {
        ...whole,
        read: async (...[layer, take]: Parameters<typeof whole.read>) => {
          const abandoned = new Error('a value did not fit');
          await assert.rejects(
            whole.read(layer, (schema, chunks) =>
              take(
                schema,
                (async function* () {
                  yield* chunks;
                  throw abandoned;
                })(),
              ),
            ),
            abandoned,
          );
          assert.deepEqual(await stagingTables(db), []);
          return whole.read(layer, take);
        },
      };
      const loaded = await loadLayer(
        session,
        0,
        job,
        { db, plan: async () => 'create', geometryPolicy: null, buildLimit: createLimit(2) },
        AbortSignal.timeout(60_000),
      );
      await publish([loaded], job, account, { db, grantTable });
      const [row] = await db.query(sql`select count(*)::int as count from ${identifier(account.name, 'cities')}`);
      assert.deepEqual(row, { count: 3 });
    });

    test('sweeping drops what belongs to no living attempt and nothing else', async () => {
      const account = await newAccount();
      const job = await startJob(db, account);
      await load(db, account, job, [cities()]);
      await db.query(trusted('create table landfall_staging.i00000000000000000000000000000000_1_1 (x int)'));
      assert.equal(await sweepStaging(db), 1);
      assert.equal((await stagingTables(db)).length, 1);
      await dropStaging(db, job);
    });
  });
}
