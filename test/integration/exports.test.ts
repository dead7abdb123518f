import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ExportFormatName, exportFormats } from '../../src/export/formats.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { oneEngine } from '../support/database.ts';
import { withoutGdal } from '../support/ogr2ogr.ts';
import { geoparquet } from '../support/reference-files.ts';
import { referenceLayers } from '../support/reference-layers.ts';

/** How a column comes back: its type by `pg_type.typname`, and what its text was made of. */
type Changed = readonly [type: string, text?: (column: string) => string];

const asText: Changed = ['text'];
const iso = (zone: string) => (column: string) => `replace(replace(${column}::text, ' ', 'T'), '+00', '${zone}')`;

/** What a format loses of the reference layers, with the words of docs/sql.md. */
interface Loss {
  readonly line: string;
  readonly columns: Readonly<Record<string, Changed>>;
  readonly extra?: readonly string[];
}

const none: Loss = { line: 'none', columns: {} };
const longText = { digits: asText, clock: asText, key: asText };
const jsonTimes: Loss = { line: 'times of day are text', columns: { clock: asText } };

const losses: Readonly<Partial<Record<ExportFormatName, Loss>>> = {
  csv: { line: 'JSON is text', columns: { nested: asText } },
  geojson: jsonTimes,
  ndjson: jsonTimes,
  gpkg: {
    line: 'times without a zone are in UTC, times of day, UUIDs and numbers of more than 15 digits are text',
    columns: { ...longText, moment: ['timestamptz', (column) => `(${column} at time zone 'UTC')::text`] },
  },
  shp: {
    line: 'text of no characters is no value; timestamps, times of day, JSON, UUIDs and long numbers are text; other decimals are doubles',
    columns: { ...longText, nested: asText, moment: ['text', iso('')], instant: ['text', iso('Z')] },
  },
  kml: {
    line: 'whole numbers of more than 32 bits are doubles or text; days, times, JSON, UUIDs and long numbers are text; there are columns `name` and `description`',
    columns: {
      ...longText,
      nested: asText,
      big: asText,
      day: asText,
      moment: ['text', iso('')],
      instant: ['text', iso('Z')],
    },
    extra: ['name', 'description'],
  },
  xlsx: {
    line: 'timestamps are without a zone, in UTC; JSON is text; text of no characters is no value',
    columns: { nested: asText, instant: ['timestamp', (column) => `(${column} at time zone 'UTC')::text`] },
  },
  parquet: none,
  flatgeobuf: {
    line: 'times of day, UUIDs and numbers of more than 15 digits are text',
    columns: longText,
  },
};

/** What GDAL tells of a file and its features. Warnings fail. */
function ogrinfo(path: string): string {
  const { stdout, stderr } = spawnSync('ogrinfo', ['-ro', '-al', path], { encoding: 'utf8' });
  assert.equal(stderr, '', path);
  return stdout;
}

const formatNames = Object.keys(losses).filter((name): name is ExportFormatName => name in losses);

