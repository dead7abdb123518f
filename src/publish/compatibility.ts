/** Whether and how rows of one schema fit an existing table (wire contract 7.3). */
import type { Queryable } from '../db/database.ts';
import { identifier, join, type Sql, sql, trusted } from '../db/sql.ts';
import { ownColumns } from '../domain/naming.ts';
import type { Column, ColumnType, TableSchema } from '../domain/schema.ts';
import { ImportError } from '../errors.ts';
import { stagingSchema } from '../load/staging.ts';
import type { ExistingColumn } from './catalog.ts';

type Family = 'boolean' | 'number' | 'date' | 'string' | 'bytes';

/** Families of types as CARTO showed them; a change within a family is compatible. */
const families: Readonly<Record<string, Family>> = {
  boolean: 'boolean',
  smallint: 'number',
  integer: 'number',
  bigint: 'number',
  numeric: 'number',
  real: 'number',
  'double precision': 'number',
  date: 'date',
  'timestamp without time zone': 'date',
  'timestamp with time zone': 'date',
  'time without time zone': 'string',
  uuid: 'string',
  jsonb: 'string',
  json: 'string',
  text: 'string',
  'character varying': 'string',
  character: 'string',
  bytea: 'bytes',
};

/** Our types as `format_type` writes them. */
const catalogName = (type: ColumnType): string => {
  switch (type) {
    case 'timestamp':
      return 'timestamp without time zone';
    case 'timestamptz':
      return 'timestamp with time zone';
    case 'time':
      return 'time without time zone';
    default:
      return type;
  }
};

const withoutModifier = (type: string): string => type.replace(/\([^)]*\)/, '');
const isOwn = (name: string): boolean => ownColumns.some((own) => own === name);

const refuse = (table: string, problems: readonly string[]): ImportError =>
  new ImportError('incompatibleSchemas', {
    detail: `The table ${table} cannot be overwritten with this data: ${problems.join('; ')}.`,
    hint: 'Give the columns the names and types of the table, or import under another name.',
  });

/** Columns that an import made; those that somebody added by hand have no comment of ours and stay as they are. */
const imported = (existing: readonly ExistingColumn[]): readonly ExistingColumn[] =>
  existing.filter((column) => !isOwn(column.name) && column.source !== null);

/** Throws `incompatibleSchemas` that names the columns which the table has and the new data has not. */
export function checkColumnsPresent(table: string, existing: readonly ExistingColumn[], schema: TableSchema): void {
  const names = new Set(schema.columns.map(({ name }) => name));
  const missing = [
    ...ownColumns.filter((own) => !existing.some(({ name }) => name === own)).map((own) => `the table has no ${own}`),
    ...imported(existing)
      .filter(({ name }) => !names.has(name))
      .map(({ name }) => `the data has no column ${name}`),
  ];
  if (missing.length > 0) throw refuse(table, missing);
}

/** How one column of the new data goes into the table. */
export interface ColumnFit {
  readonly column: Column;
  /** Its value, read from a row of the staging table named `s`. */
  readonly value: Sql;
  /** What has to be done to the table before: nothing, a column of this type, or a change to this type. */
  readonly change: { readonly kind: 'none' } | { readonly kind: 'add' | 'retype'; readonly type: ColumnType };
}

/** Text of every value is read back in the wider type: exact, where a cast from double to numeric rounds to 15 digits. */
const viaText = (value: Sql, type: string): Sql => sql`${value}::text::${trusted(type)}`;

interface Conversion {
  readonly value: Sql;
  /** Where given, the conversion is taken only if this holds for every value. */
  readonly exact?: Sql;
}

