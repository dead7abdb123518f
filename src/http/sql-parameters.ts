import { type ExportFormatName, exportFormats, isExportFormat } from '../export/formats.ts';
import type { Parameters } from './parameters.ts';
import { WireError } from './wire-error.ts';

/** What a request to the SQL API asks for. */
export interface SqlRequest {
  readonly text: string;
  readonly format: ExportFormatName;
  readonly skipRows: number;
  readonly maxRows: number | null;
  readonly filename: string;
  /** Names of columns that are left out. */
  readonly skipFields: readonly string[];
  /** Decimal places of coordinates; null: all digits. */
  readonly decimals: number | null;
  readonly safeCells: boolean;
  /** A column of the result, and its direction. */
  readonly orderBy: { readonly column: string; readonly isDescending: boolean } | null;
  /** Whether `format` or `filename` was given: it is then a file to be saved. */
  readonly isAttachment: boolean;
}

/** Longest query in a request line, and longest in a body, in characters. */
export const MAX_URL_QUERY = 64 * 1024;
export const MAX_BODY_QUERY = 1024 * 1024;

/** Rows of a page where only `page` was given, as CARTO's SQL API had it. */
const DEFAULT_PAGE_ROWS = 40;

/** More digits than a double has are no choice. */
const MAX_DECIMALS = 20;

/** 400 as the SQL API spells errors, which differs from the imports API. */
export const badQuery = (message: string): WireError => new WireError(400, { error: [message] });

const textOf = (parameters: Parameters, name: string): string | null => {
  const value = parameters.get(name);
  if (value === undefined || value === null || value === '') return null;
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    throw badQuery(`${name} must be text`);
  }
  return String(value);
};

const wholeOf = (parameters: Parameters, name: string, minimum: number, maximum = Infinity): number | null => {
  const text = textOf(parameters, name);
  if (text === null) return null;
  const number = Number(text);
  if (!/^\d{1,15}$/.test(text) || number < minimum || number > maximum) {
    const range = maximum === Infinity ? `from ${minimum}` : `from ${minimum} to ${maximum}`;
    throw badQuery(`${name} must be a whole number ${range}, not "${text.slice(0, 40)}"`);
  }
  return number;
};

/** Names with commas between them, or a list of such. */
function skipFieldsOf(parameters: Parameters): readonly string[] {
  const value = parameters.get('skipfields');
  const texts = Array.isArray(value) ? value.map(String) : [textOf(parameters, 'skipfields') ?? ''];
  return texts.flatMap((text) => text.split(',')).filter((name) => name !== '');
}

function booleanOf(parameters: Parameters, name: string): boolean {
  const text = textOf(parameters, name);
  if (text === null || /^(?:false|0)$/i.test(text)) return false;
  if (/^(?:true|1)$/i.test(text)) return true;
  throw badQuery(`${name} must be true or false, not "${text.slice(0, 40)}"`);
}

function orderOf(parameters: Parameters): SqlRequest['orderBy'] {
  const column = textOf(parameters, 'order_by');
  const direction = textOf(parameters, 'sort_order')?.toLowerCase() ?? 'asc';
  if (direction !== 'asc' && direction !== 'desc') {
    throw badQuery(`sort_order must be asc or desc, not "${direction.slice(0, 40)}"`);
  }
  if (column?.includes('\0')) throw badQuery('order_by must not contain a NUL character');
  return column === null ? null : { column: column.toWellFormed(), isDescending: direction === 'desc' };
}

function formatOf(parameters: Parameters): ExportFormatName {
  const value = parameters.get('format');
  const text = Array.isArray(value) ? String(value.at(-1) ?? '') : (textOf(parameters, 'format') ?? '');
  const format = text === '' ? 'json' : text.toLowerCase();
  if (isExportFormat(format)) return format;
  const names = Object.keys(exportFormats);
  throw badQuery(
    `Invalid format: ${format.slice(0, 40)}. There are ${names.slice(0, -1).join(', ')} and ${names.at(-1)}`,
  );
}

/** Reads the parameters; `maxLength` is for the way they came. Throws a 400 that says which is wrong. */
export function toSqlRequest(parameters: Parameters, maxLength: number): SqlRequest {
  const text = textOf(parameters, 'q');
  if (text === null) throw badQuery('You must indicate a sql query');
  if (text.length > maxLength) throw badQuery(`the query is longer than ${maxLength} characters; send it by POST`);
  if (text.includes('\0')) throw badQuery('the query must not contain a NUL character');
  const format = formatOf(parameters);
  const page = wholeOf(parameters, 'page', 0);
  const rowsPerPage = wholeOf(parameters, 'rows_per_page', 1);
  const maxRows = rowsPerPage ?? (page === null ? null : DEFAULT_PAGE_ROWS);
  const skipRows = (page ?? 0) * (maxRows ?? 0);
  if (!Number.isSafeInteger(skipRows)) throw badQuery('page is too far');
  const filename = textOf(parameters, 'filename');
  return {
    text: text.toWellFormed(),
    format,
    skipRows,
    maxRows,
    skipFields: skipFieldsOf(parameters),
    decimals: wholeOf(parameters, 'dp', 0, MAX_DECIMALS),
    safeCells: booleanOf(parameters, 'safe_cells'),
    orderBy: orderOf(parameters),
    filename: (filename ?? 'cartodb-query').replaceAll(/[^\w.-]/g, '_').slice(0, 100),
    isAttachment: filename !== null || format !== 'json',
  };
}

/** What stands before the query where it is ordered. */
const ORDERED_PREFIX = 'select * from (';

/** The query as it runs, and how many characters stand before the user's own. */
export function orderedQuery({ text, orderBy }: SqlRequest): { readonly text: string; readonly offset: number } {
  if (orderBy === null) return { text, offset: 0 };
  const column = `"${orderBy.column.replaceAll('"', '""')}"`;
  const direction = orderBy.isDescending ? 'desc' : 'asc';
  // The line break ends a comment at the end of the query.
  const inner = text.replace(/;\s*$/, '');
  return {
    text: `${ORDERED_PREFIX}${inner}\n) as query order by ${column} ${direction}`,
    offset: ORDERED_PREFIX.length,
  };
}
