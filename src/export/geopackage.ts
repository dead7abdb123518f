import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import type { ColumnProfile } from './column-profile.ts';
import { DOUBLE_DIGITS } from './column-profile.ts';
import { fileFormat } from './file-format.ts';
import type { ReferenceSystem } from './format.ts';
import { systemOf, wgs84 } from './reference-system.ts';
import { extendBox, isEmpty, newBox, type Shape, ShapeType, toWkb } from './shape.ts';
import type { GeometryProfile, Spool } from './spool.ts';
import { valueText } from './value-text.ts';

/** `GPKG`, and version 1.3 (GeoPackage 1.3, requirement 2). */
const APPLICATION_ID = 0x47504b47;
const USER_VERSION = 10300;

/** The tables that every file has (requirements 10 to 13 and 21). */
const CORE = `
  create table gpkg_spatial_ref_sys (srs_name text not null, srs_id integer primary key, organization text not null,
    organization_coordsys_id integer not null, definition text not null, description text);
  insert into gpkg_spatial_ref_sys values
    ('Undefined Cartesian SRS', -1, 'NONE', -1, 'undefined', null),
    ('Undefined geographic SRS', 0, 'NONE', 0, 'undefined', null);
  create table gpkg_contents (table_name text not null primary key, data_type text not null, identifier text unique,
    description text default '', last_change datetime not null default (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
    min_x double, min_y double, max_x double, max_y double, srs_id integer references gpkg_spatial_ref_sys(srs_id));
  create table gpkg_geometry_columns (table_name text not null unique references gpkg_contents(table_name),
    column_name text not null, geometry_type_name text not null,
    srs_id integer not null references gpkg_spatial_ref_sys(srs_id), z tinyint not null, m tinyint not null,
    primary key (table_name, column_name));`;

/** The extension by which a column says that its text is JSON. */
const SCHEMA_EXTENSION = `
  create table gpkg_extensions (table_name text, column_name text, extension_name text not null,
    definition text not null, scope text not null, unique (table_name, column_name, extension_name));
  insert into gpkg_extensions values
    ('gpkg_data_columns', null, 'gpkg_schema', 'http://www.geopackage.org/spec130/#extension_schema', 'read-write'),
    ('gpkg_data_column_constraints', null, 'gpkg_schema', 'http://www.geopackage.org/spec130/#extension_schema', 'read-write');
  create table gpkg_data_columns (table_name text not null, column_name text not null, name text, title text,
    description text, mime_type text, constraint_name text, primary key (table_name, column_name));
  create table gpkg_data_column_constraints (constraint_name text not null, constraint_type text not null, value text,
    min numeric, min_is_inclusive boolean, max numeric, max_is_inclusive boolean, description text,
    unique (constraint_name, constraint_type, value));`;

const geometryNames = [
  'GEOMETRY',
  'POINT',
  'LINESTRING',
  'POLYGON',
  'MULTIPOINT',
  'MULTILINESTRING',
  'MULTIPOLYGON',
  'GEOMETRYCOLLECTION',
] as const;

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

type Encode = (text: string) => SQLInputValue;

/** The type of a column, and its values. */
function sqliteType(column: ColumnProfile): readonly [string, Encode] {
  const asText = (text: string): string => valueText(text, column);
  switch (column.type) {
    case 'integer':
      return ['INTEGER', BigInt];
    case 'double':
      // SQLite takes NaN for NULL.
      return column.hasNonFinite ? ['TEXT', String] : ['REAL', Number];
    case 'decimal':
      return column.significantDigits <= DOUBLE_DIGITS ? ['REAL', Number] : ['TEXT', String];
    case 'boolean':
      return ['BOOLEAN', (text) => (text === 't' ? 1 : 0)];
    case 'date':
      return ['DATE', String];
    case 'timestamp':
    case 'timestamptz':
      return ['DATETIME', (text) => datetime(asText(text))];
    case 'bytes':
      return ['BLOB', (text) => Buffer.from(text.slice(2), 'hex')];
    default:
      return ['TEXT', asText];
  }
}

/** `YYYY-MM-DDTHH:MM:SS.SSSZ`: the standard has three decimals; the others are kept where there are more. */
function datetime(iso: string): string {
  const [seconds = '', fraction = ''] = iso.replace('Z', '').split('.');
  return `${seconds}.${fraction.padEnd(3, '0')}Z`;
}

/** A geometry as requirement 19 has it: a header with the box, where it is no point, and well-known binary. */
function blobOf(shape: Shape, srsId: number): Buffer {
  const empty = isEmpty(shape);
  const hasBox = !empty && shape.type !== ShapeType.point;
  const head = Buffer.alloc(hasBox ? 40 : 8);
  head.write('GP', 'latin1');
  head[3] = 1 | (hasBox ? 2 : 0) | (empty ? 0x10 : 0);
  head.writeInt32LE(srsId, 4);
  if (hasBox) {
    const box = newBox();
    extendBox(box, shape);
    [box.minX, box.maxX, box.minY, box.maxY].forEach((value, index) => {
      head.writeDoubleLE(value, 8 + 8 * index);
    });
  }
  return Buffer.concat([head, toWkb(shape)]);
}

