/** Synchronizations of databases that take only what came or changed since the last run, from true servers. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { startTestApp, type TestApp } from '../support/app.ts';
import { found } from '../support/found.ts';

const postgresUrl = process.env.TEST_DATABASE_URL;
const mariadbUrl = process.env.TEST_MARIADB_URL;

let app: TestApp;
before(async () => {
  app = await startTestApp('pglite', { LANDFALL_SYNC_FORCE_GUARD: '0' });
});
after(() => app[Symbol.asyncDispose]());

async function call(method: string, path: string, body?: object) {
  const response = await app.api(`/api/v1/synchronizations${path}${path.includes('?') ? '&' : '?'}api_key=${app.key}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: body === undefined ? (method === 'PUT' ? '{}' : null) : JSON.stringify(body),
  });
  return { status: response.status, answer: (await response.json()) as Record<string, unknown> };
}

interface Run {
  readonly outcome: string;
  readonly bytes: number;
  readonly error_message: string | null;
  readonly tables: readonly {
    readonly rows_inserted: number;
    readonly rows_updated: number;
    readonly rows_deleted: number;
  }[];
}

/** Forces a run and waits for its end. */
async function run(id: string, query = ''): Promise<Run> {
  const forced = await call('PUT', `/${id}/sync_now${query}`);
  assert.equal(forced.answer.enqueued, true, JSON.stringify(forced.answer));
  return ended(id);
}

const ended = (id: string): Promise<Run> =>
  found(async () => {
    const { answer } = await call('GET', `/${id}`);
    if (answer.state !== 'success' && answer.state !== 'failure') return null;
    const { answer: history } = await call('GET', `/${id}/runs`);
    const [last] = history.runs as Run[];
    assert.ok(last !== undefined);
    return last;
  }, 'the run did not end');

const connectionTo = (url: string): Record<string, string> => {
  const { hostname, port, username, password, pathname } = new URL(url);
  return { server: hostname, port, username, password: decodeURIComponent(password), database: pathname.slice(1) };
};

interface Source {
  readonly name: string;
  readonly url: string | undefined;
  readonly provider: string;
  open(): Promise<{ query(text: string): Promise<unknown>; end(): Promise<void> }>;
  readonly more: object;
}

const sources: readonly Source[] = [
  {
    name: 'PostgreSQL',
    url: postgresUrl,
    provider: 'postgres',
    more: { sslmode: 'disable' },
    async open() {
      const client = new pg.Client({ connectionString: postgresUrl });
      await client.connect();
      return client;
    },
  },
  {
    name: 'MariaDB',
    url: mariadbUrl,
    provider: 'mysql',
    more: {},
    open: async () => mysql.createConnection({ uri: mariadbUrl ?? '' }),
  },
];

/** Rows of the source: enough that a part of them is far smaller than all. */
const ROWS = 2000;

