/** What runs of synchronizations do to tables, on the true program (wire contract 8). */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTestApp, type TestApp } from '../support/app.ts';
import { zip } from '../support/archives.ts';
import { oneEngine } from '../support/database.ts';
import { found } from '../support/found.ts';
import { type Origin, startOrigin } from '../support/origin.ts';

interface SyncView {
  readonly id: string;
  readonly state: string;
  readonly name: string | null;
  readonly [key: string]: unknown;
}

interface RunView {
  readonly id: string;
  readonly trigger: string;
  readonly outcome: string | null;
  readonly rows_inserted: number;
  readonly rows_updated: number;
  readonly rows_deleted: number;
  readonly rows_unchanged: number;
  readonly tables: readonly {
    readonly name: string;
    readonly layer: string;
    readonly drift: { readonly added: readonly string[]; readonly removed: readonly string[] };
  }[];
  readonly [key: string]: unknown;
}

const csvOf = (rows: number, changed: (i: number) => boolean = () => false): string => {
  let text = 'id,name\n';
  for (let i = 0; i < rows; i++) text += `${i},${changed(i) ? 'new' : 'old'} ${i}\n`;
  return text;
};

const packed = (files: Readonly<Record<string, string>>): Buffer =>
  zip(Object.entries(files).map(([name, content]) => ({ name, content })));

