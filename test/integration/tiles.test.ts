import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import type { TileJson } from '../../src/http/tile-wire.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { engines } from '../support/database.ts';
import { geotiff, type TestRaster } from '../support/geotiff.ts';

const places = {
  type: 'FeatureCollection',
  features: [
    {
      type: 'Feature',
      properties: { name: 'Nullsø "1"', big: 1.5, open: true, day: '2026-01-02' },
      geometry: { type: 'Point', coordinates: [0.5, 0.5] },
    },
    {
      type: 'Feature',
      properties: { name: null, big: 2, open: false, day: null },
      geometry: { type: 'Point', coordinates: [-120, 60] },
    },
  ],
};
const square = {
  type: 'FeatureCollection',
  features: [
    {
      type: 'Feature',
      properties: { n: 7 },
      geometry: {
        type: 'Polygon',
        coordinates: [
          [
            [-10, -10],
            [10, -10],
            [10, 10],
            [-10, 10],
            [-10, -10],
          ],
          [
            [-5, -5],
            [-5, 5],
            [5, 5],
            [5, -5],
            [-5, -5],
          ],
        ],
      },
    },
  ],
};

const layersOf = async (response: Response): Promise<VectorTile['layers']> =>
  new VectorTile(new PbfReader(new Uint8Array(await response.arrayBuffer()))).layers;

/** Statistics of a table are flushed within about a second after it was written; its version is the same from then on. */
const SETTLED_MS = 30_000;

