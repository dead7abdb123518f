/** What an account may have, who it belongs to, and how the operator changes that. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startTestApp, type TestApp } from '../support/app.ts';
import { oneEngine } from '../support/database.ts';

const OPERATOR = 'operator-key-0123';

for (const engine of oneEngine) {
  describe(`accounts over HTTP on ${engine}`, () => {
    let app: TestApp;
    before(async () => {
      app = await startTestApp(engine, { LANDFALL_OPERATOR_KEY: OPERATOR, LANDFALL_MAX_TABLES: '50' });
      assert.equal((await app.importFile('towns.csv', 'id,name,lon,lat\n1,one,3,4\n')).state, 'complete');
      assert.equal((await app.importFile('secrets.csv', 'a\n1\n')).state, 'complete');
    });
    after(() => app[Symbol.asyncDispose]());

    const json = async <T>(response: Response, status = 200): Promise<T> => {
      assert.equal(response.status, status, await response.clone().text());
      return (await response.json()) as T;
    };
    const asked = (method: string, path: string, key: string, body?: object) =>
      app.api(path, {
        method,
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    const operate = (method: string, path = '', body?: object) =>
      asked(method, `/api/v1/operator/accounts${path}`, OPERATOR, body);
    type Me = { user_data: Record<string, unknown>; config: Record<string, unknown> };
    const me = async (key: string) => json<Me>(await app.api(`/api/v3/me?api_key=${key}`));
    const copyIn = (table: string, rows: string, key: string) =>
      app.api(
        `/api/v2/sql/copyfrom?${new URLSearchParams({ api_key: key, q: `copy ${table} from stdin with (format csv)` })}`,
        { method: 'POST', body: rows, headers: { 'content-type': 'application/octet-stream' } },
      );
    const makeKey = async (name: string, table: string, permissions: readonly string[]) =>
      json<{ token: string; grants: unknown[] }>(
        await asked('POST', '/api/v3/api_keys', app.key, {
          name,
          grants: [{ type: 'database', tables: [{ schema: 'demo', name: table, permissions }] }],
        }),
        201,
      );

    test('the account of a key is told with what it uses and may have', async () => {
      const { user_data, config } = await me(app.key);
      assert.equal(user_data.username, 'demo');
      assert.equal(user_data.api_key, app.key);
      assert.equal(user_data.table_count, 2);
      assert.equal(user_data.table_quota, 50);
      assert.equal(user_data.remaining_table_quota, 48);
      assert.equal(user_data.quota_in_bytes, null);
      assert.equal(user_data.remaining_byte_quota, null);
      assert.ok(Number(user_data.db_size_in_bytes) > 8192);
      assert.equal(user_data.success_import_count, 2);
      assert.equal(config.user_name, 'demo');
      const { token } = await makeKey('looks', 'towns', ['select']);
      const guest = await me(token);
      assert.equal(guest.user_data.username, 'demo');
      assert.ok(!('api_key' in guest.user_data));
      for (const path of ['', '?api_key=wrong', '?api_key=default_public']) {
        assert.equal((await app.api(`/user/demo/api/v3/me${path}`)).status, 401);
      }
    });

    test('a key that may insert adds rows to its table alone, and can still only read with SQL', async () => {
      const { token, grants } = await makeKey('writes', 'towns', ['select', 'insert']);
      assert.deepEqual(grants.at(-1), {
        type: 'database',
        tables: [{ schema: 'demo', name: 'towns', permissions: ['select', 'insert'] }],
      });
      assert.deepEqual(
        (await json<{ total_rows: number }>(await copyIn('towns (id, name, the_geom)', '2,two,POINT(1 2)\n', token)))
          .total_rows,
        1,
      );
      const { rows } = await app.sql(`select name, the_geom_webmercator is not null as both from towns where id = 2`);
      assert.deepEqual(rows, [{ name: 'two', both: true }]);
      for (const [response, words] of [
        [await copyIn('secrets (a)', '2\n', token), /permission denied for table secrets/],
        [await app.api(`/api/v2/sql?api_key=${token}&q=delete from towns`), /only a query that reads/],
        [await app.api(`/api/v2/sql?api_key=${token}&q=select * from secrets`), /permission denied for table secrets/],
      ] as const) {
        assert.match((await json<{ error: string[] }>(response, 400)).error[0] ?? '', words);
      }
      const reads = await makeKey('reads', 'towns', ['select']);
      assert.equal((await copyIn('towns (id)', '3\n', reads.token)).status, 400);
      assert.equal((await asked('DELETE', '/api/v3/api_keys/writes', app.key)).status, 200);
    });

    test('the operator makes, limits, shows and removes an account; nobody else does', async () => {
      for (const key of [app.key, 'wrong']) {
        assert.equal((await asked('GET', '/api/v1/operator/accounts', key)).status, 401);
        assert.equal((await asked('POST', '/api/v1/operator/accounts', key, { name: 'mallory' })).status, 401);
      }
      const made = await json<{ api_key: string; max_tables: number }>(
        await operate('POST', '', { name: 'carla', max_tables: 1 }),
        201,
      );
      assert.equal(made.max_tables, 1);
      assert.equal((await me(made.api_key)).user_data.username, 'carla');
      assert.equal((await operate('POST', '', { name: 'carla' })).status, 422);
      assert.equal((await operate('POST', '', { name: 'pg_x' })).status, 422);
      assert.equal((await operate('PATCH', '/carla', { max_tables: 'many' })).status, 422);
      await json(await operate('PATCH', '/carla', { max_storage_bytes: 1_000_000, max_tables: null }));
      const shown = await json<Record<string, unknown>>(await operate('GET', '/carla'));
      assert.equal(shown.max_storage_bytes, 1_000_000);
      assert.equal(shown.max_tables, 50);
      const { accounts } = await json<{ accounts: { name: string }[] }>(await operate('GET'));
      assert.deepEqual(accounts.map(({ name }) => name).toSorted(), ['carla', 'demo']);
      assert.equal((await operate('DELETE', '/carla')).status, 422);
      assert.equal((await operate('DELETE', '/demo?confirm=demo')).status, 422);
      assert.equal((await operate('DELETE', '/carla?confirm=carla')).status, 204);
      assert.equal((await operate('GET', '/carla')).status, 404);
    });

    test('a rotated key goes on beside the new one for the time it was given, and no longer', async () => {
      const { api_key: first } = await json<{ api_key: string }>(await operate('POST', '', { name: 'rita' }), 201);
      const rotate = async (body: object) =>
        (await json<{ api_key: string }>(await operate('POST', '/rita/rotate-key', body))).api_key;
      const second = await rotate({ overlap_hours: 24 });
      assert.equal((await me(first)).user_data.username, 'rita');
      assert.equal((await me(second)).user_data.username, 'rita');
      const third = await rotate({});
      assert.equal((await me(third)).user_data.username, 'rita');
      for (let waited = 0; waited < 200; waited++) {
        const answers = await Promise.all([first, second].map((key) => app.api(`/api/v3/me?api_key=${key}`)));
        if (answers.every(({ status }) => status === 401)) break;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      for (const key of [first, second]) assert.equal((await app.api(`/api/v3/me?api_key=${key}`)).status, 401);
    });

    /** Sets limits, and waits until the server has forgotten the old ones (within a second). */
    async function limit(limits: Readonly<Record<string, number | null>>): Promise<void> {
      await json(await operate('PATCH', '/demo', limits));
      const bytes = limits.max_storage_bytes;
      for (let waited = 0; waited < 200; waited++) {
        const { user_data } = await me(app.key);
        if (bytes === undefined || user_data.quota_in_bytes === bytes) return;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      assert.fail('the limit never came');
    }

    test('what would not fit into the limits is refused before it is loaded, with the codes of the wire', async () => {
      const used = Number((await me(app.key)).user_data.db_size_in_bytes);
      const big = `a\n${'x'.repeat(99)}\n`.repeat(3000);
      await limit({ max_storage_bytes: used + 50_000 });
      const full = await app.importFile('big.csv', big);
      assert.equal(full.error_code, 8001);
      await limit({ max_storage_bytes: used - 1 });
      const response = await copyIn('towns (id)', '9\n', app.key);
      assert.match((await json<{ error: string[] }>(response, 400)).error[0] ?? '', /may store/);
      await limit({ max_storage_bytes: null, max_tables: 2 });
      const third = await app.importFile('third.csv', 'a\n1\n');
      assert.equal(third.error_code, 8002);
      assert.equal(
        (await app.importFile('towns.csv', 'id,name,lon,lat\n1,one,3,4\n', { collision_strategy: 'overwrite' })).state,
        'complete',
      );
      assert.equal((await me(app.key)).user_data.remaining_table_quota, 0);
      await limit({ max_tables: null });
    });

    test('no more tables are opened to everybody than the account may open, by imports and by hand', async () => {
      await limit({ max_public_tables: 1, max_storage_bytes: 999_999_999 });
      const first = await app.importFile('open.csv', 'a\n1\n', { privacy: 'public' });
      assert.equal(first.state, 'complete');
      const second = await app.importFile('open too.csv', 'a\n1\n', { privacy: 'public' });
      assert.equal(second.error_code, 8008);
      assert.match(second.get_error_text?.what_about ?? '', /may open 1 /);
      assert.equal(
        second.get_error_text?.title,
        'Over account datasets limit or publication is disabled in your account',
      );
      const again = { privacy: 'public', collision_strategy: 'overwrite' };
      assert.equal((await app.importFile('open.csv', 'a\n2\n', again)).state, 'complete');
      const opened = await asked('PUT', `/api/v1/viz/towns`, app.key, { privacy: 'public' });
      assert.match(JSON.stringify(await opened.json()), /may open 1 /);
      assert.equal(opened.status, 409);
      assert.equal((await app.api('/user/demo/api/v2/sql?q=select 1 from towns')).status, 400);
      await limit({ max_public_tables: 0, max_storage_bytes: null });
      assert.equal((await asked('PUT', `/api/v1/viz/open`, app.key, { privacy: 'link' })).status, 200);
      assert.equal((await app.importFile('open.csv', 'a\n3\n', again)).error_code, 8008);
      assert.equal((await asked('GET', '/api/v1/operator/accounts/demo', OPERATOR)).status, 200);
      await limit({ max_public_tables: null });
    });
  });
}