for (const engine of oneEngine) {
  describe(`exports on ${engine}`, () => {
    let app: TestApp;
    before(async () => {
      app = await startTestApp(engine);
      for (const layer of referenceLayers.slice(0, 2)) {
        const shown = await app.importFile(`${layer.table}.parquet`, geoparquet(layer, 'GEOMETRY'));
        assert.equal(shown.state, 'complete', JSON.stringify(shown));
      }
    });
    after(() => app[Symbol.asyncDispose]());

    const address = (parameters: Record<string, string>): string =>
      `/api/v2/sql?${new URLSearchParams({ api_key: app.key, ...parameters })}`;
    const ask = (parameters: Record<string, string>): Promise<Response> => app.api(address(parameters));
    const refusal = async (parameters: Record<string, string>): Promise<readonly [number, string]> => {
      const response = await ask(parameters);
      return [response.status, await response.text()];
    };
    /** The file of an export, below the folder of the test. */
    async function save(name: string, parameters: Record<string, string>): Promise<string> {
      const response = await ask(parameters);
      const bytes = Buffer.from(await response.arrayBuffer());
      assert.equal(response.status, 200, bytes.toString('utf8', 0, 300));
      const path = join(app.folder, name);
      writeFileSync(path, bytes);
      return path;
    }

    /** The table `copy` has what `original` has, but for the losses. */
    async function assertSame(original: string, copy: string, loss: Loss): Promise<void> {
      const typesOf = async (table: string): Promise<Map<string, string>> => {
        const { fields } = await app.sql(`select * from "${table}" limit 0`);
        return new Map(Object.entries(fields).map(([name, field]) => [name, String(Object(field).pgtype)]));
      };
      const [before, now] = [await typesOf(original), await typesOf(copy)];
      const wanted = new Map(
        [...before].map(([name, type]) => [name, Object.hasOwn(loss.columns, name) ? loss.columns[name]?.[0] : type]),
      );
      for (const name of loss.extra ?? []) wanted.set(name, 'text');
      assert.deepEqual([...now].toSorted(), [...wanted].map(([name, type]) => [name, type ?? '']).toSorted());
      const shown = (name: string, change?: (column: string) => string): string =>
        before.get(name) === 'geometry'
          ? `st_asewkt(st_normalize("${name}")) as "${name}"`
          : `${change?.(`"${name}"`) ?? `"${name}"::text`} as "${name}"`;
      const rowsOf = async (table: string, change: boolean) => {
        const columns = [...before.keys()].map((name) => shown(name, change ? loss.columns[name]?.[1] : undefined));
        return (await app.sql(`select ${columns.join(', ')} from "${table}" order by cartodb_id`)).rows;
      };
      assert.deepEqual(await rowsOf(copy, false), await rowsOf(original, true));
    }

    for (const name of formatNames) {
      test(`${name} is imported again as the same table, but for what docs/sql.md names`, async () => {
        const loss = losses[name] ?? none;
        const filename = `back_${name}`;
        const url = `${app.url}${address({ q: 'select * from linien order by cartodb_id', format: name, filename })}`;
        const shown = await app.importUrl(url);
        assert.deepEqual([shown.state, shown.error_code], ['complete', null], JSON.stringify(shown));
        assert.equal(shown.table_name, filename);
        await assertSame('linien', filename, loss);
      });
    }

    test('media types, names of files and refusals are those of CARTO', async () => {
      for (const [name, format] of Object.entries(exportFormats)) {
        const response = await ask({ q: 'select * from punkte', format: name, filename: '../ä b"' });
        const body = await response.text();
        assert.equal(response.status, 200, body);
        assert.equal(response.headers.get('content-type'), format.mediaType);
        const expected = `attachment; filename=".._b_.${format.extension}"`;
        assert.equal(response.headers.get('content-disposition')?.replace(/_+/g, '_'), expected);
        assert.equal(response.headers.get('cache-control'), 'private, no-store');
      }
      assert.equal((await ask({ q: 'select 1' })).headers.get('content-disposition'), null);
      assert.deepEqual(await refusal({ q: 'select 1', format: 'dwg' }), [
        400,
        '{"error":["Invalid format: dwg. There are json, geojson, ndjson, csv, gpkg, shp, kml, xlsx, parquet, flatgeobuf and svg"]}',
      ]);
    });

    test('an error of the query is a status, and not half a file', async () => {
      const q = "select 1 / (900 - n) as a, repeat('x', 100) as t from generate_series(1, 2000) n";
      for (const format of ['xlsx', 'shp', 'gpkg', 'parquet']) {
        assert.deepEqual(await refusal({ q, format }), [400, '{"error":["division by zero"]}']);
      }
      const large = "select repeat('x', 1000) as t from generate_series(1, 60000)";
      const [status, body] = await refusal({ q: large, format: 'parquet' });
      assert.equal(status, 400);
      assert.match(body, /larger than|too large/);
      const many = await refusal({ q: 'select 1; select 2', format: 'gpkg' });
      assert.deepEqual(many, [400, '{"error":["one query at a time"]}']);
    });

    test('columns are left out, and the result is ordered and cut', async () => {
      const q = 'select n, -n as m, 3 as k from generate_series(1, 9) n; ';
      const parameters = { q, format: 'csv', skipfields: 'k,nothing', order_by: 'm', rows_per_page: '2', page: '1' };
      assert.equal(await (await ask(parameters)).text(), 'n,m\r\n7,-7\r\n6,-6\r\n');
      assert.equal(await (await ask({ ...parameters, sort_order: 'DESC' })).text(), 'n,m\r\n3,-3\r\n4,-4\r\n');
      assert.deepEqual(await refusal({ ...parameters, sort_order: 'up' }), [
        400,
        '{"error":["sort_order must be asc or desc, not \\"up\\""]}',
      ]);
      const wrong = JSON.parse((await refusal({ q: 'select nope', order_by: 'm' }))[1]);
      assert.deepEqual(wrong, { error: ['column "nope" does not exist'], position: 8 });
      const hostile = await refusal({ q: 'select 1 as m', order_by: 'm" ; drop table linien; --' });
      assert.equal(hostile[0], 400);
    });

    test('a query of more than 100 kB comes by POST, as a form or as JSON', async () => {
      const q = `select 1 as a -- ${'x'.repeat(150_000)}`;
      const form = new URLSearchParams({ q, format: 'csv', api_key: app.key });
      const post = (body: URLSearchParams | string, type: string) =>
        app.api('/api/v1/sql', { method: 'POST', body, headers: { 'content-type': type } }).then((one) => one.text());
      assert.equal(await post(form, 'application/x-www-form-urlencoded'), 'a\r\n1\r\n');
      assert.equal(await post(JSON.stringify(Object.fromEntries(form)), 'application/json'), 'a\r\n1\r\n');
    });

    test('other reference systems keep their numbers in files and are named', async () => {
      const q = 'select cartodb_id, st_transform(the_geom, 25832) as the_geom from punkte where cartodb_id = 4';
      for (const format of ['gpkg', 'shp']) {
        const filename = `utm_${format}`;
        const shown = await app.importUrl(`${app.url}${address({ q, format, filename })}`);
        assert.equal(shown.state, 'complete', JSON.stringify(shown));
        const { rows } = await app.sql(
          `select st_distance(a.the_geom, b.the_geom) < 1e-9 as same from punkte a, "${filename}" b where a.cartodb_id = 4`,
        );
        assert.deepEqual(rows, [{ same: true }]);
      }
    });

    test('several types of geometry are several shapefiles in one zip', async () => {
      const q = `select 1 as n, 'SRID=4326;POINT(1 2)'::geometry as the_geom union all
        select 2, 'SRID=4326;LINESTRING(0 0,1 1)' union all select 3, 'SRID=4326;POINT Z (1 2 3)' union all select 4, null`;
      const shown = await app.importUrl(`${app.url}${address({ q, format: 'shp', filename: 'kinds' })}`);
      assert.equal(shown.state, 'complete', JSON.stringify(shown));
      assert.equal(shown.tables_created_count, 3);
      const counts = await app.sql(
        'select (select count(*) from kinds_points) as a, (select count(*) from kinds_lines) as b, (select st_z(the_geom) from kinds_points_z) as z',
      );
      assert.deepEqual(counts.rows, [{ a: 2, b: 1, z: 3 }]);
    });

    // What GDAL makes of a file depends on no engine.
    if (oneEngine.includes(engine)) {
      test('ogrinfo opens every file with its rows, system and columns', { skip: withoutGdal }, async () => {
        const readable: Partial<Record<ExportFormatName, string>> = {
          csv: 'csv',
          geojson: 'geojson',
          gpkg: 'gpkg',
          shp: 'shp.zip',
          kml: 'kml',
          xlsx: 'xlsx',
          flatgeobuf: 'fgb',
        };
        for (const [format, extension] of Object.entries(readable)) {
          const path = await save(`info.${extension}`, { q: 'select * from linien', format, filename: 'info' });
          const told = ogrinfo(path);
          assert.match(told, /Feature Count: 5/, format);
          assert.match(told, /whole \((?:Integer|Integer64|String)\) = 2147483647/, format);
          assert.match(told, /strasse \(String\) = Zürich/, format);
          assert.match(told, /flag \(.*\) = (?:1|T|true)\n/, format);
          assert.match(told, /flag \(.*\) = (?:0|F|false)\n/, format);
          if (format === 'csv' || format === 'xlsx') continue;
          // Of heights in GeoJSON GDAL makes EPSG:4979.
          assert.match(told, /ID\["EPSG",(?:4326|4979)\]\]/, format);
          assert.match(told, /LINESTRING Z \(10 10 -3,11 10 0,12 12 0\.001\)/, format);
        }
      });

      test('surfaces have their holes, and rings go the way that each format wants', {
        skip: withoutGdal,
      }, async () => {
        const q =
          "select 1 as a, 'SRID=4326;MULTIPOLYGON(((0 0,9 0,9 9,0 0),(5 1,5 2,6 1,5 1)),((20 0,21 0,20 1,20 0)))'::geometry as the_geom";
        const asWritten = 'MULTIPOLYGON (((0 0,9 0,9 9,0 0),(5 1,5 2,6 1,5 1)),((20 0,21 0,20 1,20 0)))';
        const turned = 'MULTIPOLYGON (((0 0,9 9,9 0,0 0),(5 1,6 1,5 2,5 1)),((20 0,20 1,21 0,20 0)))';
        for (const [format, extension, wanted] of [
          ['gpkg', 'gpkg', asWritten],
          ['flatgeobuf', 'fgb', asWritten],
          ['kml', 'kml', asWritten],
          ['shp', 'shp.zip', turned],
        ] as const) {
          const told = ogrinfo(await save(`surfaces.${extension}`, { q, format, filename: 'surfaces' }));
          assert.ok(told.includes(wanted), told);
        }
      });

      test('geometries of every type, with heights and measures, are as PostGIS has them', {
        skip: withoutGdal,
      }, async () => {
        const shapes = [
          'POINT (1e-7 12345678.5)',
          'LINESTRING (0 0,1 1.5)',
          'POLYGON ((0 0,4 0,4 4,0 0),(1 1,2 1,2 2,1 1))',
          'MULTIPOINT (1 1,2 2)',
          'MULTILINESTRING ((0 0,1 1),(2 2,3 3,4 4))',
          'MULTIPOLYGON (((0 0,1 0,1 1,0 0)),((5 5,6 5,6 6,5 5)))',
          'GEOMETRYCOLLECTION (POINT (1 1),MULTILINESTRING ((0 0,1 1)))',
          'LINESTRING EMPTY',
        ];
        const extra: Readonly<Record<string, readonly string[]>> = {
          Z: ['POINT Z (1 2 3)', 'MULTIPOLYGON Z (((0 0 1,1 1 3,1 0 2,0 0 1)),((5 5 1,6 6 3,6 5 2,5 5 1)))'],
          M: ['POINT M (1 2 3)', 'MULTILINESTRING M ((0 0 1,1 0 2),(1 1 3,2 2 4))'],
          ZM: ['POINT ZM (1 2 3 4)', 'LINESTRING ZM (0 0 1 5,1 0 2 6)'],
        };
        for (const [kind, list] of Object.entries({ flat: shapes, ...extra })) {
          const q = list.map((shape) => `select 'SRID=4326;${shape}'::geometry as the_geom`).join(' union all ');
          const wanted = join(app.folder, `wanted_${kind}.csv`);
          writeFileSync(wanted, ['id,WKT', ...list.map((shape, id) => `${id},"${shape}"`)].join('\n'));
          const geometriesOf = (path: string): readonly string[] =>
            ogrinfo(path).match(/^ {2}(?:POINT|LINESTRING|POLYGON|MULTI|GEOMETRY)[^=\n]*$/gm) ?? [];
          const written = async (format: string, extension: string) =>
            geometriesOf(await save(`shapes_${kind}.${extension}`, { q, format, filename: 'shapes' }));
          assert.equal(geometriesOf(wanted).length, list.length);
          assert.deepEqual(await written('gpkg', 'gpkg'), geometriesOf(wanted));
          assert.deepEqual(await written('flatgeobuf', 'fgb'), geometriesOf(wanted));
          // A shapefile has no collections, and each of its types is a file.
          if (kind === 'flat') continue;
          assert.deepEqual((await written('shp', 'shp.zip')).toSorted(), geometriesOf(wanted).toSorted());
        }
      });
    }

    test('files are removed when they were sent, and when their reader goes away', async () => {
      const leftovers = (): readonly string[] =>
        readdirSync(join(app.folder, 'data', 'scratch'), { recursive: true, encoding: 'utf8' }).filter((path) =>
          path.includes('export-'),
        );
      const gone = async (): Promise<void> => {
        for (let waited = 0; leftovers().length > 0; waited++) {
          assert.ok(waited < 500, leftovers().join());
          await sleep(20);
        }
      };
      await (await ask({ q: 'select * from linien', format: 'gpkg' })).arrayBuffer();
      await gone();
      // Random text does not compress: the rest of it still waits when the client leaves.
      const q =
        "select string_agg(md5((n * 100 + i)::text), '') as t from generate_series(1, 4000) n, generate_series(1, 60) i group by n";
      for (let i = 0; i < 2; i++) {
        await new Promise<void>((resolve, reject) => {
          const request = get(`${app.url}${address({ q, format: 'gpkg' })}`, (response) =>
            response.once('data', () => {
              assert.ok(leftovers().length > 0);
              request.destroy();
              resolve();
            }),
          );
          request.once('error', reject);
        });
      }
      await gone();
      assert.equal((await ask({ q: 'select 1 as a', format: 'xlsx' })).status, 200);
    });
  });
}

test('the losses of every format are told in docs/sql.md', () => {
  const docs = readFileSync(join(import.meta.dirname, '../../docs/sql.md'), 'utf8');
  for (const [name, { line }] of Object.entries(losses)) {
    assert.match(
      docs,
      new RegExp(`^\\| .*\`${name}\`.* \\| ${line.replaceAll(/[.*+?^$()|[\]\\{}]/g, '\\$&')} \\|$`, 'm'),
    );
  }
  for (const [name, { extension, mediaType }] of Object.entries(exportFormats)) {
    assert.ok(docs.includes(`| \`${name}\` | \`.${extension}\` | \`${mediaType.split(';')[0]}\` |`), name);
  }
});
