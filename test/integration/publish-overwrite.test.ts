import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import fc from 'fast-check';
import { type Database, DatabaseError } from '../../src/db/database.ts';
import { identifier, type Sql, sql, trusted } from '../../src/db/sql.ts';
import type { Account, ImportOptions } from '../../src/domain/import.ts';
import { ImportError } from '../../src/errors.ts';
import { dropStaging } from '../../src/load/staging.ts';
import { grantTable } from '../../src/publish/grants.ts';
import { publish } from '../../src/publish/publish.ts';
import { createAccount } from '../../src/store/accounts.ts';
import { findImport } from '../../src/store/imports.ts';
import { engines, openTestDatabase } from '../support/database.ts';
import { type Cell, importLayers, load, stagingTables, startJob, type TestLayer } from '../support/loaded.ts';

const code = (expected: number, text: RegExp) => (error: unknown) => {
  assert.ok(error instanceof ImportError, String(error));
  assert.equal(error.code, expected);
  assert.match(error.message, text);
  return true;
};

const layer = (
  rows: readonly (readonly Cell[])[],
  columns: TestLayer['columns'] = { Name: 'text', pop: 'bigint' },
): TestLayer => ({ name: 't', columns, rows });

const berlin = [{ lon: 13.4, lat: 52.5 }, 'Berlin', 3] as const;
const paris = [{ lon: 2.35, lat: 48.85 }, 'Paris', 2] as const;
const rome = [{ lon: 12.5, lat: 41.9 }, 'Rome', 1] as const;
const overwrite: Partial<ImportOptions> = { collisionStrategy: 'overwrite' };

