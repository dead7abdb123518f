/**
 * Statements of somebody who holds a key and wants more than the key is for. Each is tried as the reader role with
 * every layer, and by the rights alone; the controls run beside them, so that a broken login does not pass for safety.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { closeRights } from '../../src/db/close-rights.ts';
import { type Database, DatabaseError } from '../../src/db/database.ts';
import { sql } from '../../src/db/sql.ts';
import { grantTable } from '../../src/publish/grants.ts';
import { accountRoles } from '../../src/store/account-roles.ts';
import { accountByName, ensureAccount } from '../../src/store/accounts.ts';
import { selfTest } from '../../src/store/self-test.ts';
import { writeRole } from '../../src/store/table-writers.ts';
import { findTable, registerTable } from '../../src/store/tables.ts';
import { createCopyDesk } from '../../src/work/copy-desk.ts';
import { runStatement } from '../../src/work/run-statement.ts';
import { engines, openTestDatabase } from '../support/database.ts';

const CANARY = 'canary-of-bob-5f2c';

/** `bob` is the account under attack; `$BOB` stands for its reader role, `$SELF` for the attacker's. */
const hostile: readonly string[] = [
  'select * from bob.secrets',
  'table bob.secrets',
  'select * from landfall_staging.i_bob_1',
  'select * from landfall.api_keys',
  `select set_config('role', '$BOB', true), query_to_xml('select * from bob.secrets', true, false, '')`,
  `set role "$BOB"`,
  'reset role',
  `select query_to_xml('select * from bob.secrets', true, false, '')`,
  `select ts_rewrite('a'::tsquery, 'select ''a''::tsquery, ''b''::tsquery')`,
  `select * from ts_stat('select to_tsvector(secret) from bob.secrets')`,
  'commit',
  `select 1; drop table anna.own`,
  `with gone as (delete from own returning *) select * from gone`,
  `insert into own values (1)`,
  'select * into stolen from own',
  'select * from own for update',
  'create table made (id int)',
  'create temp table made (id int)',
  'create extension dblink',
  `create function f() returns int language sql as 'select 1'`,
  'prepare p as select 1',
  'listen landfall_import',
  'lock table own',
  'vacuum',
  `set statement_timeout = 0`,
  'show all',
  'explain analyze select 1',
  `update pg_settings set setting = '0' where name = 'statement_timeout'`,
  `alter role "$SELF" superuser`,
  `select pg_read_file('/etc/hostname')`,
  `select pg_stat_file('/etc/hostname')`,
  `select pg_ls_dir('/')`,
  `select lo_import('/etc/hostname')`,
  `select lo_from_bytea(0, 'stored')`,
  `copy (select 1) to program 'id'`,
  `select 1) to program 'id' --`,
  `select * from dblink('dbname=postgres', 'select 1') as t(a int)`,
  'select pg_advisory_lock(1)',
  `select pg_notify('landfall_import', 'x')`,
  'select pg_sleep(1)',
  'select pg_terminate_backend(pg_backend_pid())',
  `select nextval('bob.numbers')`,
  `select current_setting('data_directory')`,
  'select * from pg_authid',
  'select * from pg_shadow',
  `select st_generatepoints('POLYGON((0 0,1 0,1 1,0 0))'::geometry, 100000000)`,
  `select st_segmentize('LINESTRING(0 0,1 1)'::geometry, 1e-12)`,
  `select st_buffer('POINT(0 0)'::geometry, 1, 'quad_segs=200000000')`,
  `select length(repeat('x', 1e9::int))`,
  `do $$ begin perform 1; end $$`,
];

/** Those that only the reading of the text refuses: they break no right, only use too much. */
const costly: ReadonlySet<string> = new Set(hostile.filter((text) => /quad_segs|repeat/.test(text)));

const controls: readonly string[] = [
  'select * from own',
  'select * from anna.own order by id desc limit 1;',
  'with few as (select id from own) select count(*), max(id) from few',
  'select st_asgeojson(g) from own',
  'select now(), current_date, random() < 2',
  'select st_buffer(g, 1), st_buffer(g, 1, 8) from own',
  `select date_trunc('month', now()), to_char(1.5, '9.9'), string_agg(id::text, ','), json_agg(id) from own`,
  `/* leading */ values (1), (2) -- trailing`,
  `select row_number() over (order by id), id from own union all select 1, 2`,
];

