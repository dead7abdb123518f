/** Who may read what, on every route that reads: viewers × levels × routes, and again at once after each change. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { createAccount } from '../../src/store/accounts.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { engines } from '../support/database.ts';

const places = 'name,longitude,latitude\nOslo,10.75,59.91\nBergen,5.32,60.39\n';

/** Every route that reads a table, as a path with the table's name. A new one is one more line. */
const routes: readonly ((table: string) => string)[] = [
  (table) => `/user/demo/api/v2/sql?q=${encodeURIComponent(`select name from ${table}`)}`,
  (table) => `/user/demo/api/v2/sql?format=csv&q=${encodeURIComponent(`select name from ${table}`)}`,
  (table) => `/user/demo/api/v2/sql?format=geojson&q=${encodeURIComponent(`select * from ${table}`)}`,
  (table) => `/user/demo/api/v2/sql?format=parquet&q=${encodeURIComponent(`select * from ${table}`)}`,
  (table) => `/user/demo/api/v2/sql/copyto?q=${encodeURIComponent(`copy (select name from ${table}) to stdout`)}`,
  (table) => `/user/demo/api/v1/viz/${table}`,
  (table) => `/user/demo/api/v1/tables/${table}`,
  (table) => `/user/demo/api/v1/tables/${table}/columns`,
  (table) => `/user/demo/api/v1/tables/${table}/columns/name/stats`,
  (table) => `/user/demo/api/v1/tables/${table}/records`,
  (table) => `/tiles/demo/${table}/0/0/0.mvt`,
  (table) => `/tiles/demo/${table}.json`,
  (table) => `/ogc/demo/collections/${table}`,
  (table) => `/ogc/demo/collections/${table}/queryables`,
  (table) => `/ogc/demo/collections/${table}/items`,
  (table) => `/ogc/demo/collections/${table}/items/1`,
];

type Level = 'public' | 'link' | 'private';
const levels: readonly Level[] = ['private', 'link', 'public'];