for (const engine of oneEngine) {
  suite(`Runs of synchronizations on ${engine}`, () => {
    let app: TestApp;
    let origin: Origin;
    before(async () => {
      // An interval of an hour, which nothing reaches: only forced runs run, at any time.
      app = await startTestApp(engine, { LANDFALL_SYNC_FORCE_GUARD: '0', LANDFALL_SYNC_MIN_INTERVAL: '1' });
      origin = await startOrigin();
    });
    after(async () => {
      await app[Symbol.asyncDispose]();
      await origin[Symbol.asyncDispose]();
    });

    const call = (method: string, path: string, body?: unknown): Promise<Response> =>
      app.api(`/api/v1/synchronizations${path}${path.includes('?') ? '&' : '?'}api_key=${app.key}`, {
        method,
        ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      });

    const settled = (id: string): Promise<SyncView> =>
      found(async () => {
        const now = (await (await call('GET', `/${id}`)).json()) as SyncView;
        return now.state === 'success' || now.state === 'failure' ? now : null;
      }, `synchronization ${id} did not settle`);

    async function create(url: string, more: Record<string, unknown> = {}): Promise<SyncView> {
      const response = await call('POST', '', { url, ...more });
      const made = (await response.json()) as SyncView;
      assert.equal(response.status, 200, JSON.stringify(made));
      return settled(made.id);
    }

    async function force(id: string): Promise<SyncView> {
      const answer = (await (await call('PUT', `/${id}/sync_now`)).json()) as { enqueued: boolean };
      assert.equal(answer.enqueued, true);
      return settled(id);
    }

    const runs = async (id: string): Promise<readonly RunView[]> =>
      ((await (await call('GET', `/${id}/runs`)).json()) as { runs: RunView[] }).runs;

    /** Everything of a table that a write would change. */
    const tracesOf = async (table: string): Promise<unknown> =>
      (
        await app.sql(
          `select tableoid::text, ctid::text, xmin::text, cartodb_id, md5(t::text) as row from "${table}" t order by cartodb_id`,
        )
      ).rows;

    test('a source that answers 304 ends the run without reading or writing anything', async () => {
      const url = origin.serve('/same.csv', { body: csvOf(500), headers: { etag: 'W/"abc"' } });
      const first = await create(url);
      assert.equal(first.state, 'success', String(first.error_message));
      assert.equal(first.etag, 'W/abc');
      const traces = await tracesOf('same');
      const again = await force(first.id);
      assert.equal(again.state, 'success');
      assert.equal(again.name, 'same');
      const { requests } = origin;
      assert.equal(requests.at(-1)?.headers['if-none-match'], 'W/"abc"');
      assert.equal(requests.at(-1)?.status, 304);
      assert.deepEqual(await tracesOf('same'), traces);
      const [last] = await runs(first.id);
      assert.equal(last?.outcome, 'unchanged');
      assert.equal(last?.trigger, 'forced');
      assert.deepEqual(last?.tables, []);
      assert.equal(again.etag, 'W/abc');
      assert.equal(again.checksum, first.checksum);
      assert.equal(again.service_item_id, url);
    });

    test('a date serves as a validator where there is no ETag', async () => {
      const lastModified = 'Mon, 01 Jan 2024 00:00:00 GMT';
      const url = origin.serve('/dated.csv', (request) => ({
        body: csvOf(5),
        headers: { 'last-modified': lastModified },
        ...(request.headers['if-modified-since'] === lastModified ? { status: 304 } : {}),
      }));
      const first = await create(url);
      assert.equal(first.modified_at, '2024-01-01T00:00:00+00:00');
      await force(first.id);
      assert.equal(origin.requests.at(-1)?.status, 304);
      assert.equal((await runs(first.id))[0]?.outcome, 'unchanged');
    });

    test('the same bytes without validators, or with new ones, write nothing', async () => {
      const body = csvOf(500);
      const url = origin.serve('/bytes.csv', { body });
      const first = await create(url);
      assert.equal(first.checksum, createHash('sha256').update(body).digest('hex'));
      const traces = await tracesOf('bytes');
      await force(first.id);
      origin.serve('/bytes.csv', { body, headers: { etag: '"other"' } });
      const last = await force(first.id);
      assert.equal(last.etag, 'other');
      assert.deepEqual(await tracesOf('bytes'), traces);
      assert.deepEqual(
        (await runs(first.id)).map(({ outcome }) => outcome),
        ['unchanged', 'unchanged', 'changed'],
      );
    });

    test('that nothing changed is believed only of the file that answered the last time', async () => {
      const older = 'Mon, 01 Jan 2024 00:00:00 GMT';
      const file = (body: string) => (request: { readonly headers: Readonly<Record<string, unknown>> }) => ({
        body,
        headers: { 'last-modified': older },
        status: request.headers['if-modified-since'] === undefined ? 200 : 304,
      });
      const url = origin.serve('/latest.csv', { redirect: '/v1.csv?signed=1' });
      origin.serve('/v1.csv?signed=1', file(csvOf(3)));
      const { id } = await create(url);
      origin.serve('/latest.csv', { redirect: '/v1.csv?signed=2' });
      origin.serve('/v1.csv?signed=2', file(csvOf(3)));
      await force(id);
      assert.equal(origin.requests.at(-1)?.status, 304);
      assert.equal((await runs(id))[0]?.outcome, 'unchanged');
      origin.serve('/latest.csv', { redirect: '/v2.csv' });
      origin.serve('/v2.csv', file(csvOf(4)));
      await force(id);
      const [last] = await runs(id);
      assert.deepEqual([last?.outcome, last?.rows_inserted], ['changed', 1]);
    });

    test('a table may be called n, and is called otherwise at once where its owner says so', async () => {
      const { id, name } = await create(origin.serve('/n.csv', { body: csvOf(3) }));
      assert.equal(name, 'n');
      origin.serve('/n.csv', { body: csvOf(4) });
      assert.equal((await force(id)).state, 'success');
      const viz = (await (await app.api(`/api/v1/viz/n?api_key=${app.key}`)).json()) as { id: string };
      const renamed = await app.api(`/api/v1/viz/${viz.id}?api_key=${app.key}`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name: 'm' }),
      });
      assert.equal(renamed.status, 200);
      assert.equal(((await (await call('GET', `/${id}`)).json()) as SyncView).name, 'm');
    });

    test('a column that is text stays what the source says, whatever its values look like', async () => {
      const url = origin.serve('/texts.csv', { body: 'id,version,at\n1,1.10,2024-01-01T00:00:00Z\n2,beta,never\n' });
      const { id } = await create(url);
      const texts = async (table: string): Promise<unknown> =>
        (await app.sql(`select version, at from ${table} order by id`)).rows;
      const both = [{ version: '1.10', at: '2024-01-01T00:00:00Z' }];
      origin.serve('/texts.csv', { body: 'id,version,at\n1,1.10,2024-01-01T00:00:00Z\n' });
      await force(id);
      assert.deepEqual(await texts('texts'), both);
      const [run] = await runs(id);
      assert.deepEqual([run?.rows_deleted, run?.rows_unchanged], [1, 1]);

      await app.importFile('keys.csv', 'version,id,at\n1.10,1,x\nbeta,2,y\n');
      const written = await app.importFile('keys.csv', 'version,id,at\n1.10,1,z\n', { mode: 'upsert', key: 'version' });
      assert.equal(written.state, 'complete', JSON.stringify(written.get_error_text));
      assert.deepEqual(await texts('keys'), [
        { version: '1.10', at: 'z' },
        { version: 'beta', at: 'y' },
      ]);
      const asked = await app.importFile('keys.csv', 'version,id,at\n1.10,3,z\n', {
        mode: 'append',
        columns: '{"version":"numeric"}',
      });
      assert.equal(asked.state, 'complete', JSON.stringify(asked.get_error_text));
    });

    test('a part of the columns written by key leaves the geometries that the file does not have', async () => {
      await app.importFile('places.csv', 'id,lon,lat,name\n1,1,2,a\n2,3,4,b\n');
      const places = async (): Promise<unknown> =>
        (await app.sql('select id, st_astext(the_geom) as place, name from places order by id')).rows;
      const parts = await app.importFile('places.csv', 'id,name\n2,B\n3,C\n', { mode: 'upsert', key: 'id' });
      assert.equal(parts.state, 'complete', JSON.stringify(parts.get_error_text));
      assert.deepEqual(await places(), [
        { id: 1, place: 'POINT(1 2)', name: 'a' },
        { id: 2, place: 'POINT(3 4)', name: 'B' },
        { id: 3, place: null, name: 'C' },
      ]);
      await app.importFile('places.csv', 'id,lon,lat,name\n1,,,a\n3,5,6,C\n', { mode: 'update', key: 'id' });
      assert.deepEqual(await places(), [
        { id: 1, place: null, name: 'a' },
        { id: 2, place: 'POINT(3 4)', name: 'B' },
        { id: 3, place: 'POINT(5 6)', name: 'C' },
      ]);
    });

    test('a changed source changes its rows and leaves the others alone', async () => {
      const url = origin.serve('/rows.csv', { body: csvOf(400), headers: { etag: '"1"' } });
      const first = await create(url, { key: 'id' });
      const before = (await app.sql('select id, cartodb_id, xmin::text as x from rows order by id')).rows;
      origin.serve('/rows.csv', { body: csvOf(401, (i) => i % 100 === 0), headers: { etag: '"2"' } });
      const second = await force(first.id);
      assert.equal(second.state, 'success', String(second.error_message));
      assert.equal(second.etag, '2');
      const after = (await app.sql('select id, cartodb_id, xmin::text as x from rows order by id')).rows;
      assert.equal(after.length, 401);
      for (const [i, row] of before.entries()) {
        if (i % 100 === 0) assert.notDeepEqual(after[i], row);
        else assert.deepEqual(after[i], row);
      }
      const [last, initial] = await runs(first.id);
      assert.deepEqual(
        [last?.rows_inserted, last?.rows_updated, last?.rows_deleted, last?.rows_unchanged],
        [1, 4, 0, 396],
      );
      assert.deepEqual([initial?.trigger, initial?.outcome, initial?.rows_inserted], ['first', 'changed', 400]);
    });

    test('a failed run keeps the rows and the validators, and the next good one takes up again', async () => {
      const url = origin.serve('/flaky.csv', { body: csvOf(10), headers: { etag: '"1"' } });
      const first = await create(url);
      const traces = await tracesOf('flaky');
      origin.serve('/flaky.csv', { status: 500 });
      const failed = await force(first.id);
      assert.equal(failed.state, 'failure');
      assert.equal(failed.error_code, 1001);
      assert.equal(failed.retried_times, 1);
      assert.equal(failed.etag, '1');
      assert.deepEqual(await tracesOf('flaky'), traces);
      const waits = (Date.parse(String(failed.run_at)) - Date.parse(String(failed.ran_at))) / 1000;
      assert.ok(waits >= 107 && waits <= 121, `${waits} s`);
      // Half a table: what cannot be read is not published.
      origin.serve('/flaky.csv', { body: csvOf(5000), cutAt: 100, headers: { etag: '"2"' } });
      const cut = await force(first.id);
      assert.equal(cut.error_code, 1103);
      assert.equal(cut.retried_times, 1, 'a forced run begins the count anew');
      assert.deepEqual(await tracesOf('flaky'), traces);
      origin.serve('/flaky.csv', { body: csvOf(11), headers: { etag: '"3"' } });
      const good = await force(first.id);
      assert.deepEqual(
        [good.state, good.retried_times, good.error_code, good.error_message],
        ['success', 0, null, null],
      );
      assert.equal((await app.sql('select count(*)::int as n from flaky')).rows[0]?.n, 11);
      assert.deepEqual(
        (await runs(first.id)).map(({ outcome }) => outcome),
        ['changed', 'failure', 'failure', 'changed'],
      );
    });

    test('the rows that a run changed are told, and a rollback restores them byte for byte', async () => {
      const url = origin.serve('/back.csv', { body: csvOf(200) });
      const first = await create(url, { key: 'id' });
      const rows = async (): Promise<unknown> =>
        (await app.sql('select cartodb_id, md5(t::text) as row from back t order by cartodb_id')).rows;
      const before = await rows();
      origin.serve('/back.csv', { body: csvOf(201, (i) => i === 7) });
      await force(first.id);
      const [second, initial] = await runs(first.id);
      const path = `/${first.id}/runs/${second?.id}/changes`;
      const { changes } = (await (await call('GET', path)).json()) as {
        changes: {
          number: number;
          table: string;
          kind: string;
          before: Record<string, string> | null;
          after: Record<string, string>;
        }[];
      };
      assert.deepEqual(changes.map(({ table, kind }) => `${kind} ${table}`).toSorted(), ['insert back', 'update back']);
      const update = changes.find(({ kind }) => kind === 'update');
      assert.equal(update?.before?.name, 'old 7');
      assert.equal(update?.after.name, 'new 7');
      const paged = (await (await call('GET', `${path}?limit=1&after=${changes[0]?.number}`)).json()) as {
        changes: unknown[];
      };
      assert.deepEqual(paged.changes, [changes[1]]);
      const csv = await call('GET', `${path}?format=csv`);
      assert.match(csv.headers.get('content-type') ?? '', /^text\/csv/);
      assert.match(
        await csv.text(),
        /^number,table,kind,cartodb_id,column,before,after\r\n(.*\r\n)*\d+,back,update,8,name,old 7,new 7\r\n/m,
      );

      const answer = await call('POST', `/${first.id}/rollback`, { run: initial?.id });
      assert.equal(answer.status, 200, await answer.clone().text());
      const back = (await answer.json()) as RunView;
      assert.deepEqual(
        [back.trigger, back.outcome, back.rows_updated, back.rows_deleted],
        ['rollback', 'changed', 1, 1],
      );
      assert.deepEqual(await rows(), before);
      assert.equal((await runs(first.id))[0]?.id, back.id);
      // The source has not changed since: the rows stay as the owner wants them.
      assert.equal((await force(first.id)).state, 'success');
      assert.deepEqual(await rows(), before);
      assert.equal((await call('POST', `/${first.id}/rollback`, {})).status, 400);
      assert.equal((await call('POST', `/${first.id}/rollback`, { run: first.id })).status, 404);
      assert.equal((await call('GET', `/${first.id}/runs/${first.id}/changes`)).status, 404);
    });

    test('going back and forth forgets no run that can be gone back to', async () => {
      const url = origin.serve('/steps.csv', { body: csvOf(1) });
      const { id } = await create(url);
      for (let rows = 2; rows <= 4; rows++) {
        origin.serve('/steps.csv', { body: csvOf(rows) });
        await force(id);
      }
      const made = (await runs(id)).toReversed();
      for (let step = 0; step < 9; step++) {
        const back = await call('POST', `/${id}/rollback`, { run: made[step % made.length]?.id });
        assert.equal(back.status, 200, await back.clone().text());
        const { rows } = await app.sql('select count(*)::int as rows from steps');
        assert.deepEqual(rows, [{ rows: (step % made.length) + 1 }]);
      }
    });

    test('drift is told once, in the run in which the columns of the source change', async () => {
      const url = origin.serve('/drift.csv', { body: 'id,name,kind\n1,a,x\n2,b,y\n' });
      const { id } = await create(url, { mode: 'upsert', key: 'id' });
      const cut = await create(url, { table_name: 'cut', schema_policy: 'discard_columns' });
      const told: unknown[] = [];
      for (const body of [
        'id,name\n1,c\n',
        'id,name\n1,d\n3,e\n',
        'id,name,kind\n1,d,z\n',
        'id,name,kind,more\n1,g,z,1\n',
        'id,name,kind\n1,h,z\n',
      ]) {
        origin.serve('/drift.csv', { body });
        for (const sync of [id, cut.id]) {
          const { state, error_message } = await force(sync);
          assert.equal(state, 'success', String(error_message));
        }
        const drifts = await Promise.all(
          [id, cut.id].map(async (sync) => {
            const [run] = await runs(sync);
            const { added = [], removed = [] } = run?.tables[0]?.drift ?? {};
            return [added.join(), removed.join()];
          }),
        );
        told.push(drifts);
      }
      const both = (...drift: string[]) => [drift, drift];
      assert.deepEqual(told, [both('', 'kind'), both('', ''), both('kind', ''), both('more', ''), both('', 'more')]);
    });

    test('a source whose first import failed makes its table once it is there', async () => {
      const url = origin.serve('/late.csv', { status: 404 });
      const first = await create(url);
      assert.deepEqual([first.state, first.error_code], ['failure', 1100]);
      origin.serve('/late.csv', { body: csvOf(3) });
      const second = await force(first.id);
      assert.deepEqual([second.state, second.name], ['success', 'late']);
    });

    test('a file that is called otherwise each time goes into the same table', async () => {
      const url = origin.serve('/daily', {
        body: csvOf(3),
        headers: { 'content-disposition': 'attachment; filename=data_2024_01.csv' },
      });
      const first = await create(url);
      assert.equal(first.name, 'data_2024_01');
      origin.serve('/daily', {
        body: csvOf(4),
        headers: { 'content-disposition': 'attachment; filename=data_2024_02.csv' },
      });
      const second = await force(first.id);
      assert.deepEqual([second.state, second.name], ['success', 'data_2024_01']);
      assert.equal((await app.sql('select count(*)::int as n from data_2024_01')).rows[0]?.n, 4);
    });

    test('every table of an archive is kept up to date, and a new one is added', async () => {
      const url = origin.serve('/pack.zip', { body: packed({ 'one.csv': csvOf(3), 'two.csv': csvOf(4) }) });
      const first = await create(url);
      assert.equal(first.state, 'success', String(first.error_message));
      origin.serve('/pack.zip', {
        body: packed({ 'one.csv': csvOf(5), 'two.csv': csvOf(4), 'three.csv': csvOf(6) }),
      });
      const second = await force(first.id);
      assert.equal(second.state, 'success', String(second.error_message));
      const counted = await app.sql(
        'select (select count(*) from one)::int as one, (select count(*) from two)::int as two, (select count(*) from three)::int as three',
      );
      assert.deepEqual(counted.rows, [{ one: 5, two: 4, three: 6 }]);
      const [last] = await runs(first.id);
      assert.deepEqual(last?.tables.map(({ name }) => name).toSorted(), ['one', 'three', 'two']);

      // The third did not exist then, and stays.
      const initial = (await runs(first.id)).find(({ trigger }) => trigger === 'first');
      const back = await call('POST', `/${first.id}/rollback`, { run: initial?.id });
      assert.equal(back.status, 200, await back.clone().text());
      assert.deepEqual(
        (await app.sql('select (select count(*) from one)::int as one, (select count(*) from three)::int as three'))
          .rows,
        [{ one: 3, three: 6 }],
      );
    });

    test('a run comes when its time has come, again and again', async () => {
      const url = origin.serve('/ticks.csv', { body: csvOf(3), headers: { etag: '"1"' } });
      const first = await create(url, { interval: 2 });
      let past = 0;
      for (let waited = 0; waited < 400 && past < 2; waited++) {
        await sleep(50);
        past = (await runs(first.id)).filter(
          ({ trigger, outcome }) => trigger === 'schedule' && outcome !== null,
        ).length;
      }
      assert.ok(past >= 2);
      await call('DELETE', `/${first.id}`);
    });
  });
}
