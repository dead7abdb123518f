import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestApp, type TestApp } from '../support/app.ts';
import { zip } from '../support/archives.ts';
import { oneEngine } from '../support/database.ts';
import { startOrigin } from '../support/origin.ts';

interface Layer {
  readonly name: string;
  readonly file: string;
  readonly format: string;
  readonly rows: number;
  readonly srid: number;
  readonly geometry: { type: string; source: string; columns: string[]; count: number; extent: number[] } | null;
  readonly columns: readonly { name: string; source: string; type: string; reason: string }[];
  readonly sample: readonly Record<string, unknown>[];
  readonly rejects: { total_entries: number; rejects: Record<string, unknown>[] };
}
interface Analysis {
  readonly success: boolean;
  readonly analysis_id: string;
  readonly state: string;
  readonly error_code?: number;
  readonly get_error_text?: { what_about: string };
  readonly layers: readonly Layer[];
  readonly recipe: Record<string, unknown>;
}

async function analyze(
  app: TestApp,
  name: string,
  content: string | Uint8Array,
  parameters: Record<string, string> = {},
): Promise<{ status: number; body: Analysis }> {
  const form = new FormData();
  form.append('file', new Blob([typeof content === 'string' ? content : new Uint8Array(content)]), name);
  const query = new URLSearchParams({ api_key: app.key, ...parameters });
  const response = await app.api(`/api/v1/imports/analyze?${query}`, { method: 'POST', body: form });
  return { status: response.status, body: (await response.json()) as Analysis };
}

const contents = (app: TestApp, table: string) => app.sql(`select * from ${table} order by cartodb_id`);

const places = 'name;longitude;latitude;price;id\nMálaga;-4.42;36.72;1,5;007\nOslo;10.75;59.91;2,25;008\n';
const collection = JSON.stringify({
  type: 'FeatureCollection',
  features: [1, 2, 3].map((n) => ({
    type: 'Feature',
    properties: { n, big: 'BIG', text: `t${n}`, deep: { a: [n] }, day: `2024-01-0${n}` },
    geometry: { type: 'Point', coordinates: [n, n * 2] },
  })),
}).replaceAll('"BIG"', '9007199254740993');

