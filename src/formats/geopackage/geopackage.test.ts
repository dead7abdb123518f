import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { openWith, rowsOf } from '../../../test/support/layer-values.ts';
import { ImportError } from '../../errors.ts';
import { geopackage } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'landfall-gpkg-'));
after(() => rmSync(folder, { recursive: true }));

/** What every GeoPackage has, with the systems 4326 and one without a code. */
const required = `
  pragma application_id = 0x47504b47;
  create table gpkg_spatial_ref_sys (srs_name text, srs_id integer primary key, organization text,
    organization_coordsys_id integer, definition text, description text);
  insert into gpkg_spatial_ref_sys values ('WGS 84', 4326, 'EPSG', 4326, 'GEOGCS["WGS 84"]', null),
    ('own', 100000, 'NONE', 100000, 'PROJCS["own"]', null), ('cartesian', -1, 'NONE', -1, 'undefined', null);
  create table gpkg_contents (table_name text primary key, data_type text, srs_id integer);
  create table gpkg_geometry_columns (table_name text, column_name text, geometry_type_name text, srs_id integer);
  create table gpkg_data_columns (table_name text, column_name text, mime_type text);
`;
let files = 0;

function make(statements: string): string {
  const path = join(folder, `file${++files}.gpkg`);
  const database = new DatabaseSync(path);
  database.exec(required + statements);
  database.close();
  return path;
}

const features = (table: string, srs = 4326): string => `
  insert into gpkg_contents values ('${table}', 'features', ${srs});
  insert into gpkg_geometry_columns values ('${table}', 'geom', 'POINT', ${srs});`;

const pointWkb = '0101000000000000000000f03f0000000000000040';
const plain = `47500001e6100000${pointWkb}`;

async function failure(path: string): Promise<ImportError> {
  try {
    for (const layer of await openWith(geopackage, path)) await rowsOf(layer);
  } catch (error) {
    assert.ok(error instanceof ImportError, String(error));
    return error;
  }
  return assert.fail('nothing was refused');
}

test('every declared type is handed over in the words of the type', async () => {
  const path = make(`
    create table t (fid integer primary key, geom point, b boolean, n mediumint, big integer, r real, s text(20),
      x blob, d date, at datetime, j text, other numeric);
    ${features('t')}
    insert into gpkg_data_columns values ('t', 'j', 'application/json');
    insert into t values (7, x'${plain}', 1, -5, 9223372036854775807, 0.1, 'Zürich', x'00ff', '2024-02-29',
      '2024-02-29T12:00:00.000Z', '{"a":1}', 12), (9, null, 0, null, null, null, '', null, null, '2024-02-29 12:00', null, null);
  `);
  const [layer] = await openWith(geopackage, path);
  assert.deepEqual(layer?.types, [
    'bigint',
    'boolean',
    'bigint',
    'bigint',
    'double precision',
    'text',
    'bytea',
    'date',
    'timestamptz',
    'jsonb',
    null,
  ]);
  assert.deepEqual(await rowsOf(layer), [
    {
      cells: {
        cartodb_id: '7',
        b: 'true',
        n: '-5',
        big: '9223372036854775807',
        r: '0.1',
        s: 'Zürich',
        x: '\\x00ff',
        d: '2024-02-29',
        at: '2024-02-29T12:00:00.000Z',
        j: '{"a":1}',
        other: '12',
      },
      geometry: { type: 1, content: [1, 2] },
    },
    {
      cells: {
        cartodb_id: '9',
        b: 'false',
        n: null,
        big: null,
        r: null,
        s: '',
        x: null,
        d: null,
        at: '2024-02-29 12:00Z',
        j: null,
        other: null,
      },
      geometry: null,
    },
  ]);
});

test('a value of another type than its column declares is handed over whole', async () => {
  const path = make(`
    create table t (n integer, b boolean, d date, s text, x blob);
    insert into gpkg_contents values ('t', 'attributes', null);
    insert into t values ('many', 'perhaps', 20240229, x'0102', 'text'), (1.5, 2, null, 3, null);
  `);
  const [layer] = await openWith(geopackage, path);
  assert.ok(layer !== undefined);
  assert.deepEqual(
    (await rowsOf(layer)).map(({ cells }) => Object.values(cells)),
    [
      ['many', 'perhaps', '20240229', '\\x0102', 'text'],
      ['1.5', '2', null, '3', null],
    ],
  );
});

test('layers are told by gpkg_contents, empty ones left out, and several carry the names of file and table', async () => {
  const tables = ['a b', 'Straße', 'leer']
    .map((name) => `create table "${name}" (geom blob); ${features(name)}`)
    .join('\n');
  const path = make(`${tables}
    create table hidden (x); insert into hidden values (1);
    insert into "a b" values (null); insert into "Straße" values (x'${plain}');`);
  const base = `file${files}`;
  const names = async (file: string) => (await openWith(geopackage, file)).map(({ name }) => name);
  assert.deepEqual(await names(path), [`${base}_a b`, `${base}_Straße`]);
  const alone = make(`create table t (geom blob); ${features('t')}`);
  assert.deepEqual(await names(alone), [`file${files}`]);
});