/** How values of the new type keep the existing type; null where they cannot. */
function conversion(value: Sql, from: ColumnType, to: string): Conversion | null {
  const keep = `${from} in ${to}`;
  switch (keep) {
    case 'bigint in numeric':
    case 'double precision in numeric':
      return { value: viaText(value, 'numeric') };
    case 'bigint in double precision':
      return {
        value: sql`${value}::double precision`,
        exact: sql`${value} between -9007199254740992 and 9007199254740992`,
      };
    case 'numeric in double precision':
      return {
        value: sql`${value}::double precision`,
        exact: sql`abs(${value}) < 1e300 and ${value}::double precision::text::numeric = ${value}`,
      };
    case 'numeric in bigint':
      return {
        value: sql`${value}::bigint`,
        exact: sql`scale(${value}) = 0 and ${value} between -9223372036854775808 and 9223372036854775807`,
      };
    case 'double precision in bigint':
      return {
        value: sql`${value}::bigint`,
        exact: sql`abs(${value}) <= 9007199254740992 and ${value} = trunc(${value})`,
      };
    case 'date in timestamp without time zone':
      return { value: sql`${value}::timestamp` };
    case 'timestamp in date':
      return { value: sql`${value}::date`, exact: sql`${value} = date_trunc('day', ${value})` };
    default:
      return to === 'text' ? { value: sql`${value}::text` } : null;
  }
}

/** The type that holds both, where the existing one does not hold the new values. */
function common(from: ColumnType, to: string): ColumnType {
  if (families[to] === 'string') return 'text';
  if (families[to] !== 'number') return from;
  if (to === 'numeric' || from === 'numeric') return 'numeric';
  if (to === 'double precision' && from === 'bigint') return 'numeric';
  return from;
}

/**
 * How the rows in a staging table fit an existing table. Throws `incompatibleSchemas` that names every column which
 * is missing or of another family; a column without a single value fits any.
 */
export async function fitColumns(
  db: Queryable,
  table: string,
  existing: readonly ExistingColumn[],
  staging: string,
  schema: TableSchema,
): Promise<readonly ColumnFit[]> {
  checkColumnsPresent(table, existing, schema);
  const pairs = schema.columns.map((column) => {
    const value = sql`s.${identifier(column.name)}`;
    const old = existing.find(({ name }) => name === column.name) ?? null;
    const same = old !== null && old.type === catalogName(column.type);
    return { column, value, old, same, way: old === null ? null : conversion(value, column.type, old.type) };
  });
  const facts = await askOfValues(
    db,
    staging,
    pairs.filter(({ old, same }) => old !== null && !same),
  );

  const problems: string[] = [];
  const fits = pairs.map(({ column, value, old, same, way }): ColumnFit => {
    if (old === null) return { column, value, change: { kind: 'add', type: column.type } };
    if (same) return { column, value, change: { kind: 'none' } };
    const fact = facts.get(column.name);
    if (fact === undefined || fact.isEmpty) {
      return { column, value: sql`null::${trusted(old.type)}`, change: { kind: 'none' } };
    }
    if (families[withoutModifier(old.type)] !== families[catalogName(column.type)]) {
      problems.push(`the column ${column.name} is ${old.type} in the table and ${column.type} in the data`);
    }
    if (way !== null && fact.isExact) return { column, value: way.value, change: { kind: 'none' } };
    const type = common(column.type, withoutModifier(old.type));
    const throughText = type === 'numeric' || type === 'text';
    return {
      column,
      value: throughText ? viaText(value, type) : sql`${value}::${trusted(type)}`,
      change: { kind: 'retype', type },
    };
  });
  if (problems.length > 0) throw refuse(table, problems);
  return fits;
}

interface ValueFacts {
  readonly isEmpty: boolean;
  readonly isExact: boolean;
}

/** One pass over the staging table for all columns whose type differs. */
async function askOfValues(
  db: Queryable,
  staging: string,
  pairs: readonly { readonly column: Column; readonly value: Sql; readonly way: Conversion | null }[],
): Promise<ReadonlyMap<string, ValueFacts>> {
  if (pairs.length === 0) return new Map();
  const questions = pairs.map(
    ({ value, way }) =>
      sql`json_build_array(count(${value}) = 0, coalesce(bool_and(${way?.exact ?? trusted('true')}), true))`,
  );
  const rows = await db.query<{ facts: readonly (readonly [boolean, boolean])[] }>(sql`
    select to_json(array[${join(questions)}]) as facts from ${identifier(stagingSchema, staging)} s`);
  const facts = rows[0]?.facts ?? [];
  return new Map(
    pairs.map(({ column }, index) => {
      const [isEmpty = true, isExact = true] = facts[index] ?? [];
      return [column.name, { isEmpty, isExact }];
    }),
  );
}
