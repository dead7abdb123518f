import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { PNG } from 'pngjs';
import { closeRights } from '../../src/db/close-rights.ts';
import { type Database, DatabaseError } from '../../src/db/database.ts';
import { identifier, sql } from '../../src/db/sql.ts';
import type { Account, ImportOptions } from '../../src/domain/import.ts';
import { type PublishedRaster, pixelSizeAt, worldEdge } from '../../src/domain/raster.ts';
import { pixelTypes, readPixel, readTile } from '../../src/domain/raster-wkb.ts';
import { grantTable } from '../../src/publish/grants.ts';
import { renameOverviews } from '../../src/publish/overviews.ts';
import { planLoad } from '../../src/publish/plan.ts';
import { publish } from '../../src/publish/publish.ts';
import { accountRoles } from '../../src/store/account-roles.ts';
import { createAccount } from '../../src/store/accounts.ts';
import { findTable } from '../../src/store/tables.ts';
import { drawRasterTile } from '../../src/tiles/raster-tile.ts';
import { type ImportView, startTestApp, type TestApp } from '../support/app.ts';
import { zip } from '../support/archives.ts';
import { engines, oneEngine, openTestDatabase } from '../support/database.ts';
import { geotiff, type TestRaster } from '../support/geotiff.ts';
import { loadFile } from '../support/load-file.ts';
import { defaultOptions, importLayers, startJob } from '../support/loaded.ts';

/** The place of a raster whose pixels are those of the web map at `zoom`, from this pixel on. */
const onGrid = (zoom: number, left: number, top: number) => {
  const size = pixelSizeAt(zoom);
  return { epsg: 3857, place: { west: left * size - worldEdge, north: worldEdge - top * size, size } };
};

const height = (x: number, y: number): number => ((x * 37 + y * 101) % 5000) - 1000;

/** 300 x 200 heights at zoom level 12, whose first tile has 100 columns and 28 rows. */
const dem: TestRaster = {
  width: 300,
  height: 200,
  type: 'int16',
  bands: [(x, y) => (x === 5 && y === 6 ? -9999 : height(x, y))],
  noData: '-9999',
  ...onGrid(12, 128 * 4000 + 28, 128 * 3000 + 100),
};

/** All pixels of a band of a table by column and row from `left`, `top`; null for no value. */
async function pixelsOf(
  db: Database,
  schema: string,
  table: string,
  zoom: number,
  band = 0,
): Promise<ReadonlyMap<string, number | null>> {
  const rows = await db.query<{ tile: Buffer }>(
    sql`select st_aswkb(the_raster_webmercator) as tile from ${identifier(schema, table)}`,
  );
  const size = pixelSizeAt(zoom);
  const pixels = new Map<string, number | null>();
  for (const { tile } of rows) {
    const { west, north, width, height: high, bands, pixelSize } = readTile(tile);
    assert.equal(pixelSize, size);
    const [left, top] = [(west + worldEdge) / size, (worldEdge - north) / size];
    assert.ok(Math.abs(left - Math.round(left)) < 1e-3 && Math.abs(top - Math.round(top)) < 1e-3);
    const { type, noData, at } = bands[band] ?? assert.fail('no such band');
    for (let i = 0; i < width * high; i++) {
      const value = readPixel(tile, at + i * pixelTypes[type].bytes, type);
      const place = `${Math.round(left) + (i % width)} ${Math.round(top) + Math.floor(i / width)}`;
      assert.ok(!pixels.has(place));
      pixels.set(place, Object.is(value, noData) ? null : value);
    }
  }
  return pixels;
}

const folder = mkdtempSync(join(tmpdir(), 'landfall-rasters-'));
after(() => rmSync(folder, { recursive: true }));

