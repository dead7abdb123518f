import { identifier, join, type Sql, sql } from '../db/sql.ts';
import type { ReadableTable } from '../store/readable-table.ts';
import { BadFeatureRequest } from './bad-request.ts';
import { kindOf, propertiesOf, timeColumnOf } from './columns.ts';
import { parseFilter } from './cql2.ts';
import { isTime, parseDatetime, spanOf } from './cql2-time.ts';
import { crs84, type FeatureCrs, findCrs, inCrs } from './reference-systems.ts';

/** Features of a page where nothing is said, and at most. */
export const usualLimit = 10;
export const mostLimit = 10_000;

/** A request for features, its parameters as they came. */
export interface FeatureParameters {
  readonly bbox: string | null;
  readonly bboxCrs: string | null;
  readonly datetime: string | null;
  readonly filter: string | null;
  readonly filterLang: string | null;
  readonly filterCrs: string | null;
  readonly crs: string | null;
  /** Values that properties must have, by name. */
  readonly equals: ReadonlyMap<string, string>;
}

/** Which features are asked for, and how they are to be written. */
export interface FeatureQuery {
  /** Holds for rows of `b`; null: all. */
  readonly where: Sql | null;
  readonly crs: FeatureCrs;
}

const systemOf = (name: string | null, parameter: string): FeatureCrs => {
  const crs = name === null ? crs84 : findCrs(name);
  if (crs === null) throw new BadFeatureRequest(`${parameter}: the system is not one of this collection`);
  return crs;
};

/** Reads the parameters against a table. Throws BadFeatureRequest. */
export function toFeatureQuery(table: ReadableTable, given: FeatureParameters): FeatureQuery {
  const conditions: Sql[] = [];
  if (given.bbox !== null) conditions.push(inBox(table, given.bbox, systemOf(given.bboxCrs, 'bbox-crs')));
  if (given.datetime !== null) conditions.push(during(table, given.datetime));
  if (given.filter !== null) {
    if (given.filterLang !== null && given.filterLang !== 'cql2-text') {
      throw new BadFeatureRequest('filter-lang: filters are read as cql2-text');
    }
    conditions.push(parseFilter(given.filter, table, systemOf(given.filterCrs, 'filter-crs')));
  }
  for (const [name, value] of given.equals) conditions.push(equal(table, name, value));
  return { where: conditions.length === 0 ? null : join(conditions, ' and '), crs: systemOf(given.crs, 'crs') };
}

/** West, south, east, north of a box of four or six numbers; heights are not looked at. */
function inBox(table: ReadableTable, text: string, crs: FeatureCrs): Sql {
  const numbers = text
    .split(',')
    .map((part) => (/^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(part) ? Number(part) : Number.NaN));
  if ((numbers.length !== 4 && numbers.length !== 6) || !numbers.every(Number.isFinite)) {
    throw new BadFeatureRequest('bbox: four or six numbers with commas between are expected');
  }
  const half = numbers.length / 2;
  const low = [numbers[0] ?? 0, numbers[1] ?? 0];
  const high = [numbers[half] ?? 0, numbers[half + 1] ?? 0];
  if (crs.isLatitudeFirst) {
    low.reverse();
    high.reverse();
  }
  const [west = 0, south = 0] = low;
  const [east = 0, north = 0] = high;
  if (south > north) throw new BadFeatureRequest('bbox: the lower corner comes first');
  if (west > east && crs.srid !== 4326) throw new BadFeatureRequest('bbox: the lower corner comes first');
  if (!table.hasGeometry) return sql`false`;
  const column = crs.srid === 4326 ? sql`b.the_geom` : sql`b.the_geom_webmercator`;
  const touches = (from: number, to: number) =>
    sql`st_intersects(${column}, st_makeenvelope(${from}::float8, ${south}::float8, ${to}::float8, ${north}::float8, ${crs.srid}::int))`;
  return west <= east ? touches(west, east) : sql`(${touches(west, 180)} or ${touches(-180, east)})`;
}

function during(table: ReadableTable, text: string): Sql {
  const asked = parseDatetime(text);
  const column = timeColumnOf(table);
  // Only features with a time can lie in one.
  if (column === null) return sql`false`;
  const span = spanOf(sql`b.${identifier(column.name)}`, column.type === 'date');
  return sql`(${span.from} <= ${asked.to} and ${span.to} >= ${asked.from})`;
}

function equal(table: ReadableTable, name: string, value: string): Sql {
  const column = propertiesOf(table).find((one) => one.name === name);
  if (column === undefined) throw new BadFeatureRequest(`there is no parameter and no property "${name.slice(0, 80)}"`);
  const plain = sql`b.${identifier(name)}`;
  const kind = kindOf(column);
  if (kind === 'number') {
    if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i.test(value))
      throw new BadFeatureRequest(`${name}: a number is expected`);
    return sql`${plain} = ${value}::text::numeric`;
  }
  if (kind === 'boolean') {
    if (value !== 'true' && value !== 'false') throw new BadFeatureRequest(`${name}: true or false is expected`);
    return sql`${plain} = ${value === 'true'}::boolean`;
  }
  if (kind === 'time') {
    if (!isTime(value)) throw new BadFeatureRequest(`${name}: a date or an instant is expected`);
    return sql`${plain}::timestamptz = ${value}::timestamptz`;
  }
  return sql`${plain}::text = ${value}::text`;
}

/** The part of the rows that a page has. */
export interface FeatureWindow {
  readonly offset: number;
  readonly limit: number;
}

/** Rows of the page, in the order of their ids: id, geometry as GeoJSON, properties as JSON. */
export function pageStatement(table: ReadableTable, query: FeatureQuery, window: FeatureWindow): Sql {
  return sql`${featureRows(table, query.crs)} ${query.where === null ? sql`` : sql`where ${query.where}`}
    order by b.cartodb_id limit ${window.limit}::bigint offset ${window.offset}::bigint`;
}

/** The row of a feature. */
export const featureStatement = (table: ReadableTable, crs: FeatureCrs, id: bigint): Sql =>
  sql`${featureRows(table, crs)} where b.cartodb_id = ${id.toString()}::bigint`;

/** How many there are, counted up to a bound. */
export const countStatement = (table: ReadableTable, query: FeatureQuery, most: number): Sql =>
  sql`select count(*) from (select from ${identifier(table.schema, table.name)} b
    ${query.where === null ? sql`` : sql`where ${query.where}`} limit ${most}::bigint) as counted`;

function featureRows(table: ReadableTable, crs: FeatureCrs): Sql {
  const columns = propertiesOf(table).map(({ name, type }) =>
    type === 'bytea' ? sql`encode(b.${identifier(name)}, 'base64') as ${identifier(name)}` : sql`b.${identifier(name)}`,
  );
  const geometry = table.hasGeometry ? sql`st_asgeojson(${inCrs(crs)}, 15, 0)` : sql`null::text`;
  const properties =
    columns.length === 0 ? sql`'{}'` : sql`(select row_to_json(p)::text from (select ${join(columns)}) p)`;
  return sql`select b.cartodb_id::text, ${geometry}, ${properties} from ${identifier(table.schema, table.name)} b`;
}
