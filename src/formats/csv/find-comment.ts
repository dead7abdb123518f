import type { Effort } from './effort.ts';
import type { LeftLine } from './find-table.ts';
import { scanText } from './scan.ts';
import type { Hypothesis } from './score-dialect.ts';

/** What comments begin with, by one character. */
const candidates = ['#', '%'];

/** What stands before the names of W3C's logs of servers, and of Zeek's. */
const fields = /^#\s?fields:?\s+(.*)$/i;

/** The lines of a text that are comments, in order; each is one line. */
export function commentLines(text: Buffer, comment: string): readonly LeftLine[] {
  if (comment === '') return [];
  const lines = text.toString('utf8').split(/\r\n|\n|\r/);
  return lines.flatMap((value, at) => (value.startsWith(comment) ? [{ line: at + 1, value }] : []));
}

/** The names that a comment gives to so many columns; undefined where none does. */
export function namesOfComments(comments: readonly LeftLine[], columns: number): readonly string[] | undefined {
  return comments
    .map(({ value }) => fields.exec(value)?.[1]?.trim().split(/\s+/) ?? [])
    .find(({ length }) => length === columns);
}

/** Bytes looked at: comments stand at the beginning, or everywhere. */
const lookedAtBytes = 48 << 10;

/**
 * What lines begin with that are no rows: such a line is there, and no line that begins so has as many cells as the
 * rows have. Empty where there is nothing of the kind.
 */
export function findComment(text: Buffer, { dialect, columns }: Hypothesis, isWhole: boolean, effort: Effort): string {
  if (columns < 2) return '';
  const found = candidates.filter((one) => !dialect.delimiter.includes(one) && dialect.quote !== one);
  const remarks = new Map<number, number>();
  const rows = new Set<number>();
  const looked = text.subarray(0, lookedAtBytes);
  effort.spend(looked.length);
  scanText(looked, dialect, isWhole && looked.length === text.length, {}, (record) => {
    const first = record.bytes[record.starts[0] ?? 0] ?? 0;
    if (record.count === columns) rows.add(first);
    else remarks.set(first, (remarks.get(first) ?? 0) + 1);
  });
  return found.find((one) => remarks.has(one.charCodeAt(0)) && !rows.has(one.charCodeAt(0))) ?? '';
}
