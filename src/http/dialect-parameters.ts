/** How delimited text is cut and encoded, where the request says it. */
import type { DialectWish } from '../domain/reading.ts';
import { toBoolean, unknownValue } from './parameter-values.ts';
import { type Parameters, textOf } from './parameters.ts';
import { badImport } from './wire-error.ts';

/** Longest separator of cells, in characters. */
const MAX_DELIMITER = 10;

/** Lines that can be skipped, and rows of names that can be joined: more is a mistake. */
const MAX_SKIPPED_ROWS = 1_000_000;
const MAX_HEADER_ROWS = 100;

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

/** What is said of how delimited text is cut. Throws 400 that names the value and what is allowed. */
export function toDialect(parameters: Parameters): DialectWish {
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

/** A label that the Encoding standard knows, as its canonical name; UTF-32, which it does not, by its own. Throws 400. */
export function toEncoding(parameters: Parameters): string | null {
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
