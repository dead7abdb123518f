import type { ColumnType } from './schema.ts';

/** By `pg_type.typname`. A map, because a type may be called `constructor`. */
const columnTypes: ReadonlyMap<string, ColumnType> = new Map([
  ['bool', 'boolean'],
  ['int2', 'bigint'],
  ['int4', 'bigint'],
  ['int8', 'bigint'],
  ['oid', 'bigint'],
  ['numeric', 'numeric'],
  ['float4', 'double precision'],
  ['float8', 'double precision'],
  ['date', 'date'],
  ['timestamp', 'timestamp'],
  ['timestamptz', 'timestamptz'],
  ['time', 'time'],
  ['uuid', 'uuid'],
  ['json', 'jsonb'],
  ['jsonb', 'jsonb'],
  ['bytea', 'bytea'],
]);

/** The type of a column that holds every value of a type of PostgreSQL, `text` where no other does. */
export const columnTypeOf = (typeName: string): ColumnType => columnTypes.get(typeName) ?? 'text';
