// hot path: bench/load.bench.ts
import type { SQLOutputValue } from 'node:sqlite';
import type { ColumnType } from '../../domain/schema.ts';
import type { RecordWriter } from '../record-writer.ts';
import type { TableColumn } from './tables.ts';

/** The types of GeoPackage 1.3, table 1, and spellings that others write. Not here: to be inferred. */
const declaredTypes: ReadonlyMap<string, ColumnType> = new Map([
  ['BOOLEAN', 'boolean'],
  ['TINYINT', 'bigint'],
  ['SMALLINT', 'bigint'],
  ['MEDIUMINT', 'bigint'],
  ['INT', 'bigint'],
  ['INTEGER', 'bigint'],
  ['BIGINT', 'bigint'],
  ['FLOAT', 'double precision'],
  ['DOUBLE', 'double precision'],
  ['REAL', 'double precision'],
  ['TEXT', 'text'],
  ['VARCHAR', 'text'],
  ['BLOB', 'bytea'],
  ['DATE', 'date'],
  ['DATETIME', 'timestamptz'],
]);

/** The type that a column declares, null where it declares none that is known. */
export function columnType({ declared, isJson }: TableColumn): ColumnType | null {
  return isJson ? 'jsonb' : (declaredTypes.get(declared.replace(/\s*\(.*$/, '')) ?? null);
}

const hexOf = (value: Uint8Array): string =>
  `\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}`;

/** A time as the standard has it but without its zone, which is UTC by the standard. */
const withoutZone = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?$/;

/**
 * Writes a value of SQLite, which may be of any type whatever its column declares, as a cell of `type`. A value of
 * another type is written as the text that SQLite would print: it does not fit, and the column is inferred.
 */
export function writeCell(writer: RecordWriter, at: number, value: SQLOutputValue, type: ColumnType | null): void {
  if (value === null) return;
  if (typeof value === 'string') {
    if (type === 'timestamptz' && withoutZone.test(value)) writer.text(at, `${value}Z`);
    else if (type === 'jsonb') writer.json(at, value);
    else writer.text(at, value);
  } else if (typeof value === 'bigint') {
    if (type === 'boolean' && (value === 0n || value === 1n)) writer.boolean(at, value === 1n);
    else writer.bigint(at, value);
  } else if (typeof value === 'number') {
    writer.number(at, value);
  } else if (type === 'bytea') {
    writer.binary(at, value);
  } else {
    writer.text(at, hexOf(value));
  }
}
