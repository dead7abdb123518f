/** What a file of metadata says of the files beside it, whatever its vocabulary. */
import type { ColumnWish, DialectWish } from '../../domain/reading.ts';

/** One column; `names` are what the file may call it, the likeliest first. */
export interface ColumnDescription {
  readonly names: readonly string[];
  readonly wish: Omit<ColumnWish, 'name'>;
}

/** One file of data. */
export interface FileDescription {
  /** Its name without folders; null: the only file there is. */
  readonly file: string | null;
  readonly dialect: DialectWish;
  /** Label of its encoding, as written. */
  readonly encoding: string | null;
  readonly decimal: '.' | ',' | null;
  readonly nullValues: readonly string[] | null;
  readonly columns: readonly ColumnDescription[];
}

/** Told of what metadata say and cannot be heeded: a sentence. */
export type Tell = (problem: string) => void;

/** Files of one description, columns of one file: more are described by mistake. Archives have no more files. */
export const MOST_FILES = 1_000;
const MOST_COLUMNS = 5_000;

/** As the parameters of a request are limited. */
const MOST_DELIMITER = 10;
const MOST_HEADER_ROWS = 100;
const MOST_SKIPPED_ROWS = 1_000_000;
const MOST_NULL_TEXTS = 1_000;
const MOST_TEXT = 1_000;
const MOST_NAME = 250;

/** Characters of a value that a problem shows. */
const SHOWN = 60;

/** A value of JSON as a problem shows it. */
export function shown(value: unknown): string {
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  const text = String(value)
    .toWellFormed()
    .replace(/\p{Cc}/gu, ' ');
  return `"${text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text}"`;
}

/** The fields of an object of JSON; none where it is something else. */
export const fieldsOf = (value: unknown): ReadonlyMap<string, unknown> =>
  new Map(typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : []);

/** The items of a list; a value that is no list is its only item, and an absent one none. */
export const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];

/** A text, or null where it is none; PostgreSQL holds no NUL. */
export const textOf = (value: unknown): string | null =>
  typeof value === 'string' && !value.includes('\0') ? value.toWellFormed() : null;

/** A part of a description that must be in it: one that only a reference names is not fetched, and told. */
export function partOf(fields: ReadonlyMap<string, unknown>, key: string, tell: Tell): unknown {
  const value = fields.get(key);
  if (typeof value !== 'string') return value;
  tell(`Its ${key} is only named, ${shown(value)}: write it in place, as references are not followed.`);
  return undefined;
}

/** The columns of a list, as many as are heeded. */
export function columnsOf(value: unknown, tell: Tell): readonly ReadonlyMap<string, unknown>[] {
  const all = listOf(value);
  if (all.length > MOST_COLUMNS) tell(`It describes ${all.length} columns: the first ${MOST_COLUMNS} are heeded.`);
  return all.slice(0, MOST_COLUMNS).map(fieldsOf);
}

/** The texts that mean NULL; undefined where they are too many or too long to be meant. */
export function nullTextsOf(value: unknown, tell: Tell): readonly string[] | undefined {
  const texts = textsOf(value);
  if (texts.length <= MOST_NULL_TEXTS && texts.every((text) => text.length <= MOST_TEXT)) return texts;
  tell(`Its texts for NULL are not heeded: at most ${MOST_NULL_TEXTS} are, of ${MOST_TEXT} characters each.`);
  return undefined;
}

/** What a column is to be called; nothing where that is no name. */
export function renameOf(name: string | null, tell: Tell): { readonly rename?: string } {
  if (name === null || name.trim() === '') return {};
  if (name.length <= MOST_NAME) return { rename: name };
  tell(`The name ${shown(name)} is longer than ${MOST_NAME} characters and not heeded.`);
  return {};
}

/** The texts of a list. */
export const textsOf = (value: unknown): readonly string[] => listOf(value).flatMap((one) => textOf(one) ?? []);

/** The name of a file at the end of a path or URL; null where there is none. */
export function baseName(value: unknown): string | null {
  const path = textOf(value)?.split(/[?#]/)[0] ?? '';
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (name === '') return null;
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** What both vocabularies say of a dialect in the same words. */
export function commonDialect(given: unknown, tell: Tell): DialectWish {
  const fields = fieldsOf(given);
  const heeded = <T>(key: string, isMeant: (value: unknown) => value is T): T | undefined => {
    const value = fields.get(key);
    if (value === undefined || isMeant(value)) return value;
    tell(`The ${key} of its dialect is not heeded, as it is ${shown(value)}.`);
    return undefined;
  };
  const delimiter = heeded('delimiter', isDelimiter);
  const quote = heeded('quoteChar', isMarkOrNone);
  const mark = heeded('escapeChar', isMarkOrNone);
  const isDoubled = heeded('doubleQuote', isBoolean);
  const header = heeded('header', isBoolean);
  const isClear = typeof quote !== 'string' || delimiter?.includes(quote) !== true;
  if (!isClear) tell(`The quoteChar of its dialect is not heeded, as it is part of the delimiter.`);
  return {
    ...(delimiter === undefined ? {} : { delimiter }),
    ...(quote === undefined || !isClear ? {} : { quote: quote ?? '' }),
    ...(typeof mark === 'string' ? { escape: mark } : isDoubled === false ? { escape: '\\' } : {}),
    ...(header === undefined ? {} : { header }),
  };
}

/** ASCII that can stand around or before a value. */
const mark = /^[\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e]$/;

const isMarkOrNone = (value: unknown): value is string | null =>
  value === null || (typeof value === 'string' && mark.test(value));

const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean';

const isDelimiter = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= MOST_DELIMITER && !/[\0\r\n]/.test(value);

/** Rows of names of which the header is made, as a number; nothing where they are too many to be meant. */
export function headerOf(rows: unknown, tell: Tell): { readonly header?: boolean | number } {
  if (rows === undefined) return {};
  if (!isCount(rows, MOST_HEADER_ROWS)) {
    tell(`Its rows of names are not heeded, as they are ${shown(rows)}: 0 to ${MOST_HEADER_ROWS} are.`);
    return {};
  }
  return { header: rows < 2 ? rows === 1 : rows };
}

/** Lines before the table. */
export function skipRowsOf(lines: unknown, tell: Tell): { readonly skipRows?: number } {
  if (lines === undefined || lines === 0) return {};
  if (isCount(lines, MOST_SKIPPED_ROWS)) return { skipRows: lines };
  tell(`Its skipRows are not heeded, as they are ${shown(lines)}: 0 to ${MOST_SKIPPED_ROWS} are.`);
  return {};
}

const isCount = (value: unknown, most: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most;