for (const engine of engines) {
  describe(`vector tiles on ${engine}`, () => {
    let app: TestApp;
    before(async () => {
      app = await startTestApp(engine);
      const made = await app.importFile('places.geojson', JSON.stringify(places), { privacy: 'public' });
      assert.equal(made.state, 'complete');
      const second = await app.importFile('square.geojson', JSON.stringify(square), { privacy: 'private' });
      assert.equal(second.state, 'complete');
    });
    after(() => app[Symbol.asyncDispose]());

    test('a tile has every feature with its values, and its id', async () => {
      const response = await app.api('/tiles/demo/places/0/0/0.mvt');
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('content-type'), 'application/vnd.mapbox-vector-tile');
      const { places: layer } = await layersOf(response);
      assert.ok(layer);
      assert.deepEqual([layer.version, layer.extent, layer.length], [2, 4096, 2]);
      const features = [layer.feature(0), layer.feature(1)].toSorted((a, b) => (a.id ?? 0) - (b.id ?? 0));
      assert.deepEqual(
        features.map(({ id, properties }) => ({ id, ...properties })),
        [
          { id: 1, cartodb_id: 1, name: 'Nullsø "1"', big: 1.5, open: true, day: '2026-01-02' },
          { id: 2, cartodb_id: 2, big: 2, open: false },
        ],
      );
      const point = features[0]?.loadGeometry()[0]?.[0];
      assert.deepEqual([point?.x, point?.y], [2054, 2042]);
    });

    test('a polygon keeps its hole, and its rings their sense', async () => {
      const [whole, part] = await Promise.all(
        ['0/0/0', '2/1/1'].map(async (path) =>
          layersOf(await app.api(`/tiles/demo/square/${path}.mvt?api_key=${app.key}`)),
        ),
      );
      const rings = whole?.square?.feature(0).loadGeometry() ?? [];
      const area = (ring: readonly { x: number; y: number }[]) =>
        ring.reduce((sum, { x, y }, index) => {
          const next = ring[(index + 1) % ring.length] ?? { x, y };
          return sum + x * next.y - next.x * y;
        }, 0);
      assert.deepEqual(
        rings.map((ring) => Math.sign(area(ring))),
        [1, -1],
      );
      const xs = (part?.square?.feature(0).loadGeometry() ?? []).flat().map(({ x }) => x);
      assert.equal(Math.max(...xs), 4096 + 64);
    });

    test('columns are those asked for', async () => {
      const { places: layer } = await layersOf(await app.api('/tiles/demo/places/0/0/0.mvt?columns=big'));
      assert.deepEqual(Object.keys(layer?.feature(0).properties ?? {}), ['big']);
      const none = await layersOf(await app.api('/tiles/demo/places/0/0/0.mvt?columns='));
      assert.deepEqual(Object.keys(none.places?.feature(0).properties ?? { none: 0 }), []);
      const wrong = await app.api('/tiles/demo/places/0/0/0.mvt?columns=big,the_geom');
      assert.equal(wrong.status, 400);
      assert.match(await wrong.text(), /no column \\"the_geom\\"/);
    });

    test('a tile with nothing in it is 204, and what is no tile 400', async () => {
      assert.equal((await app.api('/tiles/demo/places/5/0/0.mvt')).status, 204);
      for (const path of [
        '99/0/0',
        '25/0/0',
        '1/2/0',
        '1/0/2',
        '-1/0/0',
        '0/0/-1',
        '1e0/0/0',
        'NaN/0/0',
        '0/0/%00',
        '0/0/0x0',
        "0/0/0'--",
      ]) {
        assert.equal((await app.api(`/tiles/demo/places/${path}.mvt`)).status, 400, path);
      }
    });

    test('a tile is sent anew when its table has changed, and else not', async () => {
      const first = await app.api('/tiles/demo/places/0/0/0.mvt');
      const etag = first.headers.get('etag') ?? '';
      const again = () => app.api('/tiles/demo/places/0/0/0.mvt', { headers: { 'if-none-match': etag } });
      assert.equal((await again()).status, 304);
      const third = {
        ...places,
        features: [
          ...places.features,
          { type: 'Feature', properties: { name: 'x' }, geometry: { type: 'Point', coordinates: [1, 1] } },
        ],
      };
      await app.importFile('places.geojson', JSON.stringify(third), {
        collision_strategy: 'overwrite',
        privacy: 'public',
      });
      const changed = await again();
      assert.equal(changed.status, 200);
      assert.equal((await layersOf(changed)).places?.length, 3);
    });

    test('who may not read a table learns nothing of it', async () => {
      for (const path of ['square/0/0/0.mvt', 'square.json', 'nothing/0/0/0.mvt', 'nothing.json', 'square/0/0/0.png']) {
        assert.equal((await app.api(`/tiles/demo/${path}`)).status, 401, path);
        assert.equal((await app.api(`/tiles/demo/${path}?api_key=wrong`)).status, 401, path);
      }
      assert.equal((await app.api(`/tiles/demo/nothing.json?api_key=${app.key}`)).status, 404);
      assert.equal((await app.api(`/tiles/nobody/square.json?api_key=${app.key}`)).status, 404);
      assert.equal((await app.api(`/tiles/demo/square/0/0/0.png?api_key=${app.key}`)).status, 404);
    });

    /** A tile (`z/x/y`) as a TileJSON names it, once both see the table in one version. */
    async function fetchSettled(tileJson: string, at: string): Promise<Response> {
      for (const end = performance.now() + SETTLED_MS; ; await sleep(100)) {
        const { tiles } = (await (await app.api(tileJson)).json()) as TileJson;
        const tile = await fetch((tiles[0] ?? '').replace('{z}/{x}/{y}', at));
        if (!tile.headers.get('cache-control')?.includes('no-cache') || performance.now() > end) return tile;
      }
    }

    test('TileJSON says where the tiles are, what is in them and where', async () => {
      const response = await app.api(`/tiles/demo/square.json?api_key=${app.key}&columns=n`);
      const json = (await response.json()) as TileJson;
      const [address = ''] = json.tiles;
      const [layer] = json.vector_layers ?? [];
      assert.match(address, /^http:\/\/127\.0\.0\.1:\d+\/tiles\/demo\/square\/\{z\}\/\{x\}\/\{y\}\.mvt\?/);
      assert.deepEqual(json.bounds, [-10, -10, 10, 10]);
      assert.deepEqual(json.vector_layers, [
        { id: 'square', fields: { n: 'Number' }, geometry_type: layer?.geometry_type },
      ]);
      assert.match(layer?.geometry_type ?? '', /POLYGON$/);
      const tile = await fetchSettled(`/tiles/demo/square.json?api_key=${app.key}&columns=n`, '0/0/0');
      assert.equal(tile.status, 200);
      assert.equal(tile.headers.get('cache-control'), 'private, max-age=3600');
      assert.equal((await layersOf(tile)).square?.length, 1);
    });

    test('a raster is had as pictures, and as nothing else', async () => {
      const raster: TestRaster = {
        width: 64,
        height: 64,
        type: 'byte',
        bands: [(x) => x * 3],
        epsg: 3857,
        place: { west: 0, north: 100_000, size: 1_000 },
      };
      assert.equal((await app.importFile('grey.tif', geotiff(raster), { privacy: 'public' })).state, 'complete');
      const json = (await (await app.api('/tiles/demo/grey.json')).json()) as TileJson;
      assert.equal(json.vector_layers, undefined);
      const at = (path: string) => fetch((json.tiles[0] ?? '').replace('{z}/{x}/{y}', path));
      const picture = await fetchSettled('/tiles/demo/grey.json', '6/32/31');
      assert.deepEqual([picture.status, picture.headers.get('content-type')], [200, 'image/png']);
      const etag = picture.headers.get('etag') ?? '';
      assert.equal(Buffer.from(await picture.arrayBuffer()).toString('latin1', 1, 4), 'PNG');
      assert.equal((await at('6/0/0')).status, 204);
      const again = await app.api('/tiles/demo/grey/6/32/31.png', { headers: { 'if-none-match': etag } });
      assert.equal(again.status, 304);
      assert.equal((await app.api(`/tiles/demo/grey/0/0/0.mvt?api_key=${app.key}`)).status, 404);
    });

    test('a tile with too many points is thinned to a grid, and none is lost of the count', async () => {
      const side = 150;
      const rows = Array.from({ length: side * side }, (_, index) => {
        const [column, row] = [index % side, Math.floor(index / side)];
        return `${(column * 340) / side - 170},${(row * 160) / side - 80},${index % 7}`;
      });
      const made = await app.importFile('many.csv', `longitude,latitude,kind\n${rows.join('\n')}\n`, {
        privacy: 'public',
      });
      assert.equal(made.state, 'complete');
      const { tiles } = (await (await app.api('/tiles/demo/many.json')).json()) as TileJson;
      const first = await fetch((tiles[0] ?? '').replace('{z}/{x}/{y}', '0/0/0'));
      assert.equal(first.headers.get('cache-control'), 'private, no-cache, max-age=5');
      assert.ok(((await layersOf(first)).many?.length ?? 0) > 2_500);
      const answer = await fetchSettled('/tiles/demo/many.json', '0/0/0');
      assert.equal(answer.headers.get('cache-control'), 'private, max-age=3600');
      const layer = (await layersOf(answer)).many;
      assert.ok(layer !== undefined && layer.length > 2_000 && layer.length <= 64 * 64, String(layer?.length));
      let counted = 0;
      for (let index = 0; index < layer.length; index++) counted += Number(layer.feature(index).properties.point_count);
      assert.equal(counted, side * side);
      assert.deepEqual(Object.keys(layer.feature(0).properties).includes('kind'), true);
      // Four tiles hold all between them; what the buffer of each shows of the others is counted there.
      let within = 0;
      let beyond = 0;
      for (const at of ['1/0/0', '1/1/0', '1/0/1', '1/1/1']) {
        const quarter = (await layersOf(await fetchSettled('/tiles/demo/many.json', at))).many;
        assert.ok(quarter !== undefined && quarter.length <= 66 * 66, at);
        for (let index = 0; index < quarter.length; index++) {
          const feature = quarter.feature(index);
          const { x, y } = feature.loadGeometry()[0]?.[0] ?? { x: Number.NaN, y: Number.NaN };
          const count = Number(feature.properties.point_count);
          if (x >= 0 && x < 4096 && y >= 0 && y < 4096) within += count;
          else beyond += count;
        }
      }
      assert.equal(within, side * side);
      assert.ok(beyond > 0);
      // A sixteenth of them is few enough to be shown as they are.
      const part = (await layersOf(await fetchSettled('/tiles/demo/many.json', '2/1/1'))).many;
      assert.equal(part?.feature(0).properties.point_count, undefined);
    });

    test('polygons that are too many are thinned to their larger ones and to squares of the smaller', async () => {
      const side = 150;
      const features = Array.from({ length: side * side }, (_, index) => {
        const [west, south] = [((index % side) * 340) / side - 170, (Math.floor(index / side) * 120) / side - 60];
        const [east, north] = [west + 0.5, south + 0.5];
        const ring = [
          [west, south],
          [east, south],
          [east, north],
          [west, north],
          [west, south],
        ];
        return { type: 'Feature', properties: {}, geometry: { type: 'Polygon', coordinates: [ring] } };
      });
      features.push({
        type: 'Feature',
        properties: {},
        geometry: {
          type: 'Polygon',
          coordinates: [
            [
              [-100, -50],
              [100, -50],
              [100, 50],
              [-100, 50],
              [-100, -50],
            ],
          ],
        },
      });
      await app.importFile('fields.geojson', JSON.stringify({ type: 'FeatureCollection', features }), {
        privacy: 'public',
      });
      const ask = async () => app.api('/tiles/demo/fields/0/0/0.mvt');
      let answer = await ask();
      for (let tries = 0; tries < 600 && answer.headers.get('etag')?.includes('-'); tries++) {
        await sleep(50);
        answer = await ask();
      }
      assert.doesNotMatch(answer.headers.get('etag') ?? '', /-/);
      const layer = (await layersOf(answer)).fields;
      assert.ok(layer !== undefined && layer.length > 1_500 && layer.length <= 64 * 64 + 1, String(layer?.length));
      const ids = Array.from({ length: layer.length }, (_, index) => layer.feature(index).id);
      assert.ok(ids.includes(side * side + 1));
    });
  });
}
