import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Database } from '../../src/db/database.ts';
import { identifier, sql } from '../../src/db/sql.ts';
import type { Account } from '../../src/domain/import.ts';
import { ImportError } from '../../src/errors.ts';
import { stagingSchema } from '../../src/load/staging.ts';
import { createAccount } from '../../src/store/accounts.ts';
import { oneEngine, openTestDatabase } from '../support/database.ts';
import { loadFile } from '../support/load-file.ts';

const hasGdal = spawnSync('ogr2ogr', ['--version']).status === 0;
const skip = hasGdal ? false : 'needs ogr2ogr: apt-get install gdal-bin';

const feature = (properties: object, geometry: object | null) => ({ type: 'Feature', properties, geometry });
const square = (x: number, y: number, size: number): number[][] => [
  [x, y],
  [x, y + size],
  [x + size, y + size],
  [x + size, y],
  [x, y],
];
const reversed = (ring: number[][]): number[][] => [...ring].reverse();

/** Layers of every kind of geometry and attribute that shapefiles have. */
const layers: Readonly<Record<string, readonly object[]>> = {
  points: [
    feature(
      { Name: 'Île d’Orléans', whole: 42, real: 1.25, day: '2024-02-29', code: '007' },
      { type: 'Point', coordinates: [-71.5, 46.9] },
    ),
    feature(
      { Name: 'Ψψ Жж 東京', whole: -7, real: -0.5, day: null, code: '010' },
      { type: 'Point', coordinates: [0, 0] },
    ),
    feature({ Name: null, whole: null, real: null, day: null, code: null }, null),
  ],
  polygons: [
    feature(
      { id: 1 },
      { type: 'Polygon', coordinates: [square(0, 0, 10), reversed(square(2, 2, 2)), reversed(square(6, 6, 1))] },
    ),
    feature(
      { id: 2 },
      {
        type: 'MultiPolygon',
        coordinates: [
          [square(0, 0, 10), reversed(square(1, 1, 8))],
          [square(2, 2, 6), reversed(square(3, 3, 1))],
          [square(20, 20, 1)],
        ],
      },
    ),
  ],
  lines: [
    feature(
      { id: 1 },
      {
        type: 'LineString',
        coordinates: [
          [0, 0, 5.5],
          [1, 1, -6],
          [2, 0, 7],
        ],
      },
    ),
    feature(
      { id: 2 },
      {
        type: 'MultiLineString',
        coordinates: [
          [
            [0, 0, 1],
            [1, 1, 2],
          ],
          [
            [5, 5, 3],
            [6, 6, 4],
          ],
        ],
      },
    ),
  ],
  multipoints: [
    feature(
      { id: 1 },
      {
        type: 'MultiPoint',
        coordinates: [
          [1, 2],
          [3, 4],
        ],
      },
    ),
  ],
};

/** All numbers of a GeoJSON geometry. */
const numbers = (value: unknown): number[] =>
  typeof value === 'number' ? [value] : Array.isArray(value) ? value.flatMap(numbers) : [];

interface GeoJson {
  readonly type: string;
  readonly coordinates: unknown;
}

