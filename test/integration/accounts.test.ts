import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Database } from '../../src/db/database.ts';
import { migrate } from '../../src/db/migrate.ts';
import { sql } from '../../src/db/sql.ts';
import { accountRoles } from '../../src/store/account-roles.ts';
import {
  accountByKeyHash,
  accountByName,
  createAccount,
  dropAccount,
  ensureAccount,
  hashKey,
  listAccounts,
  rotateKey,
} from '../../src/store/accounts.ts';
import { engines, migrations, openTestDatabase } from '../support/database.ts';

for (const engine of engines) {
  describe(`accounts and migrations on ${engine}`, () => {
    let held: Awaited<ReturnType<typeof openTestDatabase>>;
    let db: Database;
    before(async () => {
      held = await openTestDatabase(engine);
      db = held.db;
    });
    after(() => held[Symbol.asyncDispose]());

    test('an account is found by its name and by the hash of its key, and by nothing else', async () => {
      const { account, key } = await createAccount(db, 'ann');
      assert.deepEqual(await accountByKeyHash(db, hashKey(key)), account);
      assert.deepEqual(await accountByName(db, 'ann'), account);
      assert.equal(await accountByKeyHash(db, hashKey(`${key}x`)), null);
      assert.equal(await accountByName(db, 'bob'), null);
      await assert.rejects(createAccount(db, 'ann'), /there is an account "ann" already/);
    });

    test('a key that was rotated is no key any more', async () => {
      const { key: before } = await createAccount(db, 'rob');
      const { key: afterwards } = await rotateKey(db, 'rob');
      assert.equal(await accountByKeyHash(db, hashKey(before)), null);
      assert.equal((await accountByKeyHash(db, hashKey(afterwards)))?.name, 'rob');
      await assert.rejects(rotateKey(db, 'nobody'), /there is no account "nobody"/);
    });

    test('making sure of an account twice changes nothing, and mends what is missing', async () => {
      const first = await ensureAccount(db, { name: 'eve', key: 'k' });
      const { reader } = await accountRoles(db, 'eve');
      await db.queryText(`revoke usage on schema eve from "${reader}"`);
      const again = await ensureAccount(db, { name: 'eve' });
      assert.deepEqual(again.account, first.account);
      assert.equal((await accountByKeyHash(db, hashKey('k')))?.name, 'eve');
      const rows = await db.query(sql`select has_schema_privilege(${reader}, 'eve', 'usage') as may`);
      assert.deepEqual(rows, [{ may: true }]);
    });

    test('eight that make the same account at once make one', async () => {
      const made = await Promise.all(Array.from({ length: 8 }, () => ensureAccount(db, { name: 'same', key: 'same' })));
      assert.equal(new Set(made.map(({ account }) => account.id)).size, 1);
    });

    test('a schema of somebody else is not taken, and nothing is left of the attempt', async () => {
      await db.query(sql`create schema taken`);
      await assert.rejects(createAccount(db, 'taken'), /the schema "taken" is there already/);
      assert.equal(await accountByName(db, 'taken'), null);
    });

    test('a dropped account leaves no schema and no role', async () => {
      await createAccount(db, 'gone');
      await dropAccount(db, 'gone');
      const rows = await db.query(sql`
        select rolname::text as name from pg_roles where rolname like '%gone%' union all
        select nspname::text from pg_namespace where nspname = 'gone'`);
      assert.deepEqual(rows, []);
      assert.ok(!(await listAccounts(db)).some(({ name }) => name === 'gone'));
    });

    test('migrating again does nothing; one that fails leaves nothing, and is applied when it is mended', async () => {
      assert.deepEqual(await migrate(db, migrations), []);
      const folder = await mkdtemp(join(tmpdir(), 'landfall-migrations-'));
      try {
        await writeFile(
          join(folder, '9001-good.sql'),
          'create table public.good (a int); insert into good values (1);',
        );
        await writeFile(join(folder, '9002-bad.sql'), 'create table public.half (a int); select 1/0;');
        await writeFile(join(folder, 'readme.md'), 'not one');
        await assert.rejects(migrate(db, folder), /division by zero/);
        const exists = sql`select to_regclass('public.good') is not null as good, to_regclass('public.half') is null as no_half`;
        assert.deepEqual(await db.query(exists), [{ good: true, no_half: true }]);
        await writeFile(join(folder, '9002-bad.sql'), 'create table public.half (a int)');
        assert.deepEqual(await migrate(db, folder), ['9002-bad.sql']);
      } finally {
        await rm(folder, { recursive: true });
      }
    });
  });
}
