import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { closeRights } from '../../src/db/close-rights.ts';
import { sql } from '../../src/db/sql.ts';
import { createResumableStore } from '../../src/http/resumable.ts';
import { createServer } from '../../src/http/server.ts';
import { createSessions } from '../../src/http/session.ts';
import { grantTable } from '../../src/publish/grants.ts';
import { createFolderStore } from '../../src/sources/uploads/folder-store.ts';
import { accountByKeyHash, accountByName, ensureAccount } from '../../src/store/accounts.ts';
import { openViewerQuery } from '../../src/store/viewers.ts';
import { createSeal } from '../../src/util/seal.ts';
import { engines, openTestDatabase } from '../support/database.ts';

const KEY = 'key-of-demo';
const unused = () => Promise.reject(new Error('imports are not part of this test'));

for (const engine of engines) {
  describe(`the SQL API on ${engine}`, () => {
    let held: Awaited<ReturnType<typeof openTestDatabase>>;
    let app: FastifyInstance;
    let url: string;

    before(async () => {
      held = await openTestDatabase(engine);
      const { db } = held;
      await closeRights(db);
      await ensureAccount(db, { name: 'demo', key: KEY });
      await db.transaction(async (tx) => {
        await tx.query(sql`
          create table demo.kinds (cartodb_id bigint, the_geom geometry(Geometry, 4326),
            the_geom_webmercator geometry(Geometry, 3857), name text, big bigint, exact numeric, real double precision,
            yes boolean, day date, local timestamp, instant timestamptz, nested jsonb, list int[], words text[])`);
        await tx.query(sql`
          insert into demo.kinds values
            (1, 'SRID=4326;POINT(1.5 -2)', st_transform('SRID=4326;POINT(1.5 -2)'::geometry, 3857), 'a "b", é',
             9223372036854775807, 12345678901234567890.10, 0.1, true, '2026-02-01', '2026-02-01 10:00:00.5',
             '2026-02-01 12:45:07+02', '{"a": [1, null]}', '{1,NULL,3}', '{"a,b","c\\"d",NULL}'),
            (2, null, null, '', null, 'NaN', 'Infinity', false, null, 'infinity', null, 'null', '{}', '{{a},{b}}')`);
        await grantTable(tx, { name: 'demo' }, 'kinds', 'private');
        await tx.query(
          sql`create table demo.many as select n, repeat('x', 1000) as t from generate_series(1, 20000) n`,
        );
        await grantTable(tx, { name: 'demo' }, 'many', 'private');
      });
      app = await createServer({
        config: {
          LANDFALL_BASE_DOMAIN: null,
          LANDFALL_BASE_URL: null,
          LANDFALL_MAX_FILE_BYTES: 1000,
          LANDFALL_MAX_ROWS: 1000,
          LANDFALL_OPERATOR_KEY: null,
          LANDFALL_CONCURRENT_IMPORTS: 3,
          LANDFALL_SYNC_MIN_INTERVAL: 900,
        },
        logger: pino({ level: 'silent' }),
        now: () => new Date(),
        accounts: {
          byKeyHash: (hash) => accountByKeyHash(db, hash),
          byName: (name) => accountByName(db, name),
          guestByKeyHash: async () => null,
        },
        imports: { create: unused, cancel: unused, unfinished: unused, find: unused, hasRoom: unused, recent: unused },
        keys: { list: unused, create: unused, regenerate: unused, drop: unused },
        library: { list: unused, find: unused },
        visualizations: {
          list: unused,
          find: unused,
          change: unused,
          drop: unused,
          create: unused,
        },
        synchronizations: {
          create: unused,
          list: unused,
          find: unused,
          change: unused,
          remove: unused,
          force: unused,
          runs: unused,
          run: unused,
          changes: unused,
          rollBack: unused,
        },
        arcgis: { list: unused },
        usage: unused,
        operator: { list: unused, find: unused, create: unused, limit: unused, drop: unused, rotate: unused },
        copies: { openTo: unused, from: unused },
        jobs: { create: unused, find: unused, list: unused, cancel: unused },
        connectors: { check: unused, tables: unused, databases: unused, dryRun: unused },
        webhooks: {
          list: unused,
          find: unused,
          create: unused,
          change: unused,
          remove: unused,
          deliveries: unused,
          test: unused,
        },
        connections: { list: unused, find: unused, create: unused, change: unused, remove: unused, open: unused },
        recipes: { list: unused, find: unused, keep: unused, remove: unused },
        analyses: { find: unused, isEnded: unused },
        reports: { layers: unused, countRejects: unused, rejects: unused, correct: unused },
        openQuery: (viewer, text, window, signal) => openViewerQuery(db, viewer, text, window, signal),
        openExportFolder: unused,
        validateUrl: () => undefined,
        sessions: createSessions(createSeal('a secret of the tests'), () => new Date()),
        resumable: createResumableStore('/nonexistent'),
        datasets: { list: unused, find: unused },
        parked: { keep: unused, find: unused },
        drives: {
          offered: [],
          check: unused,
          list: unused,
          begin: unused,
          endByCode: unused,
          endByState: unused,
          forget: unused,
        },
        tables: { find: unused, list: unused },
        tiles: { vector: unused, raster: unused, facts: unused },
        maps: {
          find: unused,
          list: unused,
          create: unused,
          change: unused,
          drop: unused,
          see: unused,
          style: () => ({ version: 8, sources: {}, layers: [] }),
          picture: unused,
          stats: unused,
          land: unused,
          wantFile: unused,
          findFile: unused,
        },
        features: { page: unused, count: unused, feature: unused, interval: unused },
        uploads: createFolderStore('/nonexistent'),
        uploadsFolder: '/nonexistent',
        webFolder: '/nonexistent',
        ready: async () => ({}),
        metrics: new Registry(),
      });
      url = await app.listen({ host: '127.0.0.1', port: 0 });
    });
    after(async () => {
      await app.close();
      await held[Symbol.asyncDispose]();
    });

    const ask = (parameters: Record<string, string>, init: RequestInit = {}): Promise<Response> =>
      fetch(`${url}/api/v2/sql?${new URLSearchParams({ api_key: KEY, ...parameters })}`, init);
    const textOf = async (parameters: Record<string, string>): Promise<string> => {
      const response = await ask(parameters);
      const body = await response.text();
      assert.equal(response.status, 200, body);
      return body;
    };

    test('JSON keeps every digit and every kind of value', async () => {
      const body = await textOf({ q: 'select * from kinds order by cartodb_id; -- all' });
      const [head = '', tail = ''] = body.split(/"time":\d+\.\d+,/);
      assert.equal(
        head,
        '{"rows":[{"cartodb_id":1,"the_geom":"0101000020E6100000000000000000F83F00000000000000C0",' +
          `"the_geom_webmercator":${JSON.stringify(
            JSON.parse(body).rows[0].the_geom_webmercator,
          )},"name":"a \\"b\\", é","big":9223372036854775807,"exact":12345678901234567890.10,"real":0.1,"yes":true,` +
          '"day":"2026-02-01","local":"2026-02-01T10:00:00.5","instant":"2026-02-01T10:45:07Z","nested":{"a": [1, null]},' +
          '"list":[1,null,3],"words":["a,b","c\\"d",null]},' +
          '{"cartodb_id":2,"the_geom":null,"the_geom_webmercator":null,"name":"","big":null,"exact":"NaN",' +
          '"real":"Infinity","yes":false,"day":null,"local":"infinity","instant":null,"nested":null,"list":[],' +
          '"words":[["a"],["b"]]}],',
      );
      const { fields, total_rows } = JSON.parse(`{${tail}`);
      assert.equal(total_rows, 2);
      assert.deepEqual(fields.the_geom, { type: 'geometry', pgtype: 'geometry' });
      assert.deepEqual(fields.big, { type: 'number', pgtype: 'int8' });
      assert.deepEqual(fields.instant, { type: 'date', pgtype: 'timestamptz' });
      assert.deepEqual(fields.list, { type: 'number[]', pgtype: '_int4' });
    });

    test('CSV quotes what needs it and tells an empty text from none', async () => {
      const response = await ask({
        q: 'select name, big, yes, instant, day from kinds order by cartodb_id',
        format: 'csv',
      });
      assert.match(response.headers.get('content-type') ?? '', /^text\/csv/);
      assert.match(response.headers.get('content-disposition') ?? '', /cartodb-query\.csv/);
      assert.equal(
        await response.text(),
        'name,big,yes,instant,day\r\n"a ""b"", é",9223372036854775807,true,2026-02-01T10:45:07Z,2026-02-01\r\n"",,false,,\r\n',
      );
    });

    test('GeoJSON takes the_geom as the geometry and the rest as properties', async () => {
      const body = await textOf({
        q: 'select the_geom, the_geom_webmercator, name, big from kinds order by cartodb_id',
        format: 'geojson',
      });
      assert.equal(
        body,
        '{"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"Point","coordinates":[1.5,-2]},' +
          '"properties":{"name":"a \\"b\\", é","big":9223372036854775807}},' +
          '{"type":"Feature","geometry":null,"properties":{"name":"","big":null}}]}',
      );
      const mercator = await ask({ q: 'select the_geom_webmercator as the_geom from kinds', format: 'geojson' });
      assert.match(await mercator.text(), /EPSG:4326, not 3857: use ST_Transform/);
      const without = await ask({ q: 'select 1 as a', format: 'geojson' });
      assert.equal(without.status, 400);
      assert.match(await without.text(), /needs a geometry column called the_geom/);
    });

    test('the geometries of GeoJSON are those that ST_AsGeoJSON writes', async () => {
      const shapes = [
        'POINT(1e-7 12345678.123456789)',
        'LINESTRING(0 0,1 1.5)',
        'POLYGON((0 0,4 0,4 4,0 0),(1 1,2 1,2 2,1 1))',
        'MULTIPOINT(1 1,2 2)',
        'MULTILINESTRING((0 0,1 1),(2 2,3 3))',
        'MULTIPOLYGON(((0 0,1 0,1 1,0 0)),((5 5,6 5,6 6,5 5)))',
        'GEOMETRYCOLLECTION(POINT(1 1),LINESTRING(0 0,1 1))',
        'POINT Z (1 2 3)',
        'POINT M (1 2 9)',
        'POINT ZM (1 2 3 9)',
        'POLYGON EMPTY',
        'POINT EMPTY',
      ];
      const values = shapes.map((shape) => `('SRID=4326;${shape}'::geometry)`).join();
      const q = `select the_geom, st_asgeojson(the_geom, 15)::jsonb as ours from (values ${values}) v(the_geom)`;
      const { features } = JSON.parse(await textOf({ q, format: 'geojson' }));
      assert.equal(features.length, shapes.length);
      for (const { geometry, properties } of features) assert.deepEqual(geometry, properties.ours);
    });

    test('pages are cut out of the result', async () => {
      const page = async (parameters: Record<string, string>) => {
        const { rows, total_rows } = JSON.parse(await textOf({ q: 'select n from many order by n', ...parameters }));
        return [rows.length, rows[0]?.n ?? null, total_rows];
      };
      assert.deepEqual(await page({ rows_per_page: '10', page: '3' }), [10, 31, 10]);
      assert.deepEqual(await page({ rows_per_page: '7' }), [7, 1, 7]);
      assert.deepEqual(await page({ page: '1' }), [40, 41, 40]);
      assert.deepEqual(await page({ rows_per_page: '10', page: '5000' }), [0, null, 0]);
    });

    test('form, JSON, v1 and JSONP are other ways to say the same', async () => {
      const q = "select 'x' as a";
      const rows = async (response: Response) => JSON.parse(await response.text()).rows;
      const post = (body: URLSearchParams | string, type: string) =>
        fetch(`${url}/api/v2/sql`, { method: 'POST', body, headers: { 'content-type': type } });
      const form = new URLSearchParams({ q, api_key: KEY });
      assert.deepEqual(await rows(await post(form, 'application/x-www-form-urlencoded')), [{ a: 'x' }]);
      assert.deepEqual(await rows(await post(JSON.stringify({ q, api_key: KEY }), 'application/json')), [{ a: 'x' }]);
      assert.deepEqual(await rows(await fetch(`${url}/u/demo/api/v1/sql?${form}`)), [{ a: 'x' }]);
      const script = await ask({ q, callback: 'show' });
      assert.match(script.headers.get('content-type') ?? '', /^text\/javascript/);
      assert.match(await script.text(), /^show\(\{"rows":\[\{"a":"x"\}\],.*\}\)$/s);
    });

    test('what is wrong with a query is told with 400, in the words and at the place of the database', async () => {
      const wrong = async (parameters: Record<string, string>) => {
        const response = await ask(parameters);
        return [response.status, JSON.parse(await response.text())];
      };
      assert.deepEqual(await wrong({ q: 'select nope from many' }), [
        400,
        { error: ['column "nope" does not exist'], position: 8 },
      ]);
      assert.deepEqual(await wrong({}), [400, { error: ['You must indicate a sql query'] }]);
      assert.deepEqual((await wrong({ q: 'drop table kinds' }))[1].error, ['only a query that reads may run here']);
      assert.deepEqual((await wrong({ q: 'select * from landfall.api_keys' }))[1].error, [
        'permission denied for schema landfall',
      ]);
      assert.equal((await wrong({ q: 'select 1', format: 'xml' }))[0], 400);
      assert.equal((await wrong({ q: 'select 1', page: '-1' }))[0], 400);
      assert.equal((await wrong({ q: `select 1 -- ${'x'.repeat(200)}\0` }))[0], 400);
    });

    test('an error after the first rows stands at the end of the JSON, and breaks a CSV off', async () => {
      const q = 'select 1 / (15000 - n) as a, t from many';
      const body = JSON.parse(await (await ask({ q })).text());
      assert.deepEqual(body.error, ['division by zero']);
      // The embedded engine reads the whole result before it answers, so there it is a plain 400.
      if (engine === 'postgres') {
        assert.equal(body.rows.length, body.total_rows);
        assert.ok(body.rows.length > 10_000);
        await assert.rejects(ask({ q, format: 'csv' }).then((response) => response.text()));
      } else assert.deepEqual(body, { error: ['division by zero'] });
    });

    test('no key and a wrong key get 401', async () => {
      assert.equal((await fetch(`${url}/api/v2/sql?q=select+1`)).status, 401);
      assert.equal((await ask({ q: 'select 1', api_key: 'no' })).status, 401);
    });

    test('a large result is streamed whole', async () => {
      const { rows } = JSON.parse(await textOf({ q: 'select * from many' }));
      assert.equal(rows.length, 20_000);
    });

    test('a result over 50 MB is broken off with a reason', async () => {
      const q = 'select a.n, a.t from many a, generate_series(1, 3)';
      const body = await (await ask({ q })).text();
      assert.match(body, /larger than|too large/);
    });

    test('clients that leave in the middle hold no place', async () => {
      const { port } = new URL(url);
      for (let i = 0; i < 6; i++) {
        const socket = connect(Number(port), '127.0.0.1');
        const path = `/api/v2/sql?${new URLSearchParams({ api_key: KEY, q: 'select * from many a' })}`;
        socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
        await new Promise((resolve) => socket.once('data', resolve));
        socket.destroy();
      }
      await sleep(200);
      assert.equal(JSON.parse(await textOf({ q: 'select 1 as a' })).rows[0].a, 1);
    });
  });
}
