/** What only a server can do to us: lose connections, refuse rights, be shared by several processes. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { closeRights } from '../../src/db/close-rights.ts';
import { type Database, DatabaseError } from '../../src/db/database.ts';
import { migrate } from '../../src/db/migrate.ts';
import { openPostgres } from '../../src/db/postgres.ts';
import { identifier, sql } from '../../src/db/sql.ts';
import { grantTable } from '../../src/publish/grants.ts';
import { accountRoles } from '../../src/store/account-roles.ts';
import { dropAccount, ensureAccount } from '../../src/store/accounts.ts';
import { selfTest } from '../../src/store/self-test.ts';
import { createTestDatabase, engines, migrations, openTestDatabase } from '../support/database.ts';

const codeOf = (code: string) => (error: unknown) => error instanceof DatabaseError && error.code === code;

const killOthers = (db: Database, application: string) =>
  db.query(sql`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name = ${application} and pid <> pg_backend_pid()`);

async function eventually(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !condition(); i++) await sleep(20);
  assert.ok(condition(), 'it did not happen within four seconds');
}

function onServer(): void {
  test('a connection that is cut fails its statement with 08006 or 57P01, and the next one works', async () => {
    await using held = await openTestDatabase('postgres');
    const { db } = held;
    const sleeping = db.query(sql`select pg_sleep(10)`).catch((error) => error);
    await sleep(100);
    await killOthers(db, 'landfall');
    const error = await sleeping;
    assert.ok(error instanceof DatabaseError);
    assert.match(error.code, /^(08006|57P01)$/);
    // Idle connections were cut too; the pool hears of it in the next turn of the event loop.
    await sleep(50);
    assert.deepEqual(await db.query(sql`select 1 as a`), [{ a: 1 }]);
  });

  test('a transaction whose connection is cut is as if it had never been', async () => {
    await using held = await openTestDatabase('postgres');
    const { db } = held;
    await db.query(sql`create table public.kept (n int)`);
    const work = db.transaction(async (tx) => {
      await tx.query(sql`insert into public.kept values (1)`);
      await killOthers(db, 'landfall');
      await sleep(50);
      await tx.query(sql`insert into public.kept values (2)`);
    });
    await assert.rejects(work, (error) => error instanceof DatabaseError);
    assert.deepEqual(await db.query(sql`select * from public.kept`), []);
  });

  test('listening goes on after its connection was cut', async () => {
    await using held = await openTestDatabase('postgres');
    const { db } = held;
    const heard: string[] = [];
    await db.listen('again', (payload) => heard.push(payload));
    await killOthers(db, 'landfall listen');
    await sleep(600);
    await db.query(sql`select pg_notify('again', 'hello')`);
    await eventually(() => heard.length === 1);
  });

  test('a login of a user that was cut while idle is made again', async () => {
    await using held = await openTestDatabase('postgres');
    const { db } = held;
    await ensureAccount(db, { name: 'demo', key: 'k' });
    const { reader } = await accountRoles(db, 'demo');
    const ask = async () => {
      await using cursor = await db.openUserCursor('select 1', { role: reader, schema: 'demo', timeoutMs: 1000 });
      return await cursor.fetch(1);
    };
    await ask();
    await killOthers(db, 'landfall sql');
    await sleep(100);
    assert.deepEqual(await ask(), [['1']]);
  });

  test('an aborted query leaves the server within two seconds', async () => {
    await using held = await openTestDatabase('postgres');
    const { db } = held;
    await ensureAccount(db, { name: 'demo', key: 'k' });
    const { reader } = await accountRoles(db, 'demo');
    const gone = new AbortController();
    const query = db.openUserCursor('select count(*) from generate_series(1, 1000000000)', {
      role: reader,
      schema: 'demo',
      timeoutMs: 30_000,
      signal: gone.signal,
    });
    await sleep(200);
    gone.abort();
    await assert.rejects(query, codeOf('08006'));
    let isGone = false;
    for (let i = 0; i < 40 && !isGone; i++) {
      await sleep(100);
      const rows = await db.query(
        sql`select from pg_stat_activity where usename = ${reader} and state = 'active' and query like 'fetch%'`,
      );
      isGone = rows.length === 0;
    }
    assert.ok(isGone);
  });

  test('a pool without a free connection says so in time', async () => {
    await using held = await openTestDatabase('postgres');
    const small = await openPostgres(held.url ?? '', { connections: 1, acquireTimeoutMs: 200 });
    const busy = small.query(sql`select pg_sleep(1)`);
    await assert.rejects(small.query(sql`select 1`), codeOf('53300'));
    await busy;
    await small.close();
  });

  test('four processes may migrate at once; each migration is applied once', async () => {
    await using created = await createTestDatabase('postgres', '');
    const all = await Promise.all([1, 2, 3, 4].map(() => openPostgres(created.url ?? '', { connections: 2 })));
    const applied = await Promise.all(all.map((db) => migrate(db, migrations)));
    assert.deepEqual(applied.flat().sort(), [...new Set(applied.flat())].sort());
    assert.ok(applied.flat().length >= 2);
    await Promise.all(all.map((db) => db.close()));
  });

  test('a server that is not there, and a database without a right to PostGIS, are told in plain words', async () => {
    await assert.rejects(openPostgres('postgresql://x@127.0.0.1:1/x', { acquireTimeoutMs: 2000 }), codeOf('08006'));
  });

  test('a login that is no superuser makes accounts, and says what it cannot do', async () => {
    const name = `plain_${randomBytes(4).toString('hex')}`;
    await using created = await createTestDatabase('postgres', '');
    const su = await openPostgres(created.url ?? '', { connections: 1 });
    await su.query(sql`create role ${identifier(name)} login createrole password 'plain'`);
    const [{ database } = { database: '' }] = await su.query<{ database: string }>(
      sql`select current_database()::text as database`,
    );
    await su.query(sql`alter database ${identifier(database)} owner to ${identifier(name)}`);
    await su.close();
    const url = new URL(created.url ?? '');
    url.username = name;
    url.password = 'plain';
    const db = await openPostgres(url.href, { connections: 2 });
    try {
      await migrate(db, migrations);
      const [warning = ''] = await closeRights(db);
      assert.match(warning, /could not be revoked by this login.*revoke execute on function pg_advisory_lock/s);
      const { warnings } = await ensureAccount(db, { name: 'demo', key: 'k' });
      assert.equal(warnings.length, 2);
      assert.match(warnings[0] ?? '', /temp_file_limit.*superuser/);
      await db.transaction(async (tx) => {
        await tx.query(sql`create table demo.t as select 1 as n`);
        await grantTable(tx, { name: 'demo' }, 't', 'private');
        await tx.query(sql`insert into demo.t values (2)`);
      });
      const { reader } = await accountRoles(db, 'demo');
      const count = async () => {
        await using cursor = await db.openUserCursor('select count(*) from t', {
          role: reader,
          schema: 'demo',
          timeoutMs: 1000,
        });
        return await cursor.fetch(1);
      };
      assert.deepEqual(await count(), [['2']]);
      assert.deepEqual(await selfTest(db, { name: 'demo' }), { ok: true, failures: [] });
      await dropAccount(db, 'demo');
    } finally {
      await db.close();
      const again = await openPostgres(created.url ?? '', { connections: 1 });
      await again.queryText(
        `reassign owned by ${name} to current_user; drop owned by ${name} cascade; drop role ${name}`,
      );
      await again.close();
    }
  });
}

if (engines.includes('postgres')) describe('a PostgreSQL server', onServer);
else test('a PostgreSQL server', { skip: 'needs PostgreSQL with PostGIS: npm run test:pg' }, () => {});