function describeGeometry(database: DatabaseSync, table: string, geometry: GeometryProfile, srsId: number): void {
  const kinds = [...geometry.kinds];
  const [first = 0] = kinds;
  const isOne = kinds.every((kind) => kind % 10 === first % 10);
  const presence = (has: (kind: number) => boolean): number => (kinds.some(has) ? (kinds.every(has) ? 1 : 2) : 0);
  database.prepare('insert into gpkg_geometry_columns values (?, ?, ?, ?, ?, ?)').run(
    table,
    geometry.name,
    geometryNames[isOne ? first % 10 : 0] ?? 'GEOMETRY',
    srsId,
    presence((kind) => kind % 20 >= 10),
    presence((kind) => kind >= 20),
  );
}

function describe(database: DatabaseSync, table: string, spool: Spool, system: ReferenceSystem | null): number {
  const { geometry, columns } = spool;
  database.exec(CORE);
  const addSystem = database.prepare('insert or ignore into gpkg_spatial_ref_sys values (?, ?, ?, ?, ?, null)');
  for (const one of [wgs84, ...(system === null ? [] : [system])]) {
    const title = /"([^"]+)"/.exec(one.wkt)?.[1] ?? String(one.srid);
    addSystem.run(title, one.srid, one.authority ?? 'NONE', one.authority === null ? one.srid : one.code, one.wkt);
  }
  const srsId = system?.srid ?? -1;
  const box = geometry?.box;
  const corners =
    box !== undefined && Number.isFinite(box.minX)
      ? [box.minX, box.minY, box.maxX, box.maxY]
      : [null, null, null, null];
  database
    .prepare(
      'insert into gpkg_contents (table_name, data_type, identifier, min_x, min_y, max_x, max_y, srs_id) values (?, ?, ?, ?, ?, ?, ?, ?)',
    )
    .run(table, geometry === null ? 'attributes' : 'features', table, ...corners, geometry === null ? null : srsId);
  if (geometry !== null) describeGeometry(database, table, geometry, srsId);
  const json = columns.filter(({ type }) => type === 'json');
  if (json.length > 0) database.exec(SCHEMA_EXTENSION);
  for (const { name } of json) {
    database
      .prepare("insert into gpkg_data_columns (table_name, column_name, mime_type) values (?, ?, 'application/json')")
      .run(table, name);
  }
  return srsId;
}

/** A column of the result that can be the number of the row, as CARTO's exports have it. */
const KEY = 'cartodb_id';

/** Writes the file; false where the values of the key are not distinct. */
async function writeFile(path: string, table: string, spool: Spool, system: ReferenceSystem | null, key: string) {
  using database = new DatabaseSync(path);
  database.exec(
    `pragma application_id = ${APPLICATION_ID}; pragma user_version = ${USER_VERSION};
     pragma journal_mode = off; pragma synchronous = off; begin`,
  );
  const srsId = describe(database, table, spool, system);
  const { columns, geometry } = spool;
  const encoders = columns.map((column) => ({ ...column, kind: sqliteType(column) }));
  const definitions = [
    ...(columns.some(({ name }) => name === key) ? [] : [`${quoted(key)} integer primary key autoincrement not null`]),
    ...(geometry === null ? [] : [`${quoted(geometry.name)} GEOMETRY`]),
    ...encoders.map(({ name, kind: [type] }) =>
      name === key ? `${quoted(name)} integer primary key autoincrement not null` : `${quoted(name)} ${type}`,
    ),
  ];
  database.exec(`create table ${quoted(table)} (${definitions.join(', ')})`);
  const written = [...(geometry === null ? [] : [geometry.name]), ...encoders.map(({ name }) => name)];
  const insert = database.prepare(
    written.length === 0
      ? `insert into ${quoted(table)} default values`
      : `insert into ${quoted(table)} (${written.map(quoted).join(', ')}) values (${written.map(() => '?').join(', ')})`,
  );
  for await (const row of spool.rows()) {
    const shape = spool.shapeOf(row);
    const values = encoders.map(({ index, kind: [, encode] }): SQLInputValue => {
      const text = row[index] ?? null;
      return text === null ? null : encode(text);
    });
    try {
      insert.run(...(geometry === null ? [] : [shape === null ? null : blobOf(shape, srsId)]), ...values);
    } catch (error) {
      if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_CONSTRAINT_PRIMARYKEY) return false;
      throw error;
    }
  }
  database.exec('commit');
  return true;
}

/** Of the result codes of SQLite. */
const SQLITE_CONSTRAINT_PRIMARYKEY = 1555;

/** A GeoPackage 1.3 with one table, called as the file. */
export const geopackage = fileFormat({
  mediaType: 'application/x-sqlite3; charset=utf-8',
  extension: 'gpkg',
  async *write(spool, context, folder) {
    const system = await systemOf(spool.geometry, context);
    const table = /^(?:gpkg_|rtree_|sqlite_)/i.test(context.name) ? `_${context.name}` : context.name;
    const names = new Set(
      [spool.geometry?.name, ...spool.columns.map(({ name }) => name)].map((name) => name?.toLowerCase()),
    );
    let own = 'fid';
    while (names.has(own)) own = `${own}_`;
    const key = spool.columns.find(({ name, type, hasNulls }) => name === KEY && type === 'integer' && !hasNulls);
    let path = join(folder, 'keyed.gpkg');
    const isKeyed = key !== undefined && (await writeFile(path, table, spool, system, KEY));
    if (!isKeyed) {
      path = join(folder, 'numbered.gpkg');
      await writeFile(path, table, spool, system, own);
    }
    yield* createReadStream(path);
  },
});