test('fid becomes cartodb_id, unless it is negative or another column is called so', async () => {
  const columns = async (statements: string) => (await openWith(geopackage, make(statements)))[0]?.columns;
  const listed = "insert into gpkg_contents values ('t', 'attributes', null);";
  assert.deepEqual(await columns(`create table t (fid integer primary key, a); ${listed}`), ['cartodb_id', 'a']);
  assert.deepEqual(await columns(`create table t (id integer primary key, a); ${listed}`), ['id', 'a']);
  assert.deepEqual(await columns(`create table t (fid integer primary key, CartoDB_id); ${listed}`), [
    'fid',
    'CartoDB_id',
  ]);
  assert.deepEqual(
    await columns(`create table t (fid integer primary key, a); ${listed} insert into t values (-1, 2);`),
    ['fid', 'a'],
  );
});

test('the reference system is the EPSG code, else the definition, else nothing', async () => {
  const system = async (srs: number) => {
    const [layer] = await openWith(geopackage, make(`create table t (geom blob); ${features('t', srs)}`));
    return [layer?.srid, layer?.crsWkt];
  };
  assert.deepEqual(await system(4326), [4326, undefined]);
  assert.deepEqual(await system(100000), [null, 'PROJCS["own"]']);
  assert.deepEqual(await system(-1), [null, undefined]);
  assert.deepEqual(await system(0), [null, undefined]);
  assert.deepEqual(await system(25832), [25832, undefined]);
});

test('the envelope of a geometry is skipped whatever it holds, and extended or broken blobs are no geometry', async () => {
  const envelope = (code: number, bytes: number) =>
    `475000${(code * 2 + 1).toString(16).padStart(2, '0')}e6100000${'00'.repeat(bytes)}${pointWkb}`;
  const big = `47500000000010e6${'00000000013ff00000000000004000000000000000'}`;
  const blobs = [envelope(0, 0), envelope(1, 32), envelope(2, 48), envelope(3, 48), envelope(4, 64), big];
  const bad = [envelope(5, 64), `47500021e6100000${pointWkb}`, pointWkb.slice(0, 20), '4750', ''];
  const path = make(`create table t (geom blob); ${features('t')}
    ${[...blobs, ...bad].map((hex) => `insert into t values (x'${hex}');`).join('\n')}`);
  const [layer] = await openWith(geopackage, path);
  assert.ok(layer !== undefined);
  assert.deepEqual(
    (await rowsOf(layer)).map(({ geometry }) => geometry),
    [...blobs.map(() => ({ type: 1, content: [1, 2] })), ...bad.map(() => 'invalid')],
  );
});

test('what a stranger wrote is never run: views, virtual tables and computed columns are not read', async () => {
  const endless = 'with recursive n(i) as (select 1 union all select i + 1 from n) select i as geom from n';
  for (const [name, statement] of [
    ['v', `create view v as ${endless};`],
    ['v', `create view v as select load_extension('x') as geom;`],
    ['v', 'create virtual table v using rtree(id, x0, x1);'],
    ['gone', ''],
  ] as const) {
    assert.equal((await failure(make(`${statement} ${features(name)}`))).code, 1002);
  }
  const path = make(`create table t (geom blob, big generated always as (zeroblob(1e9)), a); ${features('t')}
    create trigger x after insert on t begin select 1; end; insert into t (a) values (1);`);
  const [layer] = await openWith(geopackage, path);
  assert.deepEqual(layer?.columns, ['a']);
  assert.equal((await rowsOf(layer)).length, 1);
  const stolen = make(`drop table gpkg_contents; create view gpkg_contents as ${endless};`);
  assert.equal((await failure(stolen)).code, 1002);
});

test('an SQLite database that is no GeoPackage is told by its content', async () => {
  const path = join(folder, 'plain.gpkg');
  const database = new DatabaseSync(path);
  database.exec('create table t (a)');
  database.close();
  assert.equal(geopackage.matches(readFileSync(path)), false);
  assert.equal((await failure(path)).code, 1002);
  assert.ok(geopackage.matches(readFileSync(make(''))));
});

test('names and values with quotes stay what they are', async () => {
  const path = make(`create table "a""; drop table x --" ("c""'d" text);
    insert into gpkg_contents values ('a"; drop table x --', 'attributes', null);
    insert into "a""; drop table x --" values ('it''s "so"');`);
  const [layer] = await openWith(geopackage, path);
  assert.ok(layer !== undefined);
  assert.deepEqual((await rowsOf(layer))[0]?.cells, { 'c"\'d': 'it\'s "so"' });
});

test('a file that is cut off or overwritten ends with a number, whatever byte it is', { timeout: 60_000 }, async () => {
  const rows = Array.from({ length: 300 }, (_, i) => `(${i + 1}, x'${plain}', 'name ${i}')`).join(',');
  const whole = readFileSync(
    make(`create table t (fid integer primary key, geom blob, name text); ${features('t')}
    insert into t values ${rows};`),
  );
  const path = join(folder, 'damaged.gpkg');
  for (let length = 16; length < whole.length; length += 997) {
    writeFileSync(path, whole.subarray(0, length));
    assert.equal((await failure(path)).code, 2001, `cut off at ${length}`);
  }
  let state = 20261122;
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  for (let round = 0; round < 300; round++) {
    const bytes = Buffer.from(whole);
    for (let change = 0; change < 4; change++) bytes[random(bytes.length)] = random(256);
    writeFileSync(path, bytes);
    try {
      for (const layer of await openWith(geopackage, path)) await rowsOf(layer);
    } catch (error) {
      assert.ok(error instanceof ImportError, `round ${round}: ${error instanceof Error ? error.stack : error}`);
      assert.ok([1002, 2001, 6666].includes(error.code), `round ${round}: ${error.code}`);
    }
  }
});
