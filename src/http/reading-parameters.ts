/** What a request says about how its files are to be read: parameters of every way in become one `Reading`. */
import type { DateOrder, DialectWish, MaxRejects, Reading } from '../domain/reading.ts';
import { toColumns } from './column-parameters.ts';
import { toBoolean, toList, toWord, unknownValue } from './parameter-values.ts';
import { type Parameters, textOf } from './parameters.ts';
import { badImport } from './wire-error.ts';

/** Longest separator of cells, in characters. */
const MAX_DELIMITER = 10;

/** Lines that can be skipped, and rows of names that can be joined: more is a mistake. */
const MAX_SKIPPED_ROWS = 1_000_000;
const MAX_HEADER_ROWS = 100;

/** Texts that mean NULL: so many, each so long. */
const MAX_NULL_VALUES = 1_000;
const MAX_NULL_LENGTH = 1_000;

/** Spellings for what is hard to send, in a form or on a command line. */
const delimiterNames: ReadonlyMap<string, string> = new Map([
  ['\\t', '\t'],
  ['tab', '\t'],
]);

function toDelimiter(parameters: Parameters): Pick<DialectWish, 'delimiter'> {
  const given = textOf(parameters, 'delimiter');
  if (given === null) return {};
  const delimiter = delimiterNames.get(given.toLowerCase()) ?? given;
  if (delimiter.length > MAX_DELIMITER || /[\r\n]/.test(delimiter)) {
    throw unknownValue('delimiter', given, `1 to ${MAX_DELIMITER} characters without line ends, or tab`);
  }
  return { delimiter };
}

/** ASCII that can stand around or before a value: neither a letter or digit nor the end of a line. */
const mark = /^[\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e]$/;

function toQuote(parameters: Parameters): Pick<DialectWish, 'quote'> {
  // Said, and nothing: nothing is quoted.
  if (parameters.get('quote') === '') return { quote: '' };
  const given = textOf(parameters, 'quote');
  if (given === null) return {};
  if (given.toLowerCase() === 'none') return { quote: '' };
  if (!mark.test(given)) throw unknownValue('quote', given, 'one character such as " or \', or none');
  return { quote: given };
}

function toEscape(parameters: Parameters): Pick<DialectWish, 'escape'> {
  const given = textOf(parameters, 'escape');
  if (given === null) return {};
  if (!mark.test(given)) throw unknownValue('escape', given, 'one character such as \\ or the quote itself');
  return { escape: given };
}

function toHeader(parameters: Parameters): Pick<DialectWish, 'header'> {
  const given = textOf(parameters, 'header');
  if (given === null) return {};
  const rows = Number(given.trim());
  const isCount = /^\d{1,3}$/.test(given.trim());
  if (isCount && rows >= 2 && rows <= MAX_HEADER_ROWS) return { header: rows };
  const header = isCount && rows > 1 ? null : toBoolean(given, null);
  if (header === null) throw unknownValue('header', given, `true, false or a number of rows up to ${MAX_HEADER_ROWS}`);
  return { header };
}

function toSkipRows(parameters: Parameters): Pick<DialectWish, 'skipRows'> {
  const given = textOf(parameters, 'skip_rows');
  if (given === null) return {};
  const rows = Number(given.trim());
  if (!/^\d{1,7}$/.test(given.trim()) || rows > MAX_SKIPPED_ROWS) {
    throw unknownValue('skip_rows', given, `a whole number from 0 to ${MAX_SKIPPED_ROWS}`);
  }
  return { skipRows: rows };
}

function toDialect(parameters: Parameters): DialectWish {
  const dialect: DialectWish = {
    ...toDelimiter(parameters),
    ...toQuote(parameters),
    ...toEscape(parameters),
    ...toHeader(parameters),
    ...toSkipRows(parameters),
  };
  const { delimiter, quote } = dialect;
  if (quote !== undefined && quote !== '' && delimiter?.includes(quote) === true) {
    throw badImport(`delimiter and quote must differ: ${quote} is in both`);
  }
  return dialect;
}

