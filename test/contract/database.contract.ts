import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Database, DatabaseError, type UserCursor } from '../../src/db/database.ts';
import { identifier, literal, sql } from '../../src/db/sql.ts';
import { grantTable } from '../../src/publish/grants.ts';
import { accountRoles } from '../../src/store/account-roles.ts';
import { ensureAccount } from '../../src/store/accounts.ts';
import { type Engine, openTestDatabase } from '../support/database.ts';

/** One COPY BINARY tuple of an int4 and a text. */
function tuple(number: number, text: string): Uint8Array {
  const bytes = Buffer.from(text);
  const head = Buffer.alloc(14);
  head.writeInt16BE(2, 0);
  head.writeInt32BE(4, 2);
  head.writeInt32BE(number, 6);
  head.writeInt32BE(bytes.length, 10);
  return Buffer.concat([head, bytes]);
}

async function* chunksOf(rows: number, perChunk: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < rows; from += perChunk) {
    const count = Math.min(perChunk, rows - from);
    yield Buffer.concat(Array.from({ length: count }, (_, index) => tuple(from + index, `row ${from + index} é`)));
  }
}

const codeOf = (code: string) => (error: unknown) => error instanceof DatabaseError && error.code === code;

/** What every engine promises, run on each. */
export function databaseContract(engine: Engine): void {
  describe(`a database on ${engine}`, () => {
    let held: Awaited<ReturnType<typeof openTestDatabase>>;
    let db: Database;
    let reader: string;
    before(async () => {
      held = await openTestDatabase(engine);
      db = held.db;
      await ensureAccount(db, { name: 'demo', key: 'k' });
      reader = (await accountRoles(db, 'demo')).reader;
      await db.transaction(async (tx) => {
        await tx.query(
          sql`create table demo.numbers as select n::int as n, repeat('x', 20) as t from generate_series(1, 5000) n`,
        );
        await grantTable(tx, { name: 'demo' }, 'numbers', 'private');
      });
    });
    after(() => held[Symbol.asyncDispose]());

    const rowsOf = async (table: string): Promise<number> => {
      const [row] = await db.query<{ n: number }>(sql`select count(*) as n from ${identifier('public', table)}`);
      return row?.n ?? -1;
    };
    const open = (text: string, more: { timeoutMs?: number; skipRows?: number; maxRows?: number } = {}) =>
      db.openUserCursor(text, { role: reader, schema: 'demo', timeoutMs: 10_000, ...more });
    const readAll = async (cursor: UserCursor) => {
      const rows: (readonly (string | null)[])[] = [];
      for (let more = await cursor.fetch(700); more.length > 0; more = await cursor.fetch(700)) rows.push(...more);
      return rows;
    };

    test('values come back as the types that the seam names', async () => {
      const date = new Date('2026-02-01T12:45:07.123Z');
      const [row] = await db.query(sql`
        select ${7}::int4 as int4, 12::int8 as int8, 9007199254740993 as big, 1.50::numeric as numeric,
          0.1::float8 as float8, true as boolean, ${date}::timestamptz as instant, '2026-02-01'::date as date,
          '2026-02-01 10:00'::timestamp as timestamp, ${Buffer.from([0, 255])}::bytea as bytea,
          ${JSON.stringify({ a: [1] })}::jsonb as json, null as nothing, ${'é\u{1f600}\\'} as text,
          ${['a', 'b"c']}::text[] as texts`);
      assert.deepEqual(row, {
        int4: 7,
        int8: 12,
        big: 9007199254740993n,
        numeric: '1.50',
        float8: 0.1,
        boolean: true,
        instant: date,
        date: '2026-02-01',
        timestamp: '2026-02-01 10:00:00',
        bytea: Buffer.from([0, 255]),
        json: { a: [1] },
        nothing: null,
        text: 'é\u{1f600}\\',
        texts: ['a', 'b"c'],
      });
    });

    test('PostGIS answers', async () => {
      const [row] = await db.query(sql`select st_astext(st_transform('SRID=4326;POINT(0 0)'::geometry, 3857)) as p`);
      assert.match(String(row?.p), /^POINT\(0 -?[0-9.e-]+\)$/);
    });

    test('a statement takes no second one, raw text does', async () => {
      await assert.rejects(db.query(sql`select 1; select 2`), codeOf('42601'));
      const { rows } = await db.queryText('select 1 as a; select 2 as a');
      assert.deepEqual(rows, [{ a: 1 }, { a: 2 }]);
      assert.deepEqual((await db.queryText('select $1::text as a', ['x'])).rows, [{ a: 'x' }]);
    });

    test('quoted names and strings survive the engine', async () => {
      const name = `a "b" 'c' \\ é`;
      const [row] = await db.query(sql`select ${literal(name)} as ${identifier(name)}`);
      assert.deepEqual(row, { [name]: name });
    });

    test('errors carry the SQLSTATE, the constraint and the position', async () => {
      await db.query(sql`create table public.errors (id int constraint errors_once primary key)`);
      await db.query(sql`insert into public.errors values (1)`);
      const error = await db.query(sql`insert into public.errors values (1)`).catch((reason) => reason);
      assert.ok(error instanceof DatabaseError);
      assert.deepEqual([error.code, error.constraint, error.table], ['23505', 'errors_once', 'errors']);
      const wrong = await db.query(sql`select nope`).catch((reason) => reason);
      assert.ok(wrong instanceof DatabaseError);
      assert.deepEqual([wrong.code, wrong.position], ['42703', 8]);
    });

    test('a transaction commits what it did, and rolls all of it back when it throws', async () => {
      await db.query(sql`create table public.atomic (id int)`);
      const answer = await db.transaction(async (tx) => {
        await tx.query(sql`insert into public.atomic values (1)`);
        return 'done';
      });
      assert.equal(answer, 'done');
      await assert.rejects(
        db.transaction(async (tx) => {
          await tx.query(sql`insert into public.atomic values (2)`);
          throw new Error('changed my mind');
        }),
        /changed my mind/,
      );
      await assert.rejects(
        db.transaction(async (tx) => {
          await tx.query(sql`insert into public.atomic values (3)`);
          await tx.query(sql`select 1/0`);
        }),
        codeOf('22012'),
      );
      assert.equal(await rowsOf('atomic'), 1);
    });

    test('a failed block of raw text leaves no transaction open for the next user', async () => {
      await assert.rejects(db.queryText('begin; select 1/0; commit'), codeOf('22012'));
      assert.deepEqual(await db.query(sql`select 1 as a`), [{ a: 1 }]);
    });

    test('queryBytes gives the bytes as they are', async () => {
      const select = (rows: number) => sql`
        select decode(repeat(md5(n::text), 5000), 'hex') as large, nullif(decode('00ff', 'hex'), decode(lpad(n::text, 4, '0'), 'hex'))
          as small, ''::bytea as empty, null::bytea as none
        from generate_series(1, ${literal(String(rows))}::int) n order by n`;
      const rows = await db.queryBytes(select(40));
      const expected = await db.query<Record<string, Buffer | null>>(select(40));
      assert.equal(rows.length, 40);
      assert.deepEqual(
        rows,
        expected.map((row) => Object.values(row)),
      );
      assert.equal(rows[7]?.[0]?.length, 80_000);
      assert.deepEqual(await db.transaction((tx) => tx.queryBytes(select(0))), []);
      await assert.rejects(db.queryBytes(sql`select ''::bytea from missing`), codeOf('42P01'));
      assert.equal((await db.queryBytes(select(1))).length, 1);
    });

    test('what runs on a free connection sees nothing of the transaction that is open', async () => {
      await db.query(sql`create table seen (n int)`);
      await db.transaction(async (tx) => {
        await tx.query(sql`insert into seen values (1)`);
        const beside = db.transactionIfFree((other) => other.query<{ n: number }>(sql`select count(*) as n from seen`));
        assert.equal(beside === null, db.capabilities.concurrentConnections === 1);
        if (beside !== null) assert.deepEqual(await beside, [{ n: 0 }]);
      });
      const all = Array.from({ length: db.capabilities.concurrentConnections }, () =>
        db.query(sql`select pg_sleep(0.2)`),
      );
      assert.equal(
        db.transactionIfFree(async () => undefined),
        null,
      );
      await Promise.all(all);
    });

    test('copyIn loads every tuple of every chunk', async () => {
      await db.query(sql`create table public.copied (n int, t text)`);
      const target = { schema: 'public', table: 'copied', columns: ['n', 't'], freeze: false };
      await db.copyIn(target, chunksOf(10_000, 777));
      const [row] = await db.query(sql`select count(*) as n, sum(n) as sum, min(t) as first from public.copied`);
      assert.deepEqual(row, { n: 10_000, sum: 49_995_000, first: 'row 0 é' });
      await db.copyIn(target, chunksOf(0, 1));
      assert.equal(await rowsOf('copied'), 10_000);
    });

    test('copyIn in a transaction is part of it, frozen where the table is new', async () => {
      const target = { schema: 'public', table: 'frozen', columns: ['n', 't'], freeze: true };
      await assert.rejects(
        db.transaction(async (tx) => {
          await tx.query(sql`create table public.frozen (n int, t text)`);
          await tx.copyIn(target, chunksOf(100, 10));
          throw new Error('no');
        }),
        /no/,
      );
      await db.transaction(async (tx) => {
        await tx.query(sql`create table public.frozen (n int, t text)`);
        await tx.copyIn(target, chunksOf(200_000, 20_000));
      });
      assert.equal(await rowsOf('frozen'), 200_000);
    });

    test('a producer that fails ends the copy with its own error, and the database goes on', async () => {
      await db.query(sql`create table public.broken (n int, t text)`);
      const target = { schema: 'public', table: 'broken', columns: ['n', 't'], freeze: false };
      const producer = async function* () {
        yield* chunksOf(10, 5);
        throw new RangeError('the file ended');
      };
      await assert.rejects(db.copyIn(target, producer()), RangeError);
      await assert.rejects(
        db.transaction((tx) => tx.copyIn(target, producer())),
        RangeError,
      );
      assert.equal(await rowsOf('broken'), 0);
    });

    test('bytes that are no tuples are refused with the SQLSTATE, and the producer is ended', async () => {
      await db.query(sql`create table public.garbage (n int, t text)`);
      const target = { schema: 'public', table: 'garbage', columns: ['n', 't'], freeze: false };
      let isEnded = false;
      const producer = async function* () {
        try {
          for (let i = 0; i < 200; i++) yield Buffer.alloc(100_000, 7);
        } finally {
          isEnded = true;
        }
      };
      await assert.rejects(db.copyIn(target, producer()), codeOf('22P04'));
      assert.ok(isEnded);
      assert.equal(await rowsOf('garbage'), 0);
    });

    test('forty statements and transactions at once all get their answers', async () => {
      await db.query(sql`create table public.counter (n int)`);
      await db.query(sql`insert into public.counter values (0)`);
      const add = () => db.transaction((tx) => tx.query(sql`update public.counter set n = n + 1`));
      const ask = async (index: number) => (await db.query<{ n: number }>(sql`select ${index}::int as n`))[0]?.n;
      const answers = await Promise.all(Array.from({ length: 40 }, (_, index) => (index % 2 ? add() : ask(index))));
      assert.deepEqual(
        answers.filter((answer) => typeof answer === 'number'),
        Array.from({ length: 20 }, (_, index) => 2 * index),
      );
      assert.deepEqual(await db.query(sql`select n from public.counter`), [{ n: 20 }]);
    });

    test('reads get in between the batches of a copy outside a transaction', async () => {
      await db.query(sql`create table public.slow (n int, t text)`);
      const seen: number[] = [];
      const producer = async function* () {
        for (let i = 0; i < 3; i++) {
          yield Buffer.concat(
            Array.from({ length: 100_000 }, (_, n) => tuple(n, 'some text of forty characters, or about')),
          );
          const [row] = await db.query<{ n: number }>(sql`select 1 as n`);
          seen.push(row?.n ?? 0);
        }
      };
      await db.copyIn({ schema: 'public', table: 'slow', columns: ['n', 't'], freeze: false }, producer());
      assert.deepEqual(seen, [1, 1, 1]);
      assert.equal(await rowsOf('slow'), 300_000);
    });

    test('notifications arrive after the commit, until listening stops', async () => {
      const heard: string[] = [];
      const stop = await db.listen('contract', (payload) => heard.push(payload));
      await db.transaction(async (tx) => {
        await tx.query(sql`select pg_notify('contract', 'one')`);
        await tx.query(sql`select 1`);
      });
      for (let i = 0; i < 100 && heard.length === 0; i++) await sleep(10);
      assert.deepEqual(heard, ['one']);
      await stop();
      await db.query(sql`select pg_notify('contract', 'two')`);
      await db.query(sql`select 1`);
      await sleep(100);
      assert.deepEqual(heard, ['one']);
    });

    test('a user cursor gives names, types and all rows as text, comments and semicolons aside', async () => {
      await using cursor = await open(`-- all of them
        select n, t, n = 1 as "Is one", null::geometry as g /* none */ from numbers order by n; -- end`);
      assert.deepEqual(cursor.fields, [
        { name: 'n', typeName: 'int4' },
        { name: 't', typeName: 'text' },
        { name: 'Is one', typeName: 'bool' },
        { name: 'g', typeName: 'geometry' },
      ]);
      const rows = await readAll(cursor);
      assert.equal(rows.length, 5000);
      assert.deepEqual(rows[0], ['1', 'x'.repeat(20), 't', null]);
      assert.deepEqual(rows.at(-1)?.[0], '5000');
    });

    test('a user cursor skips and stops where it was told to', async () => {
      const ids = async (window: { skipRows?: number; maxRows?: number }) => {
        await using cursor = await open('select n from numbers order by n', window);
        return (await readAll(cursor)).map(([n]) => Number(n));
      };
      assert.deepEqual(await ids({ skipRows: 4998 }), [4999, 5000]);
      assert.deepEqual(await ids({ skipRows: 10, maxRows: 2 }), [11, 12]);
      assert.deepEqual(await ids({ maxRows: 0 }), []);
      assert.equal((await ids({ maxRows: 2500 })).length, 2500);
    });

    test('a user sees the account role, UTC and no other schema first', async () => {
      await using cursor = await open("select current_user, current_schema, '2026-01-01 00:00+02'::timestamptz");
      assert.deepEqual(await readAll(cursor), [[reader, 'demo', '2025-12-31 22:00:00+00']]);
    });

    test('errors of a user keep their place in the user’s own text', async () => {
      const place = async (text: string) => {
        const error = await open(text).then(readAll, (reason) => reason);
        assert.ok(error instanceof DatabaseError);
        return [error.code, error.position];
      };
      assert.deepEqual(await place('select n, nope from numbers'), ['42703', 11]);
      assert.deepEqual(await place('selec 1'), ['42601', 1]);
      assert.deepEqual(await place('select 1; select 2'), ['42601', undefined]);
      assert.deepEqual(await place(''), ['42601', undefined]);
      assert.deepEqual(await place('select 1/(n - n) from numbers'), ['22012', undefined]);
    });

    test('a query over its time ends with 57014, and the database goes on', async () => {
      const started = performance.now();
      await assert.rejects(
        open('select count(*) from generate_series(1, 1000000000)', { timeoutMs: 500 }),
        codeOf('57014'),
      );
      assert.ok(performance.now() - started < 5_000);
      assert.deepEqual(await db.query(sql`select 1 as a`), [{ a: 1 }]);
      await using cursor = await open('select 1');
      assert.deepEqual(await readAll(cursor), [['1']]);
    });

    test('a query of a megabyte is answered, or refused in its place, and others do not wait for it', async () => {
      const numbers = Array.from({ length: 130_000 }, (_, index) => index).join();
      const long = async (text: string) => {
        await using cursor = await open(text, { timeoutMs: 20_000 });
        return (await readAll(cursor)).length;
      };
      const refused = `select n from numbers where n in (${numbers}) and pg_sleep(1) is null`;
      let turns = 0;
      const ticking = setInterval(() => turns++, 5);
      const error = await long(refused).catch((reason) => reason);
      clearInterval(ticking);
      assert.ok(error instanceof DatabaseError);
      assert.deepEqual([error.code, error.position], ['42501', refused.indexOf('pg_sleep') + 1]);
      assert.ok(turns > 10, `${turns} turns`);
      assert.equal(await long(`select 1 where 1 in (${numbers})`), 1);
      await assert.rejects(long(`select ${'('.repeat(100_000)}`), codeOf('42601'));
    });

    test('an abandoned cursor frees its place', async () => {
      for (let i = 0; i < 12; i++) {
        await using cursor = await open('select n from numbers');
        await cursor.fetch(1);
      }
    });

    test('more queries of one role than may run and wait are refused, the others answered', async () => {
      const ask = async () => {
        await using cursor = await open('select count(*) from generate_series(1, 20000)');
        return await readAll(cursor);
      };
      const answers = await Promise.allSettled(Array.from({ length: 24 }, ask));
      const refused = answers.filter((answer) => answer.status === 'rejected');
      assert.deepEqual(
        refused.map(({ reason }) => codeOf('53300')(reason)),
        Array.from({ length: 4 }, () => true),
      );
    });

    test('privacy is a grant: the public role reads exactly the public tables', async () => {
      const { public: anyone } = await accountRoles(db, 'demo');
      const read = async () => {
        await using cursor = await db.openUserCursor('select n from numbers', {
          role: anyone,
          schema: 'demo',
          timeoutMs: 5000,
        });
        return (await cursor.fetch(1)).length;
      };
      await assert.rejects(read(), codeOf('42501'));
      await db.transaction((tx) => grantTable(tx, { name: 'demo' }, 'numbers', 'public'));
      assert.equal(await read(), 1);
      await db.transaction((tx) => grantTable(tx, { name: 'demo' }, 'numbers', 'link'));
      await assert.rejects(read(), codeOf('42501'));
    });

    test('a closed database refuses with 08006', async () => {
      const other = await openTestDatabase(engine);
      await other.db.close();
      await assert.rejects(other.db.query(sql`select 1`), codeOf('08006'));
      await other[Symbol.asyncDispose]();
    });
  });
}
