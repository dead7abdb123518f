/** Imports of other databases, from true servers: PostgreSQL (TEST_DATABASE_URL) and MariaDB (TEST_MARIADB_URL). */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, suite, test } from 'node:test';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { startTestApp, type TestApp } from '../support/app.ts';

const postgresUrl = process.env.TEST_DATABASE_URL;
const mariadbUrl = process.env.TEST_MARIADB_URL;
const skipPostgres = postgresUrl === undefined && 'needs PostgreSQL: sh scripts/with-postgres.sh';
const skipMariadb = mariadbUrl === undefined && 'needs MariaDB: sh scripts/with-mariadb.sh';

let app: TestApp;
before(async () => {
  app = await startTestApp('pglite');
});
after(() => app[Symbol.asyncDispose]());

/** Parameters of a connection for the server of a URL. */
function connectionTo(url: string): Record<string, string> {
  const { hostname, port, username, password, pathname } = new URL(url);
  return { server: hostname, port, username, password: decodeURIComponent(password), database: pathname.slice(1) };
}

async function post(body: unknown): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${app.url}/api/v1/imports?api_key=${app.key}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function importFrom(connector: Record<string, unknown>, more: object = {}) {
  const { status, body } = await post({ connector, ...more });
  assert.equal(status, 200, JSON.stringify(body));
  return app.waitFor(String(body.item_queue_id));
}

suite('a request for a connector', () => {
  const connection = { server: 'db.example.org', database: 'd', username: 'u', password: 'p' };
  const refusals: readonly (readonly [string, unknown, string])[] = [
    ['an unknown provider', { provider: 'oracle', connection, table: 't' }, 'Invalid provider Provider: oracle'],
    ['no provider', { connection, table: 't' }, 'Missing required parameters provider'],
    ['unknown keys', { provider: 'mysql', connection, table: 't', a: 1, b: 2 }, 'Invalid parameters: a, b'],
    [
      'unknown keys of the connection',
      { provider: 'mysql', connection: { ...connection, dsn: 'x' }, table: 't' },
      'Invalid parameters: dsn',
    ],
    [
      'missing keys',
      { provider: 'mysql', connection: { server: 's' }, table: 't' },
      'Missing required parameters username,password',
    ],
    [
      'neither table nor query',
      { provider: 'mysql', connection },
      'The table parameter is required if no sql_query parameter is provided',
    ],
    [
      'a query without a name',
      { provider: 'mysql', connection, sql_query: 'select 1' },
      'The import_as parameter is required to name the sql_query results',
    ],
  ];
  for (const [what, connector, sentence] of refusals) {
    test(`with ${what} is refused in the words of the contract`, async () => {
      assert.deepEqual(await post({ connector }), { status: 400, body: { errors: { imports: sentence } } });
    });
  }
});

