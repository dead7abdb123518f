/** How values of one column type go into another without a loss. */
import { type Sql, sql, trusted } from '../db/sql.ts';
import type { ColumnType } from '../domain/schema.ts';

type Family = 'boolean' | 'number' | 'date' | 'string' | 'bytes';

/** Families of types as CARTO showed them; a change within a family is compatible (wire contract 7.3). */
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
export const catalogName = (type: ColumnType): string => {
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

/** Whether the wire contract takes a new type for one that fits the column of the table. */
export const isSameFamily = (from: ColumnType, to: string): boolean =>
  families[withoutModifier(to)] === families[catalogName(from)];

/** Text of every value is read back in the wider type: exact, where a cast from double to numeric rounds to 15 digits. */
const viaText = (value: Sql, type: string): Sql => sql`${value}::text::${trusted(type)}`;

/** A value as it is written into a column that was given the type `common` has chosen. */
export const widened = (value: Sql, type: ColumnType): Sql =>
  type === 'numeric' || type === 'text' ? viaText(value, type) : sql`${value}::${trusted(type)}`;

export interface Conversion {
  readonly value: Sql;
  /** Where given, the conversion is taken only if this holds for every value. */
  readonly exact?: Sql;
}

/** How values of the new type keep the existing type; null where they cannot. */
export function conversion(value: Sql, from: ColumnType, to: string): Conversion | null {
  const letters = /^character varying\((\d+)\)$/.exec(to)?.[1];
  const keep = `${from} in ${letters === undefined ? to : 'character varying'}`;
  switch (keep) {
    case 'bigint in integer':
      return { value: sql`${value}::integer`, exact: sql`${value} between -2147483648 and 2147483647` };
    case 'bigint in smallint':
      return { value: sql`${value}::smallint`, exact: sql`${value} between -32768 and 32767` };
    case 'text in character varying':
      return {
        value: sql`${value}::${trusted(to)}`,
        exact: sql`length(${value}) <= ${Number(letters ?? 2 ** 31 - 1)}`,
      };
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

/** The type that holds both, where the existing one does not hold the new values: text where nothing else does. */
export function common(from: ColumnType, to: string): ColumnType {
  const existing = withoutModifier(to);
  if (families[existing] === 'string' || !isSameFamily(from, existing)) return 'text';
  if (families[existing] !== 'number') return from;
  if (existing === 'numeric' || from === 'numeric') return 'numeric';
  if (existing === 'double precision' && from === 'bigint') return 'numeric';
  return from;
}
