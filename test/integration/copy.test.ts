/** COPY over the SQL API, as the published Python client speaks it. */
import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import pg from 'pg';
import { to as copyOut } from 'pg-copy-streams';
import { startTestApp, type TestApp } from '../support/app.ts';
import { oneEngine } from '../support/database.ts';
import { seededRandom } from '../support/seeded-random.ts';

const CSV = 'id,name,seen,the_geom\n7,"a ""b"", é",2026-02-01,POINT(1 2)\n8,,,\n';

for (const engine of oneEngine) {
  describe(`copy on ${engine}`, () => {
    let app: TestApp;
    let ended = async (): Promise<void> => undefined;
    before(async () => {
      app = await startTestApp(engine);
      const made = await app.importFile('places.csv', 'id,name,seen,lon,lat\n1,one,2026-01-01,3,4\n');
      assert.equal(made.state, 'complete');
      await app.importFile('other.csv', 'a\n1\n');
    });
    after(async () => {
      await ended();
      await app[Symbol.asyncDispose]();
    });

    const addressOf = (verb: string, q: string, more: Record<string, string> = {}, key = app.key) =>
      `/api/v2/sql/${verb}?${new URLSearchParams({ q, ...(key === '' ? {} : { api_key: key }), ...more })}`;
    const copyTo = (q: string, more: Record<string, string> = {}, key = app.key) =>
      app.api(addressOf('copyto', q, more, key));
    const copyFrom = (q: string, body: string | Uint8Array<ArrayBuffer>, init: RequestInit = {}, key = app.key) =>
      app.api(addressOf('copyfrom', q, {}, key), {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/octet-stream' },
        ...init,
      });
    const rowCount = async () => (await app.sql('select count(*)::int as n from places')).rows[0]?.n;
    const toRows = 'copy places (id, name, seen, the_geom) from stdin with (format csv, header true)';

    async function refused(response: Response, status: number, words: RegExp): Promise<void> {
      assert.equal(response.status, status, await response.clone().text());
      const { error } = (await response.json()) as { error: string[] };
      assert.match(error[0] ?? '', words);
    }

    test('rows go in, with all of their values and both geometries', async () => {
      const response = await copyFrom(toRows, CSV);
      assert.equal(response.status, 200, await response.clone().text());
      const { total_rows, time } = (await response.json()) as { total_rows: number; time: number };
      assert.equal(total_rows, 2);
      assert.equal(typeof time, 'number');
      const { rows } = await app.sql(`select name, seen::text as seen, st_astext(the_geom) as geom,
        the_geom_webmercator = st_transform(the_geom, 3857) as same, cartodb_id > 1 as numbered from places
        where id >= 7 order by id`);
      assert.deepEqual(rows, [
        { name: 'a "b", é', seen: '2026-02-01', geom: 'POINT(1 2)', same: true, numbered: true },
        { name: null, seen: null, geom: null, same: null, numbered: true },
      ]);
    });

    test('a table that is read as dataset and tile knows of its new rows', async () => {
      const viz = (await (await app.api(`/api/v1/viz?api_key=${app.key}&q=places`)).json()) as {
        visualizations: { table: { row_count: number } }[];
      };
      assert.equal(viz.visualizations[0]?.table.row_count, await rowCount());
    });

    test('a compressed body in pieces goes in as the Python client sends it', async () => {
      const before = Number(await rowCount());
      const lines = Array.from(
        { length: 5000 },
        (_, index) => `${index},"${'x'.repeat(index % 50)}",,POINT(0 ${index % 80})\n`,
      );
      const zipped = gzipSync(`id,name,seen,the_geom\n${lines.join('')}`);
      const pieces = new ReadableStream({
        start(controller) {
          for (let at = 0; at < zipped.length; at += 8192) controller.enqueue(zipped.subarray(at, at + 8192));
          controller.close();
        },
      });
      const response = await app.api(addressOf('copyfrom', toRows), {
        method: 'POST',
        body: pieces,
        duplex: 'half',
        headers: { 'content-type': 'application/octet-stream', 'content-encoding': 'gzip' },
      } as RequestInit);
      assert.equal(response.status, 200, await response.clone().text());
      assert.equal(((await response.json()) as { total_rows: number }).total_rows, 5000);
      assert.equal(await rowCount(), before + 5000);
    });

    test('what does not fit undoes all of a copy and is told in the words of the database', async () => {
      const before = await rowCount();
      await refused(await copyFrom(toRows, `${CSV}nine,a,,\n`), 400, /invalid input syntax for type .*: "nine"/);
      await refused(await copyFrom(toRows, 'id\n1\n'), 400, /missing data for column "name"/);
      await refused(
        await copyFrom('copy places (nothing) from stdin', '1\n'),
        400,
        /column "nothing" .*does not exist/,
      );
      await refused(await copyFrom('copy nowhere from stdin', '1\n'), 400, /relation "nowhere" does not exist/);
      await refused(await copyFrom(toRows, 'no gzip', { headers: { 'content-encoding': 'gzip' } }), 400, /not gzip/);
      assert.equal(await rowCount(), before);
    });

    test('a client that goes away in the middle leaves nothing', async () => {
      const before = await rowCount();
      const gone = new AbortController();
      let sent = 0;
      const unfinished = new ReadableStream({
        pull(controller) {
          controller.enqueue(Buffer.from(sent === 0 ? CSV : '9,x,,\n'.repeat(2000)));
          sent++;
          if (sent < 20) return;
          gone.abort();
          // The client goes on reading a body that nobody wants any more: it must come to an end.
          controller.close();
        },
      });
      const request = { method: 'POST', body: unfinished, duplex: 'half', signal: gone.signal };
      await assert.rejects(app.api(addressOf('copyfrom', toRows), request as RequestInit), { name: 'AbortError' });
      assert.equal(await rowCount(), before);
      assert.equal((await copyFrom(toRows, CSV)).status, 200);
    });

    test('rows come out as PostgreSQL writes them', async () => {
      const response = await copyTo(
        "copy (select 1 as a, 'x,\"y' as \"b c\", null::text as c, '' as d union all select 2, E'l\\nm', '\\.', 'é') to stdout with (format csv, header true)",
        { filename: 'some rows.csv' },
      );
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('content-type'), 'application/octet-stream');
      assert.equal(response.headers.get('content-disposition'), 'attachment; filename=some_rows.csv');
      assert.equal(await response.text(), 'a,b c,c,d\n1,"x,""y",,""\n2,"l\nm",\\.,é\n');
      const written = await copyTo("copy (select E'a\\tb\\\\c\\nd', null, true, '{1,2}'::int[]) to stdout");
      assert.equal(await written.text(), 'a\\tb\\\\c\\nd\t\\N\tt\t{1,2}\n');
    });

    if (engine === 'postgres') {
      test('every value comes out in the same bytes as from the server itself', async () => {
        const random = seededRandom(20260201);
        const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
        const parts = [
          'a',
          ' ',
          ',',
          ';',
          '"',
          "'",
          '\\',
          '\\.',
          '\n',
          '\r',
          '\t',
          '\b',
          '\v',
          '\u0001',
          'é',
          '-',
          ']',
          '^',
        ];
        const value = () => {
          const written = Array.from({ length: pick([0, 1, 2, 5]) }, () => pick(parts)).join('');
          return random() < 0.1 ? 'null' : `'${written.replaceAll("'", "''")}'`;
        };
        const rows = Array.from({ length: 200 }, () => `(${value()}, ${value()})`).join(', ');
        const client = new pg.Client({ connectionString: app.databaseUrl ?? '' });
        await client.connect();
        ended = () => client.end();
        for (const options of [
          'format text',
          "format text, delimiter ';', null '-', header",
          "format text, delimiter ']'",
          'format csv, header',
          `format csv, delimiter ';', quote '''', escape '\\', null '-'`,
          "format csv, force_quote (b), delimiter '^'",
          'format csv, force_quote *, header',
        ]) {
          for (const columns of ['a, b', 'b']) {
            const q = `copy (select ${columns} from (values ${rows}) as t(a, b)) to stdout with (${options})`;
            const theirs = await text(client.query(copyOut(q)));
            assert.equal(await (await copyTo(q)).text(), theirs, `${columns}: ${options}`);
          }
        }
      });
    }

    test('what came out goes in again and is the same', async () => {
      const columns = '(id, name, seen, the_geom)';
      const out = await (await copyTo(`copy places ${columns} to stdout`)).text();
      assert.equal((await copyFrom(`copy places ${columns} from stdin`, out)).status, 200);
      const all = await (
        await copyTo(`copy (select id, name, seen, the_geom from places order by cartodb_id) to stdout`)
      ).text();
      assert.equal(all, out + out);
    });

    test('without a key private tables stay closed and nothing is written, at both addresses', async () => {
      await refused(await copyTo('copy places to stdout', {}, ''), 401, /permission denied/);
      await refused(await copyFrom(toRows, CSV, {}, ''), 401, /permission denied/);
      await refused(await copyFrom(toRows, CSV, {}, 'wrong'), 401, /permission denied/);
      const named = await app.api(`/user/demo/api/v1/sql/copyto?q=${encodeURIComponent('copy places to stdout')}`);
      await refused(named, 400, /permission denied for table places/);
      const open = await app.api(`/user/demo/api/v1/sql/copyto?q=${encodeURIComponent('copy (select 1) to stdout')}`);
      assert.equal(await open.text(), '1\n');
    });

    test('nothing but a copy of one table of the account is run', async () => {
      for (const [text, words] of [
        ["copy places from program 'id'", /permission denied/],
        ["copy places from '/etc/passwd'", /permission denied/],
        ['copy landfall.api_keys from stdin', /permission denied for schema landfall/],
        ['copy pg_catalog.pg_authid from stdin', /permission denied for schema pg_catalog/],
        ['copy places from stdin; drop table places', /syntax|one COPY/],
        ['copy (select 1) to stdout', /FROM STDIN is expected/],
        ['delete from places', /start with COPY/],
      ] as const) {
        await refused(await copyFrom(text, '1\n'), 400, words);
      }
      for (const [text, words] of [
        ["copy (select 1) to program 'id'", /permission denied/],
        ["copy (select 1) to '/tmp/landfall-copy'", /permission denied/],
        ['copy landfall.api_keys to stdout', /permission denied for schema landfall/],
        ['copy (select * from landfall.api_keys) to stdout', /permission denied for schema landfall/],
        ['copy (delete from places returning *) to stdout', /only a query that reads/],
        ["copy (select set_config('role', 'postgres', true)) to stdout", /permission denied for function/],
        ["copy (select 1) to program 'id' --) to stdout", /permission denied/],
        ['copy places from stdin', /TO STDOUT is expected/],
        ['copy (select 1) to stdout (format binary)', /text and csv/],
      ] as const) {
        await refused(await copyTo(text), 400, words);
      }
    });
  });
}