suite('PostgreSQL as a source', { skip: skipPostgres }, () => {
  const connection: Record<string, string> = { ...connectionTo(postgresUrl ?? 'postgres://x'), sslmode: 'disable' };
  let source: pg.Client;
  before(async () => {
    source = new pg.Client({ connectionString: postgresUrl });
    await source.connect();
    await source.query(`
      create schema if not exists shop;
      drop table if exists shop.every_type;
      create type shop.mood as enum ('sad', 'glad');
      create domain shop.code as integer;
      create table shop.every_type (
        id bigint primary key, small smallint, whole integer, code shop.code, big bigint, exact numeric(40,20), price money,
        single real, double double precision, yes boolean, day date, moment timestamp(6), instant timestamptz,
        clock time, clocktz timetz, span interval, name text, short varchar(10), fixed char(5), mood shop.mood,
        key uuid, doc jsonb, written json, bytes bytea, bits bit(4), numbers integer[], words text[], net inet,
        the_geom geometry(Point, 25830), other geography);
      insert into shop.every_type values
        (1, -32768, 2147483647, 7, 9223372036854775807, 12345678901234567890.12345678901234567890, 12.50,
         16777.217, 0.1, true, '2020-02-29', '2020-02-29 23:59:59.123456', '2020-02-29 23:59:59.123456+02',
         '23:59:59.5', '10:00+02', '1 year 2 mons 3 days', E'tab\\tnew\\nline \\\\ "quote" ü', 'x', 'ab', 'glad',
         '6f1ed002-ab59-42a1-8e7c-1b5c3f2b1f00', '{"a": [1, 2.50]}', '[1]', '\\x00ff0a', b'1010', '{1,null,3}',
         '{"a b",c}', '10.0.0.1/24', st_setsrid(st_makepoint(440000, 4474000), 25830), 'POINT(1 2)'),
        (2, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
         null, null, null, null, null, null, null, null, null, null, null, null);`);
  });
  after(async () => {
    await source.query('drop schema shop cascade');
    await source.end();
  });

  test('values of every type arrive as they are, with the types that were declared', async () => {
    const done = await importFrom({ provider: 'postgres', connection, schema: 'shop', table: 'every_type' });
    assert.equal(done.state, 'complete', JSON.stringify(done));
    assert.equal(done.data_type, 'datasource');
    assert.equal(done.table_name, 'every_type');
    const { rows, fields } = await app.sql(
      `select id, small, whole, code, big::text as big, exact::text as exact, price::text as price, single, double, yes,
       day::text as day, moment::text as moment, (instant at time zone 'utc')::text as instant, clock::text as clock, clocktz,
       span, name, short, fixed, mood, key::text as key, doc::text as doc, written::text as written, encode(bytes, 'hex') as bytes,
       bits, numbers::text as numbers, words::text as words, net,
       st_srid(the_geom) as srid, round(st_x(the_geom)::numeric, 3)::text as x, other is not null as other
       from every_type order by id`,
    );
    assert.deepEqual(rows[0], {
      id: 1,
      small: -32768,
      whole: 2147483647,
      code: 7,
      big: '9223372036854775807',
      exact: '12345678901234567890.12345678901234567890',
      price: '12.50',
      single: 16777.217,
      double: 0.1,
      yes: true,
      day: '2020-02-29',
      moment: '2020-02-29 23:59:59.123456',
      instant: '2020-02-29 21:59:59.123456',
      clock: '23:59:59.5',
      clocktz: '10:00:00+02',
      span: '1 year 2 mons 3 days',
      name: 'tab\tnew\nline \\ "quote" ü',
      short: 'x',
      fixed: 'ab',
      mood: 'glad',
      key: '6f1ed002-ab59-42a1-8e7c-1b5c3f2b1f00',
      doc: '{"a": [1, 2.50]}',
      written: '[1]',
      bytes: '00ff0a',
      bits: '1010',
      numbers: '[1, null, 3]',
      words: '["a b", "c"]',
      net: '10.0.0.1/24',
      srid: 4326,
      x: '-3.707',
      other: true,
    });
    const second = rows[1] ?? {};
    assert.deepEqual(
      Object.entries(second).filter(([name, value]) => value !== null && !['id', 'other'].includes(name)),
      [],
    );
    assert.equal(fields.single?.type, 'number');
  });

  test('a query is imported under its name, in one statement that may only read', async () => {
    const asked = { provider: 'postgres', connection, import_as: 'asked' };
    const done = await importFrom({
      ...asked,
      sql_query: 'with a as (select 1 as n) select n, $$x$$ as t from a -- end',
    });
    assert.equal(done.state, 'complete', JSON.stringify(done));
    assert.deepEqual((await app.sql('select n, t from asked')).rows, [{ n: 1, t: 'x' }]);
    for (const text of [
      'create table shop.made (a int)',
      'select 1; drop table shop.every_type',
      "select nextval('x') from (delete from shop.every_type returning 1) a",
      'select 1) as q) to program $$true$$ --',
    ]) {
      const refused = await importFrom({ ...asked, sql_query: text });
      assert.equal(refused.error_code, 1500, text);
    }
    await source.query('select 1 from shop.every_type');
  });

  test('columns and where leave out the rest', async () => {
    const done = await importFrom({
      provider: 'postgres',
      connection,
      schema: 'shop',
      table: 'every_type',
      columns: 'NAME,id',
      where: 'id = 2 -- only',
    });
    assert.equal(done.state, 'complete', JSON.stringify(done));
    const { rows, fields } = await app.sql(`select * from ${done.table_name}`);
    assert.equal(rows.length, 1);
    assert.deepEqual(Object.keys(fields).sort(), ['cartodb_id', 'id', 'name', 'the_geom', 'the_geom_webmercator']);
  });

  test('tables and databases are listed, and a connection is tried', async () => {
    const query = new URLSearchParams({ ...connection, api_key: app.key });
    const get = async (path: string) => {
      const response = await app.api(`/api/v1/connectors/${path}?${query}`);
      return { status: response.status, body: await response.json() };
    };
    assert.deepEqual(await get('postgres/connect'), { status: 200, body: { connected: true } });
    const tables = (await get('postgres/tables')).body as { schema: string; name: string }[];
    assert.ok(tables.some(({ schema, name }) => schema === 'shop' && name === 'every_type'));
    const databases = (await get('postgres/databases')).body as { name: string }[];
    assert.ok(databases.some(({ name }) => name === connection.database));
    assert.deepEqual(await get('oracle'), { status: 422, body: { errors: 'Provider oracle unknown' } });
    query.set('database', 'absent');
    assert.deepEqual(await get('postgres/tables'), {
      status: 400,
      body: {
        errors: 'Error connecting to provider postgres, PostgreSQL 127.0.0.1: database "absent" does not exist',
      },
    });
  });

  test('a stored connection is imported from by its id', async () => {
    const stored = await app.api(`/api/v4/connections?api_key=${app.key}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'shop', connector: 'postgres', parameters: connection }),
    });
    assert.equal(stored.status, 201);
    const { id } = (await stored.json()) as { id: string };
    const done = await importFrom({
      provider: 'postgres',
      connection_id: id,
      sql_query: 'select 1 as n',
      import_as: 'by_id',
    });
    assert.equal(done.state, 'complete', JSON.stringify(done));
  });

  test('a stored connection keeps its name to itself, and its times are those of the other answers', async () => {
    const send = (path: string, method: string, name: string) =>
      app.api(`/api/v4/connections${path}?api_key=${app.key}`, {
        method,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name, connector: 'postgres', parameters: connection }),
      });
    const { id } = (await (await send('', 'POST', 'first')).json()) as { id: string };
    assert.equal((await send('', 'POST', 'second')).status, 201);
    const taken = await send(`/${id}`, 'PUT', 'second');
    assert.deepEqual(
      [taken.status, await taken.json()],
      [422, { errors: 'There is a connection of this name already' }],
    );
    assert.equal((await send(`/${id}`, 'PUT', 'third')).status, 204);
    const shown = await (await app.api(`/api/v4/connections/${id}?api_key=${app.key}`)).json();
    const { name, created_at } = shown as { name: string; created_at: string };
    assert.equal(name, 'third');
    assert.match(created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/);
  });

  test('a synchronization of no connection is refused in the words of synchronizations', async () => {
    const connector = { provider: 'postgres', connection_id: randomUUID(), table: 'orders' };
    const refused = await app.api(`/api/v1/synchronizations?api_key=${app.key}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ connector, interval: 3600 }),
    });
    assert.deepEqual(
      [refused.status, await refused.json()],
      [400, { errors: 'Invalid parameters: connection_id names no connection to this provider' }],
    );
  });

  test("Redshift's cursor brings every row, tried on PostgreSQL, which has the same protocol", async () => {
    const { server, ...rest } = connection;
    const done = await importFrom({
      provider: 'redshift',
      connection: { ...rest, cluster: server, password: 'unused' },
      sql_query:
        "select i as id, i % 2 = 0 as even, i * 0.1 as exact, date '2020-01-01' + i as day from generate_series(1, 2500) i",
      import_as: 'by_cursor',
    });
    assert.equal(done.state, 'complete', JSON.stringify(done));
    const { rows } = await app.sql(
      'select count(*) as n, count(*) filter (where even) as even, sum(exact)::text as total, max(day)::text as last from by_cursor',
    );
    assert.deepEqual(rows, [{ n: 2500, even: 1250, total: '312625.0', last: '2026-11-05' }]);
  });

  test('what the server says is the reason of the failure', async () => {
    const done = await importFrom({ provider: 'postgres', connection, table: 'absent' });
    assert.equal(done.error_code, 1500);
    assert.match(String(done.get_error_text?.what_about), /relation "public\.absent" does not exist/);
    const wrong = await importFrom({
      provider: 'postgres',
      connection: { ...connection, sslmode: 'require' },
      table: 'absent',
    });
    assert.equal(wrong.error_code, 1500);
    assert.match(String(wrong.get_error_text?.what_about), /does not support SSL/);
  });
});