for (const engine of engines) {
  describe(`rasters on ${engine}`, () => {
    let held: Awaited<ReturnType<typeof openTestDatabase>>;
    let db: Database;
    let ann: Account;
    before(async () => {
      held = await openTestDatabase(engine);
      db = held.db;
      await closeRights(db);
      ann = (await createAccount(db, 'ann')).account;
    });
    after(() => held[Symbol.asyncDispose]());

    async function importRaster(name: string, raster: TestRaster, options: Partial<ImportOptions> = {}) {
      const own = mkdtempSync(join(folder, 'job-'));
      writeFileSync(join(own, `${name}.tif`), geotiff(raster));
      const loaded = await loadFile(db, ann, join(own, `${name}.tif`), {}, options);
      const plan = planLoad(db, ann, { options: { ...defaultOptions, ...options }, refresh: null });
      await plan(loaded.name, loaded.schema);
      const published = await publish([loaded], await startJob(db, ann, options), ann, { db, grantTable });
      return { loaded, published };
    }
    const factsOf = async (name: string): Promise<PublishedRaster> =>
      (await findTable(db, ann.id, name))?.raster ?? assert.fail(`no raster ${name}`);

    test('a raster on the grid keeps every value, its type and its value for none', async () => {
      const { loaded, published } = await importRaster('dem', dem);
      assert.deepEqual(
        published.tables.map(({ name }) => name),
        ['dem'],
      );
      assert.equal(loaded.rows, 3 * 3);
      const pixels = await pixelsOf(db, 'ann', 'dem', 12);
      assert.equal(pixels.size, 300 * 200);
      for (let y = 0; y < 200; y++) {
        for (let x = 0; x < 300; x++) {
          const expected = x === 5 && y === 6 ? null : height(x, y);
          assert.equal(pixels.get(`${128 * 4000 + 28 + x} ${128 * 3000 + 100 + y}`), expected, `${x} ${y}`);
        }
      }
      const columns = await db.query<{ name: string; type: string }>(sql`
        select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
        where attrelid = 'ann.dem'::regclass and attnum > 0 and not attisdropped order by attnum`);
      assert.deepEqual(
        columns.map(({ name, type }) => `${name} ${type}`),
        ['cartodb_id bigint', 'the_raster_webmercator raster'],
      );
      const [known] =
        await db.query(sql`select srid, num_bands, pixel_types, nodata_values, same_alignment, spatial_index
        from raster_columns where r_table_schema = 'ann' and r_table_name = 'dem'`);
      assert.deepEqual(known, {
        srid: 3857,
        num_bands: 1,
        pixel_types: ['16BSI'],
        nodata_values: [-9999],
        same_alignment: true,
        spatial_index: true,
      });
      const [ids] = await db.query(sql`select min(cartodb_id)::int as min, max(cartodb_id)::int as max from ann.dem`);
      assert.deepEqual(ids, { min: 1, max: 9 });
    });

    test('PostGIS reads in a tile what was written', async () => {
      const [read] = await db.query(sql`
        select st_value(the_raster_webmercator, 3, 4)::int as value, st_width(the_raster_webmercator) as width,
          st_height(the_raster_webmercator) as height, st_srid(the_raster_webmercator) as srid
        from ann.dem where cartodb_id = 1`);
      assert.deepEqual(read, { value: height(2, 3), width: 100, height: 28, srid: 3857 });
    });

    test('overviews have one pixel of four, are known as such and are not the account’s tables', async () => {
      const { overviews, factors, zoom } = await factsOf('dem');
      assert.deepEqual([factors, zoom], [[2, 4], 12]);
      assert.deepEqual(
        overviews.map(({ name }) => name),
        ['o_2_dem', 'o_4_dem'],
      );
      const base = await pixelsOf(db, 'ann', 'dem', 12);
      const half = await pixelsOf(db, 'ann', 'o_2_dem', 11);
      assert.equal(half.size, 150 * 100);
      for (const [place, value] of half) {
        const [x = 0, y = 0] = place.split(' ').map(Number);
        assert.equal(value, base.get(`${2 * x + 1} ${2 * y + 1}`));
      }
      const known = await db.query(sql`select o_table_name as name, r_table_name as of, overview_factor as factor
        from raster_overviews where o_table_schema = 'ann' order by 3`);
      assert.deepEqual(known, [
        { name: 'o_2_dem', of: 'dem', factor: 2 },
        { name: 'o_4_dem', of: 'dem', factor: 4 },
      ]);
      const registered = await db.query(sql`select name from landfall.tables where account_id = ${ann.id}`);
      assert.deepEqual(registered, [{ name: 'dem' }]);
    });

    test('another account reads neither the raster nor its overviews; everybody reads public ones', async () => {
      await createAccount(db, 'bob');
      const other = (await accountRoles(db, 'bob')).reader;
      const everybody = (await accountRoles(db, 'ann')).public;
      const may = async (role: string, table: string): Promise<boolean | undefined> =>
        (await db.query<{ may: boolean }>(sql`select has_table_privilege(${role}, ${table}, 'select') as may`))[0]?.may;
      const own = (await accountRoles(db, 'ann')).reader;
      for (const table of ['ann.dem', 'ann.o_2_dem', 'ann.o_4_dem']) {
        assert.deepEqual(
          [await may(own, table), await may(other, table), await may(everybody, table)],
          [true, false, false],
        );
      }
      await importRaster('dem', dem, { collisionStrategy: 'overwrite', privacy: 'public' });
      for (const table of ['ann.dem', 'ann.o_2_dem', 'ann.o_4_dem'])
        assert.equal(await may(everybody, table), true, table);
    });

    test('an overwritten raster stays the same table, and its overviews are those of the new one', async () => {
      await db.queryText('create view ann.seen as select count(*) from ann.dem');
      const oid = async () => (await db.query(sql`select 'ann.dem'::regclass::oid::int as oid`))[0];
      const before_ = await oid();
      const smaller: TestRaster = { ...dem, width: 200, height: 100, bands: [() => 7], type: 'float32' };
      await importRaster('dem', smaller, { collisionStrategy: 'overwrite' });
      assert.deepEqual(await oid(), before_);
      assert.deepEqual(
        (await factsOf('dem')).overviews.map(({ name }) => name),
        ['o_2_dem'],
      );
      assert.deepEqual(await db.query(sql`select to_regclass('ann.o_4_dem') as gone`), [{ gone: null }]);
      const pixels = await pixelsOf(db, 'ann', 'dem', 12);
      assert.deepEqual([pixels.size, new Set(pixels.values())], [200 * 100, new Set([7])]);
      assert.deepEqual(await db.query(sql`select count::int from ann.seen`), [{ count: 4 }]);
    });

    test('a raster never overwrites rows, nor rows a raster', async () => {
      await importLayers(db, ann, [{ name: 'rows', columns: { a: 'bigint' }, rows: [[null, 1]] }]);
      await assert.rejects(importRaster('rows', dem, { collisionStrategy: 'overwrite' }), {
        kind: 'incompatibleSchemas',
      });
      await assert.rejects(
        importLayers(db, ann, [{ name: 'dem', columns: { a: 'bigint' }, rows: [[null, 1]] }], {
          collisionStrategy: 'overwrite',
        }),
        { kind: 'incompatibleSchemas' },
      );
    });

    test('a second raster of the name gets a number, and so do its overviews', async () => {
      await importRaster('dem', dem);
      assert.deepEqual(
        (await factsOf('dem_1')).overviews.map(({ name }) => name),
        ['o_2_dem_1', 'o_4_dem_1'],
      );
    });

    test('overviews follow a raster to a new name, and go where rows take its name', async () => {
      await importRaster('moving', dem);
      const raster = await factsOf('moving');
      await db.queryText('alter table ann.moving rename to new_1');
      const renamed = await renameOverviews(db, 'ann', raster, 'new_1', new Set());
      assert.deepEqual(renamed.overviews, [
        { factor: 2, name: 'o_2_new_1' },
        { factor: 4, name: 'o_4_new_1' },
      ]);
      const known = await db.query(sql`select o_table_name as name from raster_overviews
        where r_table_name = 'new_1' order by overview_factor`);
      assert.deepEqual(known, [{ name: 'o_2_new_1' }, { name: 'o_4_new_1' }]);

      await importRaster('gone', dem);
      await db.queryText('drop table ann.gone');
      const layer = { name: 'gone', columns: { a: 'bigint' }, rows: [[null, 1]] } as const;
      await importLayers(db, ann, [layer], { collisionStrategy: 'overwrite' });
      assert.equal((await findTable(db, ann.id, 'gone'))?.raster, null);
      assert.deepEqual(await db.query(sql`select to_regclass('ann.o_2_gone') as gone`), [{ gone: null }]);
    });

    test('what lies outside of a turned raster is a value that no pixel has, or a band of its own says so', async () => {
      const inUtm = { epsg: 32633, place: { west: 300_000, north: 5_500_000, size: 100 } };
      const turned: TestRaster = { width: 80, height: 60, type: 'byte', bands: [(x) => 10 + x], ...inUtm };
      await importRaster('turned', turned);
      const [band] = (await factsOf('turned')).bands;
      assert.deepEqual([band?.type, band?.noData, band?.range], ['8BUI', '0', [10, 89]]);
      const { zoom } = await factsOf('turned');
      const values = new Set((await pixelsOf(db, 'ann', 'turned', zoom)).values());
      assert.deepEqual(values, new Set([null, ...Array.from({ length: 80 }, (_, i) => 10 + i)]));

      await importRaster('every', { ...turned, bands: [(x, y) => (y * 80 + x) % 256] });
      const { bands } = await factsOf('every');
      assert.deepEqual(
        bands.map(({ colour, noData }) => [colour, noData]),
        [
          ['value', null],
          ['alpha', null],
        ],
      );
      assert.deepEqual(new Set((await pixelsOf(db, 'ann', 'every', zoom, 1)).values()), new Set([0, 255]));
    });

    test('a map shows heights in grey, colours as they are, palettes by their colours, and nothing where there is none', async () => {
      const place = onGrid(3, 256, 256);
      const draw = async (name: string, z: number, x: number, y: number) => {
        const png = await drawRasterTile(db, 'ann', name, await factsOf(name), { z, x, y });
        return png === null ? null : PNG.sync.read(png);
      };
      const at = (png: PNG | null, x: number, y: number) => [
        ...(png?.data.subarray((y * 256 + x) * 4).subarray(0, 4) ?? []),
      ];

      await importRaster('grey', {
        width: 256,
        height: 256,
        type: 'int16',
        bands: [(x, y) => (y === 0 ? -1 : x * 10)],
        noData: '-1',
        ...place,
      });
      const own = await draw('grey', 3, 1, 1);
      assert.deepEqual(
        [at(own, 0, 9), at(own, 255, 9), at(own, 51, 9), at(own, 51, 0)],
        [
          [0, 0, 0, 255],
          [255, 255, 255, 255],
          [51, 51, 51, 255],
          [0, 0, 0, 0],
        ],
      );
      assert.equal(await draw('grey', 3, 3, 3), null);
      // A quarter of the tile above, from an overview; a part of it in the tile below.
      const above = await draw('grey', 2, 0, 0);
      assert.deepEqual(
        [at(above, 127, 200)[3], at(above, 128, 127)[3], at(above, 128, 200), at(above, 255, 200)],
        [0, 0, [1, 1, 1, 255], [255, 255, 255, 255]],
      );
      const below = await draw('grey', 5, 7, 7);
      assert.deepEqual(
        [at(below, 0, 0), at(below, 3, 3), at(below, 255, 0)],
        [
          [192, 192, 192, 255],
          [192, 192, 192, 255],
          [255, 255, 255, 255],
        ],
      );

      const colours = { width: 200, height: 100, type: 'byte', ...place } as const;
      await importRaster('colours', { ...colours, isColour: true, bands: [(x) => x, (_, y) => y, () => 77] });
      assert.deepEqual(at(await draw('colours', 3, 1, 1), 120, 60), [120, 60, 77, 255]);
      const palette = [
        [1, 2, 3],
        [200, 100, 50],
      ] as const;
      await importRaster('classes', { ...colours, palette, bands: [(x) => x % 2] });
      assert.deepEqual(at(await draw('classes', 3, 1, 1), 121, 60), [200, 100, 50, 255]);
      assert.deepEqual(new Set((await pixelsOf(db, 'ann', 'classes', 3)).values()), new Set([0, 1]));
    });

    test('functions that run text or make pixels are closed to accounts', async () => {
      const { reader } = await accountRoles(db, 'ann');
      const open = await db.query<{ name: string }>(sql`
        select distinct proname::text as name from pg_proc p
        where has_function_privilege(${reader}, p.oid, 'execute') and pronamespace = 'public'::regnamespace
          and proname in ('st_mapalgebra', 'st_fromgdalraster', 'st_asgdalraster', 'st_makeemptyraster', 'st_addband',
            'st_setbandpath', 'st_createoverview', 'st_histogram', 'st_bandpath', 'st_resample', 'st_clip', 'st_tile')`);
      assert.deepEqual(open, []);
      const [settings] = await db.query(sql`select current_setting('postgis.gdal_enabled_drivers') as drivers,
        current_setting('postgis.enable_outdb_rasters') as files`);
      assert.deepEqual(settings, { drivers: 'DISABLE_ALL', files: 'off' });
      await assert.rejects(db.queryText('select st_astiff(the_raster_webmercator) from ann.dem'), DatabaseError);
    });
  });

  // The wire is the same on every engine.
  if (!oneEngine.includes(engine)) continue;

  describe(`rasters over the wire on ${engine}`, () => {
    let app: TestApp;
    before(async () => {
      app = await startTestApp(engine);
    });
    after(() => app[Symbol.asyncDispose]());
    const codes = ({ state, error_code }: ImportView) => [state, error_code];

    test('an import says that it is a raster; SQL answers tiles as hexadecimal text', async () => {
      const shown = await app.importFile('dem.tif', geotiff(dem));
      assert.deepEqual(
        [shown.state, shown.is_raster, shown.any_table_raster, shown.tables_created_count, shown.warnings],
        ['complete', true, true, 1, null],
        JSON.stringify(shown.get_error_text),
      );
      const { rows, fields } = await app.sql(
        'select *, st_value(the_raster_webmercator, 1, 1) as first from dem order by cartodb_id limit 1',
      );
      assert.deepEqual(Object.keys(fields), ['cartodb_id', 'the_raster_webmercator', 'first']);
      const { west } = readTile(Buffer.from(String(rows[0]?.the_raster_webmercator), 'hex'));
      assert.ok(Math.abs(west - dem.place!.west) < 1e-6);
      assert.equal(rows[0]?.first, height(0, 0));
      const overview = await app.sql('select count(*)::int as n from o_2_dem');
      assert.equal(overview.rows[0]?.n, 4);
    });

    test('an archive of two rasters and a picture gives two tables', async () => {
      const shown = await app.importFile(
        'two.zip',
        zip([
          { name: 'a.tif', content: geotiff({ ...dem, width: 20, height: 20 }) },
          { name: 'b.tiff', content: geotiff({ ...dem, width: 10, height: 30 }) },
          { name: 'photo.png', content: PNG.sync.write(new PNG({ width: 2, height: 2 })) },
        ]),
      );
      assert.deepEqual([shown.state, shown.is_raster, shown.tables_created_count], ['complete', true, 2]);
      assert.deepEqual(
        (shown.tables as { name: string }[]).map(({ name }) => name),
        ['a', 'b'],
      );
    });

    test('a picture with its world file is a raster, alone it is refused', async () => {
      const picture = new PNG({ width: 20, height: 10 });
      picture.data.fill(200);
      const content = PNG.sync.write(picture);
      assert.deepEqual(codes(await app.importFile('picture.png', content)), ['failure', 1002]);
      const world = '0.1\n0\n0\n-0.1\n10.05\n49.95\n';
      const shown = await app.importFile(
        'map.zip',
        zip([
          { name: 'map.png', content },
          { name: 'map.pgw', content: world },
        ]),
      );
      assert.deepEqual(
        [...codes(shown), shown.is_raster],
        ['complete', null, true],
        JSON.stringify(shown.get_error_text),
      );
      assert.deepEqual(shown.warnings, { assumed_srid: 4326 });
    });

    test('an Arc/Info grid is read with its system from beside it, or from the request, and not without', async () => {
      const grid =
        'ncols 3\nnrows 2\nxllcorner 500000\nyllcorner 5400000\ncellsize 1000\nNODATA_value -1\n1 2 3\n-1 5 6\n';
      assert.deepEqual(codes(await app.importFile('grid.asc', grid)), ['failure', 3008]);
      const shown = await app.importFile('grid.asc', grid, { source_srid: '25833' });
      assert.deepEqual(
        [...codes(shown), shown.is_raster],
        ['complete', null, true],
        JSON.stringify(shown.get_error_text),
      );
    });

    test('rows are no raster', async () => {
      const shown = await app.importFile('rows.csv', 'a\n1\n');
      assert.deepEqual([shown.is_raster, shown.any_table_raster], [false, false]);
    });

    const whole = geotiff(dem);
    const changed = (change: (bytes: Buffer) => void): Buffer => {
      const bytes = Buffer.from(whole);
      change(bytes);
      return bytes;
    };
    const directoryAt = whole.readUInt32LE(4);
    const hostile: readonly (readonly [string, Buffer, readonly number[]])[] = [
      ['cut off in its pixels', whole.subarray(0, 50_000), [2001]],
      ['with a directory after its end', changed((bytes) => bytes.writeUInt32LE(0xfffffff0, 4)), [2001]],
      [
        'of 4 billion pixels on a side',
        changed((bytes) => {
          bytes.writeUInt32LE(0x7fffffff, directoryAt + 2 + 8);
          bytes.writeUInt32LE(0x7fffffff, directoryAt + 2 + 12 + 8);
        }),
        [2001, 6666],
      ],
      ['without a pixel', changed((bytes) => bytes.writeUInt32LE(0, directoryAt + 2 + 8)), [2001]],
      ['that is nowhere', geotiff({ ...dem, place: { west: 1e12, north: 1e12, size: 10 } }), [2001, 2014]],
      ['without a place', geotiff({ width: 2, height: 2, type: 'byte', bands: [() => 1] }), [1002]],
    ];
    test('a directory that follows itself is read once', async () => {
      const next = directoryAt + 2 + whole.readUInt16LE(directoryAt) * 12;
      const loop = changed((bytes) => bytes.writeUInt32LE(directoryAt, next));
      const shown = await app.importFile('loop.tif', loop);
      assert.deepEqual([shown.state, shown.tables_created_count], ['complete', 1]);
    });

    for (const [what, content, expected] of hostile) {
      test(`a raster ${what} ends with a code`, async () => {
        const shown = await app.importFile('hostile.tif', content);
        assert.equal(shown.state, 'failure', JSON.stringify(shown));
        assert.ok(expected.includes(shown.error_code ?? 0), `${shown.error_code} ${shown.get_error_text?.what_about}`);
      });
    }
  });
}