for (const engine of engines) {
  suite(`overwriting on ${engine}`, () => {
    let database: Awaited<ReturnType<typeof openTestDatabase>>;
    let db: Database;
    before(async () => {
      database = await openTestDatabase(engine);
      db = database.db;
    });
    after(async () => database[Symbol.asyncDispose]());

    let accounts = 0;
    /** An account with a table `t` of these rows. */
    const withTable = async (first: TestLayer): Promise<{ account: Account; t: Sql; in: (name: string) => Sql }> => {
      const { account } = await createAccount(db, `acc${++accounts}`);
      await importLayers(db, account, [first]);
      return { account, t: identifier(account.name, 't'), in: (name) => identifier(account.name, name) };
    };
    const names = async (t: Sql): Promise<unknown> => {
      const rows = await db.query<{ cartodb_id: number; name: string }>(
        sql`select cartodb_id, name from ${t} order by cartodb_id`,
      );
      return Object.fromEntries(rows.map((row) => [row.cartodb_id, row.name]));
    };
    /** Everything that hangs on the table, as the catalogue says it. */
    const attachments = async (account: Account): Promise<unknown> =>
      db.query(sql`
        with rel as (select c.* from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = ${account.name})
        select 'relation' as kind, relname::text as name,
          jsonb_build_array(case relname when 't' then oid::text end, relkind, relacl::text, relowner::regrole::text,
            relrowsecurity, reloptions)::text as value from rel where relkind <> 'S'
        union all select 'view', relname::text, pg_get_viewdef(oid) from rel where relkind in ('v', 'm')
        union all select 'column', attrelid::regclass || '.' || attname,
          jsonb_build_array(attstattarget, pg_get_expr(d.adbin, d.adrelid))::text
          from pg_attribute left join pg_attrdef d on d.adrelid = attrelid and d.adnum = attnum
          where attrelid in (select oid from rel where relkind in ('v', 'm')) and attnum > 0
        union all select 'index', indexrelid::regclass::text, pg_get_indexdef(indexrelid) || indisclustered from pg_index
          where indrelid in (select oid from rel)
        union all select 'trigger', tgname::text, pg_get_triggerdef(t.oid) || tgenabled::text from pg_trigger t
          where tgrelid in (select oid from rel) and not tgisinternal
        union all select 'policy', polname::text, pg_get_expr(polqual, polrelid) || polroles::regrole[]::text
          from pg_policy where polrelid in (select oid from rel)
        union all select 'constraint', conname::text, pg_get_constraintdef(c.oid) from pg_constraint c
          where conrelid in (select oid from rel)
        union all select 'comment', objoid::regclass::text || objsubid, description from pg_description
          where classoid = 'pg_class'::regclass and objoid in (select oid from rel)
        union all select 'comment', pg_describe_object(classoid, objoid, objsubid), description from pg_description
          where classoid in ('pg_trigger'::regclass, 'pg_policy'::regclass, 'pg_rewrite'::regclass)
            and pg_describe_object(classoid, objoid, objsubid) like ${`%${account.name}.%`}
        order by 1, 2`);

    /** A view, a view on it, a materialized view, grants, an index, a trigger, a policy, a foreign key, a column. */
    const attach = async (account: Account): Promise<void> => {
      const own = (name: string): Sql => identifier(account.name, name);
      const statements = [
        sql`create view ${own('big')} with (security_barrier=true) as select name, pop from ${own('t')} where pop > 1`,
        sql`create view ${own('bigger')} as select upper(name) as name, pop * 2 as twice from ${own('big')}`,
        sql`create materialized view ${own('total')} as select 1 as one, sum(pop) as pop, count(*) as rows from ${own('t')}`,
        sql`create unique index total_one on ${own('total')} (one)`,
        sql`create materialized view ${own('list')} as select string_agg(name, ',' order by name) as names from ${own('bigger')}`,
        sql`comment on view ${own('big')} is 'the big ones'`,
        sql`comment on column ${own('big')}.name is 'a name'`,
        sql`comment on table ${own('t')} is 'all of them'`,
        sql`grant select on ${own('big')}, ${own('total')}, ${own('t')} to public`,
        sql`grant select (name) on ${own('bigger')} to public`,
        sql`create index t_name on ${own('t')} (lower(name)) where pop > 0`,
        sql`create table ${own('log')} (what text)`,
        sql`create function ${own('note')}() returns trigger language plpgsql as ${trusted(
          `$$ begin insert into "${account.name}".log values (tg_op); return null; end $$`,
        )}`,
        sql`create trigger note after insert or delete or update of pop on ${own('t')} for each row execute function ${own('note')}()`,
        sql`create trigger off_note after insert on ${own('t')} execute function ${own('note')}()`,
        sql`alter table ${own('t')} disable trigger off_note`,
        sql`alter table ${own('t')} enable row level security`,
        sql`create policy positive on ${own('t')} for select to public using (pop > 0)`,
        sql`create table ${own('mayor')} (city bigint references ${own('t')} on delete cascade)`,
        sql`insert into ${own('mayor')} values (1)`,
        sql`alter table ${own('t')} add column note text default 'mine'`,
        sql`alter view ${own('big')} alter name set default 'nobody'`,
        sql`alter materialized view ${own('total')} alter pop set statistics 77`,
        sql`alter materialized view ${own('total')} cluster on total_one`,
        sql`comment on index ${own('total_one')} is 'one row'`,
        sql`create rule nowhere as on insert to ${own('big')} do instead nothing`,
        sql`comment on rule nowhere on ${own('big')} is 'read only'`,
        sql`comment on trigger note on ${own('t')} is 'keeps a log'`,
        sql`comment on trigger off_note on ${own('t')} is 'is off'`,
        sql`comment on policy positive on ${own('t')} is 'the inhabited ones'`,
      ];
      for (const statement of statements) await db.query(statement);
    };

    test('the same columns merge: the table, its ids and everything that hangs on it stay', async () => {
      const { account, t, in: own } = await withTable(layer([berlin, paris]));
      await attach(account);
      await db.query(sql`update ${t} set note = 'kept' where name = 'Berlin'`);
      await db.query(sql`delete from ${own('log')}`);
      const before = await attachments(account);
      const published = await importLayers(db, account, [layer([rome, berlin])], overwrite);
      assert.equal(published.tables[0]?.isNew, false);
      assert.deepEqual(await attachments(account), before);
      assert.deepEqual(await names(t), { 1: 'Berlin', 3: 'Rome' });
      assert.deepEqual(await db.query(sql`select what from ${own('log')} order by 1`), [
        { what: 'DELETE' },
        { what: 'INSERT' },
      ]);
      assert.deepEqual(await db.query(sql`select note from ${t} order by cartodb_id`), [
        { note: 'kept' },
        { note: 'mine' },
      ]);
      assert.deepEqual(await db.query(sql`select pop::int, rows::int from ${own('total')}`), [{ pop: 4, rows: 2 }]);
      assert.deepEqual(await db.query(sql`select names from ${own('list')}`), [{ names: 'BERLIN' }]);
      assert.deepEqual(await db.query(sql`select city from ${own('mayor')}`), [{ city: 1 }]);
      assert.deepEqual(await stagingTables(db), []);
    });

    test('a wider type changes the column of the same table, and everything that hangs on it is made again', async () => {
      const { account, t, in: own } = await withTable(layer([berlin, paris]));
      await attach(account);
      await db.query(sql`delete from ${own('log')}`);
      const before = await attachments(account);
      const wider = layer(
        [
          [...berlin.slice(0, 2), 3],
          [...rome.slice(0, 2), 1.5],
        ],
        { Name: 'text', pop: 'double precision' },
      );
      await importLayers(db, account, [wider], overwrite);
      // The server writes casts and parentheses into what compares the column with a number.
      const text = (value: unknown): string =>
        JSON.stringify(value, null, 1).replaceAll(/::double precision|[()]/g, '');
      assert.equal(text(await attachments(account)), text(before));
      assert.deepEqual(await names(t), { 1: 'Berlin', 3: 'Rome' });
      assert.deepEqual(await db.query(sql`select pop::float8 from ${t} order by cartodb_id`), [
        { pop: 3 },
        { pop: 1.5 },
      ]);
      assert.deepEqual(await db.query(sql`select pop::float8, rows::int from ${own('total')}`), [
        { pop: 4.5, rows: 2 },
      ]);
      assert.deepEqual(await db.query(sql`select names from ${own('list')}`), [{ names: 'BERLIN,ROME' }]);
      assert.deepEqual(await db.query(sql`select what from ${own('log')} order by 1`), [
        { what: 'DELETE' },
        { what: 'INSERT' },
      ]);
    });

    test('a view that is made again is open to nobody else, whatever privileges new tables are given', async () => {
      const { account, in: own } = await withTable(layer([berlin]));
      await db.query(sql`create view ${own('closed')} as select name, pop from ${own('t')}`);
      const everybody = sql`alter default privileges in schema ${identifier(account.name)}`;
      await db.query(sql`${everybody} grant select on tables to public`);
      await importLayers(
        db,
        account,
        [layer([[null, 'x', 1.5]], { Name: 'text', pop: 'double precision' })],
        overwrite,
      );
      const open = await db.query(sql`
        select from pg_class c, aclexplode(c.relacl) a where c.oid = ${own('closed').text}::regclass and a.grantee = 0`);
      assert.equal(open.length, 0);
      await db.query(sql`${everybody} revoke select on tables from public`);
    });

    test('a type that the owner narrowed stays as long as it holds every value', async () => {
      const { account, t } = await withTable(layer([berlin]));
      await db.query(sql`alter table ${t} alter pop type integer, alter name type varchar(6)`);
      const types = async (): Promise<unknown> =>
        db.query(sql`select pop::text, name, pg_typeof(pop)::text as number, pg_typeof(name)::text as words from ${t}`);
      await importLayers(db, account, [layer([[null, 'Munich', 2_147_483_647]])], overwrite);
      assert.deepEqual(await types(), [
        { pop: '2147483647', name: 'Munich', number: 'integer', words: 'character varying' },
      ]);
      await importLayers(db, account, [layer([[null, 'Hamburg', 2_147_483_648]])], overwrite);
      assert.deepEqual(await types(), [{ pop: '2147483648', name: 'Hamburg', number: 'bigint', words: 'text' }]);
    });

    test("the owner's words about a column stay, and the source's name of it is kept up to date", async () => {
      const { account, t } = await withTable(layer([berlin]));
      await db.query(sql`comment on column ${t}.pop is 'in millions'`);
      await importLayers(db, account, [layer([rome], { NAME: 'text', POP: 'bigint' })], overwrite);
      const comments = await db.query(sql`
        select col_description(${t.text}::regclass, 4) as name, col_description(${t.text}::regclass, 5) as pop`);
      assert.deepEqual(comments, [{ name: 'NAME', pop: 'in millions' }]);
    });

    test('a table that others inherit from is left alone, and so are their rows', async () => {
      const { account, t, in: own } = await withTable(layer([berlin, paris]));
      await db.query(sql`create table ${own('heir')} () inherits (${t})`);
      await db.query(sql`insert into ${own('heir')} (cartodb_id, name) values (9, 'Bonn')`);
      await assert.rejects(importLayers(db, account, [layer([rome])], overwrite), code(2013, /heir inherits from it/));
      assert.deepEqual(await names(t), { 1: 'Berlin', 2: 'Paris', 9: 'Bonn' });
    });

    test('a type that still holds every new value is left alone', async () => {
      const { account, t } = await withTable(layer([[null, 'a', 1.5]], { Name: 'text', pop: 'double precision' }));
      await importLayers(db, account, [layer([[null, 'a', 7]])], overwrite);
      assert.deepEqual(await db.query(sql`select pop, pg_typeof(pop)::text as type from ${t}`), [
        { pop: 7, type: 'double precision' },
      ]);
      await importLayers(db, account, [layer([[null, 'a', 9007199254740993n]])], overwrite);
      assert.deepEqual(await db.query(sql`select pop::text, pg_typeof(pop)::text as type from ${t}`), [
        { pop: '9007199254740993', type: 'numeric' },
      ]);
    });

    test('a new column is added with its comment, a column without values fits any type', async () => {
      const { account, t } = await withTable(layer([berlin]));
      const columns = { Name: 'text', pop: 'text', 'Founded In': 'bigint' } as const;
      await importLayers(db, account, [layer([[...berlin.slice(0, 2), null, 1237]], columns)], overwrite);
      assert.deepEqual(
        await db.query(sql`
          select name, pop, founded_in, col_description(${t.text}::regclass, 6) as comment from ${t}`),
        [{ name: 'Berlin', pop: null, founded_in: 1237, comment: 'Founded In' }],
      );
    });

    test('missing columns and other families are refused with 2012 and their names, and the rows stay', async () => {
      const { account, t } = await withTable(layer([berlin]));
      await assert.rejects(
        importLayers(db, account, [layer([[null, 'x']], { Name: 'text' })], overwrite),
        code(2012, /no column pop/),
      );
      await assert.rejects(
        importLayers(db, account, [layer([[null, 'x', 'many']], { Name: 'text', pop: 'text' })], overwrite),
        code(2012, /column pop is bigint in the table and text in the data/),
      );
      assert.deepEqual(await names(t), { 1: 'Berlin' });
      assert.deepEqual(await stagingTables(db), []);
    });

    test('what the database refuses ends with 2013 and its reason, and the rows stay', async () => {
      const { account, t, in: own } = await withTable(layer([berlin]));
      await db.query(sql`create table ${own('mayor')} (city bigint references ${t})`);
      await db.query(sql`insert into ${own('mayor')} values (1)`);
      await assert.rejects(importLayers(db, account, [layer([rome])], overwrite), code(2013, /mayor_city_fkey/));
      assert.deepEqual(await names(t), { 1: 'Berlin' });
      await db.query(sql`create view ${own('v')} as select pop from ${t}`);
      await db.query(sql`create function ${own('f')}() returns setof ${own('v')} language sql as 'select 1::bigint'`);
      const wider = layer([[...berlin.slice(0, 2), 3.5]], { Name: 'text', pop: 'double precision' });
      await assert.rejects(importLayers(db, account, [wider], overwrite), code(2013, /view/));
      assert.deepEqual(await db.query(sql`select pop from ${own('v')}`), [{ pop: 3 }]);
      assert.deepEqual(await stagingTables(db), []);
    });

    test('ids of the source are the key: changed rows are updated under their id', async () => {
      const ids = (rows: readonly (readonly Cell[])[]): TestLayer => ({ ...layer(rows), ids: 'source' });
      const { account, t } = await withTable(
        ids([
          [10, ...berlin],
          [20, ...paris],
        ]),
      );
      await db.query(sql`create table ${identifier(account.name, 'mayor')} (city bigint references ${t})`);
      await db.query(sql`insert into ${identifier(account.name, 'mayor')} values (20)`);
      await importLayers(
        db,
        account,
        [
          ids([
            [20, ...rome],
            [30, ...paris],
          ]),
        ],
        overwrite,
      );
      assert.deepEqual(await names(t), { 20: 'Rome', 30: 'Paris' });
      await db.query(sql`insert into ${t} (name) values ('next')`);
      assert.deepEqual(await names(t), { 20: 'Rome', 30: 'Paris', 31: 'next' });
    });

    test('privacy and id of the registration stay unless another privacy is asked for', async () => {
      const { account } = await withTable(layer([berlin]));
      const registered = async (): Promise<unknown> =>
        (await db.query(sql`select id, privacy, row_count from landfall.tables where account_id = ${account.id}`))[0];
      await importLayers(db, account, [layer([berlin, rome])], { ...overwrite, privacy: 'public' });
      const first = await registered();
      await importLayers(db, account, [layer([berlin])], overwrite);
      assert.deepEqual(await registered(), { ...Object(first), privacy: 'public', row_count: 1 });
    });

    test('a registered table that somebody dropped is made again under its id; a view in its place is left alone', async () => {
      const { account, t } = await withTable(layer([berlin]));
      const [before] = await db.query<{ id: string }>(
        sql`select id from landfall.tables where account_id = ${account.id}`,
      );
      await db.query(sql`drop table ${t}`);
      const again = await importLayers(db, account, [layer([rome])], overwrite);
      assert.deepEqual(again.tables, [
        {
          id: before?.id,
          name: 't',
          layer: 't',
          isNew: false,
          rows: 1,
          changes: { inserted: 1, updated: 0, deleted: 0, unchanged: 0 },
          drift: { added: [], removed: [], retyped: [] },
          standing: { added: [], removed: [], retyped: [] },
        },
      ]);
      await db.query(sql`drop table ${t}`);
      await db.query(sql`create view ${t} as select 1 as one`);
      const other = await importLayers(db, account, [layer([rome])], overwrite);
      assert.equal(other.tables[0]?.name, 't_1');
    });

    test('rows loaded for a merge become a table when the target has gone meanwhile', async () => {
      const { account, t } = await withTable(layer([berlin]));
      const job = await startJob(db, account, overwrite);
      const loaded = await load(db, account, job, [layer([rome])]);
      assert.equal(loaded[0]?.plan, 'merge');
      await db.query(sql`drop table ${t}`);
      await publish(loaded, job, account, { db, grantTable });
      assert.deepEqual(await names(t), { 1: 'Rome' });
      const [row] = await db.query(sql`
        select relpersistence::text, (select count(*)::int from pg_index where indrelid = c.oid) as indexes
        from pg_class c where oid = ${t.text}::regclass`);
      assert.deepEqual(row, { relpersistence: 'p', indexes: 3 });
    });

    test('two layers of one name: the first overwrites, the second gets a number', async () => {
      const { account, t, in: own } = await withTable(layer([berlin]));
      await importLayers(db, account, [layer([rome]), layer([paris])], overwrite);
      assert.deepEqual(await names(t), { 2: 'Rome' });
      assert.deepEqual(await names(own('t_1')), { 1: 'Paris' });
    });

    test('any multiset becomes any other, equal rows keep their ids, and a second time nothing changes', async () => {
      const { account, t } = await withTable(layer([]));
      const cell = fc.constantFrom(null, 'a', 'b', '');
      const rows = fc.array(fc.tuple(fc.constantFrom(null, { lon: 1, lat: 2 }), cell, fc.constantFrom(null, 1, 2)), {
        maxLength: 8,
      });
      const contents = async (): Promise<{ id: number; row: string }[]> => [
        ...(await db.query<{ id: number; row: string }>(sql`
          select cartodb_id as id, row(st_x(the_geom), name, pop)::text as row from ${t} order by 1`)),
      ];
      const bag = (list: readonly { row: string }[]): readonly string[] => list.map(({ row }) => row).sort();
      await fc.assert(
        fc.asyncProperty(rows, async (next) => {
          const before = await contents();
          await importLayers(db, account, [layer(next)], overwrite);
          const after = await contents();
          const expected = next.map(([point, name, pop]) => {
            const shown = name === null ? '' : name === '' ? '""' : name;
            return `(${point?.lon ?? ''},${shown},${pop ?? ''})`;
          });
          assert.deepEqual(bag(after), expected.sort());
          const kept = after.filter(({ id }) => before.some((old) => old.id === id));
          assert.ok(kept.every(({ id, row }) => before.some((old) => old.id === id && old.row === row)));
          const wanted = [...expected];
          const stay = before.filter(({ row }) => {
            const index = wanted.indexOf(row);
            if (index >= 0) wanted.splice(index, 1);
            return index >= 0;
          });
          assert.equal(kept.length, stay.length);
          await importLayers(db, account, [layer(next)], overwrite);
          assert.deepEqual(await contents(), after);
        }),
        { seed: 7, numRuns: 12 },
      );
    });

    test('whichever statement of a publish fails, the rows are the old ones, and the next try publishes', async () => {
      const { account, t, in: own } = await withTable(layer([berlin, paris]));
      await db.query(sql`create view ${own('v')} as select name, pop from ${t}`);
      const before = await attachments(account);
      const job = await startJob(db, account, { ...overwrite, privacy: 'public' });
      const loaded = await load(db, account, job, [
        layer([rome, [...berlin.slice(0, 2), 3.5]], { Name: 'text', pop: 'double precision' }),
        { ...layer([paris]), name: 'second' },
      ]);
      const publishUntil = async (last: number): Promise<number> => {
        let statements = 0;
        const counting: Database = Object.assign(Object.create(db), {
          transaction: (run: Parameters<Database['transaction']>[0]) =>
            db.transaction((tx) =>
              run({
                ...tx,
                query: (statement) => {
                  if (++statements > last) throw new DatabaseError('the connection was lost', { code: '08006' });
                  return tx.query(statement);
                },
              }),
            ),
        });
        await publish(loaded, job, account, { db: counting, grantTable });
        return statements;
      };
      let failed = 0;
      for (;;) {
        try {
          assert.ok((await publishUntil(failed)) > 20);
          break;
        } catch (error) {
          assert.ok(error instanceof DatabaseError && error.code === '08006', String(error));
        }
        failed++;
        assert.deepEqual(await names(t), { 1: 'Berlin', 2: 'Paris' });
        assert.deepEqual(await attachments(account), before);
        assert.equal((await findImport(db, account.id, job.id))?.state, 'uploading');
      }
      assert.deepEqual(await db.query(sql`select name, pop::float8 from ${own('v')} order by name`), [
        { name: 'Berlin', pop: 3.5 },
        { name: 'Rome', pop: 1 },
      ]);
      assert.deepEqual(await names(own('second')), { 1: 'Paris' });
      assert.deepEqual(await stagingTables(db), []);
    });

    test('a connection that ends in the middle of a publish changes nothing', async (context) => {
      if (!db.capabilities.multiProcess) return context.diagnostic('the embedded engine has no connections to lose');
      const { account, t } = await withTable(layer([berlin]));
      const job = await startJob(db, account, { ...overwrite, privacy: 'public' });
      const loaded = await load(db, account, job, [layer([rome])]);
      const dying = async (...[tx]: Parameters<typeof grantTable>): Promise<void> => {
        await tx.query(sql`select pg_terminate_backend(pg_backend_pid())`);
      };
      await assert.rejects(publish(loaded, job, account, { db, grantTable: dying }), DatabaseError);
      assert.deepEqual(await names(t), { 1: 'Berlin' });
      await publish(loaded, job, account, { db, grantTable });
      assert.deepEqual(await db.query(sql`select name from ${t}`), [{ name: 'Rome' }]);
    });

    test('readers see the old rows or the new ones, never none, a mixture or an error', async () => {
      const version = (number: number): TestLayer =>
        layer(Array.from({ length: 200 }, (_, index) => [null, `v${number}`, index]));
      const { account, t, in: own } = await withTable(version(0));
      await db.query(sql`create view ${own('seen')} as select name, pop from ${t}`);
      let stop = false;
      let reads = 0;
      const read = async (from: Sql): Promise<void> => {
        while (!stop) {
          const rows = await db.query(sql`select name, count(*)::int as count from ${from} group by name`);
          assert.equal(rows.length, 1);
          assert.equal(rows[0]?.count, 200);
          reads++;
        }
      };
      const readers = Promise.all([read(t), read(own('seen')), read(t)]);
      for (let number = 1; number <= 8; number++) {
        const wide = number >= 4;
        const next = version(number);
        await importLayers(
          db,
          account,
          [
            wide
              ? {
                  ...next,
                  columns: { Name: 'text', pop: number >= 6 ? 'double precision' : 'bigint' },
                  rows: next.rows.map(([g, n, p]) => [
                    g ?? null,
                    n ?? null,
                    number >= 6 ? Number(p) + 0.5 : (p ?? null),
                  ]),
                }
              : next,
          ],
          overwrite,
        );
      }
      stop = true;
      await readers;
      assert.ok(reads > 8, String(reads));
    });

    test('a table that stays locked is left alone with 2013 after 5 tries', { timeout: 60_000 }, async (context) => {
      if (!db.capabilities.multiProcess) return context.diagnostic('one session cannot wait for itself');
      const { account, t } = await withTable(layer([berlin]));
      const job = await startJob(db, account, overwrite);
      const loaded = await load(db, account, job, [layer([rome])]);
      await db.transaction(async (tx) => {
        await tx.query(sql`lock table ${t} in row exclusive mode`);
        await assert.rejects(publish(loaded, job, account, { db, grantTable }), code(2013, /in use/));
      });
      await dropStaging(db, job);
      assert.deepEqual(await names(t), { 1: 'Berlin' });
    });
  });
}
