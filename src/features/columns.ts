import type { ReadableColumn, ReadableTable } from '../store/readable-table.ts';

/** What can be said about a value of a column. */
export type ValueKind = 'number' | 'text' | 'boolean' | 'time' | 'other';

const numbers: ReadonlySet<string> = new Set(['int2', 'int4', 'int8', 'float4', 'float8', 'numeric']);
const times: ReadonlySet<string> = new Set(['date', 'timestamp', 'timestamptz']);
const texts: ReadonlySet<string> = new Set(['text', 'varchar', 'bpchar', 'uuid', 'name']);

/** The kind of a column's values. */
export function kindOf({ type }: ReadableColumn): ValueKind {
  if (numbers.has(type)) return 'number';
  if (times.has(type)) return 'time';
  if (texts.has(type)) return 'text';
  return type === 'bool' ? 'boolean' : 'other';
}

/** The columns that are properties of features: all but geometries and rasters. */
export const propertiesOf = (table: ReadableTable): readonly ReadableColumn[] =>
  table.columns.filter(({ type }) => type !== 'geometry' && type !== 'geography' && type !== 'raster');

/** The column that says when a feature was: the first of a type of time; null where there is none. */
export const timeColumnOf = (table: ReadableTable): ReadableColumn | null =>
  table.columns.find((column) => times.has(column.type)) ?? null;

/** The JSON schema of a column's values. */
export function schemaOf(column: ReadableColumn): Readonly<Record<string, string>> {
  if (/^int[248]$/.test(column.type)) return { type: 'integer' };
  const kind = kindOf(column);
  if (kind === 'number' || kind === 'boolean') return { type: kind };
  if (kind === 'time') return { type: 'string', format: column.type === 'date' ? 'date' : 'date-time' };
  if (column.type === 'json' || column.type === 'jsonb') return {};
  return column.type.startsWith('_') ? { type: 'array' } : { type: 'string' };
}
