import { isLineEnd } from './cell-ends.ts';
import type { Dialect } from './dialect.ts';
import type { Effort } from './effort.ts';
import type { TablePlace } from './find-table.ts';
import { isEndOfResult } from './ruler.ts';
import { scanText } from './scan.ts';
import { type TextRecord, textRecords } from './text-records.ts';

/** Lines behind a table, at most: more are rows. */
const maxLines = 6;

/** Bytes at the end of a text in which what is behind a table must show. */
const tailBytes = 16 << 10;

/** A record behind a table, and where it begins in its piece of the text. */
export type FooterLine = Pick<TextRecord, 'offset' | 'line' | 'cells'>;

/** The last records of a text whose rows have `columns` cells, where they are no rows: sparse, behind a gap. */
export function findFooter(
  text: Buffer,
  dialect: Dialect,
  columns: number,
  { from, headerRows }: TablePlace,
  effort: Effort,
): readonly FooterLine[] | undefined {
  if (columns < 2) return undefined;
  if (!mayHaveFooter(text, dialect)) return undefined;
  const begins = lastBegins(text, dialect, columns, { from, headerRows }, effort);
  if (begins.length <= headerRows + 1) return undefined;
  const { offset: begin, line: firstLine } = begins[Math.max(headerRows, begins.length - maxLines - 1)] ?? noBegin;
  const records = textRecords(text.subarray(begin), dialect, true, columns, maxLines + 2, effort);
  let at = records.length;
  while (at > 1 && isSparse(records[at - 1])) at--;
  const footer = records.slice(at);
  const opens = footer.findIndex((record) => (columns > 2 && record.isBehindGap && record.filled > 0) || isEnd(record));
  if (opens < 0) return undefined;
  // The row of empty cells that is the gap is none of the table either.
  const start = opens > 0 && footer[opens - 1]?.filled === 0 ? opens - 1 : opens;
  return footer.slice(start).map(({ offset, line, cells }) => ({
    offset: offset + begin,
    line: line - 1 + firstLine,
    cells,
  }));
}

const isEnd = (record: TextRecord): boolean => record.count === 1 && isEndOfResult(record.first(1)[0] ?? '');

interface Begin {
  readonly offset: number;
  readonly line: number;
}

const noBegin: Begin = { offset: 0, line: 1 };

/** Where the records of a table begin; where nothing is quoted, so that each is a line, only the last of them. */
function lastBegins(
  text: Buffer,
  dialect: Dialect,
  columns: number,
  { from, headerRows }: Pick<TablePlace, 'from' | 'headerRows'>,
  effort: Effort,
): readonly Begin[] {
  const isOfLines = dialect.quote === '' || !text.includes(dialect.quote);
  const starts = isOfLines ? [lineBegin(text, text.length - tailBytes), noBegin] : [noBegin];
  for (const { offset, line } of starts) {
    const begins: Begin[] = [];
    effort.spend(text.length - offset);
    scanText(text.subarray(offset), dialect, true, { columns, line, base: offset }, (record) => {
      if ((record.offset ?? 0) >= from) begins.push({ offset: record.offset ?? 0, line: record.line });
    });
    if (offset === 0 || (offset > from && begins.length > headerRows + maxLines + 1)) return begins;
  }
  return [];
}

/** The first line that begins behind an offset. */
function lineBegin(text: Buffer, behind: number): Begin {
  let offset = 0;
  let line = 1;
  for (let i = 0; i < text.length; i++) {
    const byte = text[i]!;
    if (byte > 13 || !isLineEnd(byte)) continue;
    if (byte === 13 && text[i + 1] === 10) i++;
    offset = i + 1;
    line++;
    if (offset > behind) return { offset, line };
  }
  return noBegin;
}

/**
 * Whether anything stands behind a table, as far as the last lines show it without the records before them: an empty line,
 * or one of empty cells, and behind it one that is not surely a row; or a line that ends the result of a query.
 */
function mayHaveFooter(text: Buffer, dialect: Dialect): boolean {
  let end = text.length;
  while (end > 0 && isLineEnd(text[end - 1] ?? 0)) end--;
  const tail = text.toString('latin1', Math.max(0, end - tailBytes), end);
  const lines = tail.split(/\r\n|\n|\r/);
  const { delimiter, quote } = dialect;
  const ofGaps = new Set(`${Buffer.from(delimiter).toString('latin1')}${quote}"' `);
  const isGap = (line: string): boolean => [...line].every((character) => ofGaps.has(character));
  const last = lines.at(-1) ?? '';
  return isEndOfResult(last) || (!isSurelyRow(last, dialect) && lines.some(isGap));
}

/** Whether a line is a record with several values by itself: nothing of it is quoted. */
function isSurelyRow(line: string, { delimiter, quote, escapedBy, comment }: Dialect): boolean {
  const isOdd = ['"', quote, escapedBy].some((one) => one !== '' && line.includes(one));
  if (delimiter === '' || isOdd || (comment !== '' && line.startsWith(comment))) return false;
  return line.split(Buffer.from(delimiter).toString('latin1')).filter(isFilled).length > 1;
}

const isFilled = (cell: string): boolean => cell.trim() !== '';

const isSparse = (record: TextRecord | undefined): boolean => record !== undefined && record.filled <= 1;