/** The PostGIS of the embedded engine is built without vector tiles. */
const tiles = `select st_asmvt(q, 'layer') from (select st_asmvtgeom(g, st_makeenvelope(-1, -1, 2, 2)) as geom from own) q`;

for (const engine of engines) {
  const harmless = engine === 'postgres' ? [...controls, tiles] : controls;
  describe(`hostile SQL on ${engine}`, () => {
    let held: Awaited<ReturnType<typeof openTestDatabase>>;
    let db: Database;
    let self: string;
    let anyone: string;
    let bob: string;

    before(async () => {
      held = await openTestDatabase(engine);
      db = held.db;
      assert.deepEqual(await closeRights(db), []);
      for (const name of ['anna', 'bob']) await ensureAccount(db, { name, key: `key of ${name}` });
      const roles = await accountRoles(db, 'anna');
      self = roles.reader;
      anyone = roles.public;
      bob = (await accountRoles(db, 'bob')).reader;
      await db.transaction(async (tx) => {
        await tx.query(sql`create table anna.own as select id, st_point(id, id) as g from generate_series(0, 2) id`);
        await grantTable(tx, { name: 'anna' }, 'own', 'public');
        await tx.query(sql`create table anna.notes (note text)`);
        await grantTable(tx, { name: 'anna' }, 'notes', 'private');
        await registerTable(tx, (await accountByName(tx, 'anna'))?.id ?? '', {
          name: 'notes',
          privacy: 'private',
          rows: 0,
        });
        await tx.query(sql`create table bob.secrets as select ${CANARY}::text as secret`);
        await grantTable(tx, { name: 'bob' }, 'secrets', 'private');
        await tx.query(sql`create sequence bob.numbers`);
        await tx.query(sql`create table landfall_staging.i_bob_1 as select * from bob.secrets`);
      });
    });
    after(() => held[Symbol.asyncDispose]());

    async function run(text: string, role: string, layers: 'all' | 'rights'): Promise<string> {
      const spelled = text.replaceAll('$BOB', bob).replaceAll('$SELF', self);
      await using cursor = await db.openUserCursor(spelled, { role, schema: 'anna', timeoutMs: 10_000, layers });
      const seen: unknown[] = [];
      for (let rows = await cursor.fetch(100); rows.length > 0; rows = await cursor.fetch(100)) seen.push(rows);
      return JSON.stringify(seen);
    }

    async function refusal(text: string, layers: 'all' | 'rights'): Promise<DatabaseError> {
      const error = await run(text, self, layers).then(
        (seen) => assert.fail(`went through: ${text}\n${seen}`),
        (reason) => reason,
      );
      assert.ok(error instanceof DatabaseError, `${text}: ${error}`);
      assert.match(error.code, /^(42|25|22|0A|55)/, `${text}: ${error.code} ${error.message}`);
      assert.ok(!JSON.stringify([error.message, error.detail, error.hint]).includes(CANARY), text);
      return error;
    }

    test('there are fifty of them', () => assert.equal(hostile.length, 50));

    test('every statement is refused, and the controls answer in between', async () => {
      for (const [index, text] of hostile.entries()) {
        await refusal(text, 'all');
        const control = harmless[index % harmless.length] ?? '';
        assert.ok((await run(control, self, 'all')).length > 4, control);
      }
    });

    test('rights and the cursor alone refuse what breaks a right', async () => {
      for (const text of hostile.filter((one) => !costly.has(one))) {
        await refusal(text, 'rights');
        assert.equal(await run('select 1', self, 'rights'), '[[["1"]]]');
      }
    });

    test('as the query of a COPY every statement is refused too, and the controls answer in between', async () => {
      const account = await accountByName(db, 'anna');
      assert.ok(account);
      const copy = async (text: string): Promise<number> => {
        const query = text.replaceAll('$BOB', bob).replaceAll('$SELF', self).replace(/;$/, '');
        const signal = new AbortController().signal;
        const { cursor } = await createCopyDesk(db).openTo(
          { account, as: 'reader' },
          `copy (${query}\n) to stdout`,
          signal,
        );
        await using open = cursor;
        return (await open.fetch(10)).length;
      };
      for (const [index, text] of hostile.entries()) {
        await assert.rejects(
          copy(text),
          (error) => error instanceof DatabaseError && !error.message.includes(CANARY),
          text,
        );
        const control = harmless[index % harmless.length] ?? '';
        assert.ok((await copy(control)) > 0, control);
      }
    });

    test('as a statement of a job every one is refused too, also inside of one that may write, and the controls pass', async () => {
      const account = await accountByName(db, 'anna');
      assert.ok(account);
      const notes = await findTable(db, account.id, 'notes');
      assert.ok(notes);
      const role = await writeRole(db, account, notes);
      const deps = { db, seconds: 10, imports: { accept: () => assert.fail(), cancel: () => assert.fail() } };
      const run = {
        signal: new AbortController().signal,
        isCancelled: async () => false,
        beforeCommit: async () => undefined,
        importId: null,
        onImport: () => assert.fail(),
      };
      const job = (text: string) => runStatement(deps, account, text, run);
      const byRights = (text: string) =>
        db.writeAs(text, { role, schema: 'anna', timeoutMs: 10_000, layers: 'rights', beforeCommit: run.beforeCommit });
      const refused = (work: Promise<void>, text: string) =>
        assert.rejects(
          work,
          (error) =>
            error instanceof DatabaseError && /^(42|25|22|0A|55)/.test(error.code) && !error.message.includes(CANARY),
          text,
        );
      const inside = (text: string) => `insert into notes (note) select q::text from (${text.replace(/;$/, '')}\n) q`;
      for (const [index, text] of hostile.entries()) {
        const spelled = text.replaceAll('$BOB', bob).replaceAll('$SELF', self);
        await refused(job(spelled), text);
        await refused(job(inside(spelled)), text);
        if (!costly.has(text)) {
          await refused(byRights(inside(spelled)), text);
          // The rules of pg_settings leave nothing of such an UPDATE inside of a WITH.
          if (!/^(select|with|table|values|update pg_settings)\b/.test(text)) await refused(byRights(spelled), text);
        }
        const control = harmless[index % harmless.length] ?? '';
        await job(control);
        if (index % 10 === 0) await job(inside(control.replace(/--.*$/, '')));
      }
      for (const text of [
        'insert into notes values (1)), x as (delete from own',
        'delete from notes) select 1 --',
        'commit',
      ]) {
        await refused(job(text), text);
        await refused(byRights(text), text);
      }
      await refused(byRights(`delete from own`), 'another table of the account');
      await job(`update notes set note = (select count(*)::text from own)`);
      await job(`delete from notes`);
      const [left] = await db.query(sql`select count(*)::int as notes from anna.notes`);
      assert.deepEqual(left, { notes: 0 });
    });

    test('the public role reads the public table', async () => {
      assert.ok((await run('select * from own', anyone, 'all')).length > 4);
    });

    test('nothing was written: tables, large objects, roles and settings are as before', async () => {
      const [row] = await db.query(sql`select
        (select count(*) from anna.own) as own, (select count(*) from pg_largeobject_metadata) as objects,
        to_regclass('anna.stolen') is null as "noneStolen",
        (select count(*) from pg_roles where rolname = ${self} and rolsuper) as supers,
        current_setting('role') as role`);
      assert.deepEqual(row, { own: 3, objects: 0, noneStolen: true, supers: 0, role: 'none' });
    });

    test('the self-test passes here, and fails as soon as one right is open', async () => {
      assert.deepEqual(await selfTest(db, { name: 'anna' }), { ok: true, failures: [] });
      await db.queryText(`grant usage on schema landfall to "${self}"; grant select on landfall.settings to "${self}"`);
      const { ok, failures } = await selfTest(db, { name: 'anna' });
      assert.equal(ok, false);
      assert.deepEqual(failures[0], 'select * from landfall.settings: should be refused, but works');
      await db.queryText(
        `revoke all on schema landfall from "${self}"; revoke all on landfall.settings from "${self}"`,
      );
      assert.deepEqual(await selfTest(db, { name: 'anna' }), { ok: true, failures: [] });
    });

    test('rights that come back, as after an update of an extension, are closed at the next start', async () => {
      await db.query(sql`grant execute on function pg_sleep(double precision) to public`);
      assert.equal(await run('select pg_sleep(0)', self, 'rights'), '[[[""]]]');
      assert.deepEqual(await closeRights(db), []);
      await refusal('select pg_sleep(0)', 'rights');
    });
  });
}
