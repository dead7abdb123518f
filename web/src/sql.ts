/** Queries about a table, written so that no name and no value of a user can be anything but a name or a value. */

/** A name, quoted. */
export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A text, quoted. PostgreSQL has no place for the character 0. */
export const quoteText = (text: string): string => `'${text.replaceAll('\0', '').replaceAll("'", "''")}'`;

export interface Column {
  readonly name: string;
  /** As PostgreSQL writes it. */
  readonly type: string;
}

/** What a column is to the grid. */
export type ColumnKind = 'number' | 'text' | 'time' | 'boolean' | 'geometry' | 'other';

/** What a column of a type is to the grid. */
export function kindOf(type: string): ColumnKind {
  if (/^(smallint|integer|bigint|numeric|real|double precision)/.test(type)) return 'number';
  if (/^(date|timestamp)/.test(type)) return 'time';
  if (/^(text|character|uuid|time)/.test(type)) return 'text';
  if (type === 'boolean') return 'boolean';
  return /^(geometry|geography)/.test(type) ? 'geometry' : 'other';
}

/** Whether rows can be put in order by it. */
export const isSortable = ({ type }: Column): boolean => !['geometry', 'other'].includes(kindOf(type));

export type Operator = 'contains' | 'is' | 'is not' | 'above' | 'below' | 'is empty' | 'is not empty';

export interface Filter {
  readonly column: string;
  readonly operator: Operator;
  readonly value: string;
}

export interface Order {
  readonly column: string;
  readonly isDescending: boolean;
}

/** Where a page begins: behind this row. */
export interface Cursor {
  /** Value of the column in order, as text; null where it has none, or rows have no order of their own. */
  readonly value: string | null;
  readonly id: string;
}

/** The condition that a filter is; `true` where it says nothing yet. */
export function condition({ column, operator, value }: Filter): string {
  const name = quoteName(column);
  switch (operator) {
    case 'is empty':
      return `(${name} is null or ${name}::text = '')`;
    case 'is not empty':
      return `(${name} is not null and ${name}::text <> '')`;
    default:
  }
  if (value === '') return 'true';
  switch (operator) {
    case 'contains':
      return `strpos(lower(${name}::text), lower(${quoteText(value)})) > 0`;
    case 'is':
      return `${name} = ${quoteText(value)}`;
    case 'is not':
      return `${name} is distinct from ${quoteText(value)}`;
    case 'above':
      return `${name} > ${quoteText(value)}`;
    case 'below':
      return `${name} < ${quoteText(value)}`;
  }
}

/** All filters as one condition. */
export const conditions = (filters: readonly Filter[]): string =>
  filters.length === 0 ? 'true' : filters.map(condition).join(' and ');

/** Characters of a cell that the grid shows. */
export const CELL_CHARACTERS = 200;

/** A cell as text, not longer than the grid shows; of a geometry what it is. */
function cell({ name, type }: Column): string {
  const column = quoteName(name);
  if (kindOf(type) !== 'geometry') return `left(${column}::text, ${CELL_CHARACTERS})`;
  return `case when geometrytype(${column}) = 'POINT'
    then round(st_x(${column})::numeric, 5)::text || ', ' || round(st_y(${column})::numeric, 5)::text
    else initcap(geometrytype(${column})) || ', ' || st_npoints(${column})::text || ' points' end`;
}

/** Rows behind a cursor, found by their values and not by counting, so that the last page is as quick as the first. */
function behind(order: Order | null, after: Cursor): string {
  const id = `cartodb_id > ${Number(after.id)}`;
  if (order === null) return id;
  const column = quoteName(order.column);
  if (after.value === null) return `${column} is null and ${id}`;
  const value = quoteText(after.value);
  const beyond = `${column} ${order.isDescending ? '<' : '>'} ${value}`;
  return `(${beyond} or (${column} = ${value} and ${id}) or ${column} is null)`;
}

