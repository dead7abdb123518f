/** Datasets and tables as the published client libraries ask for them (wire contract 1.13), on the true program. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { startTestApp, type TestApp } from '../support/app.ts';
import { oneEngine } from '../support/database.ts';
import { startOrigin } from '../support/origin.ts';

interface Viz {
  readonly id: string;
  readonly name: string;
  readonly privacy: string;
  readonly auth_tokens: readonly string[];
  readonly table: { readonly id: string; readonly name: string };
  readonly synchronization: { readonly id: string } | null;
  readonly [key: string]: unknown;
}

const towns = 'name,founded,longitude,latitude\nOslo,1048,10.75,59.91\nBergen,9007199254740993,5.32,60.39\n';

for (const engine of oneEngine) {
  suite(`Datasets on ${engine}`, () => {
    let app: TestApp;
    before(async () => {
      app = await startTestApp(engine);
    });
    after(async () => app[Symbol.asyncDispose]());

    const call = (method: string, path: string, body?: unknown): Promise<Response> =>
      app.api(`/api/v1${path}${path.includes('?') ? '&' : '?'}api_key=${app.key}`, {
        method,
        ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      });
    const json = async <T>(response: Response, status = 200): Promise<T> => {
      const text = await response.text();
      assert.equal(response.status, status, text);
      return JSON.parse(text) as T;
    };
    const tableOf = async (file: string, content = towns) => {
      const view = await app.importFile(file, content);
      assert.equal(view.state, 'complete', JSON.stringify(view.get_error_text));
      return view;
    };

    test('the way of the Python library from an import to its dataset: table, then visualization, then the dataset', async () => {
      const { table_id, table_name } = await tableOf('way.csv');
      const table = await json<{ table_visualization: Viz; [key: string]: unknown }>(
        await call('GET', `/tables/${table_id}`),
      );
      for (const key of [
        'id',
        'name',
        'privacy',
        'schema',
        'updated_at',
        'rows_counted',
        'table_size',
        'map_id',
        'description',
        'geometry_types',
        'table_visualization',
        'dependent_visualizations',
        'non_dependent_visualizations',
        'synchronization',
      ]) {
        assert.ok(key in table, key);
      }
      assert.equal(table.id, table_id);
      assert.equal(table.privacy, 'PRIVATE');
      assert.equal(table.rows_counted, 2);
      assert.deepEqual(table.geometry_types, ['ST_Point']);
      assert.deepEqual(table.schema, [
        ['cartodb_id', 'number'],
        ['the_geom', 'geometry'],
        ['the_geom_webmercator', 'geometry'],
        ['name', 'string'],
        ['founded', 'number'],
        ['longitude', 'number'],
        ['latitude', 'number'],
      ]);
      const { id } = table.table_visualization;
      assert.notEqual(id, table_id);
      const dataset = await json<Viz>(await call('GET', `/viz/${id}/?type=table&exclude_shared=true`));
      assert.equal(dataset.id, id);
      assert.equal(dataset.name, table_name);
      assert.equal(dataset.type, 'table');
      assert.equal(dataset.table.id, table_id);
      assert.deepEqual(await json(await call('GET', `/tables/demo.${table_name}`)), table);
      assert.deepEqual(await json(await call('GET', `/viz/${table_name}`)), dataset);
    });

    test('the list is filtered, ordered and paged, and pages end for clients that count what they got', async () => {
      for (const name of ['page_b', 'page_a', 'page_c']) await tableOf(`${name}.csv`);
      const list = async (query: string) => {
        const found = await json<{ visualizations: Viz[]; total_entries: number; total_user_entries: number }>(
          await call('GET', `/viz/?type=table&exclude_shared=true&${query}`),
        );
        assert.equal(found.total_user_entries, found.total_entries);
        return { names: found.visualizations.map(({ name }) => name), total: found.total_entries };
      };
      assert.deepEqual(await list('q=PAGE_&order=name'), { names: ['page_a', 'page_b', 'page_c'], total: 3 });
      assert.deepEqual(await list('q=page_&order=name&order_direction=desc&per_page=2&page=2'), {
        names: ['page_a'],
        total: 3,
      });
      assert.deepEqual((await list('q=page_')).names, ['page_c', 'page_a', 'page_b']);
      await json(await call('PUT', '/viz/page_a', { tags: ['Norge', 'byer'], privacy: 'public' }));
      assert.deepEqual(await list('tags=norge,other'), { names: ['page_a'], total: 1 });
      assert.deepEqual(await list('privacy=public&q=page_'), { names: ['page_a'], total: 1 });
      assert.deepEqual((await list('q=page_')).names[0], 'page_a');
      assert.deepEqual(await list('type=derived'), { names: [], total: 0 });
      for (const wrong of ['order=hash', 'page=0', 'per_page=x', 'privacy=secret', 'order_direction=up']) {
        await json(await call('GET', `/viz?${wrong}`), 400);
      }
    });

    test('a dataset that is sent back as it was read, with another name and privacy, is renamed and opened', async () => {
      const { table_id } = await tableOf('before.csv');
      const read = await json<Viz>(await call('GET', '/viz/before'));
      const saved = await json<Viz>(
        await call('PUT', `/viz/${read.id}/`, { ...read, name: 'Later Name', privacy: 'PUBLIC', api_key: app.key }),
      );
      assert.equal(saved.name, 'later_name');
      assert.equal(saved.display_name, 'later_name');
      assert.equal(saved.privacy, 'PUBLIC');
      assert.deepEqual([saved.id, saved.table.id], [read.id, table_id]);
      assert.deepEqual((await app.sql('select count(*)::int as n from later_name')).rows, [{ n: 2 }]);
      assert.equal((await call('GET', '/viz/before')).status, 404);
      await tableOf('before.csv');
      const taken = await json<{ errors: string[] }>(await call('PUT', '/viz/before', { name: 'later_name' }), 409);
      assert.match(taken.errors[0] ?? '', /"later_name" already/);
      const said = await json<Viz>(
        await call('PUT', '/viz/before', {
          display_name: 'Towns',
          description: 'of Norway',
          license: 'CC0',
          source: 'us',
        }),
      );
      assert.deepEqual(
        [said.name, said.display_name, said.description, said.license, said.source],
        ['before', 'Towns', 'of Norway', 'CC0', 'us'],
      );
    });

    test('a link is a token that changes whenever the table is shared by link again', async () => {
      await tableOf('linked.csv');
      const share = async (privacy: string) =>
        (await json<Viz>(await call('PUT', '/viz/linked', { privacy }))).auth_tokens;
      const [first] = await share('link');
      assert.match(first ?? '', /^[0-9a-f]{32}$/);
      assert.deepEqual(await share('LINK'), [first]);
      assert.deepEqual(await share('private'), []);
      const [second] = await share('link');
      assert.notEqual(second, first);
    });

    test('records come in pages with numbers to the last digit, and columns as pairs', async () => {
      const { table_name: name } = await tableOf('pages.csv');
      const records = await (
        await call('GET', `/tables/${name}/records?rows_per_page=1&page=0&order_by=name&mode=asc`)
      ).text();
      assert.match(records, /"founded":9007199254740993,/);
      const page = JSON.parse(records) as { rows: { name: string; the_geom: { type: string } }[]; total_rows: number };
      assert.deepEqual(
        page.rows.map((row) => [row.name, row.the_geom.type]),
        [['Bergen', 'Point']],
      );
      assert.equal(page.total_rows, 2);
      await json(await call('GET', `/tables/${name}/records?order_by=nothing`), 400);
      const columns = await json<string[][]>(await call('GET', `/tables/${name}/columns`));
      assert.deepEqual(columns.at(0), ['cartodb_id', 'number']);
    });

    test('an empty table can be made, and names are numbered where they are taken', async () => {
      const first = await json<{ name: string; schema: string[][]; description: string }>(
        await call('POST', '/tables', { name: 'Sightings', description: 'birds' }),
      );
      assert.equal(first.name, 'sightings');
      assert.equal(first.description, 'birds');
      assert.deepEqual(
        first.schema.map(([name]) => name),
        ['cartodb_id', 'the_geom', 'the_geom_webmercator', 'name', 'description'],
      );
      const second = await json<{ name: string }>(await call('POST', '/tables', { name: 'sightings' }));
      assert.equal(second.name, 'sightings_1');
      assert.equal((await json<{ name: string }>(await call('POST', '/tables', {}))).name, 'untitled_table');
    });

    test('deleting drops the table and ends its synchronization; renaming keeps that', async () => {
      await using origin = await startOrigin();
      const url = origin.serve('/synced.csv', { body: towns });
      const sync = await json<{ id: string; item_queue_id: string }>(
        await call('POST', '/synchronizations', { url, interval: 3600 }),
      );
      const first = await app.waitFor(sync.item_queue_id);
      assert.equal(first.table_name, 'synced', JSON.stringify(first.get_error_text));
      const renamed = await json<Viz>(await call('PUT', '/viz/synced', { name: 'followed' }));
      assert.equal(renamed.synchronization?.id, sync.id);
      const gone = await call('DELETE', `/viz/${renamed.id}`);
      assert.deepEqual([gone.status, await gone.text()], [204, '']);
      assert.equal((await call('GET', `/viz/${renamed.id}`)).status, 404);
      assert.equal((await call('GET', `/synchronizations/${sync.id}`)).status, 404);
      await assert.rejects(app.sql('select * from followed'), /does not exist/);
    });

    test('another key, no key and unknown datasets are refused without a body', async () => {
      for (const path of ['/viz', '/viz/way', '/tables/way', '/tables/way/records', '/tables/way/columns']) {
        for (const query of ['', '?api_key=wrong']) {
          const answer = await app.api(`/api/v1${path}${query}`);
          assert.deepEqual([answer.status, await answer.text()], [401, ''], path + query);
        }
      }
      const id = '11111111-1111-4111-8111-111111111111';
      for (const path of ['/viz/nothing', `/viz/${id}`, '/tables/nothing', `/tables/${id}`]) {
        assert.equal((await call('GET', path)).status, 404, path);
        assert.equal((await call(path.startsWith('/viz') ? 'DELETE' : 'GET', path)).status, 404, path);
      }
    });
  });
}
