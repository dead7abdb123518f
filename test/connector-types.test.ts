import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ColumnType } from '../src/domain/schema.ts';
import { planBigQueryColumn } from '../src/sources/database/bigquery.ts';
import { planMysqlColumn } from '../src/sources/database/mysql-columns.ts';
import { planColumn } from '../src/sources/database/postgres-columns.ts';
import { planRedshiftColumn } from '../src/sources/database/redshift.ts';
import { planSnowflakeColumn } from '../src/sources/database/snowflake.ts';
import { planSqlServerColumn } from '../src/sources/database/sqlserver-columns.ts';

const text = readFileSync(join(import.meta.dirname, '../docs/connectors.md'), 'utf8');

/** What a column of a type becomes; null: the geometry. */
type Plan = () => ColumnType | null;

const name = 'a';
const each = (words: string, plan: (word: string) => ColumnType | null): readonly (readonly [string, Plan])[] =>
  words.split(', ').map((word) => [word, () => plan(word)] as const);

/** `pg_type.typname` and `typcategory` of the types that PostgreSQL writes in another way, as `format_type` does. */
const postgresNames: Readonly<Record<string, readonly [string, string]>> = {
  smallint: ['int2', 'N'],
  integer: ['int4', 'N'],
  bigint: ['int8', 'N'],
  real: ['float4', 'N'],
  'double precision': ['float8', 'N'],
  boolean: ['bool', 'B'],
  arrays: ['_int4', 'A'],
  composites: ['address', 'C'],
  enum: ['mood', 'E'],
};

const postgres = (word: string): ColumnType | null => {
  const [type, category] = postgresNames[word] ?? [word, 'U'];
  const isGeometry = word === 'geometry' || word === 'geography';
  return planColumn({ name, type, category, modifier: -1 }, isGeometry, '"public"').type;
};

/** Types of the protocol by the server's `field_types.h`, the character set (63: bytes) and the length where it counts. */
const mysqlNames: Readonly<Record<string, readonly [number, number, number?]>> = {
  tinyint: [1, 63],
  smallint: [2, 63],
  mediumint: [9, 63],
  int: [3, 63],
  bigint: [8, 63],
  year: [13, 63],
  decimal: [246, 63],
  float: [4, 63],
  double: [5, 63],
  'bit(1)': [16, 63, 1],
  'bit(n)': [16, 63, 7],
  date: [10, 63],
  datetime: [12, 63],
  timestamp: [7, 63],
  time: [11, 63],
  uuid: [254, 45],
  json: [245, 63],
  binary: [254, 63],
  varbinary: [253, 63],
  blob: [252, 63],
  geometry: [255, 63],
  char: [254, 45],
  varchar: [253, 45],
  text: [252, 45],
  enum: [254, 45],
  set: [254, 45],
  inet6: [254, 45],
};

const mysql = (word: string): ColumnType | null => {
  const [type, charset, length = 20] = mysqlNames[word] ?? assert.fail(word);
  const dataType = word.replace(/\(.*/, '');
  return planMysqlColumn({ name, type, charset, length, dataType }).type;
};

/** Numbers of Redshift's types in pg_type. */
const redshiftNames: Readonly<Record<string, number>> = {
  smallint: 21,
  integer: 23,
  bigint: 20,
  numeric: 1700,
  real: 700,
  'double precision': 701,
  boolean: 16,
  date: 1082,
  time: 1083,
  timestamp: 1114,
  timestamptz: 1184,
  SUPER: 4000,
  VARBYTE: 6551,
  GEOMETRY: 3000,
  GEOGRAPHY: 3001,
  char: 1042,
  varchar: 1043,
};

/** Types of Snowflake as its driver calls them. */
const snowflakeNames: Readonly<Record<string, string>> = { NUMBER: 'fixed', FLOAT: 'real' };

/** Every type that the tables name, by the head of their columns. */
const providers: Readonly<Record<string, ReadonlyMap<string, Plan>>> = {
  PostgreSQL: new Map(
    each(
      `${Object.keys(postgresNames).join(', ')}, oid, numeric, money, date, timestamp, timestamptz, time, uuid, json, jsonb, bytea, geometry, geography, interval, bit, inet, timetz`,
      postgres,
    ),
  ),
  'MySQL, MariaDB': new Map(each(Object.keys(mysqlNames).join(', '), mysql)),
  'SQL Server': new Map(
    each(
      'tinyint, smallint, int, bigint, decimal, numeric, money, smallmoney, float, real, bit, date, time, datetime, datetime2, smalldatetime, datetimeoffset, uniqueidentifier, binary, varbinary, image, rowversion, geometry, geography, char, nvarchar, xml, hierarchyid',
      (type) => planSqlServerColumn({ name, type }).type,
    ),
  ),
  Redshift: new Map(
    each(
      Object.keys(redshiftNames).join(', '),
      (word) => planRedshiftColumn({ name, dataTypeID: redshiftNames[word] ?? 0 }).type,
    ),
  ),
  BigQuery: new Map(
    each(
      'INT64, NUMERIC, BIGNUMERIC, FLOAT64, BOOL, DATE, TIME, DATETIME, TIMESTAMP, STRUCT, ARRAY, JSON, BYTES, GEOGRAPHY, STRING, INTERVAL',
      (type) => {
        const field = type === 'ARRAY' ? { type: 'INT64', mode: 'REPEATED' } : { type, mode: 'NULLABLE' };
        return planBigQueryColumn({ name, ...field }).type;
      },
    ),
  ),
  Snowflake: new Map(
    each(
      'NUMBER, FLOAT, BOOLEAN, DATE, TIME, TIMESTAMP_NTZ, TIMESTAMP_TZ, TIMESTAMP_LTZ, VARIANT, OBJECT, ARRAY, BINARY, GEOGRAPHY, GEOMETRY, TEXT',
      (word) => planSnowflakeColumn(name, snowflakeNames[word] ?? word.toLowerCase()).type,
    ),
  ),
};

const cellsOf = (line: string): readonly string[] =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());

/** Provider, type and column of every entry of the tables that end in "column". */
const entries = text
  .split('\n\n')
  .filter((block) => /^\|.*\| column \|\n/.test(block))
  .flatMap((block) => {
    const [head = '', _, ...lines] = block.trim().split('\n');
    const heads = cellsOf(head).slice(0, -1);
    return lines.flatMap((line) => {
      const cells = cellsOf(line);
      const said = /^`([a-z_ ]+)`/.exec(cells.at(-1) ?? '')?.[1] ?? '';
      return heads.flatMap((provider, at) =>
        (cells[at] ?? '')
          .split(', ')
          .filter((word) => word !== '')
          .map((word) => ({ provider, word, said })),
      );
    });
  });

test('every type of the tables of docs/connectors.md becomes the column that they say', () => {
  assert.ok(entries.length > 100, `${entries.length} types`);
  for (const { provider, word, said } of entries) {
    const plan = providers[provider]?.get(word) ?? assert.fail(`${provider}: ${word}`);
    assert.equal(plan() ?? 'the_geom', said, `${provider}: ${word}`);
  }
});

test('the tables leave no type out that has a column of its own', () => {
  for (const [provider, types] of Object.entries(providers)) {
    const told = entries.filter((entry) => entry.provider === provider).map(({ word }) => word);
    assert.deepEqual(told.toSorted(), [...types.keys()].toSorted(), provider);
  }
});
