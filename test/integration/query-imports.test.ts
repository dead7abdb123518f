/** Tables made of queries over the account's own tables (wire contract 7.7), on the true program. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTestApp, type TestApp } from '../support/app.ts';
import { oneEngine } from '../support/database.ts';

const values = `id,name,big,price,day,at,flag,longitude,latitude
1,Oslo,9007199254740993,1.10,2020-02-29,2020-02-29T10:00:00.123456Z,true,10.75,59.91
2,,12,2.05,1999-12-31,1999-12-31T23:59:59Z,false,5.32,60.39
`;

for (const engine of oneEngine) {
  suite(`Imports of queries on ${engine}`, () => {
    let app: TestApp;
    before(async () => {
      app = await startTestApp(engine, { LANDFALL_SYNC_FORCE_GUARD: '0' });
      const made = await app.importFile('source.csv', values);
      assert.equal(made.table_name, 'source');
    });
    after(async () => app[Symbol.asyncDispose]());

    async function asked(parameters: Record<string, string>) {
      const query = new URLSearchParams({ api_key: app.key, ...parameters });
      const response = await app.api(`/api/v1/imports?${query}`, { method: 'POST' });
      const text = await response.text();
      assert.equal(response.status, 200, text);
      return app.waitFor((JSON.parse(text) as { item_queue_id: string }).item_queue_id);
    }
    const rowsOf = async (table: string) => (await app.sql(`select * from ${table} order by cartodb_id`)).rows;
    const fieldsOf = async (table: string) => (await app.sql(`select * from ${table} limit 0`)).fields;

    test('a copied table has the same rows, types and geometries, and its own indexes', async () => {
      const copy = await asked({ table_copy: 'source', table_name: 'source_copy' });
      assert.equal(copy.state, 'complete', JSON.stringify(copy.get_error_text));
      assert.equal(copy.data_type, 'query');
      assert.equal(copy.table_name, 'source_copy');
      assert.equal(copy.tables_created_count, 0);
      assert.deepEqual(await rowsOf('source_copy'), await rowsOf('source'));
      assert.deepEqual(await fieldsOf('source_copy'), await fieldsOf('source'));
      const types = async (table: string) =>
        (
          await app.sql(
            `select st_astext(the_geom) as g, st_srid(the_geom) as s, st_srid(the_geom_webmercator) as w from ${table} order by cartodb_id`,
          )
        ).rows;
      assert.deepEqual(await types('source_copy'), await types('source'));
    });

    test('the name alone copies under the next free name, and a schema may stand before it', async () => {
      assert.equal((await asked({ table_name: 'source' })).table_name, 'source_1');
      const named = await asked({ table_copy: 'demo.source', table_name: 'Of Schema' });
      assert.equal(named.table_name, 'of_schema');
    });

    test('a query makes a table of its columns, without a geometry too, and is numbered where the name is taken', async () => {
      const sql = 'select cartodb_id, upper(name) as shout, price * 2 as twice, big from source where flag';
      for (const name of ['shouts', 'shouts_1']) {
        const made = await asked({ sql, table_name: 'shouts' });
        assert.equal(made.state, 'complete', JSON.stringify(made.get_error_text));
        assert.equal(made.table_name, name);
      }
      const { rows } = await app.sql('select shout, twice::text, big::text from shouts');
      assert.deepEqual(rows, [{ shout: 'OSLO', twice: '2.2', big: '9007199254740993' }]);
      const unnamed = await asked({ sql: 'select 1 as one' });
      assert.equal(unnamed.table_name, 'untitled_table');
    });

    test('empty texts stay empty, an empty result keeps its columns, and quoted names are cleaned', async () => {
      await asked({
        sql: `select '' as empty, null::text as nothing, '{"a":[1]}'::json as "Doc ü"`,
        table_name: 'edges',
      });
      assert.deepEqual((await app.sql('select empty, nothing, doc_u from edges')).rows, [
        { empty: '', nothing: null, doc_u: { a: [1] } },
      ]);
      const none = await asked({ sql: 'select * from source where false', table_name: 'none_of_it' });
      assert.equal(none.state, 'complete', JSON.stringify(none.get_error_text));
      assert.deepEqual(Object.keys(await fieldsOf('none_of_it')), Object.keys(await fieldsOf('source')));
      assert.deepEqual(await fieldsOf('none_of_it'), await fieldsOf('source'));
    });

    test('overwrite takes the columns of the query whatever they were, skip leaves the table', async () => {
      const options = { table_name: 'shouts', collision_strategy: 'overwrite' };
      const over = await asked({ sql: 'select name as other from source order by cartodb_id', ...options });
      assert.equal(over.state, 'complete', JSON.stringify(over.get_error_text));
      assert.equal(over.table_name, 'shouts');
      assert.deepEqual((await app.sql('select other from shouts order by cartodb_id')).rows.length, 2);
      const skipped = await asked({ sql: 'select 1 as x', table_name: 'shouts', collision_strategy: 'skip' });
      assert.deepEqual([skipped.state, skipped.error_code, skipped.table_name], ['complete', 1022, 'shouts']);
      assert.equal(skipped.original_url, 'select 1 as x');
    });

    test('an error of the query is 8003, values that do not go together are 8004, and both say why', async () => {
      for (const [parameters, code, text] of [
        [{ sql: 'select nothing from source' }, 8003, /column "nothing" does not exist/],
        [{ sql: 'selec 1' }, 8003, /syntax error/],
        [{ table_copy: 'absent' }, 8003, /relation "absent" does not exist/],
        [{ sql: 'select 1 / 0' }, 8003, /division by zero/],
        [{ sql: "select * from source where name = 1 or name + '1'::date is null" }, 8004, /operator does not exist/],
        [{ sql: 'select nofunction(name) from source' }, 8003, /./],
        [{ sql: 'select 1; drop table source' }, 8003, /./],
        [{ sql: 'delete from source returning *' }, 8003, /./],
        [{ sql: 'with gone as (delete from source returning *) select * from gone' }, 8003, /./],
        [{ sql: 'select * from landfall.api_keys' }, 8003, /./],
        [{ sql: 'select * into stolen from source' }, 8003, /./],
        [{ sql: "select pg_read_file('/etc/passwd')" }, 8003, /./],
        [{ sql: "select set_config('role', 'postgres', false)" }, 8003, /./],
        [{ sql: "select query_to_xml('drop table source', true, true, '')" }, 8003, /./],
        [{ table_copy: 'pg_authid' }, 8003, /permission denied/],
        [{ table_copy: 'landfall.api_keys' }, 8003, /permission denied/],
      ] as const) {
        const ended = await asked({ ...parameters, table_name: 'never' });
        assert.deepEqual([ended.state, ended.error_code], ['failure', code], JSON.stringify(ended.get_error_text));
        assert.match(ended.get_error_text?.what_about ?? '', text);
      }
      await assert.rejects(app.sql('select * from never'), /does not exist/);
      assert.equal((await rowsOf('source')).length, 2);
    });

    test('a synchronization of a query follows its tables', async () => {
      const call = async (method: string, path: string, body?: unknown) =>
        (
          await app.api(`/api/v1/synchronizations${path}?api_key=${app.key}`, {
            method,
            ...(body === undefined
              ? {}
              : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
          })
        ).json() as Promise<Record<string, string>>;
      await app.importFile('grows.csv', 'n\n1\n');
      const sync = await call('POST', '', {
        sql: 'select n * 10 as tens from grows',
        table_name: 'tens',
        interval: 3600,
      });
      const first = await app.waitFor(sync.item_queue_id ?? '');
      assert.equal(first.table_name, 'tens', JSON.stringify(first.get_error_text));
      await app.importFile('grows.csv', 'n\n1\n2\n', { collision_strategy: 'overwrite' });
      await call('PUT', `/${sync.id}/sync_now`, {});
      const rows = async () => (await app.sql('select tens from tens order by 1')).rows;
      for (let tries = 0; tries < 500 && (await rows()).length < 2; tries++) await sleep(20);
      assert.deepEqual(await rows(), [{ tens: 10 }, { tens: 20 }]);
    });
  });
}
