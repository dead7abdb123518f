/** Rows of a query as PostgreSQL's COPY writes them. */
import { DatabaseError, type UserCursor } from '../db/database.ts';
import type { CopyOptions } from '../domain/copy.ts';

type Row = readonly (string | null)[];

/** How control characters are written in the format `text` (PostgreSQL manual, COPY, Text Format). */
const ESCAPED: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

const inClass = (character: string): string => character.replace(/[\\\]^-]/, '\\$&');

function textRows(options: CopyOptions): (row: Row) => string {
  const { delimiter = '\t', null: none = '\\N' } = options;
  const special = new RegExp(`[\\\\\\b\\f\\n\\r\\t\\v${inClass(delimiter)}]`, 'g');
  const cell = (value: string): string => value.replace(special, (one) => ESCAPED[one] ?? `\\${one}`);
  return (row) => `${row.map((value) => (value === null ? none : cell(value))).join(delimiter)}\n`;
}

function csvRows(names: readonly string[], options: CopyOptions): (row: Row, isHeader?: boolean) => string {
  const { delimiter = ',', null: none = '', quote = '"', forceQuote = [] } = options;
  const escaping = options.escape ?? quote;
  const telling = new RegExp(`[\\n\\r${inClass(delimiter)}${inClass(quote)}]`);
  const doubled = new RegExp(`[${inClass(quote)}${inClass(escaping)}]`, 'g');
  const isForced = names.map((name) => forceQuote === '*' || forceQuote.includes(name));
  const isAlone = names.length === 1;
  const cell = (value: string, isQuoted: boolean): string => {
    if (!isQuoted && value !== none && !telling.test(value) && !(isAlone && value === '\\.')) return value;
    return quote + value.replace(doubled, (one) => escaping + one) + quote;
  };
  return (row, isHeader = false) => {
    const cells = row.map((value, index) =>
      value === null ? none : cell(value, !isHeader && isForced[index] === true),
    );
    return `${cells.join(delimiter)}\n`;
  };
}

/** What writes the rows of a result; `header` is '' where none was asked for. */
export interface CopyWriter {
  readonly header: string;
  row(row: Row): string;
}

/** Throws a DatabaseError for what is not written here: the format `binary`, and encodings other than UTF-8. */
export function openCopyWriter(fields: UserCursor['fields'], options: CopyOptions): CopyWriter {
  if (options.format === 'binary') {
    throw new DatabaseError('COPY TO writes the formats text and csv here, not binary', { code: '0A000' });
  }
  if (options.encoding !== undefined && !/^(utf-?8|unicode)$/i.test(options.encoding)) {
    throw new DatabaseError('COPY TO writes UTF8 here', { code: '0A000' });
  }
  const names = fields.map(({ name }) => name);
  for (const name of options.forceQuote === '*' ? [] : (options.forceQuote ?? [])) {
    if (!names.includes(name)) {
      throw new DatabaseError(`FORCE_QUOTE column "${name}" not referenced by COPY`, { code: '42P10' });
    }
  }
  if (options.format === 'text') {
    const row = textRows(options);
    return { header: options.header === true ? row(names) : '', row };
  }
  const row = csvRows(names, options);
  return { header: options.header === true ? row(names, true) : '', row: (cells) => row(cells) };
}

/** Rows asked for at a time; the cursor gives fewer where they are wide. */
const FETCH_ROWS = 1000;

/** The result as text, piece by piece, as fast as it is taken; the cursor is closed at the end. */
export async function* writeCopy(cursor: UserCursor, writer: CopyWriter): AsyncGenerator<string> {
  await using open = cursor;
  yield writer.header;
  for (let rows = await open.fetch(FETCH_ROWS); rows.length > 0; rows = await open.fetch(FETCH_ROWS)) {
    let text = '';
    for (const row of rows) text += writer.row(row);
    yield text;
  }
}