for (const engine of engines) {
  suite(`Privacy on ${engine}`, () => {
    let app: TestApp;
    let otherKey: string;
    let guestKey: string;
    before(async () => {
      app = await startTestApp(engine, {}, async (db) => {
        ({ key: otherKey } = await createAccount(db, 'other'));
      });
      for (const name of ['open_door', 'neighbour']) {
        assert.equal((await app.importFile(`${name}.csv`, places)).table_name, name);
      }
      const made = await keys('POST', '', readsOf('door keeper', 'open_door'));
      assert.equal(made.status, 201);
      guestKey = ((await made.json()) as { token: string }).token;
    });
    after(() => app[Symbol.asyncDispose]());

    const keys = (method: string, path: string, body?: unknown): Promise<Response> =>
      app.api(`/api/v3/api_keys${path}`, {
        method,
        headers: {
          authorization: `Basic ${Buffer.from(`demo:${app.key}`).toString('base64')}`,
          'content-type': 'application/json',
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    const readsOf = (name: string, ...tables: string[]) => ({
      name,
      type: 'regular',
      grants: [
        { type: 'apis', apis: ['sql', 'maps'] },
        { type: 'database', tables: tables.map((table) => ({ schema: 'demo', name: table, permissions: ['select'] })) },
      ],
    });

    const setPrivacy = async (table: string, privacy: Level): Promise<string | undefined> => {
      const response = await app.api(`/api/v1/viz/${table}?api_key=${app.key}`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ privacy }),
      });
      assert.equal(response.status, 200);
      return ((await response.json()) as { auth_tokens: string[] }).auth_tokens[0];
    };
    const statusOf = async (path: string, query: string): Promise<number> => {
      const response = await app.api(path + (query === '' ? '' : `${path.includes('?') ? '&' : '?'}${query}`));
      const text = await response.text();
      const isRead = response.status === 200 || response.status === 204;
      if (!isRead) assert.doesNotMatch(text, /Oslo|Bergen/, path);
      return response.status;
    };

    test('every route answers every viewer as the level says, at once after each change', async () => {
      let staleToken = 'none';
      for (const level of [...levels, ...levels.toReversed()]) {
        const token = await setPrivacy('open_door', level);
        assert.equal(token === undefined, level !== 'link');
        const viewers = [
          { who: 'owner', query: `api_key=${app.key}`, reads: true },
          { who: 'anonymous', query: '', reads: level === 'public' },
          { who: 'holder of the link', query: `token=${token ?? staleToken}`, reads: level !== 'private' },
          { who: 'holder of an old link', query: `auth_token=${staleToken}`, reads: level === 'public' },
          { who: 'restricted key', query: `api_key=${guestKey}`, reads: true },
          { who: 'the key of nobody', query: 'api_key=default_public', reads: level === 'public' },
          { who: 'wrong key', query: 'api_key=wrong', reads: false },
        ];
        for (const { who, query, reads } of viewers) {
          for (const route of routes) {
            const status = await statusOf(route('open_door'), query);
            assert.equal(status < 300, reads, `${who}, ${level}, ${route('open_door')}: ${status}`);
            assert.ok(status < 500, `${who}, ${level}, ${route('open_door')}: ${status}`);
          }
        }
        // Another account: its key is refused at addresses of the API, and elsewhere it is anybody.
        for (const route of routes) {
          const path = route('open_door');
          const status = await statusOf(path, `api_key=${otherKey}`);
          const reads = level === 'public' && !path.startsWith('/user/');
          assert.equal(status < 300, reads, `other account, ${level}, ${path}: ${status}`);
        }
        // Lists tell of a table those who may read it.
        for (const { who, query, reads } of viewers.filter((viewer) => viewer.who !== 'wrong key')) {
          const list = await (await app.api(`/ogc/demo/collections?f=json&${query}`)).text();
          assert.equal(list.includes('open_door'), reads, `${who}, ${level}: the list of collections`);
        }
        if (token !== undefined) staleToken = token;
      }
    });

    test('a link opens one table, and nothing of the account beside it', async () => {
      const token = await setPrivacy('open_door', 'link');
      for (const route of routes) {
        assert.ok((await statusOf(route('open_door'), `token=${token}`)) < 300);
        const status = await statusOf(route('neighbour'), `token=${token}`);
        assert.ok(status >= 400 && status < 500, `${route('neighbour')}: ${status}`);
      }
      for (const path of ['/user/demo/api/v1/viz', '/user/demo/api/v1/imports', '/user/demo/api/v1/synchronizations']) {
        assert.equal(await statusOf(path, `token=${token}`), 401);
      }
      const shown = (await (await app.api(`/user/demo/api/v1/viz/open_door?token=${token}`)).json()) as {
        auth_tokens: string[];
      };
      assert.deepEqual(shown.auth_tokens, []);
    });

    test('a restricted key reads its tables and nothing else, is listed, and ends when it is changed or removed', async () => {
      await setPrivacy('open_door', 'private');
      const door = routes[0]?.('open_door') ?? '';
      for (const route of routes) {
        const status = await statusOf(route('neighbour'), `api_key=${guestKey}`);
        assert.ok(status >= 400 && status < 500, `${route('neighbour')}: ${status}`);
      }
      for (const path of ['/api/v1/imports', '/api/v1/synchronizations', '/api/v1/viz', '/api/v3/api_keys']) {
        assert.equal(await statusOf(path, `api_key=${guestKey}`), 401, path);
      }
      const post = await app.api(`/api/v1/imports?api_key=${guestKey}&url=https://a.example/x.csv`, { method: 'POST' });
      assert.equal(post.status, 401);
      const over = await app.importFile('open_door.csv', places, { collision_strategy: 'overwrite' });
      assert.equal(over.state, 'complete');
      assert.equal(await statusOf(door, `api_key=${guestKey}`), 200);

      const { result } = (await (await keys('GET', '')).json()) as { result: { name: string; token: string | null }[] };
      assert.deepEqual(
        result.map(({ name, token }) => [name, token]),
        [
          ['Master', app.key],
          ['Default public', 'default_public'],
          ['door keeper', null],
        ],
      );
      assert.equal((await keys('POST', '', readsOf('door keeper'))).status, 422);
      assert.equal((await keys('POST', '', readsOf('two', 'no_such_table'))).status, 422);
      assert.equal((await keys('POST', '', { ...readsOf('two'), type: 'master' })).status, 422);

      const changed = await keys('POST', '/door%20keeper/token/regenerate');
      const { token } = (await changed.json()) as { token: string };
      const until = performance.now() + 1_100;
      while (performance.now() < until && (await statusOf(door, `api_key=${guestKey}`)) === 200);
      assert.equal(await statusOf(door, `api_key=${guestKey}`), 401);
      assert.equal(await statusOf(door, `api_key=${token}`), 200);
      assert.equal((await keys('DELETE', '/door%20keeper')).status, 200);
      assert.equal((await keys('DELETE', '/door%20keeper')).status, 404);
      const end = performance.now() + 1_100;
      while (performance.now() < end && (await statusOf(door, `api_key=${token}`)) !== 401);
      assert.equal(await statusOf(door, `api_key=${token}`), 401);
    });

    test('hostile SQL of a link or of nobody is refused, and controls work', async () => {
      const token = await setPrivacy('open_door', 'link');
      const ask = (q: string) => statusOf(`/user/demo/api/v2/sql?q=${encodeURIComponent(q)}`, `token=${token}`);
      for (const q of [
        'select 1 as one',
        'select count(*) from open_door',
        "select st_astext('POINT(0 0)'::geometry)",
      ]) {
        assert.equal(await ask(q), 200, q);
      }
      for (const q of [
        'select * from neighbour',
        'select * from other.secrets',
        'select * from landfall.tables',
        'select * from landfall.api_keys',
        'select * from pg_catalog.pg_authid',
        'delete from open_door',
        'with gone as (delete from open_door returning *) select * from gone',
        'drop table open_door',
        'select * from open_door for update',
        "select set_config('role', 'postgres', false)",
        "select query_to_xml('select * from demo.neighbour', true, true, '')",
        "select pg_read_file('/etc/passwd')",
        'select pg_sleep(1)',
        "select pg_notify('landfall_import', '')",
        'select 1; select 2',
        'set role postgres',
      ]) {
        const status = await ask(q);
        assert.ok(status >= 400 && status < 500, `${q}: ${status}`);
      }
    });
  });
}
