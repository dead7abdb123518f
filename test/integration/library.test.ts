/** The data library: public tables of one account, which others add and which are then kept up to date. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, suite, test } from 'node:test';
import { createAccount } from '../../src/store/accounts.ts';
import { clientOf, startTestApp, type TestApp } from '../support/app.ts';
import { oneEngine } from '../support/database.ts';
import { found } from '../support/found.ts';

type Client = ReturnType<typeof clientOf>;

const parks = 'name,size,longitude,latitude\nFrogner,0.45,10.7,59.92\nHyde,1.42,-0.16,51.5\n';

interface Viz {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly external_source: { readonly size: number };
  readonly permission: { readonly owner: { readonly username: string } };
  readonly [key: string]: unknown;
}

for (const engine of oneEngine) {
  suite(`The data library on ${engine}`, () => {
    let library: Client;
    let app: TestApp;
    before(async () => {
      let key = '';
      const settings = { LANDFALL_LIBRARY_ACCOUNT: 'shelf', LANDFALL_SYNC_FORCE_GUARD: '0' };
      app = await startTestApp(engine, settings, async (db) => {
        ({ key } = await createAccount(db, 'shelf'));
      });
      library = clientOf(app.url, key);
      await library.importFile('parks.csv', parks, { privacy: 'public' });
      await library.importFile('plans.csv', parks);
    });
    after(() => app[Symbol.asyncDispose]());

    const call = async (of: Client, method: string, path: string, body?: object) => {
      const response = await of.api(`/api/v1/${path}${path.includes('?') ? '&' : '?'}api_key=${of.key}`, {
        method,
        ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, json: text === '' ? null : JSON.parse(text) };
    };
    const shelf = async (): Promise<readonly Viz[]> =>
      (await call(app, 'GET', 'viz?type=remote&order=name')).json.visualizations;
    const settled = (id: string) =>
      found(async () => {
        const { json } = await call(app, 'GET', `synchronizations/${id}`);
        return json.state === 'success' || json.state === 'failure' ? json : null;
      }, 'it did not settle');
    const force = async (id: string) => {
      assert.equal((await call(app, 'PUT', `synchronizations/${id}/sync_now`)).json.enqueued, true);
      const { json } = await call(app, 'GET', `synchronizations/${(await settled(id)).id}/runs`);
      return json.runs[0];
    };
    const traces = async (table: string) =>
      (await app.sql(`select ctid::text, xmin::text, cartodb_id, md5(t::text) as row from ${table} t order by 3`)).rows;

    test('its public tables are listed for every account, and nothing else is', async () => {
      const [one, ...more] = await shelf();
      assert.deepEqual(more, []);
      assert.ok(one);
      assert.deepEqual([one.name, one.type, one.privacy], ['parks', 'remote', 'PUBLIC']);
      assert.equal(one.permission.owner.username, 'shelf');
      const { size, ...source } = one.external_source;
      assert.deepEqual(source, { row_count: 2, geometry_types: ['ST_Point'] });
      assert.ok(size > 0);
      assert.equal((await call(app, 'GET', 'viz?type=remote&q=nothing')).json.total_entries, 0);
      assert.equal((await call(app, 'GET', 'viz?type=table')).json.total_entries, 0);
      assert.equal((await call(app, 'GET', 'viz?type=derived')).json.total_entries, 0);
      assert.equal((await call(app, 'GET', `viz/${one.id}`)).status, 404);
    });

    test('an import of one makes a table that follows it: written when it changes, and never else', async () => {
      const [one] = await shelf();
      await call(library, 'PUT', `viz/${one?.id}`, { license: 'CC0', attributions: 'The gardeners', tags: ['green'] });
      const posted = await call(app, 'POST', 'imports', { remote_visualization_id: one?.id });
      assert.deepEqual([posted.status, posted.json.success], [200, true]);
      const made = await app.waitFor(posted.json.item_queue_id);
      assert.equal(made.state, 'complete', JSON.stringify(made.get_error_text));
      assert.deepEqual([made.data_type, made.table_name, made.tables_created_count], ['external_table', 'parks', 1]);
      const sync = await settled(String(made.synchronization_id));
      assert.deepEqual([sync.from_external_source, sync.interval, sync.state], [true, 2_592_000, 'success']);
      assert.deepEqual([sync.service_name, sync.service_item_id], [null, sync.url]);
      // The address is true: it gives the rows to anybody.
      assert.match(await (await fetch(sync.url)).text(), /Frogner/);
      const shown = 'select cartodb_id, name, size::text, st_astext(the_geom) as g from parks order by cartodb_id';
      assert.deepEqual((await app.sql(shown)).rows, (await library.sql(shown)).rows);
      const [mine] = (await call(app, 'GET', 'viz?type=table')).json.visualizations as Viz[];
      assert.deepEqual(
        [mine?.license, mine?.attributions, mine?.tags, mine?.privacy],
        ['CC0', 'The gardeners', ['green'], 'PRIVATE'],
      );

      // Statistics of the library's table, by which it is told whether it changed, are there within a second.
      let outcome = '';
      const before = await traces('parks');
      for (let tries = 0; tries < 3; tries++) outcome = (await force(sync.id)).outcome;
      assert.equal(outcome, 'unchanged');
      assert.deepEqual(await traces('parks'), before);

      await library.importFile('parks.csv', parks.replace('1.42', '1.43'), { mode: 'upsert', key: 'name' });
      const changed = await force(sync.id);
      assert.deepEqual(
        [changed.outcome, changed.rows_updated, changed.rows_inserted, changed.rows_unchanged],
        ['changed', 1, 0, 1],
      );
      assert.deepEqual((await app.sql(shown)).rows, (await library.sql(shown)).rows);

      // It is known by its dataset, so another name changes nothing; what is closed is out of reach.
      await call(library, 'PUT', `viz/${one?.id}`, { name: 'gardens' });
      assert.equal((await force(sync.id)).error_code, null);
      await call(library, 'PUT', `viz/${one?.id}`, { privacy: 'private' });
      const closed = await force(sync.id);
      assert.deepEqual([closed.outcome, closed.error_code], ['failure', 1100]);
      assert.deepEqual((await app.sql('select count(*)::int as n from parks')).rows, [{ n: 2 }]);
      await call(library, 'PUT', `viz/${one?.id}`, { privacy: 'public' });
      assert.equal((await force(sync.id)).error_code, null);
    });

    test('a synchronization takes it too, at 30 days whatever it asks for, under the name it asks for', async () => {
      const [one] = await shelf();
      const { status, json } = await call(app, 'POST', 'synchronizations', {
        remote_visualization_id: one?.id,
        interval: 900,
        table_name: 'my_parks',
      });
      assert.equal(status, 200);
      assert.deepEqual([json.from_external_source, json.interval], [true, 2_592_000]);
      assert.equal((await settled(json.id)).name, 'my_parks');
    });

    test('what the library does not have is refused in the words of the contract', async () => {
      const { visualizations } = (await call(library, 'GET', 'viz?type=table')).json as { visualizations: Viz[] };
      const closed = visualizations.find(({ name }) => name === 'plans');
      assert.ok(closed);
      for (const id of [closed.id, randomUUID(), 'parks', "'; drop table parks; --"]) {
        const refused = await call(app, 'POST', 'imports', { remote_visualization_id: id });
        assert.deepEqual([refused.status, refused.json], [400, { errors: { imports: 'Illegal external load' } }]);
        const sync = await call(app, 'POST', 'synchronizations', { remote_visualization_id: id, interval: 3600 });
        assert.deepEqual([sync.status, sync.json], [400, { errors: 'Illegal external load' }]);
      }
    });
  });
}
