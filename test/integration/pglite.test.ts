/** What is the embedded engine's own: one process, one session, a thread that may have to be started again. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError } from '../../src/db/database.ts';
import { embeddedFolder } from '../../src/db/pglite.ts';
import { sql } from '../../src/db/sql.ts';
import { accountRoles } from '../../src/store/account-roles.ts';
import { ensureAccount } from '../../src/store/accounts.ts';
import { createTestDatabase, openExisting, openTestDatabase } from '../support/database.ts';

describe('the embedded database', () => {
  test('a folder in use is refused to a second opener, and what was written is there after it is opened again', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'landfall-pglite-'));
    await createTestDatabase('pglite', folder);
    const db = await openExisting(null, folder);
    await db.query(sql`create table public.kept as select 7 as n`);
    await assert.rejects(openExisting(null, folder), /postgres is in use by the process \d+/);
    await db.close();
    const again = await openExisting(null, folder);
    assert.deepEqual(await again.query(sql`select n from public.kept`), [{ n: 7 }]);
    await again.close();
    await rm(folder, { recursive: true });
    assert.ok(embeddedFolder(folder).startsWith(folder));
  });

  test('a query over its time costs the others a wait and nothing else', async () => {
    await using held = await openTestDatabase('pglite');
    const { db } = held;
    await ensureAccount(db, { name: 'demo', key: 'k' });
    const { reader } = await accountRoles(db, 'demo');
    await db.query(sql`create table public.kept as select 7 as n`);
    const heard: string[] = [];
    await db.listen('news', (payload) => heard.push(payload));

    const options = { role: reader, schema: 'demo', timeoutMs: 300 };
    const query = db.openUserCursor('select count(*) from generate_series(1, 1000000000)', options);
    const waiting = db.query(sql`select n from public.kept`);
    await assert.rejects(query, (error) => error instanceof DatabaseError && error.code === '57014');
    assert.deepEqual(await waiting, [{ n: 7 }]);

    await db.query(sql`select pg_notify('news', 'still heard')`);
    for (let i = 0; i < 100 && heard.length === 0; i++) await sleep(10);
    assert.deepEqual(heard, ['still heard']);
    const [row] = await db.query(sql`select current_user::text as name`);
    assert.notEqual(row?.name, reader);
  });

  test('the event loop turns while a long statement runs', async () => {
    await using held = await openTestDatabase('pglite');
    let turns = 0;
    const ticking = setInterval(() => turns++, 10);
    await held.db.query(sql`select count(*) from generate_series(1, 3000000)`);
    clearInterval(ticking);
    assert.ok(turns > 5, `${turns} turns`);
  });
});