for (const engine of oneEngine) {
  test(`${engine}: an analysis tells what an import would find and makes no table`, async () => {
    await using app = await startTestApp(engine);
    const { status, body } = await analyze(app, 'places.csv', places);
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual([body.success, body.state, body.layers.length], [true, 'complete', 1]);
    const [layer] = body.layers;
    assert.ok(layer);
    assert.deepEqual(
      [layer.name, layer.file, layer.format, layer.rows, layer.srid],
      ['places', 'places.csv', 'csv', 2, 4326],
    );
    assert.deepEqual(layer.geometry, {
      type: 'POINT',
      types: ['POINT'],
      source: 'lonlat',
      columns: ['longitude', 'latitude'],
      count: 2,
      extent: [-4.42, 36.72, 10.75, 59.91],
    });
    assert.deepEqual(layer.columns.find(({ name }) => name === 'id')?.type, 'text');
    assert.equal(layer.sample.length, 2);
    assert.deepEqual(
      { ...layer.sample[0], price: null },
      {
        cartodb_id: 1,
        the_geom: { type: 'Point', coordinates: [-4.42, 36.72] },
        name: 'Málaga',
        longitude: -4.42,
        latitude: 36.72,
        price: null,
        id: '007',
      },
    );
    const tables = await app.sql(
      "select count(*)::int as n from information_schema.tables where table_schema = 'demo'",
    );
    assert.deepEqual(tables.rows, [{ n: 0 }]);
    const list = (await (await app.api(`/api/v1/imports?api_key=${app.key}`)).json()) as { imports: string[] };
    assert.deepEqual(list.imports, []);
    assert.equal((await app.api(`/api/v1/imports/${body.analysis_id}?api_key=${app.key}`)).status, 404);
    const again = await app.api(`/api/v1/imports/analyze/${body.analysis_id}?api_key=${app.key}`);
    assert.deepEqual([again.status, await again.json()], [200, body]);
  });

  test(`${engine}: its recipe makes of the same file the same table, and holds a later file to it`, async () => {
    await using app = await startTestApp(engine);
    const files: readonly (readonly [string, string])[] = [
      ['places.csv', places],
      ['shapes.geojson', collection],
      ['wkt.csv', 'a,a,,the_geom\n1,x,2020-01-01,POINT(1 2)\n,y,,POINT(3 4)\n'],
      ['plain.tsv', '"a"\tb\r\n"1"\ttrue\r\n"2"\tfalse\r\n'],
      ['headless.csv', '1,2.5,x\n2,3.5,y\n3,4.5,z\n'],
    ];
    for (const [name, content] of files) {
      const { body } = await analyze(app, name, content);
      assert.equal(body.success, true, JSON.stringify(body));
      const plain = await app.importFile(name, content);
      const asked = await app.importFile(name, content, { recipe: JSON.stringify(body.recipe) });
      assert.equal(asked.state, 'complete', `${name}: ${JSON.stringify([asked, body.recipe])}`);
      const [expected, found] = [
        await contents(app, plain.table_name ?? ''),
        await contents(app, asked.table_name ?? ''),
      ];
      assert.deepEqual([found.rows, found.fields], [expected.rows, expected.fields], name);
    }
  });

  test(`${engine}: the recipe of several layers gives each its own columns and dialect, and holds later files to them`, async () => {
    await using app = await startTestApp(engine);
    const files = (late: string): Uint8Array =>
      zip([
        { name: 'a.csv', content: `code;price\n1;1,5\n2;2,25\n${late}` },
        { name: 'sub/b.csv', content: 'title\n\ncode,price,n\nx1,3,1\nx2,4,2\nx3,5,3\n' },
        { name: 'c.json', content: '[{"code":"2021-01-31","price":true}]' },
      ]);
    const { body } = await analyze(app, 'files.zip', files(''));
    assert.equal(body.success, true, JSON.stringify(body));
    const types = async (parameters: Record<string, string>, late: string): Promise<unknown> => {
      const view = await app.importFile('files.zip', files(late), parameters);
      assert.equal(view.state, 'complete', JSON.stringify(view));
      const tables = await app.sql(
        `select table_name::text as t, string_agg(column_name || ' ' || data_type, ', ' order by column_name) as c
           from information_schema.columns
          where table_schema = 'demo' and column_name in ('code', 'price') group by 1 order by 1 desc limit 3`,
      );
      return tables.rows.map((row) => (row as { c: string }).c).sort();
    };
    const recipe = JSON.stringify(body.recipe);
    const expected = await types({}, '');
    assert.deepEqual(expected, [
      'code bigint, price double precision',
      'code date, price boolean',
      'code text, price bigint',
    ]);
    assert.deepEqual(await types({ recipe, collision_strategy: 'overwrite' }, ''), expected);
    // Without the recipe a late word would make the whole column text.
    assert.deepEqual(await types({ recipe, collision_strategy: 'overwrite' }, 'three;3,5\n'), expected);
  });

  test(`${engine}: the file of an analysis is imported without being sent again`, async () => {
    await using app = await startTestApp(engine);
    const { body } = await analyze(app, 'places.csv', places);
    const post = (parameters: Record<string, unknown>) =>
      app.api(`/api/v1/imports?api_key=${app.key}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(parameters),
      });
    for (const table of ['places', 'places_1']) {
      const accepted = (await (await post({ analysis_id: body.analysis_id })).json()) as { item_queue_id: string };
      const view = await app.waitFor(accepted.item_queue_id);
      assert.deepEqual([view.state, view.table_name, view.display_name], ['complete', table, 'places.csv']);
    }
    for (const id of ['99999999-9999-4999-8999-999999999999', 'x', "'; drop table x"]) {
      assert.equal((await post({ analysis_id: id })).status, 400, id);
    }
  });

  test(`${engine}: a file that cannot be imported is an answer, with the code of an import`, async () => {
    await using app = await startTestApp(engine);
    for (const [name, content, code] of [
      ['empty.csv', '', 1005],
      ['picture.png', '\x89PNG\r\n\x1a\n', 1002],
      ['broken.geojson', '{"type":"FeatureCollection","features":[', 3007],
    ] as const) {
      const { status, body } = await analyze(app, name, content);
      assert.deepEqual([status, body.success, body.error_code], [200, false, code], name);
      assert.ok((body.get_error_text?.what_about ?? '') !== '');
    }
    const { status, body } = await analyze(app, 'a.csv', 'a\n1\n', { decimal: 'x' });
    assert.equal(status, 400);
    assert.match(JSON.stringify(body), /for 'decimal'/);
    const nothing = await app.api(`/api/v1/imports/analyze?api_key=${app.key}`, { method: 'POST' });
    assert.equal(((await nothing.json()) as Analysis).error_code, 1010);
  });

  test(`${engine}: rejects and layers of an archive are shown, and too many rejects do not end it`, async () => {
    await using app = await startTestApp(engine);
    const rejecting = await analyze(app, 't.csv', 'a,b\n1,2\n3,4,5\n', { extra_cells: 'reject', max_rejects: '0' });
    assert.equal(rejecting.body.layers[0]?.rejects.total_entries, 1, JSON.stringify(rejecting.body));
    assert.equal(rejecting.body.recipe.max_rejects, 0);
    const archive = zip([
      { name: 'one.csv', content: 'a\n1\n' },
      { name: 'deep/two.geojson', content: collection },
    ]);
    const { body } = await analyze(app, 'both.zip', archive);
    assert.deepEqual(body.layers.map(({ name, file, format }) => [name, file, format].join(' ')).toSorted(), [
      'one one.csv csv',
      'two deep/two.geojson geojson',
    ]);
    const big = Array.from({ length: 30_000 }, (_, i) => `${i},${i % 7}`).join('\n');
    const many = await analyze(app, 'big.csv', `a,b\n${big}\n`);
    assert.deepEqual([many.body.layers[0]?.rows, many.body.layers[0]?.sample.length], [30_000, 50]);
  });

  test(`${engine}: a URL is analyzed, and nobody else sees what came of it`, async () => {
    await using app = await startTestApp(engine);
    await using origin = await startOrigin();
    const url = origin.serve('/data.csv', { body: 'a\n1\n' });
    const response = await app.api(`/api/v1/imports/analyze?api_key=${app.key}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ url }),
    });
    const body = (await response.json()) as Analysis;
    assert.deepEqual([body.success, body.layers[0]?.name], [true, 'data']);
    const path = `/api/v1/imports/analyze/${body.analysis_id}`;
    assert.equal((await app.api(path)).status, 401);
    assert.equal((await app.api(`${path}?api_key=wrong`)).status, 401);
    assert.equal((await app.api(`/api/v1/imports/analyze/1?api_key=${app.key}`)).status, 404);
    const table = await app.importFile('a.csv', 'a\n1\n');
    assert.equal((await app.api(`/api/v1/imports/analyze/${table.id}?api_key=${app.key}`)).status, 404);
  });

  test(`${engine}: a recipe is kept under a name, by which imports, analyses and synchronizations are read`, async () => {
    await using app = await startTestApp(engine);
    await using origin = await startOrigin();
    const at = (name: string, method = 'GET', body?: unknown): Promise<Response> =>
      app.api(`/api/v1/recipes${name === '' ? '' : `/${encodeURIComponent(name)}`}?api_key=${app.key}`, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      });
    const recipe = { delimiter: ';', decimal: ',', columns: [{ name: 'id', type: 'text' }] };
    const kept = await at('Läden / 1', 'PUT', recipe);
    assert.equal(kept.status, 200, await kept.clone().text());
    const { created_at: created, updated_at: updated, ...rest } = (await kept.json()) as Record<string, unknown>;
    assert.deepEqual(rest, { name: 'Läden / 1', recipe });
    assert.match(String(created), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/);
    assert.equal(updated, created);
    const list = (await (await at('')).json()) as { recipes: { name: string }[]; total_entries: number };
    assert.deepEqual([list.recipes.map(({ name }) => name), list.total_entries], [['Läden / 1'], 1]);

    const text = 'id;price\n007;1,5\n';
    const imported = await app.importFile('one.csv', text, { recipe: ' Läden / 1 ', display_name: 'Shop <one>' });
    assert.equal(imported.state, 'complete', JSON.stringify(imported));
    assert.equal(imported.display_name, 'Shop <one>');
    const { body } = await analyze(app, 'two.csv', text, { recipe: 'Läden / 1' });
    assert.deepEqual(
      body.layers[0]?.columns.map(({ name, type }) => `${name} ${type}`),
      ['id text', 'price double precision'],
    );
    const url = origin.serve('/three.csv', { body: text });
    const synced = await app.api(`/api/v1/synchronizations?api_key=${app.key}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ url, interval: 3600, recipe: 'Läden / 1' }),
    });
    const first = await app.waitFor(((await synced.json()) as { item_queue_id: string }).item_queue_id);
    assert.equal(first.state, 'complete');
    for (const table of ['one', 'three']) {
      assert.deepEqual((await app.sql(`select id, price::text from ${table}`)).rows, [{ id: '007', price: '1.5' }]);
    }

    assert.equal((await at('bad', 'PUT', { delimiters: ';' })).status, 400);
    assert.equal((await at('bad', 'PUT', [1])).status, 400);
    assert.equal((await at('{x', 'PUT', {})).status, 400);
    assert.equal((await at('x'.repeat(101), 'PUT', {})).status, 400);
    assert.equal((await at('Läden / 1', 'PUT', { delimiter: '|' })).status, 200);
    assert.equal((await at('Läden / 1', 'DELETE')).status, 204);
    assert.equal((await at('Läden / 1', 'DELETE')).status, 404);
    assert.equal((await at('Läden / 1')).status, 404);
    const gone = await app.api(`/api/v1/imports?api_key=${app.key}&recipe=L%C3%A4den&filename=a.csv`, {
      method: 'POST',
      body: text,
    });
    assert.equal(gone.status, 400);
    assert.match(await gone.text(), /There is no recipe 'Läden'/);
    assert.equal((await app.api('/api/v1/recipes')).status, 401);
  });
}