/** `layers=a,b`, in JSON also a list; null where nothing is named. */
function toLayers(parameters: Parameters): readonly string[] | null {
  const names = (toList(parameters, 'layers') ?? []).map((name) => name.trim()).filter((name) => name !== '');
  return names.length === 0 ? null : names;
}

/** A label that the Encoding standard knows, as its canonical name; UTF-32, which it does not, by its own. */
function toEncoding(parameters: Parameters): string | null {
  const given = textOf(parameters, 'encoding');
  if (given === null) return null;
  try {
    return new TextDecoder(given.trim()).encoding;
  } catch {
    const utf32 = /^utf-?32(?:-?(le|be))?$/i.exec(given.trim());
    if (utf32 !== null) return `utf-32${(utf32[1] ?? 'le').toLowerCase()}`;
    throw badImport(
      `Unknown value '${given.slice(0, 100)}' for 'encoding'. Examples are: utf-8, windows-1252, shift_jis`,
    );
  }
}

/** Largest number that PostGIS gives to a reference system of a user (SRID_USER_MAXIMUM). */
const LARGEST_SRID = 998_999;

function toSourceSrid(parameters: Parameters): number | null {
  const given = textOf(parameters, 'source_srid');
  if (given === null) return null;
  const digits = /^(?:EPSG:)?(\d{1,6})$/i.exec(given.trim())?.[1];
  const srid = Number(digits);
  if (digits === undefined || srid < 1 || srid > LARGEST_SRID) {
    throw badImport(`Unknown value '${given.slice(0, 100)}' for 'source_srid'. It takes an EPSG code such as 25830`);
  }
  return srid;
}

const decimals: readonly (readonly [string, '.' | ','])[] = [
  ['.', '.'],
  ['point', '.'],
  [',', ','],
  ['comma', ','],
];

function toDecimal(parameters: Parameters): '.' | ',' | null {
  const given = textOf(parameters, 'decimal');
  if (given === null) return null;
  const found = decimals.find(([word]) => word === given.trim().toLowerCase());
  if (found === undefined) throw unknownValue('decimal', given, '. or ,');
  return found[1];
}

const dateOrders: readonly DateOrder[] = ['dmy', 'mdy', 'ymd'];

function toNullValues(parameters: Parameters): readonly string[] | null {
  const values = toList(parameters, 'null_values');
  if (values === null) return null;
  if (values.length > MAX_NULL_VALUES) throw badImport(`null_values takes at most ${MAX_NULL_VALUES} texts`);
  if (values.some((value) => value.length > MAX_NULL_LENGTH)) {
    throw badImport(`null_values takes texts of at most ${MAX_NULL_LENGTH} characters`);
  }
  return values;
}

function toMaxRejects(parameters: Parameters): MaxRejects | null {
  const given = textOf(parameters, 'max_rejects');
  if (given === null) return null;
  const [, digits, fraction = '', percent] = /^(\d{1,15})(\.\d{1,9})?(\s*%)?$/.exec(given.trim()) ?? [];
  const value = Number(`${digits}${fraction}`);
  const isPercent = percent !== undefined;
  if (digits === undefined || (isPercent ? value > 100 : fraction !== '')) {
    throw unknownValue('max_rejects', given, 'a whole number, or a share of the rows such as 5%');
  }
  return isPercent ? { percent: value } : { count: value };
}

/**
 * What the parameters of an import, of an analysis or of a synchronization say about reading. A recipe among them
 * must have been opened (`withRecipe`). Throws 400 that names the value and what is allowed.
 */
export const toReading = (parameters: Parameters): Reading => ({
  typeGuessing: toBoolean(parameters.get('type_guessing'), true),
  quotedFieldsGuessing: toBoolean(parameters.get('quoted_fields_guessing'), true),
  layers: toLayers(parameters),
  encoding: toEncoding(parameters),
  sourceSrid: toSourceSrid(parameters),
  dialect: toDialect(parameters),
  decimal: toDecimal(parameters),
  dateOrder: toWord(parameters, 'date_order', dateOrders),
  nullValues: toNullValues(parameters),
  extraCells: toWord(parameters, 'extra_cells', ['columns', 'reject']),
  columns: toColumns(parameters.get('columns')),
  maxRejects: toMaxRejects(parameters),
});
