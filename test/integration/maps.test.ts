/** Maps: made, changed, shown to whoever may see them, made by imports and read from `.carto` files. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { VectorTile } from '@mapbox/vector-tile';
import { validateStyleMin } from '@maplibre/maplibre-gl-style-spec';
import { zipSync } from 'fflate';
import { PbfReader } from 'pbf';
import { PNG } from 'pngjs';
import { sql } from '../../src/db/sql.ts';
import { createAccount } from '../../src/store/accounts.ts';
import { clientOf, startTestApp, type TestApp } from '../support/app.ts';
import { oneEngine } from '../support/database.ts';
import { geotiff } from '../support/geotiff.ts';

/** 60 places on a grid over Iberia, in three kinds, with heights from 0 to 59; one has a hostile name. */
const places = `name,kind,height,secret,lon,lat\n${Array.from(
  { length: 60 },
  (_, at) =>
    `${at === 0 ? '<img src=x onerror=alert(1)>' : `p${at}`},${'abc'[at % 3]},${at},s${at},${-8 + (at % 10)},${37 + Math.floor(at / 10)}`,
).join('\n')}\n`;

const areas = JSON.stringify({
  type: 'FeatureCollection',
  features: [0, 1].map((at) => ({
    type: 'Feature',
    properties: { pop: at },
    geometry: {
      type: 'Polygon',
      coordinates: [
        [
          [at, 40],
          [at + 1, 40],
          [at + 1, 41],
          [at, 41],
          [at, 40],
        ],
      ],
    },
  })),
});

interface Layer {
  readonly id: string;
  readonly table: string;
  readonly title: string;
  readonly paint: {
    readonly kind: string;
    readonly color: string;
    readonly column: string | null;
    readonly stops: readonly Record<string, unknown>[];
  };
  readonly popup: { readonly columns: readonly string[] | null };
  readonly shown_to: string;
  readonly geometry: string | null;
}
interface MapBody {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly privacy: string;
  readonly layers: readonly Layer[];
  readonly bounds: readonly number[] | null;
  readonly url: string;
  readonly style_url: string;
  readonly preview_url: string;
  readonly auth_token?: string;
}
interface Style {
  readonly sources: Readonly<Record<string, { readonly tiles?: readonly string[]; readonly data?: string }>>;
  readonly layers: readonly { readonly id: string; readonly type: string }[];
}