for (const { name, url, provider, open, more } of sources) {
  const script = provider === 'mysql' ? 'with-mariadb.sh' : 'with-postgres.sh';
  suite(`a cursor over ${name}`, { skip: url === undefined && `needs ${name}: sh scripts/${script}` }, () => {
    let source: Awaited<ReturnType<Source['open']>>;
    const table = `followed_${provider}`;
    const connection = { ...connectionTo(url ?? 'postgres://x'), ...more };
    const follow = (connector: object, settings: object = {}) =>
      call('POST', '', {
        connector: { provider, connection, ...connector },
        interval: 3600,
        ...settings,
      });
    const contents = async (of: string) =>
      (await app.sql(`select id, body from ${of} order by id desc limit 4`)).rows.map(
        ({ id, body }) => `${id} ${body}`,
      );
    const idOf = ({ answer }: Awaited<ReturnType<typeof follow>>): string => String(answer.id);

    before(async () => {
      source = await open();
      await source.query(`drop table if exists ${table}`);
      await source.query(
        `create table ${table} (id bigint primary key, body varchar(50), changed timestamp(6) null, version bigint)`,
      );
      const rows = Array.from(
        { length: ROWS },
        (_, i) =>
          `(${i + 1}, 'row ${i + 1}', '2026-01-01 00:00:00.${String(i).padStart(6, '0')}', ${9007199254740993n + BigInt(i)})`,
      );
      await source.query(`insert into ${table} values ${rows.join(',')}`);
    });
    after(async () => {
      await source.query(`drop table ${table}`);
      await source.end();
    });

    test('takes rows from its last value on, finds them by key, and all of them where that is asked', async () => {
      const made = await follow({ table, cursor: 'changed', schema: undefined }, { key: 'id' });
      assert.equal(made.status, 200, JSON.stringify(made.answer));
      const id = idOf(made);
      const first = await ended(id);
      assert.deepEqual([first.outcome, first.error_message], ['changed', null]);

      await source.query(`update ${table} set body = 'new', changed = '2026-02-01 12:00:00.123456' where id = 7`);
      await source.query(`insert into ${table} values (${ROWS + 1}, 'added', '2026-02-01 12:00:00.123456', null)`);
      await source.query(`delete from ${table} where id = 8`);
      const second = await run(id);
      assert.ok(second.bytes < first.bytes / 50, `${second.bytes} of ${first.bytes} bytes`);
      assert.partialDeepStrictEqual(second.tables, [{ rows_inserted: 1, rows_updated: 1, rows_deleted: 0 }]);
      assert.equal((await contents(table))[0], `${ROWS + 1} added`);
      assert.equal((await app.sql(`select body from ${table} where id = 7`)).rows[0]?.body, 'new');

      const nothing = { rows_inserted: 0, rows_updated: 0, rows_deleted: 0 };
      assert.partialDeepStrictEqual(
        (await run(id)).tables,
        [nothing],
        'the last rows come again, and are as they were',
      );
      assert.equal((await run(id)).outcome, 'unchanged');

      await source.query(
        `insert into ${table} values (${ROWS + 2}, 'same moment', '2026-02-01 12:00:00.123456', null)`,
      );
      const third = await run(id);
      assert.partialDeepStrictEqual(third.tables, [{ rows_inserted: 1, rows_updated: 0, rows_deleted: 0 }]);

      const full = await run(id, '?full=true');
      assert.partialDeepStrictEqual(full.tables, [{ rows_inserted: 0, rows_updated: 0, rows_deleted: 1 }]);
      assert.ok(full.bytes > first.bytes / 2);
    });

    test('keeps whole numbers exact, and the condition and the query that were given', async () => {
      const sql_query = `select id, body, version from ${table} where version is not null`;
      const made = await follow(
        { sql_query, import_as: `query_${provider}`, where: 'id <> 5', cursor: 'version' },
        { key: 'id', mode: 'upsert' },
      );
      const id = idOf(made);
      const first = await ended(id);
      assert.equal(first.outcome, 'changed', JSON.stringify(first));
      await source.query(`update ${table} set body = 'later', version = 9007199254740993 + ${ROWS} where id in (5, 6)`);
      const second = await run(id);
      assert.partialDeepStrictEqual(second.tables, [{ rows_updated: 1, rows_deleted: 0 }]);
      const { rows } = await app.sql(`select id from query_${provider} where body = 'later' or id = 5`);
      assert.deepEqual(
        rows.map((row) => row.id),
        [6],
      );
    });

    test('needs a key, and a column whose values say where they are', async () => {
      const refused = await follow({ table, cursor: 'changed' });
      assert.equal(refused.status, 400);
      assert.match(String(refused.answer.errors), /cursor needs key/);
      const twice = await follow({ table, cursor: 'changed' }, { key: 'id', mode: 'append' });
      assert.match(String(twice.answer.errors), /mode append would add twice/);
      await source.query(`update ${table} set body = 'x'' or 1=1' where id = 9`);
      for (const [cursor, says] of [
        ['body', /cannot be the cursor/],
        ['absent', /absent/],
      ] as const) {
        const made = await follow({ table, cursor }, { key: 'id', table_name: `bad_${provider}` });
        const failed = await ended(idOf(made));
        assert.equal(failed.outcome, 'failure');
        assert.match(String(failed.error_message), says);
      }
    });
  });
}
