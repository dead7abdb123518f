/** The abstract tests of OGC API – Features, parts 1 and 2, and filters, over HTTP. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { startTestApp, type TestApp } from '../support/app.ts';
import { oneEngine } from '../support/database.ts';

const run = promisify(execFile);

interface Link {
  readonly href: string;
  readonly rel: string;
  readonly type: string;
}
interface Feature {
  readonly id: number;
  readonly geometry: { readonly type: string; readonly coordinates: readonly number[] } | null;
  readonly properties: Readonly<Record<string, unknown>>;
}
interface Answer {
  readonly links: readonly Link[];
  readonly features: readonly Feature[];
  readonly numberMatched: number;
  readonly numberReturned: number;
  readonly conformsTo: readonly string[];
  readonly collections: readonly { readonly id: string }[];
  readonly code: string;
  readonly description: string;
  readonly [key: string]: unknown;
}

const ITEMS = '/ogc/demo/collections/cities/items';

const cities = [
  ['Rome', 12.5, 41.9, 2_870_000, '2020-01-01T00:00:00Z', true],
  ["O'Brien", -67.5, -55.0, 12, '2021-06-15T12:30:00Z', false],
  ['Suva', 178.4, -18.1, 93_970, '2022-03-01T00:00:00Z', true],
  ['Apia', -171.8, -13.8, 37_391, '2023-03-01T00:00:00Z', true],
  ['100% Nowhere_', null, null, null, null, null],
] as const;

const csv = [
  'name,longitude,latitude,population,seen,capital',
  ...cities.map((row) => row.map((value) => value ?? '').join()),
].join('\n');

for (const engine of oneEngine) {
  describe(`OGC API – Features on ${engine}`, () => {
    let app: TestApp;
    before(async () => {
      app = await startTestApp(engine);
      assert.equal((await app.importFile('cities.csv', csv, { privacy: 'public' })).state, 'complete');
      assert.equal((await app.importFile('secret.csv', 'a,b\n1,2\n', { privacy: 'private' })).state, 'complete');
    });
    after(() => app[Symbol.asyncDispose]());

    const get = async (path: string, headers: Record<string, string> = {}) => {
      const response = await app.api(path, { headers });
      const text = await response.text();
      const isJson = (response.headers.get('content-type') ?? '').includes('json');
      return {
        status: response.status,
        headers: response.headers,
        text,
        json: (isJson ? JSON.parse(text) : {}) as Answer,
      };
    };
    const items = async (query: Record<string, string>) => {
      const { status, json, text } = await get(`${ITEMS}?${new URLSearchParams(query)}`);
      assert.equal(status, 200, text);
      return json;
    };
    const names = async (query: Record<string, string>) =>
      (await items({ limit: '100', ...query })).features.map(({ properties }) => properties.name);

    test('the landing page leads to everything, and everything is there', async () => {
      const { status, json } = await get('/ogc/demo/');
      assert.equal(status, 200);
      const rels = json.links.map(({ rel }) => rel);
      for (const rel of ['self', 'alternate', 'service-desc', 'service-doc', 'conformance', 'data']) {
        assert.ok(rels.includes(rel), rel);
      }
      for (const { href, type } of json.links) {
        const response = await fetch(href);
        assert.equal(response.status, 200, href);
        assert.ok(response.headers.get('content-type')?.startsWith(type.replace(/;.*/, '')), `${href} is ${type}`);
      }
      const { conformsTo } = (await get('/ogc/demo/conformance')).json;
      for (const part of [
        '1/1.0/conf/core',
        '1/1.0/conf/geojson',
        '1/1.0/conf/html',
        '1/1.0/conf/oas30',
        '2/1.0/conf/crs',
      ]) {
        assert.ok(conformsTo.includes(`http://www.opengis.net/spec/ogcapi-features-${part}`), part);
      }
      assert.equal((await get('/ogc/demo/api')).json.openapi, '3.0.3');
    });

    test('a collection says where it lies, when, and in which systems it can be had', async () => {
      const { json } = await get('/ogc/demo/collections');
      assert.deepEqual(
        json.collections.map(({ id }) => id),
        ['cities'],
      );
      const one = (await get('/ogc/demo/collections/cities')).json;
      assert.deepEqual(one, { ...json.collections[0] });
      assert.deepEqual(one.extent, {
        spatial: { bbox: [[-171.8, -55, 178.4, 41.9]], crs: 'http://www.opengis.net/def/crs/OGC/1.3/CRS84' },
        temporal: {
          interval: [['2020-01-01T00:00:00Z', '2023-03-01T00:00:00Z']],
          trs: 'http://www.opengis.net/def/uom/ISO-8601/0/Gregorian',
        },
      });
      assert.equal(one.storageCrs, 'http://www.opengis.net/def/crs/OGC/1.3/CRS84');
      assert.equal((await get('/ogc/demo/collections/nothing')).status, 401);
      assert.equal((await get(`/ogc/demo/collections/nothing?api_key=${app.key}`)).status, 404);
    });

    test('features come as GeoJSON, page by page, each once', async () => {
      const first = await get(`${ITEMS}?limit=2`);
      assert.equal(first.headers.get('content-type'), 'application/geo+json; charset=utf-8');
      assert.equal(first.headers.get('content-crs'), '<http://www.opengis.net/def/crs/OGC/1.3/CRS84>');
      assert.deepEqual([first.json.numberMatched, first.json.numberReturned], [5, 2]);
      assert.deepEqual(first.json.features[0], {
        type: 'Feature',
        id: 1,
        geometry: { type: 'Point', coordinates: [12.5, 41.9] },
        properties: first.json.features[0]?.properties,
      });
      const seen: number[] = [];
      let href: string | undefined = `${app.url}${ITEMS}?limit=2`;
      while (href !== undefined) {
        const page = (await (await fetch(href)).json()) as Answer;
        seen.push(...page.features.map(({ id }) => id));
        href = page.links.find(({ rel }) => rel === 'next')?.href;
      }
      assert.deepEqual(seen, [1, 2, 3, 4, 5]);
      assert.equal((await items({ limit: '100000' })).numberReturned, 5);
      assert.equal((await items({ offset: '7' })).numberReturned, 0);
    });

    test('one feature is had by its id, with a link to its collection', async () => {
      const { json, status } = await get(`${ITEMS}/2`);
      assert.equal(status, 200);
      assert.equal((json.properties as Record<string, unknown>).name, "O'Brien");
      assert.deepEqual(
        json.links.map(({ rel }) => rel),
        ['self', 'alternate', 'collection'],
      );
      for (const id of ['6', 'x', '1.5', '99999999999999999999', '%27']) {
        assert.equal((await get(`${ITEMS}/${id}?api_key=${app.key}`)).status, 404, id);
      }
    });

    test('a box keeps what intersects it, over the antimeridian and in other systems too', async () => {
      assert.deepEqual(await names({ bbox: '10,40,15,45' }), ['Rome']);
      assert.deepEqual(await names({ bbox: '10,40,-5,15,45,900' }), ['Rome']);
      assert.deepEqual(await names({ bbox: '170,-30,-170,0' }), ['Suva', 'Apia']);
      const epsg = 'http://www.opengis.net/def/crs/EPSG/0/';
      assert.deepEqual(await names({ bbox: '40,10,45,15', 'bbox-crs': `${epsg}4326` }), ['Rome']);
      assert.deepEqual(await names({ bbox: '1390000,5100000,1400000,5200000', 'bbox-crs': `${epsg}3857` }), ['Rome']);
    });

    test('features are had in every system that the collection names', async () => {
      const at = async (system: string) => {
        const crs = `http://www.opengis.net/def/crs/${system}`;
        const { headers, json } = await get(`${ITEMS}/1?${new URLSearchParams({ crs })}`);
        assert.equal(headers.get('content-crs'), `<${crs}>`);
        return (json.geometry as { coordinates: readonly number[] }).coordinates;
      };
      assert.deepEqual(await at('OGC/1.3/CRS84'), [12.5, 41.9]);
      assert.deepEqual(await at('EPSG/0/4326'), [41.9, 12.5]);
      assert.deepEqual((await at('EPSG/0/3857')).map(Math.round), [1391494, 5146012]);
    });

    test('times keep what lies in them', async () => {
      assert.deepEqual(await names({ datetime: '2021-06-15' }), ["O'Brien"]);
      assert.deepEqual(await names({ datetime: '2021-06-15T12:30:00Z' }), ["O'Brien"]);
      assert.deepEqual(await names({ datetime: '2021-06-15T14:30:00+02:00/2022-03-01' }), ["O'Brien", 'Suva']);
      assert.deepEqual(await names({ datetime: '../2020-12-31' }), ['Rome']);
      assert.deepEqual(await names({ datetime: '2022-06-01/' }), ['Apia']);
    });

    test('every property is a parameter', async () => {
      assert.deepEqual(await names({ name: "O'Brien" }), ["O'Brien"]);
      assert.deepEqual(await names({ population: '12', capital: 'false' }), ["O'Brien"]);
      assert.deepEqual(await names({ name: "x' or true --" }), []);
    });

    const filters: readonly (readonly [string, readonly string[]])[] = [
      ["name = 'O''Brien'", ["O'Brien"]],
      ['population > 90000 AND NOT population >= 1e6', ['Suva']],
      ['population BETWEEN 12 AND 37391', ["O'Brien", 'Apia']],
      ['population NOT BETWEEN 12 AND 37391', ['Rome', 'Suva']],
      ["name IN ('Rome', 'Apia')", ['Rome', 'Apia']],
      ["name NOT IN ('Rome', 'Apia') AND population IS NOT NULL", ["O'Brien", 'Suva']],
      ['population IS NULL', ['100% Nowhere_']],
      ["name LIKE '%a'", ['Suva', 'Apia']],
      ["CASEI(name) LIKE CASEI('ROM%')", ['Rome']],
      ["name LIKE '100\\%%'", ['100% Nowhere_']],
      ['capital = TRUE AND (population < 50000 OR "name" = \'Rome\')', ['Rome', 'Apia']],
      ['population * 2 + 1 = 25', ["O'Brien"]],
      ['-population < -2000000', ['Rome']],
      ['S_INTERSECTS(the_geom, POLYGON((10 40, 15 40, 15 45, 10 45, 10 40)))', ['Rome']],
      ['S_WITHIN(geometry, BBOX(-180, -90, 0, 0))', ["O'Brien", 'Apia']],
      ["seen >= TIMESTAMP('2022-03-01T00:00:00Z')", ['Suva', 'Apia']],
      ["T_AFTER(seen, DATE('2021-06-15'))", ['Suva', 'Apia']],
      ["T_DURING(seen, INTERVAL('2021-01-01', '2022-12-31'))", ["O'Brien", 'Suva']],
      ["T_BEFORE(seen, INTERVAL('2021-01-01', '..'))", ['Rome']],
    ];
    test('filters in CQL2 keep what they say', async () => {
      for (const [filter, expected] of filters) assert.deepEqual(await names({ filter }), expected, filter);
    });

    test('what is not understood is a 400 that says why', async () => {
      const bad: readonly Record<string, string>[] = [
        { nothing: '1' },
        { limit: '0' },
        { limit: '-1' },
        { limit: 'ten' },
        { limit: '' },
        { offset: '1e9' },
        { bbox: '1,2,3' },
        { bbox: 'NaN,0,1,1' },
        { bbox: '0,0,Infinity,1' },
        { bbox: '0,10,10,0' },
        { bbox: '' },
        { bbox: '0,0,1,1', 'bbox-crs': 'http://www.opengis.net/def/crs/EPSG/0/1' },
        { crs: 'EPSG:99999' },
        { datetime: '2021-02-30' },
        { datetime: '2022/2021/2020' },
        { datetime: '2022-01-01/2021-01-01' },
        { datetime: '../..' },
        { f: 'xml' },
        { filter: 'name' },
        { filter: "name = 'x' extra" },
        { filter: 'nothing = 1' },
        { filter: "population = 'x'" },
        { filter: 'pg_sleep(10) = 1' },
        { filter: "name = 'x'; drop table cities" },
        { filter: 'name = (select 1)' },
        { filter: 'S_INTERSECTS(the_geom, POINT(1))' },
        { filter: 'S_INTERSECTS(the_geom, POINT(a b))' },
        { filter: `${'('.repeat(2_000)}1=1${')'.repeat(2_000)}` },
        { filter: 'NOT '.repeat(1_500) },
        { filter: Array.from({ length: 1_400 }, () => '1=1').join(' OR ') },
        { filter: 'true', 'filter-lang': 'cql2-json' },
      ];
      for (const query of bad) {
        const { status, json } = await get(`${ITEMS}?${new URLSearchParams(query)}`);
        const shown = JSON.stringify(query).slice(0, 100);
        assert.equal(status, 400, shown);
        assert.ok(json.description.length > 5, shown);
      }
      assert.equal((await items({})).numberMatched, 5);
      assert.equal((await get('/ogc/demo?nothing=1')).status, 400);
    });

    test('pages for people escape what they show', async () => {
      const csvOfScript = 'name\n<script>alert(1)</script>\n';
      await app.importFile('scripts.csv', csvOfScript, { privacy: 'public' });
      const { text, headers } = await get('/ogc/demo/collections/scripts/items?f=html');
      assert.equal(headers.get('content-type'), 'text/html; charset=utf-8');
      assert.ok(text.includes('&lt;script&gt;alert(1)') && !text.includes('<script>'));
      assert.equal(
        (await get(ITEMS, { accept: 'text/html,*/*' })).headers.get('content-type'),
        'text/html; charset=utf-8',
      );
      assert.match((await get('/ogc/demo/collections?f=html')).text, /cities/);
    });

    test('a private table is there for the holder of the key alone', async () => {
      const path = '/ogc/demo/collections/secret/items';
      assert.equal((await get(path)).status, 401);
      assert.equal((await get(`${path}?api_key=wrong`)).status, 401);
      const { json } = await get(`${path}?api_key=${app.key}&limit=1`);
      assert.deepEqual(json.features[0]?.properties, { cartodb_id: 1, a: 1, b: 2 });
      assert.ok(json.links.every(({ href }) => href.includes(`api_key=${app.key}`)));
    });

    test('ogrinfo reads the tables as layers', async () => {
      const { stdout } = await run('ogrinfo', [
        '-ro',
        '-al',
        '-oo',
        'PAGE_SIZE=2',
        `OAPIF:${app.url}/ogc/demo`,
        'cities',
      ]);
      assert.match(stdout, /Feature Count: 5/);
      assert.match(stdout, /Geometry: Point/);
      assert.match(stdout, /population: Integer/);
      assert.match(stdout, /seen: DateTime/);
      assert.match(stdout, /POINT \(178\.4 -18\.1\)/);
      const filtered = await run('ogrinfo', [
        '-ro',
        '-al',
        '-where',
        "name = 'Rome'",
        `OAPIF:${app.url}/ogc/demo`,
        'cities',
      ]);
      assert.match(filtered.stdout, /Feature Count: 1/);
      // It has read the description of the API, and so lets the server filter.
      assert.equal(filtered.stderr, '');
    });
  });
}
