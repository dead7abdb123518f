import type { SQLInputValue } from 'node:sqlite';
import type { Layer, LocalFile, OnRecord } from '../../domain/layer.ts';
import { layerName } from '../../domain/naming.ts';
import { ImportError } from '../../errors.ts';
import { RecordWriter } from '../record-writer.ts';
import { columnType, writeCell } from './cells.ts';
import { GeoPackageDatabase, quoted } from './database.ts';
import { wkbOffset } from './geometry-blob.ts';
import { listTables, type Table } from './tables.ts';

/** Places in a table that `sample` looks at, and rows of each. */
const WINDOWS = 16;
const WINDOW_ROWS = 100;

/**
 * Opens a GeoPackage: a layer for every table of features or attributes that has rows, or for all where none has. A
 * single layer has the file's name, several `<file>_<table>` (wire contract 4.5). Throws unsupportedFormat (1002) where
 * there is no such table, loadFailed (2001) where the file is damaged.
 */
export function openGeoPackage(file: LocalFile): readonly Layer[] {
  using database = new GeoPackageDatabase(file);
  const tables = listTables(database);
  if (tables.length === 0) {
    throw new ImportError('unsupportedFormat', {
      detail: `${file.name} is an SQLite database without a table of features or attributes in gpkg_contents.`,
      hint: 'Export the layer as a GeoPackage of features; views and tiles are not imported.',
    });
  }
  const filled = tables.filter(({ name }) => database.all(`select 1 from ${quoted(name)} limit 1`).length > 0);
  const chosen = filled.length > 0 ? filled : tables;
  const base = layerName(file.name);
  return chosen.map((table) =>
    createLayer(file, chosen.length === 1 ? base : `${base}_${table.name}`, table, columnsOf(database, table)),
  );
}

/**
 * Names of the columns beside the geometry. The key `fid` is the table's own row number, made by the writer, as
 * `cartodb_id` is here: it becomes that, unless another column is called so or a number is negative.
 */
function columnsOf(database: GeoPackageDatabase, { name, columns, geometry, key }: Table): readonly string[] {
  const names = columns.map((column) => column.name);
  const fid = names[key];
  if (fid?.toLowerCase() === 'fid' && !names.some((other) => other.toLowerCase() === 'cartodb_id')) {
    const [first] = database.all(`select ${quoted(fid)} from ${quoted(name)} order by 1 limit 1`);
    if (typeof first?.[0] !== 'bigint' || first[0] >= 0n) names[key] = 'cartodb_id';
  }
  return names.filter((_, position) => position !== geometry);
}

function createLayer(file: LocalFile, name: string, table: Table, columns: readonly string[]): Layer {
  const types = table.columns.filter((_, position) => position !== table.geometry).map(columnType);
  let nulCharacters = 0;
  const selected = table.columns.map((column) => quoted(column.name)).join(', ');
  const statement = `select ${selected} from ${quoted(table.name)}`;

  const pass = (
    database: GeoPackageDatabase,
    onRecord: OnRecord,
    clause: string,
    ...parameters: readonly SQLInputValue[]
  ): void => {
    const writer = new RecordWriter(types.length);
    for (const row of database.rows(statement + clause, ...parameters)) {
      writer.begin();
      let at = 0;
      for (let i = 0; i < row.length; i++) {
        const value = row[i]!;
        if (i !== table.geometry) writeCell(writer, at, value, types[at++]!);
        else if (value instanceof Uint8Array) writer.wkb(value, wkbOffset(value), value.length);
      }
      onRecord(writer.record);
    }
    ({ nulCharacters } = writer);
  };

  return {
    name,
    srid: table.srid,
    ...(table.crsWkt === undefined ? {} : { crsWkt: table.crsWkt }),
    columns,
    types,
    hasGeometry: table.geometry >= 0,
    sample: async (onRecord) => {
      using database = new GeoPackageDatabase(file);
      for (const from of sampledKeys(database, table)) {
        const key = quoted(table.columns[table.key]?.name ?? '');
        if (from === null) pass(database, onRecord, ` limit ${WINDOWS * WINDOW_ROWS}`);
        else pass(database, onRecord, ` where ${key} >= ? order by ${key} limit ${WINDOW_ROWS}`, from);
      }
    },
    read: async (onRecord) => {
      using database = new GeoPackageDatabase(file);
      pass(database, onRecord, '');
    },
    warnings: () => (nulCharacters > 0 ? { nul_characters: { count: nulCharacters } } : {}),
  };
}

/** Keys, evenly spread, at which pieces of the table begin; a single null where there is no key to find rows by. */
function sampledKeys(database: GeoPackageDatabase, table: Table): readonly (bigint | null)[] {
  const key = table.columns[table.key]?.name;
  if (key === undefined) return [null];
  const last = (direction: string) =>
    database.all(`select ${quoted(key)} from ${quoted(table.name)} order by 1 ${direction} limit 1`)[0]?.[0];
  const low = last('asc');
  const high = last('desc');
  if (typeof low !== 'bigint' || typeof high !== 'bigint' || high - low < WINDOWS * WINDOW_ROWS) return [null];
  return Array.from({ length: WINDOWS }, (_, i) => low + ((high - low) * BigInt(i)) / BigInt(WINDOWS));
}
