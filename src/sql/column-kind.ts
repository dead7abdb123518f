/** How a value of a column is written: by what it is to a client, not by its type's name. */
export type ColumnKind = 'number' | 'boolean' | 'date' | 'json' | 'geometry' | 'array' | 'string';

const NUMBERS: ReadonlySet<string> = new Set(['int2', 'int4', 'int8', 'oid', 'numeric', 'float4', 'float8']);
const DATES: ReadonlySet<string> = new Set(['date', 'timestamp', 'timestamptz']);

/** The kind of an engine's type (`pg_type.typname`). */
export function columnKind(typeName: string): ColumnKind {
  if (NUMBERS.has(typeName)) return 'number';
  if (typeName === 'bool') return 'boolean';
  if (DATES.has(typeName)) return 'date';
  if (typeName === 'json' || typeName === 'jsonb') return 'json';
  if (typeName === 'geometry' || typeName === 'geography') return 'geometry';
  if (typeName.startsWith('_')) return 'array';
  return 'string';
}

/** What `fields` in an answer calls the type: CARTO's words, with `number[]` for arrays. */
export function fieldType(typeName: string): string {
  const kind = columnKind(typeName);
  if (kind === 'array') return `${fieldType(typeName.slice(1))}[]`;
  return kind === 'json' ? 'object' : kind;
}
