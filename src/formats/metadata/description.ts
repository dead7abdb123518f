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

/** The fields of an object of JSON; none where it is something else. */
export const fieldsOf = (value: unknown): ReadonlyMap<string, unknown> =>
  new Map(typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : []);

/** The items of a list; a value that is no list is its only item, and an absent one none. */
export const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];

/** A text, or null where it is none; PostgreSQL holds no NUL. */
export const textOf = (value: unknown): string | null =>
  typeof value === 'string' && !value.includes('\0') ? value.toWellFormed() : null;

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
export function commonDialect(given: unknown): DialectWish {
  const fields = fieldsOf(given);
  const delimiter = textOf(fields.get('delimiter'));
  const quote = fields.get('quoteChar');
  const isDoubled = fields.get('doubleQuote');
  const mark = textOf(fields.get('escapeChar'));
  const header = fields.get('header');
  return {
    ...(delimiter === null || delimiter === '' || /[\r\n]/.test(delimiter) ? {} : { delimiter }),
    ...(quote === null ? { quote: '' } : typeof quote === 'string' && quote.length === 1 ? { quote } : {}),
    ...(mark !== null && mark.length === 1 ? { escape: mark } : isDoubled === false ? { escape: '\\' } : {}),
    ...(typeof header === 'boolean' ? { header } : {}),
  };
}
