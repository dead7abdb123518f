/** What a column holds: for paints, legends and charts. */
import type { Database } from '../db/database.ts';
import { identifier, type Sql, sql, trusted } from '../db/sql.ts';
import { type CategoryValue, type ClassMethod, classMethods } from '../domain/map.ts';
import type { ReadableColumn, ReadableTable } from '../store/readable-table.ts';
import { breaksOf } from './breaks.ts';

/** How long one of the statements may work, in milliseconds. */
const TIMEOUT_MS = 10_000;

/** Rows up to which all are looked at. */
const MOST_ROWS = 200_000;

/** Values that classes are cut of: a sample of more is as good to the eye. */
const MOST_VALUES = 20_000;

/** The most frequent values that are told, and bars of a histogram. */
const MOST_CATEGORIES = 20;
const BARS = 20;

/** Characters of a value that is told. */
const MOST_CHARACTERS = 200;

export type ColumnKind = 'number' | 'string' | 'boolean' | 'date';

/** What a column holds. Breaks and the mean are null where the column has no numbers, or where they were not asked for. */
export interface ColumnStats {
  readonly kind: ColumnKind;
  /** Rows, those without a value too. */
  readonly count: number;
  readonly nulls: number;
  readonly distinct: number;
  /** Of large tables: counts are then estimates. */
  readonly isSampled: boolean;
  readonly min: number | string | null;
  readonly max: number | string | null;
  readonly avg: number | null;
  readonly breaks: Readonly<Record<ClassMethod, readonly number[] | null>>;
  /** The most frequent values first. */
  readonly categories: readonly { readonly value: CategoryValue; readonly count: number }[];
  readonly histogram: readonly { readonly from: number; readonly to: number; readonly count: number }[];
}

/** What is asked of a column. */
export interface StatsWish {
  readonly classes: number;
  readonly methods: readonly ClassMethod[];
}

/** The kind of a column; null where its values are none that one paints by. */
export function kindOfColumn({ type }: ReadableColumn): ColumnKind | null {
  if (/^(int[248]|float[48]|numeric)$/.test(type)) return 'number';
  if (/^(date|timestamp|timestamptz)$/.test(type)) return 'date';
  if (type === 'bool') return 'boolean';
  return /^(geometry|geography|raster|bytea)$/.test(type) ? null : 'string';
}

type Row = readonly (string | null)[];

async function rowsOf(db: Database, table: ReadableTable, statement: Sql): Promise<readonly Row[]> {
  await using cursor = await db.openUserCursor(statement.text, {
    role: table.role,
    schema: table.schema,
    timeoutMs: TIMEOUT_MS,
    // Our own text with bound values: there is nothing to look for in it.
    layers: 'rights',
    values: statement.values,
  });
  const rows: Row[] = [];
  for (;;) {
    const more = await cursor.fetch(2000);
    if (more.length === 0) return rows;
    rows.push(...more);
  }
}