/** One page of a table: `c0`, `c1`… are its columns as text, `id` and `k` make the cursor of the next page. */
export function pageQuery(
  table: string,
  columns: readonly Column[],
  options: {
    readonly filters: readonly Filter[];
    readonly order: Order | null;
    readonly after: Cursor | null;
    readonly most: number;
  },
): string {
  const { filters, order, after, most } = options;
  const cells = columns.map((column, at) => `${cell(column)} as c${at}`);
  const key = order === null ? 'null' : `${quoteName(order.column)}::text`;
  const sorted = order === null ? '' : `${quoteName(order.column)} ${order.isDescending ? 'desc' : 'asc'} nulls last, `;
  const ordered = `order by ${sorted}cartodb_id`;
  const isBehind = after === null ? '' : ` and ${behind(order, after)}`;
  // Cells are made of the rows of the page alone, and not of every row that is put in order.
  return `select ${['cartodb_id::text as id', `${key} as k`, ...cells].join(', ')}
    from (select * from ${quoteName(table)} where ${conditions(filters)}${isBehind} ${ordered} limit ${most}) as page
    ${ordered}`;
}

/** How many rows the filters leave. */
export const countQuery = (table: string, filters: readonly Filter[]): string =>
  `select count(*)::float8 as count from ${quoteName(table)} where ${conditions(filters)}`;

/** One row with all of its values as text. */
export const rowQuery = (table: string, columns: readonly Column[], id: string): string =>
  `select ${columns
    .map(({ name, type }, at) =>
      kindOf(type) === 'geometry'
        ? `left(st_asgeojson(${quoteName(name)}, 6), 2000) as c${at}`
        : `left(${quoteName(name)}::text, 20000) as c${at}`,
    )
    .join(', ')} from ${quoteName(table)} where cartodb_id = ${Number(id)}`;

/** Rows that the facts about a column are taken from. */
export const FACT_ROWS = 200_000;

const sampled = (table: string, column: string): string =>
  `(select ${quoteName(column)} as v from ${quoteName(table)} limit ${FACT_ROWS}) as s`;

/** Bars of a histogram. */
export const BARS = 24;

/** Rows, rows without a value, different values, and the ends, of the first rows of a table. */
export function factsQuery(table: string, { name, type }: Column): string {
  const kind = kindOf(type);
  const ends = kind === 'number' || kind === 'time' || kind === 'text' ? 'min(v)::text, max(v)::text' : 'null, null';
  const [min, max] = ends.split(', ');
  const distinct = kind === 'geometry' || kind === 'other' ? 'null' : 'count(distinct v)::float8';
  return `select count(*)::float8 as rows, count(v)::float8 as present, ${distinct} as different,
    left(${min}, 60) as low, left(${max}, 60) as high from ${sampled(table, name)}`;
}

/** The histogram of numbers or times: `bar` from 0, and how many. */
export function histogramQuery(table: string, { name, type }: Column): string {
  const value = kindOf(type) === 'time' ? 'extract(epoch from v)::float8' : 'v::float8';
  return `with s as (select ${value} as v from ${sampled(table, name)} where v is not null),
    f as (select v from s where v > '-Infinity' and v < 'Infinity'),
    e as (select min(v) as low, max(v) as high from f)
    select case when high > low then least(floor((v - low) / (high - low) * ${BARS}), ${BARS - 1})::int else 0 end as bar,
      count(*)::float8 as count from f, e group by 1 order by 1`;
}

/** The most frequent values of a column. */
export const topQuery = (table: string, { name }: Column, most = 8): string =>
  `select left(v::text, 80) as value, count(*)::float8 as count from ${sampled(table, name)}
   where v is not null group by 1 order by 2 desc, 1 limit ${most}`;

/** Features of a table within a view, at most so many, no finer than the screen. */
export function featuresQuery(
  table: string,
  box: readonly [number, number, number, number],
  options: { readonly filters: readonly Filter[]; readonly tolerance: number; readonly most: number },
): string {
  const [west, south, east, north] = box.map(Number);
  return `select cartodb_id, st_simplify(the_geom, ${Number(options.tolerance)}, true) as the_geom
    from ${quoteName(table)}
    where the_geom && st_makeenvelope(${west}, ${south}, ${east}, ${north}, 4326) and ${conditions(options.filters)}
    limit ${options.most}`;
}