for (const engine of oneEngine) {
  suite(`Maps on ${engine}`, () => {
    let app: TestApp;
    let other: string;
    let small: ReturnType<typeof clientOf>;
    before(async () => {
      let smallKey = '';
      app = await startTestApp(engine, {}, async (db) => {
        ({ key: other } = await createAccount(db, 'other'));
        ({ key: smallKey } = await createAccount(db, 'small'));
        await db.query(sql`update landfall.accounts set max_maps = 1 where name = 'small'`);
      });
      small = clientOf(app.url, smallKey);
      assert.equal((await app.importFile('places.csv', places)).table_name, 'places');
      assert.equal((await app.importFile('areas.geojson', areas)).table_name, 'areas');
    });
    after(() => app[Symbol.asyncDispose]());

    const ask = (path: string, key: string | null = app.key, init: RequestInit = {}): Promise<Response> =>
      app.api(path, {
        ...init,
        headers: { ...(key === null ? {} : { authorization: `Bearer ${key}` }), ...init.headers },
      });
    async function send<T>(method: string, path: string, body: unknown, status: number): Promise<T> {
      const answer = await ask(path, app.key, {
        method,
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      });
      const text = await answer.text();
      assert.equal(answer.status, status, text);
      return JSON.parse(text) as T;
    }
    const make = (body: unknown): Promise<MapBody> => send('POST', '/api/v1/maps', body, 201);
    const change = (id: string, body: unknown): Promise<MapBody> => send('PATCH', `/api/v1/maps/${id}`, body, 200);
    const json = async <T>(path: string, key: string | null = app.key): Promise<T> => {
      const answer = await ask(path, key);
      assert.equal(answer.status, 200, path);
      return (await answer.json()) as T;
    };
    const pathOf = (address: string): string => address.replace(/^https?:\/\/[^/]+/, '');

    test('what is not said of a map and its layers is chosen by what the tables hold', async () => {
      const map = await make({ layers: [{ table: 'areas' }, { table: 'places' }] });
      assert.deepEqual([map.name, map.privacy, map.bounds], ['Untitled Map', 'private', [-8, 37, 2, 42]]);
      const [low, high] = map.layers;
      assert.deepEqual(
        [low?.geometry, low?.title, low?.paint.kind, low?.popup.columns],
        ['polygon', 'Areas', 'simple', ['pop']],
      );
      assert.deepEqual(
        [high?.geometry, high?.popup.columns],
        ['point', ['name', 'kind', 'height', 'secret', 'lon', 'lat']],
      );
      assert.notEqual(low?.paint.color, high?.paint.color);
      assert.deepEqual(await json(`/api/v1/maps/${map.id}`), map);
    });

    test('paints by a column get their stops of the rows, and every style of them is valid and asks no other server', async () => {
      const paints = [
        { kind: 'categories', column: 'kind' },
        { kind: 'quantiles', column: 'height', classes: 4 },
        { kind: 'equal', column: 'height', classes: 3, palette: 'blues' },
        { kind: 'jenks', column: 'height', classes: 2 },
        { kind: 'bubbles', column: 'height' },
      ];
      const map = await make({ layers: paints.map((paint) => ({ table: 'places', paint })) });
      const [categories, quantiles, equal, , bubbles] = map.layers.map(({ paint }) => paint.stops);
      assert.deepEqual(
        categories?.map(({ value }) => value),
        ['a', 'b', 'c'],
      );
      assert.deepEqual(
        quantiles?.map(({ from, to }) => [from, to]),
        [
          [0, 14.75],
          [14.75, 29.5],
          [29.5, 44.25],
          [44.25, 59],
        ],
      );
      assert.equal(equal?.length, 3);
      assert.equal(bubbles?.at(-1)?.value, 59);
      const style = await json<Style>(pathOf(map.style_url));
      assert.deepEqual(validateStyleMin(style as Parameters<typeof validateStyleMin>[0]), []);
      const addresses = Object.values(style.sources).flatMap(({ tiles, data }) => [
        ...(tiles ?? []),
        ...(data === undefined ? [] : [data]),
      ]);
      assert.equal(addresses.length, 6);
      for (const address of addresses) assert.equal(new URL(address).origin, new URL(app.url).origin);
      const land = (await (await app.api(pathOf(style.sources.land?.data ?? ''))).json()) as { features: unknown[] };
      assert.ok(land.features.length > 200);
    });

    test('tiles of a layer carry the columns that it uses and no other', async () => {
      const layers = [{ table: 'places', popup: { columns: ['name'] }, paint: { kind: 'equal', column: 'height' } }];
      const map = await make({ layers });
      const style = await json<Style>(pathOf(map.style_url));
      const [, source] = Object.entries(style.sources).find(([id]) => id !== 'land') ?? [];
      const address = pathOf(source?.tiles?.[0] ?? '').replace('{z}/{x}/{y}', '0/0/0');
      const tile = new VectorTile(new PbfReader(await (await ask(address)).arrayBuffer())).layers.places;
      const names = new Set(
        Array.from({ length: tile?.length ?? 0 }, (_, at) => Object.keys(tile?.feature(at).properties ?? {})).flat(),
      );
      assert.deepEqual([...names].filter((name) => name !== 'point_count').toSorted(), ['height', 'name']);
      assert.equal((await ask(address.replace(/tiles\/[^/]+/, 'tiles/nothing'))).status, 404);
    });

    test('a change keeps what it does not name, layers keep their ids, and stops sent as null are computed anew', async () => {
      const map = await make({
        name: 'First',
        description: 'Words',
        layers: [{ table: 'places', paint: { kind: 'equal', column: 'height', classes: 3 } }],
      });
      const [layer] = map.layers;
      assert.ok(layer);
      const renamed = await change(map.id, { name: 'Second', zoom: 4, center: [1, 2] });
      assert.deepEqual([renamed.name, renamed.description, renamed.layers], ['Second', 'Words', map.layers]);
      const titled = await change(map.id, { layers: [{ id: layer.id, table: 'places', title: 'Heights' }] });
      assert.deepEqual(titled.layers, [{ ...layer, title: 'Heights' }]);
      const recut = await change(map.id, {
        layers: [{ ...layer, paint: { ...layer.paint, classes: 6, stops: null } }],
      });
      assert.equal(recut.layers[0]?.paint.stops.length, 6);
      assert.equal((await ask(`/api/v1/maps/${map.id}`, app.key, { method: 'DELETE' })).status, 204);
      assert.equal((await ask(`/api/v1/maps/${map.id}`)).status, 404);
      assert.equal((await app.sql('select count(*) from places')).rows[0]?.count, 60);
    });

    test('what cannot be is refused with the field and the reason', async () => {
      const wrong: readonly (readonly [unknown, RegExp])[] = [
        [{ name: '' }, /^name must be a text/],
        [{ name: 'x'.repeat(201) }, /^name has 201 characters; 200 are the most/],
        [{ privacy: 'secret' }, /^privacy must be one of private, link, public, not "secret"/],
        [{ layers: {} }, /^layers must be a list/],
        [{ layers: Array(11).fill({ table: 'places' }) }, /^layers has 11 entries; 10 are the most/],
        [{ layers: [{}] }, /^layers\[0\]\.table must name a table/],
        [{ layers: [{ table: 'nowhere' }] }, /there is no table "nowhere"/],
        [{ layers: [{ table: 'places', filter: ['==', 'a', 1] }] }, /^layers\[0\]\.filter must be null/],
        [
          { layers: [{ table: 'places', paint: { color: 'url(x)' } }] },
          /^layers\[0\]\.paint\.color must be a colour as #rrggbb/,
        ],
        [{ layers: [{ table: 'places', paint: { kind: 'jenks' } }] }, /jenks needs a column/],
        [{ layers: [{ table: 'places', paint: { kind: 'jenks', column: 'name' } }] }, /"name" holds no numbers/],
        [{ layers: [{ table: 'places', paint: { kind: 'raster' } }] }, /"places" is no raster/],
        [{ layers: [{ table: 'areas', paint: { kind: 'bubbles', column: 'pop' } }] }, /bubbles are for points/],
        [{ layers: [{ table: 'places', paint: { kind: 'equal', column: 'height', palette: 'x' } }] }, /no palette "x"/],
        [
          { layers: [{ table: 'places', paint: { kind: 'equal', column: 'height', stops: [{ from: 2, to: 1 }] } }] },
          /"from" and "to"/,
        ],
        [{ layers: [{ table: 'places', paint: { stops: Array(51).fill({}) } }] }, /stops has 51 entries/],
        [{ layers: [{ table: 'places', popup: { columns: ['the_geom'] } }] }, /no column "the_geom"/],
        [{ bounds: [1, 2, 0, 3] }, /^bounds must be west, south, east and north/],
        [{ center: [200, 0] }, /^center\[0\] must be a number from -180 to 180/],
      ];
      for (const [body, reason] of wrong) {
        const { errors } = await send<{ errors: string[] }>('POST', '/api/v1/maps', body, 400);
        assert.match(errors[0] ?? '', reason);
      }
    });

    test('a map opens no table: who sees what, of maps and tables of every privacy, also right after a change', async () => {
      const words = { places: 'private', areas: 'private' };
      const map = await make({ layers: [{ table: 'places' }, { table: 'areas' }] });
      const setTable = async (table: 'places' | 'areas', privacy: string): Promise<void> => {
        words[table] = privacy;
        const answer = await ask(`/api/v1/viz/${table}`, app.key, {
          method: 'PUT',
          body: JSON.stringify({ privacy }),
          headers: { 'content-type': 'application/json' },
        });
        assert.equal(answer.status, 200);
      };
      const level = { private: 0, link: 1, public: 2 } as Readonly<Record<string, number>>;
      const levels = ['private', 'link', 'public'];
      for (const privacy of levels) {
        const { auth_token: token = '' } = await change(map.id, { privacy });
        for (const places of levels) {
          await setTable('places', places);
          const visible = (['places', 'areas'] as const).filter(
            (table) => (level[words[table]] ?? 0) >= (level[privacy] ?? 0),
          );
          const viewers: readonly (readonly [string | null, string, boolean])[] = [
            [null, '', privacy === 'public'],
            [null, `token=${token}`, privacy !== 'private'],
            [null, 'token=0123456789abcdef', privacy === 'public'],
            [other, '', privacy === 'public'],
          ];
          for (const [key, query, isOpen] of viewers) {
            const refused = key === null ? 401 : 404;
            const answer = await ask(`/api/v1/maps/${map.id}?${query}`, key);
            assert.equal(answer.status, isOpen ? 200 : refused, `${privacy} map as ${key} ${query}`);
            for (const path of ['style.json', 'preview.png?width=32&height=32']) {
              const { status } = await ask(
                `/api/v1/maps/${map.id}/${path}${path.includes('?') ? '&' : '?'}${query}`,
                key,
              );
              assert.equal(status, isOpen ? 200 : refused);
            }
            assert.equal((await ask(`/maps/${map.id}?${query}`, key)).status, isOpen ? 200 : 404);
            if (!isOpen) continue;
            const seen = (await answer.json()) as MapBody;
            assert.deepEqual(
              seen.layers.map(({ table }) => table),
              visible,
              `${privacy} map, ${places} table`,
            );
            assert.equal(seen.auth_token, undefined);
          }
          for (const layer of map.layers) {
            const path = `/api/v1/maps/${map.id}/tiles/${layer.id}/0/0/0.mvt?token=${token}`;
            const isSeen = privacy !== 'private' && visible.some((table) => table === layer.table);
            assert.equal(
              (await ask(path, null)).status,
              isSeen ? 200 : privacy === 'private' ? 401 : 404,
              `${layer.table} of a ${privacy} map`,
            );
          }
        }
      }
      await setTable('places', 'private');
    });

    test('a link of before opens nothing after the map was closed and shared again', async () => {
      const map = await make({ layers: [] });
      const { auth_token: before } = await change(map.id, { privacy: 'link' });
      await change(map.id, { privacy: 'private' });
      const { auth_token: after, url } = await change(map.id, { privacy: 'link' });
      assert.notEqual(before, after);
      assert.equal((await ask(`/api/v1/maps/${map.id}?token=${before}`, null)).status, 401);
      assert.equal((await ask(pathOf(url).replace('/maps/', '/api/v1/maps/'), null)).status, 200);
    });

    test('a picture shows the rows, follows them, and is kept until then', async () => {
      const map = await make({ layers: [{ table: 'areas', paint: { kind: 'simple', color: '#ff0000', opacity: 1 } }] });
      const answer = await ask(`${pathOf(map.preview_url)}&width=200&height=100`);
      const picture = PNG.sync.read(Buffer.from(await answer.arrayBuffer()));
      assert.deepEqual([picture.width, picture.height], [200, 100]);
      const at = (50 * 200 + 90) * 4;
      assert.deepEqual([...picture.data.subarray(at, at + 3)], [255, 0, 0]);
      const tag = answer.headers.get('etag') ?? '';
      const path = `/api/v1/maps/${map.id}/preview.png?width=200&height=100`;
      assert.equal((await ask(path, app.key, { headers: { 'if-none-match': tag } })).status, 304);
      await change(map.id, { layers: [] });
      assert.equal((await ask(path, app.key, { headers: { 'if-none-match': tag } })).status, 200);
      assert.equal((await ask(`/api/v1/maps/${map.id}/preview.png?width=4`)).status, 400);
    });

    test('a raster is a layer of pictures: in the style, as tiles and in the picture, with no paint but its own', async () => {
      const raster = {
        width: 64,
        height: 64,
        type: 'byte',
        bands: [() => 200, () => 40, () => 90],
        epsg: 3857,
        place: { west: 0, north: 100_000, size: 1_000 },
      } as const;
      assert.equal((await app.importFile('relief.tif', geotiff(raster))).state, 'complete');
      const map = await make({ layers: [{ table: 'relief' }, { table: 'areas' }] });
      assert.deepEqual(
        map.layers.map(({ geometry, paint }) => [geometry, paint.kind]),
        [
          ['raster', 'raster'],
          ['polygon', 'simple'],
        ],
      );
      const style = await json<Style>(`/api/v1/maps/${map.id}/style`);
      const id = `layer-${map.layers[0]?.id}`;
      assert.deepEqual(style.layers.find((layer) => layer.id.startsWith(id))?.type, 'raster');
      const address = pathOf(style.sources[id]?.tiles?.[0] ?? '').replace('{z}/{x}/{y}', '6/32/31');
      const tile = await ask(address);
      assert.deepEqual([tile.status, tile.headers.get('content-type')], [200, 'image/png']);
      assert.equal((await ask(address, null)).status, 401);
      const only = await make({ layers: [{ table: 'relief' }] });
      const answer = await ask(`${pathOf(only.preview_url)}&width=200&height=100`);
      const picture = PNG.sync.read(Buffer.from(await answer.arrayBuffer()));
      const at = (50 * 200 + 100) * 4;
      assert.deepEqual([...picture.data.subarray(at, at + 3)], [200, 40, 90]);
      await send(
        'POST',
        '/api/v1/maps',
        { layers: [{ table: 'relief', paint: { kind: 'categories', column: 'rid' } }] },
        400,
      );
    });

    test('statistics tell numbers, texts and what cannot be asked', async () => {
      const numbers = await json<Record<string, unknown>>('/api/v1/tables/places/columns/height/stats?classes=4');
      assert.deepEqual(
        { ...numbers, categories: null, histogram: null, jenks: null },
        {
          type: 'number',
          count: 60,
          nulls: 0,
          distinct: 60,
          sampled: false,
          min: 0,
          max: 59,
          avg: 29.5,
          quantiles: [14.75, 29.5, 44.25],
          equal: [14.75, 29.5, 44.25],
          jenks: null,
          categories: null,
          histogram: null,
        },
      );
      const bars = numbers.histogram as readonly { readonly count: number }[];
      assert.deepEqual([bars.length, bars.reduce((sum, { count }) => sum + count, 0)], [20, 60]);
      const kinds = await json<Record<string, unknown>>('/api/v1/tables/places/columns/kind/stats');
      assert.deepEqual(
        kinds.categories,
        ['a', 'b', 'c'].map((value) => ({ value, count: 20 })),
      );
      assert.deepEqual([kinds.type, kinds.min, kinds.quantiles, kinds.histogram], ['string', null, null, []]);
      const one = await json<Record<string, unknown>>('/api/v1/tables/places/columns/height/stats?method=equal');
      assert.deepEqual([one.quantiles, one.jenks], [null, null]);
      for (const [query, status] of [
        ['height/stats?classes=1', 400],
        ['height/stats?method=x', 400],
        ['nothing/stats', 404],
      ] as const) {
        assert.equal((await ask(`/api/v1/tables/places/columns/${query}`)).status, status);
      }
    });

    test('create_vis makes a map of the new tables, named and as open as they are', async () => {
      const one = await app.importFile('single_one.csv', 'a,lon,lat\n1,2,3\n', {
        create_vis: 'true',
        privacy: 'public',
      });
      assert.deepEqual(
        [one.state, one.create_visualization, one.derived_visualization_id],
        ['complete', true, one.visualization_id],
      );
      const map = await json<MapBody>(`/api/v1/maps/${one.visualization_id}`, null);
      assert.deepEqual(
        [map.name, map.privacy, map.layers.map(({ table }) => table)],
        ['Untitled Map', 'public', ['single_one']],
      );
      const csv = Buffer.from('a\n1\n');
      const many = zipSync(Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`part_${at}.csv`, csv])));
      const ten = await app.importFile('parts.zip', many, { create_vis: 'true' });
      const large = await json<MapBody>(`/api/v1/maps/${ten.visualization_id}`);
      assert.deepEqual([large.name, large.privacy, large.layers.length], ['Part 0', 'private', 8]);
      assert.deepEqual(ten.warnings, { rejected_layers: ['part_8', 'part_9'], user_max_layers: 8 });
      const without = await app.importFile('none.csv', 'a\n1\n');
      assert.deepEqual([without.visualization_id, without.derived_visualization_id], [null, null]);
    });

    test('over its maps an account gets 8007 and nothing of the import', async () => {
      const first = await small.importFile('first.csv', 'a\n1\n', { create_vis: 'true' });
      assert.equal(first.state, 'complete');
      const second = await small.importFile('second.csv', 'a\n1\n', { create_vis: 'true' });
      assert.deepEqual([second.state, second.error_code, second.visualization_id], ['failure', 8007, null]);
      await assert.rejects(small.sql('select * from second'), /does not exist/);
    });

    test('the map of a .carto file comes with its tables, with its paints where they can be told', async () => {
      const style =
        '#t { polygon-opacity: 0.5; }\n#t[pop=0] { polygon-fill: #112233; }\n#t[pop=1] { polygon-fill: #445566; }';
      const visualization = {
        name: 'A map of <areas>',
        privacy: 'private',
        map: { center: '[40.5,1]', zoom: 7 },
        layers: [
          { kind: 'tiled', options: { urlTemplate: 'https://example.org/{z}/{x}/{y}.png' } },
          { kind: 'carto', options: { table_name: 'zones', tile_style: style, table_name_alias: 'Zones' } },
          {
            kind: 'carto',
            options: { table_name: 'spots', tile_style: '#t { marker-fill: ramp([a], (#000, #fff), quantiles(5)); }' },
          },
        ],
      };
      const file = zipSync({
        'x/x.carto.json': Buffer.from(JSON.stringify({ version: '2.0.8', visualization })),
        'x/zones.geojson': Buffer.from(areas),
        'x/spots.csv': Buffer.from('a,lon,lat\n1,2,3\n'),
      });
      const view = await app.importFile('export.carto', file, { create_vis: 'true' });
      assert.deepEqual([view.state, view.warnings], ['complete', { restyled_layers: ['spots'] }]);
      const map = await json<MapBody & { zoom: number }>(`/api/v1/maps/${view.visualization_id}`);
      assert.deepEqual(
        [map.name, map.zoom, map.layers.map(({ title }) => title)],
        ['A map of <areas>', 6, ['Zones', 'Spots']],
      );
      assert.deepEqual(map.layers[0]?.paint.stops, [
        { value: 0, color: '#112233' },
        { value: 1, color: '#445566' },
      ]);
      const again = await app.importFile('export.carto', file, { create_vis: 'true' });
      const second = await json<MapBody>(`/api/v1/maps/${again.visualization_id}`);
      assert.deepEqual(
        [second.name, second.layers.map(({ table }) => table)],
        ['A map of <areas> Import', ['zones_1', 'spots_1']],
      );
    });

    test('a map that is written as a file and read again is the same map of the same rows', async () => {
      const layers = [
        { table: 'areas', title: 'Zones', paint: { kind: 'categories', column: 'pop' }, popup: { columns: ['pop'] } },
        { table: 'places', paint: { kind: 'categories', column: 'kind', opacity: 0.5, radius: 7 } },
        { table: 'places', paint: { kind: 'bubbles', column: 'height', color: '#d55e00' }, visible: false },
      ];
      const map = await make({ name: 'Both ways', center: [1, 40], zoom: 5, layers });
      const asked = await send<{ id: string; state: string; url: string | null }>(
        'POST',
        '/api/v3/visualization_exports/',
        { visualization_id: map.id },
        201,
      );
      assert.deepEqual([asked.state, asked.url], ['pending', null]);
      const ready = await json<{ state: string; url: string }>(`/api/v3/visualization_exports/${asked.id}`);
      assert.equal(ready.state, 'complete');
      const answer = await ask(pathOf(ready.url));
      assert.match(
        answer.headers.get('content-disposition') ?? '',
        /filename="Both ways \(on \d{4}-\d\d-\d\d at \d\d\.\d\d\.\d\d\)\.carto"/,
      );
      const file = new Uint8Array(await answer.arrayBuffer());
      const view = await app.importFile('both.carto', file, { create_vis: 'true' });
      assert.deepEqual([view.state, view.error_code, view.warnings], ['complete', null, null]);
      const again = await json<MapBody>(`/api/v1/maps/${view.visualization_id}`);
      const essence = ({ layers: all, name }: MapBody) => ({
        name,
        layers: all.map(({ title, paint, popup }) => ({ title, paint: { ...paint, palette: null, width: 0 }, popup })),
      });
      assert.deepEqual(essence(again), { ...essence(map), name: 'Both ways Import' });
      const tables = again.layers.map(({ table }) => table);
      assert.deepEqual(tables, ['areas_1', 'places_1', 'places_1']);
      const difference = await app.sql(
        'select count(*) from ((select name, height, the_geom from places except select name, height, the_geom from places_1) union all (select name, height, the_geom from places_1 except select name, height, the_geom from places)) d',
      );
      assert.equal(difference.rows[0]?.count, 0);
      assert.equal((await ask(`/api/v3/visualization_exports/${asked.id}`, other)).status, 404);
      assert.equal((await ask(`/api/v3/visualization_exports/${asked.id}/download`, null)).status, 401);
    });

    test('maps are visualizations of the type derived: listed, shown, changed and deleted as such', async () => {
      const map = await make({ name: 'Zz of many', layers: [{ table: 'areas' }] });
      type List = { visualizations: { id: string; name: string; type: string }[]; total_entries: number };
      const derived = await json<List>('/api/v1/viz?type=derived&q=zz');
      assert.deepEqual(
        [derived.total_entries, derived.visualizations.map(({ id, type }) => [id, type])],
        [1, [[map.id, 'derived']]],
      );
      const tables = await json<List>('/api/v1/viz?type=table&per_page=500');
      const both = await json<List>('/api/v1/viz?types=table,derived&per_page=500&order=name');
      const maps = await json<List>('/api/v1/viz?type=derived&per_page=500');
      assert.equal(both.total_entries, tables.total_entries + maps.total_entries);
      assert.equal(both.visualizations.length, both.total_entries);
      const page = await json<List>('/api/v1/viz?types=table,derived&per_page=3&page=2&order=name');
      assert.deepEqual(
        page.visualizations.map(({ id }) => id),
        both.visualizations.slice(3, 6).map(({ id }) => id),
      );
      assert.ok(!tables.visualizations.some(({ type }) => type !== 'table'));
      const changed = await send<Record<string, unknown>>(
        'PUT',
        `/api/v1/viz/${map.id}`,
        { name: 'Other', privacy: 'LINK', tags: ['x'] },
        200,
      );
      assert.deepEqual(
        [changed.name, changed.privacy, changed.tags, changed.type, changed.table],
        ['Other', 'LINK', ['x'], 'derived', {}],
      );
      const [token] = changed.auth_tokens as string[];
      assert.equal((await ask(`/api/v1/viz/${map.id}?token=${token}`, null)).status, 200);
      assert.equal((await ask(`/api/v1/viz/${map.id}`, null)).status, 401);
      assert.equal((await ask(`/api/v1/viz/${map.id}`, app.key, { method: 'DELETE' })).status, 204);
      assert.equal((await ask(`/api/v1/maps/${map.id}`)).status, 404);
    });

    test('another account neither sees, changes nor deletes a map, nor lists it', async () => {
      const map = await make({ privacy: 'public', layers: [] });
      for (const method of ['PATCH', 'DELETE']) {
        const body = method === 'PATCH' ? '{"name":"x"}' : null;
        assert.equal(
          (
            await ask(`/api/v1/maps/${map.id}`, other, {
              method,
              body,
              headers: { 'content-type': 'application/json' },
            })
          ).status,
          404,
        );
        assert.equal(
          (await ask(`/api/v1/maps/${map.id}`, null, { method, body, headers: { 'content-type': 'application/json' } }))
            .status,
          401,
        );
      }
      assert.deepEqual(await json('/api/v1/maps', other), { maps: [], total: 0 });
      assert.deepEqual(
        (await send<{ errors: string[] }>('PATCH', `/api/v1/maps/${map.id}`, { layers: [{ table: 'nobody.s' }] }, 400))
          .errors.length,
        1,
      );
    });

    test('a layer goes with its table, and follows it under another name', async () => {
      await app.importFile('short_lived.csv', 'a,lon,lat\n1,2,3\n');
      const map = await make({ layers: [{ table: 'short_lived' }, { table: 'areas' }] });
      await send('PUT', '/api/v1/viz/short_lived', { name: 'long_lived' }, 200);
      assert.deepEqual(
        (await json<MapBody>(`/api/v1/maps/${map.id}`)).layers.map(({ table }) => table),
        ['long_lived', 'areas'],
      );
      assert.equal((await ask('/api/v1/viz/long_lived', app.key, { method: 'DELETE' })).status, 204);
      assert.deepEqual(
        (await json<MapBody>(`/api/v1/maps/${map.id}`)).layers.map(({ table }) => table),
        ['areas'],
      );
    });
  });
}
