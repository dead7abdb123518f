/** Synchronizations of ArcGIS layers that fetch what differs alone, against a look-alike of the published REST API. */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, suite, test } from 'node:test';
import { startTestApp, type TestApp } from '../support/app.ts';
import { type ArcgisServer, type FakeFeature, type FakeLayer, startArcgis } from '../support/arcgis-server.ts';
import { oneEngine } from '../support/database.ts';
import { found } from '../support/found.ts';

const ROWS = 300;
const START = Date.UTC(2026, 0, 1);

/** A layer that people edit: each edit has a moment and a generation. */
function createLive() {
  let clock = START;
  let generation = 1000;
  const rows = new Map<number, FakeFeature>();
  const log: { readonly generation: number; readonly kind: 'adds' | 'updates' | 'deletes'; readonly id: number }[] = [];
  const put = (id: number, name: string): void => {
    clock += 60_000;
    log.push({ generation: ++generation, kind: rows.has(id) ? 'updates' : 'adds', id });
    rows.set(id, { attributes: { OBJECTID: id, name, edited: clock }, geometry: { x: id / 10, y: 1 } });
  };
  return {
    put,
    remove(id: number): void {
      clock += 60_000;
      log.push({ generation: ++generation, kind: 'deletes', id });
      rows.delete(id);
    },
    get features(): readonly FakeFeature[] {
      return [...rows.values()].sort((a, b) => Number(a.attributes.OBJECTID) - Number(b.attributes.OBJECTID));
    },
    get lastEdit(): number {
      return clock;
    },
    get generation(): number {
      return generation;
    },
    changesSince(since: number) {
      const of = (kind: 'adds' | 'updates' | 'deletes'): readonly number[] =>
        log.filter((one) => one.generation > since && one.kind === kind).map(({ id }) => id);
      return { adds: of('adds'), updates: of('updates'), deletes: of('deletes') };
    },
  };
}

type Live = ReturnType<typeof createLive>;

const fields = [
  { name: 'OBJECTID', alias: 'OBJECTID', type: 'esriFieldTypeOID' },
  { name: 'name', alias: 'name', type: 'esriFieldTypeString' },
  { name: 'edited', alias: 'edited', type: 'esriFieldTypeDate' },
];