for (const engine of oneEngine) {
  suite(`shapefiles on ${engine}`, () => {
    let database: Awaited<ReturnType<typeof openTestDatabase>>;
    let db: Database;
    let account: Account;
    const folder = mkdtempSync(join(tmpdir(), 'landfall-shapefile-'));
    before(async () => {
      database = await openTestDatabase(engine);
      db = database.db;
      account = (await createAccount(db, 'shapes')).account;
    });
    after(async () => {
      await database[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    });

    /** Writes a layer as a shapefile in a system, by GDAL. */
    const write = (layer: string, srid: number, options: readonly string[] = []): string => {
      const source = join(folder, `${layer}.geojson`);
      const target = join(folder, `${layer}_${srid}.shp`);
      writeFileSync(source, JSON.stringify({ type: 'FeatureCollection', features: layers[layer] }));
      const { status, stderr } = spawnSync('ogr2ogr', [
        ...['-t_srs', `EPSG:${srid}`, '-overwrite', ...options, target, source],
      ]);
      assert.equal(status, 0, String(stderr));
      return target;
    };

    /** What GDAL itself reads, in longitude and latitude. */
    const oracle = (
      path: string,
    ): readonly { readonly properties: Record<string, unknown>; readonly geometry: GeoJson | null }[] => {
      const { stdout } = spawnSync('ogr2ogr', [
        '-f',
        'GeoJSON',
        '-t_srs',
        'EPSG:4326',
        '-lco',
        'COORDINATE_PRECISION=15',
        '/vsistdout/',
        path,
      ]);
      return JSON.parse(stdout.toString()).features;
    };

    const rowsOf = (staging: string) =>
      db.query<{ geometry: GeoJson | null; row: Record<string, unknown> }>(sql`
        select st_asgeojson(the_geom, 15)::jsonb as geometry,
          to_jsonb(t) - 'the_geom' - 'the_geom_webmercator' - 'cartodb_id' as row
        from ${identifier(stagingSchema, staging)} t order by cartodb_id`);

    for (const layer of Object.keys(layers)) {
      for (const srid of [4326, 3857, 25830, 2230]) {
        test(`${layer} in EPSG:${srid} are what GDAL reads`, { skip }, async () => {
          const path = write(layer, srid, ['-lco', 'ENCODING=UTF-8']);
          const expected = oracle(path);
          const loaded = await loadFile(db, account, path);
          const rows = await rowsOf(loaded.staging);
          assert.equal(rows.length, expected.length);
          rows.forEach(({ geometry, row }, n) => {
            const other = expected[n];
            assert.equal(geometry?.type, other?.geometry?.type);
            const [actual, wanted] = [numbers(geometry?.coordinates), numbers(other?.geometry?.coordinates)];
            assert.equal(actual.length, wanted.length);
            actual.forEach((value, i) => {
              assert.ok(Math.abs(value - (wanted[i] ?? Number.NaN)) < 1e-9, `${value} is ${wanted[i]}`);
            });
            const properties = Object.entries(other?.properties ?? {}).map(([key, value]) => [
              key.toLowerCase(),
              value,
            ]);
            assert.deepEqual(
              row,
              Object.fromEntries(
                properties.map(([key, value]) => [key, isDay(value) ? value.replaceAll('/', '-') : value]),
              ),
            );
          });
        });
      }
    }

    test('a definition without a code is registered once, and gives what its EPSG code gives', { skip }, async () => {
      const path = write('points', 2230);
      const first = await loadFile(db, account, path);
      assert.equal(first.schema.srid, 0);
      assert.match(first.schema.crsWkt ?? '', /California/);
      await loadFile(db, account, path);
      const [own] = await db.query<{ count: number }>(
        sql`select count(*)::int as count from spatial_ref_sys where srid >= 910000`,
      );
      assert.equal(own?.count, 1);
    });

    test('a definition that nobody understands ends with 3008 and its name, and is not kept', { skip }, async () => {
      const path = write('multipoints', 4326);
      writeFileSync(path.replace('.shp', '.prj'), 'PROJCS["Moon grid",UNIT["furlong",201.168]]');
      await assert.rejects(
        loadFile(db, account, path),
        (error: unknown) => error instanceof ImportError && error.code === 3008 && /Moon grid/.test(error.message),
      );
      const rows = await db.query(sql`select 1 from spatial_ref_sys where srtext like '%Moon grid%'`);
      assert.equal(rows.length, 0);
    });

    test('without a .prj degrees are taken for granted, with a warning; metres end with 3101 and candidates', {
      skip,
    }, async () => {
      const degrees = write('points', 4326);
      rmSync(degrees.replace('.shp', '.prj'));
      assert.equal((await loadFile(db, account, degrees)).warnings.assumed_srid, 4326);
      const metres = write('polygons', 25830);
      rmSync(metres.replace('.shp', '.prj'));
      await assert.rejects(
        loadFile(db, account, metres),
        (error: unknown) => error instanceof ImportError && error.code === 3101 && /source_srid/.test(error.hint ?? ''),
      );
      const loaded = await loadFile(db, account, metres, { sourceSrid: 25830 });
      const [first] = await rowsOf(loaded.staging);
      assert.ok(Math.abs(numbers(first?.geometry?.coordinates)[0] ?? 1) < 1e-8);
    });

    for (const [policy, located, valid] of [
      ['keep', 2, 1],
      ['make_valid', 2, 2],
      ['null', 1, 1],
    ] as const) {
      test(`geometry_policy=${policy} leaves ${located} of 2 polygons, of which one crosses itself`, async () => {
        const path = join(folder, 'bowties.csv');
        writeFileSync(path, 'wkt,n\n"POLYGON((0 0,1 1,1 0,0 1,0 0))",1\n"POLYGON((0 0,0 1,1 1,0 0))",2\n');
        const loaded = await loadFile(db, account, path, {}, { geometryPolicy: policy });
        assert.equal(loaded.warnings.invalid_geometry_count, 1);
        const [row] = await db.query(sql`
          select count(the_geom)::int as located, count(*) filter (where st_isvalid(the_geom))::int as valid,
            count(the_geom_webmercator)::int as mercator
          from ${identifier(stagingSchema, loaded.staging)}`);
        assert.deepEqual(row, { located, valid, mercator: located });
      });
    }

    test('geometry_policy=reject ends with 2014, the row and the reason', async () => {
      const path = join(folder, 'bowties.csv');
      await assert.rejects(
        loadFile(db, account, path, {}, { geometryPolicy: 'reject' }),
        (error: unknown) => error instanceof ImportError && error.code === 2014 && /row 1/.test(error.message),
      );
    });

    test('Z is kept in the_geom and left out of the_geom_webmercator', { skip }, async () => {
      for (const srid of [4326, 25830]) {
        const loaded = await loadFile(db, account, write('lines', srid));
        assert.equal(loaded.schema.extra, 'Z');
        const [row] = await db.query(sql`
          select st_zmax(the_geom) as z, st_ndims(the_geom) as dims, st_ndims(the_geom_webmercator) as mercator
          from ${identifier(stagingSchema, loaded.staging)} order by cartodb_id limit 1`);
        assert.deepEqual(row, { z: 7, dims: 3, mercator: 2 });
      }
    });
  });
}

const isDay = (value: unknown): value is string => typeof value === 'string' && /^\d{4}[/-]\d\d[/-]\d\d$/.test(value);
