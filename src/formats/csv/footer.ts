import { isLineEnd } from './cell-ends.ts';
import type { Dialect } from './dialect.ts';
import type { Effort } from './effort.ts';
import type { TablePlace } from './find-table.ts';
import { scanText } from './scan.ts';
import { type TextRecord, textRecords } from './text-records.ts';

/** Lines behind a table, at most: more are rows. */
const maxLines = 6;

/** A longer last line is not looked at by itself. */
const maxLineBytes = 64 << 10;

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
  if (columns < 3) return undefined;
  if (endsWithRow(text, dialect)) return undefined;
  const offsets: number[] = [];
  const lines: number[] = [];
  effort.spend(text.length);
  scanText(text, dialect, true, { columns, base: 0 }, (record) => {
    if ((record.offset ?? 0) < from) return;
    offsets.push(record.offset ?? 0);
    lines.push(record.line);
  });
  const first = Math.max(headerRows, offsets.length - maxLines - 1);
  if (offsets.length <= headerRows + 1) return undefined;
  const begin = offsets[first] ?? 0;
  const records = textRecords(text.subarray(begin), dialect, true, columns, maxLines + 2, effort);
  let at = records.length;
  while (at > 1 && isSparse(records[at - 1])) at--;
  const footer = records.slice(at);
  const opens = footer.findIndex(({ isBehindGap, filled }) => isBehindGap && filled > 0);
  if (opens < 0) return undefined;
  // The row of empty cells that is the gap is none of the table either.
  const start = opens > 0 && footer[opens - 1]?.filled === 0 ? opens - 1 : opens;
  return footer.slice(start).map(({ offset, line, cells }) => ({
    offset: offset + begin,
    line: line - 1 + (lines[first] ?? 1),
    cells,
  }));
}

/** Whether the last line is a record with several values, told without the records before it: it has no quotes. */
function endsWithRow(text: Buffer, { delimiter, quote, escapedBy, comment }: Dialect): boolean {
  let end = text.length;
  while (end > 0 && isLineEnd(text[end - 1] ?? 0)) end--;
  const tail = text.subarray(Math.max(0, end - maxLineBytes), end);
  const begin = Math.max(tail.lastIndexOf(10), tail.lastIndexOf(13)) + 1;
  const line = tail.subarray(begin);
  if (delimiter === '' || begin === 0 || line.includes('"') || (comment !== '' && line.indexOf(comment) === 0))
    return false;
  if ((quote !== '' && line.includes(quote)) || (escapedBy !== '' && line.includes(escapedBy))) return false;
  return line.toString('latin1').split(Buffer.from(delimiter).toString('latin1')).filter(isFilled).length > 1;
}

const isFilled = (cell: string): boolean => cell.trim() !== '';

const isSparse = (record: TextRecord | undefined): boolean => record !== undefined && record.filled <= 1;