for (const engine of oneEngine) {
  suite(`Changes of ArcGIS layers on ${engine}`, () => {
    let app: TestApp;
    let live: Live;
    let servers: AsyncDisposableStack;
    before(async () => {
      app = await startTestApp(engine, { LANDFALL_SYNC_FORCE_GUARD: '0' });
    });
    after(() => app[Symbol.asyncDispose]());
    beforeEach(() => {
      servers = new AsyncDisposableStack();
      live = createLive();
      for (let id = 1; id <= ROWS; id++) live.put(id, `row ${id}`);
    });
    afterEach(() => servers.disposeAsync());

    const call = async (method: string, path: string, body: object = {}) => {
      const response = await app.api(`/api/v1/synchronizations${path}?api_key=${app.key}`, {
        method,
        headers: { 'content-type': 'application/json' },
        ...(method === 'GET' ? {} : { body: JSON.stringify(body) }),
      });
      return (await response.json()) as Record<string, unknown>;
    };

    interface Run {
      readonly outcome: string;
      readonly error_message: string | null;
      readonly tables: readonly Record<string, unknown>[];
    }

    const ended = (id: string): Promise<Run> =>
      found(async () => {
        const { state } = await call('GET', `/${id}`);
        if (state !== 'success' && state !== 'failure') return null;
        const { runs } = (await call('GET', `/${id}/runs`)) as { runs: readonly Run[] };
        assert.ok(runs[0] !== undefined);
        return runs[0];
      }, 'the run did not end');

    /** Rows that the server was asked for by a run, and by how many requests. */
    async function run(server: ArcgisServer, id: string) {
      const from = server.requests.length;
      assert.equal((await call('PUT', `/${id}/sync_now`)).enqueued, true);
      const result = await ended(id);
      const asked = server.requests.slice(from).filter(({ query }) => query.has('outFields'));
      const counts = result.tables.map(({ rows_inserted, rows_updated, rows_deleted }) => [
        rows_inserted,
        rows_updated,
        rows_deleted,
      ]);
      return { ...result, counts: counts[0], asked };
    }

    async function follow(layer: Partial<FakeLayer>, options: Parameters<typeof startArcgis>[1], table: string) {
      const source = live;
      const server = servers.use(
        await startArcgis(
          [
            {
              name: table,
              get features() {
                return source.features;
              },
              ...layer,
              get meta() {
                return { fields, editingInfo: { lastEditDate: source.lastEdit }, ...layer.meta };
              },
            },
          ],
          options,
        ),
      );
      const made = await call('POST', '', {
        service_name: 'arcgis',
        service_item_id: `${server.url}/0`,
        interval: 3600,
      });
      const id = String(made.id);
      const first = await ended(id);
      assert.equal(first.outcome, 'changed', JSON.stringify(first));
      return { server, id };
    }

    /** The table holds what the layer does, row by row. */
    async function isSame(table: string): Promise<void> {
      const { rows } = await app.sql(`select objectid, name, st_x(the_geom) as x from ${table} order by objectid`);
      assert.deepEqual(
        rows.map(({ objectid, name, x }) => [objectid, name, x]),
        live.features.map(({ attributes, geometry }) => [
          attributes.OBJECTID,
          attributes.name,
          (geometry as { x: number }).x,
        ]),
      );
    }

    /** The same edits for every way of asking. */
    function edit(): void {
      live.put(7, 'changed');
      live.put(8, 'changed too');
      live.put(ROWS + 1, 'new');
      live.remove(20);
      live.remove(21);
    }

    const tracking = (source: Live) => ({
      service: {
        capabilities: 'Query,ChangeTracking',
        get changeTrackingInfo() {
          return { layerServerGens: [{ id: 0, serverGen: source.generation, minServerGen: 1 }] };
        },
      },
    });

    test('a server that tracks changes is asked for those, and for no other row', async () => {
      const { server, id } = await follow({ changesSince: live.changesSince }, tracking(live), 'tracked');
      edit();
      const second = await run(server, id);
      assert.deepEqual(second.counts, [1, 2, 2]);
      assert.deepEqual(
        second.asked.map(({ query }) => query.get('objectIds')),
        [`7,8,${ROWS + 1}`],
      );
      const [extracted] = server.requests.filter(({ path }) => path.endsWith('/extractChanges'));
      assert.deepEqual([extracted?.method, extracted?.query.get('returnIdsOnly')], ['POST', 'true']);
      await isSame('tracked');
      live.remove(30);
      const third = await run(server, id);
      assert.deepEqual([third.counts, third.asked.length], [[0, 0, 1], 0], 'what is gone is known without a row');
      await isSame('tracked');
      assert.equal((await run(server, id)).outcome, 'unchanged');
    });

    test('edit dates tell what changed where nothing is tracked, and ids what is gone', async () => {
      const meta = { editFieldsInfo: { editDateField: 'edited', creationDateField: 'created' } };
      const source = live;
      const { server, id } = await follow(
        {
          get meta() {
            return { fields, editingInfo: { lastEditDate: source.lastEdit }, ...meta };
          },
        },
        {},
        'dated',
      );
      edit();
      const second = await run(server, id);
      assert.deepEqual(second.counts, [1, 2, 2]);
      assert.equal(second.asked.length, 1);
      await isSame('dated');
    });

    test('all rows are fetched where neither is told, where the fields are others, and where much has changed', async () => {
      const { server, id } = await follow({}, {}, 'plain');
      edit();
      assert.deepEqual((await run(server, id)).counts, [3, 0, 4], 'by their contents');
      await isSame('plain');

      const other = await follow({ changesSince: live.changesSince }, tracking(live), 'much');
      for (let row = 1; row <= ROWS; row += 1) if (row % 3 > 0) live.put(row, 'again');
      const second = await run(other.server, other.id);
      assert.ok(second.asked.every(({ query }) => query.get('objectIds') === null));
      await isSame('much');
    });

    test('rows that others added to the table go', async () => {
      const { server, id } = await follow({ changesSince: live.changesSince }, tracking(live), 'touched');
      const added = await app.importFile('touched.csv', 'objectid,name\n900,mine\n', { mode: 'append' });
      assert.equal(added.state, 'complete', JSON.stringify(added.get_error_text));
      edit();
      assert.deepEqual((await run(server, id)).counts, [1, 2, 3]);
      await isSame('touched');
    });

    test('a server that withholds a changed row has all rows asked for', async () => {
      const withheld: number[] = [];
      const { server, id } = await follow(
        { changesSince: live.changesSince, faults: { withholds: withheld } },
        tracking(live),
        'withheld',
      );
      edit();
      withheld.push(8);
      const failed = await run(server, id);
      assert.equal(failed.outcome, 'failure');
      assert.match(String(failed.error_message), /handed out 298 of 299 rows/);
      withheld.length = 0;
      const second = await run(server, id);
      assert.equal(second.outcome, 'changed');
      await isSame('withheld');
    });
  });
}
