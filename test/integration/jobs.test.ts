/** Batch queries over the SQL API, as the published Python client speaks it. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTestApp, type TestApp } from '../support/app.ts';
import { oneEngine } from '../support/database.ts';
import { found } from '../support/found.ts';

interface JobAnswer {
  readonly job_id: string;
  readonly user: string;
  readonly query:
    | string
    | readonly { readonly query: string; readonly status: string; readonly failed_reason?: string }[];
  readonly status: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly failed_reason?: string;
}

for (const engine of oneEngine) {
  describe(`batch queries on ${engine}`, () => {
    let app: TestApp;
    before(async () => {
      app = await startTestApp(engine);
      const made = await app.importFile('places.csv', 'id,name,lon,lat\n1,one,3,4\n2,two,5,6\n');
      assert.equal(made.state, 'complete');
    });
    after(() => app[Symbol.asyncDispose]());

    // The client writes the address with a slash at its end.
    const post = (query: unknown, key = app.key) =>
      app.api(`/api/v2/sql/job/${key === '' ? '' : `?api_key=${key}`}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      });
    const at = (id: string, method = 'GET', prefix = '') =>
      app.api(`${prefix}/api/v2/sql/job/${id}?api_key=${app.key}`, { method });
    const read = async (response: Response, status = 200): Promise<JobAnswer> => {
      assert.equal(response.status, status, await response.clone().text());
      return (await response.json()) as JobAnswer;
    };
    const ended = (id: string): Promise<JobAnswer> =>
      found(async () => {
        const job = await read(await at(id));
        return job.status !== 'pending' && job.status !== 'running' ? job : null;
      }, `the job ${id} did not end`);
    const run = async (query: unknown): Promise<JobAnswer> => ended((await read(await post(query), 201)).job_id);
    const refused = async (response: Response, status: number, words: RegExp): Promise<void> => {
      assert.equal(response.status, status, await response.clone().text());
      const { error } = (await response.json()) as { error: string[] };
      assert.match(error[0] ?? '', words);
    };

    test('one statement is answered as CARTO answers it, runs, and is shown until it is done', async () => {
      const query =
        "update places set name = 'uno', the_geom = st_setsrid(st_makepoint(7, 8), 4326) where id = 1; -- so";
      const made = await read(await post(query), 201);
      const { job_id, created_at, updated_at, ...rest } = made;
      assert.deepEqual(rest, { user: 'demo', query, status: 'pending' });
      assert.match(job_id, /^[0-9a-f-]{36}$/);
      assert.match(created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      assert.ok(updated_at >= created_at);
      assert.equal((await ended(job_id)).status, 'done');
      const { rows } = await app.sql(`select name, st_astext(the_geom) as geom,
        the_geom_webmercator = st_transform(the_geom, 3857) as same from places order by id`);
      assert.deepEqual(rows, [
        { name: 'uno', geom: 'POINT(7 8)', same: true },
        { name: 'two', geom: 'POINT(5 6)', same: true },
      ]);
      await refused(await at(job_id, 'DELETE'), 400, /^Cannot set status from done to cancelled$/);
    });

    test('a table is renamed as a dataset is: its id stays, its name is one that is free and that a table can have', async () => {
      type Found = { visualizations: { id: string; name: string }[] };
      const found = async (): Promise<Found['visualizations']> => {
        const answer = await app.api(`/api/v1/viz?api_key=${app.key}&q=draft`);
        return ((await answer.json()) as Found).visualizations;
      };
      assert.equal((await run(['create table draft as select 1 as n'])).status, 'done');
      const [before] = await found();
      const job = await run([
        'alter table draft rename to draft_2',
        'insert into draft_2 (n) values (2)',
        'alter table if exists draft rename to nothing',
      ]);
      assert.equal(job.status, 'done', JSON.stringify(job));
      assert.deepEqual(
        (await found()).map(({ id, name }) => [id, name]),
        [[before?.id, 'draft_2']],
      );
      assert.deepEqual((await app.sql('select n from draft_2 order by n')).rows, [{ n: 1 }, { n: 2 }]);
      const failures = [
        ['alter table draft rename to other', /relation "draft" does not exist/],
        ['alter table draft_2 rename to places', /There is something called "places" already/],
        ['alter table draft_2 rename to "Draft Two"', /call it "draft_two"/],
        ['alter table landfall.tables rename to mine', /permission denied for schema landfall/],
      ] as const;
      for (const [query, words] of failures) {
        const { query: steps, failed_reason: reason } = await run(query);
        assert.match(reason ?? JSON.stringify(steps), words);
      }
      await refused(await post('alter table draft_2 rename column n to m'), 400, /ALTER TABLE … RENAME TO/);
      assert.equal((await run('drop table draft_2')).status, 'done');
    });

    test('a list makes, fills, changes and drops a table, and shows each statement', async () => {
      const queries = [
        'create table if not exists far as (select id, name, the_geom, now() as seen from places) -- "as" is also here',
        'insert into far (id, name, the_geom) select id + 10, name, the_geom from places on conflict (cartodb_id) do nothing',
        'with few as (select 11 as id) delete from far using few where far.id = few.id',
        'select count(*) from far',
      ];
      const job = await run(queries);
      assert.equal(job.status, 'done', JSON.stringify(job));
      assert.deepEqual(
        job.query,
        queries.map((query) => ({ query, status: 'done' })),
      );
      const { rows } = await app.sql(
        'select id, cartodb_id > 0 as numbered, the_geom_webmercator is not null as m from far order by id',
      );
      assert.deepEqual(
        rows,
        [1, 2, 12].map((id) => ({ id, numbered: true, m: true })),
      );
      const viz = (await (await app.api(`/api/v1/viz?api_key=${app.key}&q=far`)).json()) as {
        visualizations: { table: { row_count: number } }[];
      };
      assert.equal(viz.visualizations[0]?.table.row_count, 3);
      const again = await run(['create table if not exists far as select 1 as n', 'create table far as select 1 as n']);
      assert.match(again.failed_reason ?? '', /relation "far" already exists/);
      assert.equal((await run('drop table far')).status, 'done');
      assert.equal((await run('drop table if exists far')).status, 'done');
      assert.match((await run('drop table far')).failed_reason ?? '', /table "far" does not exist/);
    });

    test('the first failure ends a list, undoes its own statement and names the reason', async () => {
      const job = await run([
        "update places set name = 'due' where id = 2",
        'update places set name = name, id = 1 / (id - 2)',
        'delete from places',
      ]);
      assert.equal(job.status, 'failed');
      assert.match(job.failed_reason ?? '', /division by zero/);
      assert.ok(Array.isArray(job.query));
      assert.deepEqual(
        job.query.map(({ status }: { status: string }) => status),
        ['done', 'failed', 'pending'],
      );
      const { rows } = await app.sql('select id, name from places order by id');
      assert.deepEqual(rows, [
        { id: 1, name: 'uno' },
        { id: 2, name: 'due' },
      ]);
    });

    test('what waits or runs is cancelled, and nothing of it is kept', async () => {
      // Ends by itself on an engine that cannot be interrupted.
      const most = engine === 'postgres' ? 100_000_000_000 : 3_000_000;
      const long = await read(
        await post(`update places set name = (select max(n)::text from generate_series(1, ${most}) n)`),
        201,
      );
      const next = await read(await post(['select 1', 'select 2']), 201);
      const cancelled = await read(await at(next.job_id, 'DELETE'));
      assert.equal(cancelled.status, 'cancelled');
      for (let waited = 0; (await read(await at(long.job_id))).status === 'pending'; waited++) {
        assert.ok(waited < 500);
        await sleep(20);
      }
      if (engine === 'postgres') {
        assert.equal((await read(await at(long.job_id, 'DELETE'))).status, 'cancelled');
        await refused(await at(long.job_id, 'DELETE'), 400, /Cannot set status from cancelled to cancelled/);
        // The next one begins when the cancelled one has let go.
        assert.equal((await run('select 1')).status, 'done');
        const { rows } = await app.sql('select name from places order by id');
        assert.deepEqual(rows, [{ name: 'uno' }, { name: 'due' }]);
      } else assert.equal((await ended(long.job_id)).status, 'done');
      assert.equal((await read(await at(next.job_id))).status, 'cancelled');
    });

    test('everything else is refused at once, with what is possible', async () => {
      for (const [query, words] of [
        ['create function f() returns int language sql as $$ select 1 $$', /a job runs SELECT, CREATE TABLE/],
        ['do $$ begin end $$', /a job runs/],
        ["set role 'postgres'", /a job runs/],
        ['grant all on places to public', /a job runs/],
        ['alter table places add column x int', /a job runs/],
        ['create table plain (a int)', /a job runs/],
        ['create temp table t as select 1', /a job runs/],
        ['create materialized view v as select 1', /a job runs/],
        ['select 1 as a into taken', /only a query that reads/],
        ['create table t as execute p', /a job runs/],
        ['create table t (a) as select 1', /without options/],
        ['drop view v', /a job runs/],
        ['drop table a, b', /one table/],
        ['truncate places', /a job runs/],
        ['merge into places using places p on false when not matched then do nothing', /a job runs/],
        ['copy places from stdin', /a job runs/],
        ['select 1; select 2', /one statement in each text/],
        ['selec 1', /syntax error/],
        ['-- nothing', /empty/],
        ['', /^You must indicate a valid SQL$/],
        [[], /^You must indicate a valid SQL$/],
        [['select 1', 2], /^You must indicate a valid SQL$/],
        [{ query: ['select 1'], onsuccess: 'select 2' }, /^You must indicate a valid SQL$/],
        [
          `select '${'x'.repeat(17_000)}'`,
          /^Your payload is too large: \d+ bytes\. Max size allowed is 16384 bytes \(16kb\)/,
        ],
        ["select '\0'", /NUL/],
      ] as const) {
        const response = await post(query);
        if (response.status !== 201) await refused(response, 400, words);
        else {
          const { job_id } = (await response.json()) as JobAnswer;
          assert.match((await ended(job_id)).failed_reason ?? '', words, String(query));
        }
      }
    });

    test('only own tables are written, by rights of their own', async () => {
      for (const [query, words] of [
        ["update landfall.accounts set name = 'x'", /permission denied for schema landfall/],
        ['delete from pg_catalog.pg_class', /permission denied for schema pg_catalog/],
        ['drop table landfall.api_keys', /permission denied for schema landfall/],
        ['create table landfall.x as select 1', /permission denied for schema landfall/],
        ['insert into places (name) select name from landfall.accounts', /permission denied for schema landfall/],
        ['insert into nothing values (1)', /relation "nothing" does not exist/],
        [
          'with gone as (delete from places returning *) insert into places (name) select name from gone',
          /only a query that reads/,
        ],
        ['delete from places returning *', /RETURNING/],
        ["update places set name = set_config('role', 'postgres', true)", /permission denied for function set_config/],
        ["update places set name = pg_read_file('/etc/hostname')", /permission denied for function pg_read_file/],
        ['create table "Käse" as select 1', /call it "kase"/],
        ['create table bad as select 1 / 0 as n', /division by zero/],
      ] as const) {
        assert.match((await run(query)).failed_reason ?? '', words, query);
      }
    });

    test('only the master key sees and sends jobs, and only of its account', async () => {
      await refused(await post('select 1', ''), 401, /^permission denied$/);
      await refused(await post('select 1', 'wrong'), 401, /^permission denied$/);
      const made = await app.api(`/api/v3/api_keys?api_key=${app.key}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          name: 'reads',
          grants: [
            { type: 'apis', apis: ['sql'] },
            { type: 'database', tables: [{ schema: 'demo', name: 'places', permissions: ['select', 'update'] }] },
          ],
        }),
      });
      assert.equal(made.status, 201, await made.clone().text());
      const { token } = (await made.json()) as { token: string };
      await refused(await post('select 1', token), 403, /^permission denied$/);
      await refused(await at('irrelevantJob'), 400, /^Job with id irrelevantJob not found$/);
      const unknown = '00000000-0000-4000-8000-000000000000';
      await refused(await at(unknown, 'DELETE'), 400, /^Job with id 00000000-.* not found$/);
      const list = (await (await app.api(`/user/demo/api/v1/sql/job?api_key=${app.key}`)).json()) as JobAnswer[];
      assert.ok(list.length > 10);
      assert.deepEqual(
        list.map(({ created_at }) => created_at),
        list
          .map(({ created_at }) => created_at)
          .toSorted()
          .toReversed(),
      );
      assert.equal((await read(await at(list[0]?.job_id ?? '', 'GET', '/user/demo'))).job_id, list[0]?.job_id);
    });
  });
}