/** What a column of a table holds, read as the role of the table. Errors are DatabaseErrors. */
export async function columnStats(
  db: Database,
  table: ReadableTable,
  column: ReadableColumn,
  { classes, methods }: StatsWish,
): Promise<ColumnStats> {
  const kind = kindOfColumn(column) ?? 'string';
  const isSampled = table.rows > MOST_ROWS;
  const share = isSampled ? (100 * MOST_ROWS) / table.rows : 100;
  const sample = trusted(isSampled ? ` tablesample system (${share.toFixed(6)}) repeatable (1)` : '');
  const value = identifier(column.name);
  // As tiles have it, so that a stop's value is the one that a feature has.
  const shown = kind === 'number' ? sql`${value}::float8` : sql`${value}::text`;
  const isCounted = kind === 'number' ? sql`abs(${value}::float8) < 1e308` : sql`${value} is not null`;
  const from = sql`(select ${inRange(column)} from ${identifier(table.schema, table.name)}${sample}) as looked_at`;
  const ordered = kind === 'number' ? shown : value;
  const extremes = kind === 'number' || kind === 'date';
  const [facts = []] = await rowsOf(
    db,
    table,
    sql`select count(*), count(*) - count(${value}), count(distinct ${kind === 'string' ? shown : value}),
        ${extremes ? sql`(min(${ordered}) filter (where ${isCounted}))::text` : sql`null`},
        ${extremes ? sql`(max(${ordered}) filter (where ${isCounted}))::text` : sql`null`},
        ${kind === 'number' ? sql`(avg(${shown}) filter (where ${isCounted}))::text` : sql`null`} from ${from}`,
  );
  const [rows = '0', nulls = '0', distinct = '0', min = null, max = null, avg = null] = facts;
  const scale = isSampled ? table.rows / Math.max(Number(rows), 1) : 1;
  const scaled = (count: string | null): number => Math.round(Number(count) * scale);
  const categories = (
    await rowsOf(
      db,
      table,
      sql`select ${shown}::text, count(*) from ${from} where ${isCounted} group by ${shown}
        order by 2 desc, 1 limit ${trusted(String(MOST_CATEGORIES))}`,
    )
  ).flatMap(([text, count]) =>
    text === null || text === undefined || text.length > MOST_CHARACTERS
      ? []
      : [{ value: read(kind, text), count: scaled(count ?? '0') }],
  );
  const common = {
    kind,
    count: isSampled ? Math.round(table.rows) : Number(rows),
    nulls: scaled(nulls),
    distinct: Number(distinct),
    isSampled,
    categories,
  };
  if (kind !== 'number') {
    return { ...common, min, max, avg: null, breaks: { quantiles: null, equal: null, jenks: null }, histogram: [] };
  }
  const every = Math.max(1, Math.ceil((Number(rows) - Number(nulls)) / MOST_VALUES));
  const values = (
    await rowsOf(
      db,
      table,
      sql`select v::text from (select ${shown} as v, row_number() over (order by ${shown}) as n, count(*) over () as total
          from ${from} where ${isCounted}) as ranked
        where (n - 1) % ${trusted(String(every))} = 0 or n = total order by n`,
    )
  ).map(([text]) => Number(text));
  const breaks = Object.fromEntries(
    classMethods.map((method) => [method, methods.includes(method) ? breaksOf(method, values, classes) : null]),
  );
  const least = min === null ? null : Number(min);
  const most = max === null ? null : Number(max);
  return {
    ...common,
    min: least,
    max: most,
    avg: avg === null ? null : Number(avg),
    breaks: { quantiles: null, equal: null, jenks: null, ...breaks },
    histogram: histogramOf(values, least, most, scaled(String(Number(rows) - Number(nulls)))),
  };
}

/** A numeric beyond the range of float8 would fail the whole statement: it is left out, as tiles leave it out. */
const inRange = ({ name, type }: ReadableColumn): Sql =>
  type === 'numeric'
    ? sql`case when ${identifier(name)} between -1e308::numeric and 1e308::numeric then ${identifier(name)} end as ${identifier(name)}`
    : identifier(name);

const read = (kind: ColumnKind, text: string): CategoryValue => {
  if (kind === 'number') return Number(text);
  return kind === 'boolean' ? text === 'true' || text === 't' : text;
};

/** How many values lie in each of as wide parts; of a sample, in proportion. */
function histogramOf(
  values: readonly number[],
  least: number | null,
  most: number | null,
  total: number,
): ColumnStats['histogram'] {
  if (least === null || most === null) return [];
  if (least === most) return [{ from: least, to: most, count: total }];
  const width = (most - least) / BARS;
  const counts = new Array<number>(BARS).fill(0);
  for (const value of values) {
    const bar = Math.min(Math.max(Math.floor((value - least) / width), 0), BARS - 1);
    counts[bar] = (counts[bar] ?? 0) + 1;
  }
  const scale = total / Math.max(values.length, 1);
  return counts.map((count, bar) => ({
    from: least + bar * width,
    to: bar === BARS - 1 ? most : least + (bar + 1) * width,
    count: Math.round(count * scale),
  }));
}
