import { isResultFormat, type ResultFormatName } from '../sql/formats.ts';
import type { Parameters } from './parameters.ts';
import { WireError } from './wire-error.ts';

/** What a request to the SQL API asks for. */
export interface SqlRequest {
  readonly text: string;
  readonly format: ResultFormatName;
  readonly skipRows: number;
  readonly maxRows: number | null;
  readonly filename: string;
}

/** Longest query in a request line, and longest in a body, in characters. */
export const MAX_URL_QUERY = 64 * 1024;
export const MAX_BODY_QUERY = 1024 * 1024;

/** Rows of a page where only `page` was given, as CARTO's SQL API had it. */
const DEFAULT_PAGE_ROWS = 40;

/** 400 as the SQL API spells errors, which differs from the imports API. */
export const badQuery = (message: string): WireError => new WireError(400, { error: [message] });

const textOf = (parameters: Parameters, name: string): string | null => {
  const value = parameters.get(name);
  if (value === undefined || value === null || value === '') return null;
  if (typeof value !== 'string' && typeof value !== 'number') throw badQuery(`${name} must be text`);
  return String(value);
};

const wholeOf = (parameters: Parameters, name: string, minimum: number): number | null => {
  const text = textOf(parameters, name);
  if (text === null) return null;
  const number = Number(text);
  if (!/^\d{1,15}$/.test(text) || number < minimum) {
    throw badQuery(`${name} must be a whole number from ${minimum}, not "${text.slice(0, 40)}"`);
  }
  return number;
};

/** Reads the parameters; `maxLength` is for the way they came. Throws a 400 that says which is wrong. */
export function toSqlRequest(parameters: Parameters, maxLength: number): SqlRequest {
  const text = textOf(parameters, 'q');
  if (text === null) throw badQuery('You must indicate a sql query');
  if (text.length > maxLength) throw badQuery(`the query is longer than ${maxLength} characters; send it by POST`);
  if (text.includes('\0')) throw badQuery('the query must not contain a NUL character');
  const format = (textOf(parameters, 'format') ?? 'json').toLowerCase();
  if (!isResultFormat(format))
    throw badQuery(`Invalid format: ${format.slice(0, 40)}. There are json, csv and geojson`);
  const page = wholeOf(parameters, 'page', 0);
  const rowsPerPage = wholeOf(parameters, 'rows_per_page', 1);
  const maxRows = rowsPerPage ?? (page === null ? null : DEFAULT_PAGE_ROWS);
  const skipRows = (page ?? 0) * (maxRows ?? 0);
  if (!Number.isSafeInteger(skipRows)) throw badQuery('page is too far');
  const filename = textOf(parameters, 'filename') ?? 'cartodb-query';
  return {
    text: text.toWellFormed(),
    format,
    skipRows,
    maxRows,
    filename: filename.replaceAll(/[^\w.-]/g, '_').slice(0, 100),
  };
}