suite('MariaDB as a source', { skip: skipMariadb }, () => {
  const connection = connectionTo(mariadbUrl ?? 'mysql://x');
  let source: mysql.Connection;
  before(async () => {
    source = await mysql.createConnection({ uri: mariadbUrl ?? '', multipleStatements: true });
    await source.query(`
      set sql_mode = '';
      drop table if exists every_type;
      create table every_type (
        id bigint unsigned primary key, tiny tinyint, flag tinyint(1), small smallint unsigned, medium mediumint, whole int unsigned,
        exact decimal(40,20), single float, \`double\` double, bit1 bit(1), bits bit(10), day date, moment datetime(6),
        instant timestamp(6) null, clock time(3), long_clock time, y year, name varchar(50), fixed char(5), body longtext,
        mood enum('sad','glad'), tags set('a','b'), bytes varbinary(10), photo blob, doc json, \`key\` uuid,
        place point ref_system_id=4326, zero date);
      set time_zone = '+02:00';
      insert into every_type values
        (18446744073709551615, -128, 1, 65535, -8388608, 4294967295, 12345678901234567890.12345678901234567890,
         16777.217, 0.1, b'1', b'1010101010', '2020-02-29', '2020-02-29 23:59:59.123456',
         '2020-02-29 23:59:59.123456', '23:59:59.500', '838:59:59', 1999, 'tab\\tnew\\nline \\\\ "quote" ü 😀', 'ab', 'body',
         'glad', 'a,b', x'00ff0a', x'ff', '{"a": [1, 2.50]}', '6f1ed002-ab59-42a1-8e7c-1b5c3f2b1f00',
         st_geomfromtext('POINT(1 2)', 4326), '0000-00-00'),
        (2, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
         null, null, null, null, null, null, null, null, null, '2020-01-01');`);
  });
  after(async () => {
    await source.query('drop table every_type');
    await source.end();
  });

  test('values of every type arrive as they are, with the types that were declared', async () => {
    const done = await importFrom({ provider: 'MySQL', connection, table: 'every_type' });
    assert.equal(done.state, 'complete', JSON.stringify(done));
    assert.equal(done.warnings?.zero_dates, 1);
    const { rows } = await app.sql(
      `select id::text as id, tiny, flag, small, medium, whole, exact::text as exact, single, double, bit1, bits, day::text as day,
       moment::text as moment, (instant at time zone 'utc')::text as instant, clock::text as clock, long_clock, y, name, fixed, body,
       mood, tags, encode(bytes, 'hex') as bytes, encode(photo, 'hex') as photo, doc::text as doc, key::text as key,
       st_asewkt(the_geom) as place, zero::text as zero from ${done.table_name} order by id::numeric desc`,
    );
    assert.deepEqual(rows[0], {
      id: '18446744073709551615',
      tiny: -128,
      flag: 1,
      small: 65535,
      medium: -8388608,
      whole: 4294967295,
      exact: '12345678901234567890.12345678901234567890',
      single: 16777.217,
      double: 0.1,
      bit1: true,
      bits: '1010101010',
      day: '2020-02-29',
      moment: '2020-02-29 23:59:59.123456',
      instant: '2020-02-29 21:59:59.123456',
      clock: '23:59:59.5',
      long_clock: '838:59:59',
      y: 1999,
      name: 'tab\tnew\nline \\ "quote" ü 😀',
      fixed: 'ab',
      body: 'body',
      mood: 'glad',
      tags: 'a,b',
      bytes: '00ff0a',
      photo: 'ff',
      doc: '{"a": [1, 2.50]}',
      key: '6f1ed002-ab59-42a1-8e7c-1b5c3f2b1f00',
      place: 'SRID=4326;POINT(1 2)',
      zero: null,
    });
    const { id, zero, ...rest } = rows[1] ?? {};
    assert.deepEqual([id, zero], ['2', '2020-01-01']);
    assert.deepEqual(
      Object.values(rest).filter((value) => value !== null),
      [],
    );
  });

  test('doubles arrive bit by bit, beside a point and under any name', async () => {
    const doubles = [0.1, 1 / 3, -2 / 3e20, Number.MIN_VALUE, -Number.MAX_VALUE, 1e21, 2 ** 53 - 1, 123.125, 0, null];
    await source.query('create or replace table numbers (id int, `Wide \\ ``one``` double, place point)');
    await source.query('insert into numbers values ?', [doubles.map((value, i) => [i, value, null])]);
    const done = await importFrom({ provider: 'mysql', connection, table: 'numbers' });
    await source.query('drop table numbers');
    assert.equal(done.state, 'complete', JSON.stringify(done));
    const { rows } = await app.sql(`select wide_one from ${done.table_name} order by id`);
    assert.deepEqual(
      rows.map(({ wide_one }) => wide_one),
      doubles,
    );
  });

  test('a query is imported under its name, and nothing is written', async () => {
    const asked = { provider: 'mysql', connection, import_as: 'mysql_asked' };
    const done = await importFrom({ ...asked, sql_query: 'select 41 + 1 as answer, 7.5 as lon, 8.25 as lat' });
    assert.equal(done.state, 'complete', JSON.stringify(done));
    assert.deepEqual((await app.sql('select answer, st_astext(the_geom) as place from mysql_asked')).rows, [
      { answer: 42, place: 'POINT(7.5 8.25)' },
    ]);
    for (const text of ['delete from every_type', 'select 1; delete from every_type', 'commit']) {
      assert.equal((await importFrom({ ...asked, sql_query: text })).error_code, 1500, text);
    }
    const [rows] = await source.query('select count(*) as n from every_type');
    assert.deepEqual(rows, [{ n: 2 }]);
  });

  test('what the server says is the reason of the failure, without the password', async () => {
    const wrong = await importFrom({
      provider: 'mysql',
      connection: { ...connection, password: 'S3CR3T-w' },
      table: 't',
    });
    assert.equal(wrong.error_code, 1500);
    assert.match(String(wrong.get_error_text?.what_about), /Access denied for user 'tester'/);
    assert.doesNotMatch(JSON.stringify(wrong), /S3CR3T/);
    const absent = await importFrom({ provider: 'mysql', connection, table: 'absent' });
    assert.match(String(absent.get_error_text?.what_about), /Table 'landfall_test\.absent' doesn't exist/);
  });
});
