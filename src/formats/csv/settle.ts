import { CellKind } from '../../domain/layer.ts';
import { delimiterEnd, isLineEnd } from './cell-ends.ts';
import { growCells } from './grow-cells.ts';
import { type Reading, readBroken } from './repair.ts';
import { MAX_RECORD_BYTES, type Scan } from './scan.ts';
import { isEscaped } from './scan-any.ts';

/** Lines of one record that are tried together where its quotes are not by the rules. */
const maxLines = 10;

/** Where the next record begins (-1: its end is not here), and whether this one is a row. */
interface Settled {
  readonly end: number;
  readonly isRow: boolean;
}

/**
 * Decides on a record that the scanner found odd: a comment, too many or too few cells, quotes that are not by the
 * rules, escapes. `end` is where the next record begins by the rules, -1 where a quote is never closed. The decision
 * depends on the text alone, never on how it was cut into chunks.
 */
export function settle(state: Scan, begin: number, end: number, to: number, isLast: boolean): Settled {
  const { record, dialect, columns, width } = state;
  // A blank line.
  if (end >= 0 && record.count === 1 && record.kinds[0] === CellKind.null) return { end, isRow: false };
  if (columns === 0) {
    if (state.hasEscapes && end >= 0) rewrite(state);
    return { end, isRow: true };
  }
  if (end >= 0 && record.bytes[begin] === dialect.comment && record.count !== columns) {
    tell(state, 'comment_lines', begin, end);
    return { end, isRow: false };
  }
  let settledEnd = end;
  if (needsRepair(state, end)) {
    const repaired = repair(state, begin, end, to, isLast);
    if (repaired === 'more') return { end: -1, isRow: false };
    if (repaired !== undefined) {
      settledEnd = repaired;
      tell(state, 'repaired_rows', begin, repaired);
    } else if (end < 0) return { end: -1, isRow: false };
  }
  while (record.count > width && isEmpty(state, record.count - 1)) record.count--;
  if (record.count < columns) tell(state, 'short_rows', begin, settledEnd);
  else if (record.count > width) tell(state, 'extra_cells', begin, settledEnd);
  if (state.hasEscapes) rewrite(state);
  return { end: settledEnd, isRow: true };
}

const isEmpty = ({ record }: Scan, cell: number): boolean => record.starts[cell] === record.ends[cell];

function tell(state: Scan, kind: Parameters<Scan['onOddity']>[0], begin: number, end: number): void {
  if (state.skip > 0) return;
  state.onOddity(kind, state.record, begin, end);
}

/** By the rules, a record is what it is; only where they are broken, or cells come out wrong, is it read anew. */
function needsRepair(state: Scan, end: number): boolean {
  const { record, columns, width, isBroken, innerLines } = state;
  if (end < 0 || isBroken) return true;
  if (record.count >= columns && record.count <= width) return false;
  if (innerLines > 0) return true;
  return record.count > width && hasQuoteInside(state);
}

/** Whether a cell that is not quoted holds a quote, so that it may have been cut within quotes. */
function hasQuoteInside({ record, dialect }: Scan): boolean {
  const { bytes, count, kinds, starts, ends } = record;
  for (let cell = 0; cell < count; cell++) {
    const isPlain = kinds[cell] === CellKind.plain;
    if (isPlain && bytes.subarray(starts[cell], ends[cell]).includes(dialect.quote)) return true;
  }
  return false;
}

/** Where the line ends that `from` is in, `to` where it does not. */
function lineEndFrom(bytes: Uint8Array, from: number, to: number): number {
  let i = from;
  while (i < to && !isLineEnd(bytes[i]!)) i++;
  return i;
}

/**
 * Reads the record anew, from its first line or as many as it takes to have all cells. Returns where the next begins,
 * undefined where the record is best left as it is, `more` where following lines must be seen first.
 */
function repair(state: Scan, begin: number, end: number, to: number, isLast: boolean): number | 'more' | undefined {
  const { record, dialect, columns, width } = state;
  const { bytes } = record;
  let first: { readonly reading: Reading; readonly lineEnd: number } | undefined;
  let from = begin;
  for (let lines = 1; lines <= maxLines; lines++) {
    const lineEnd = lineEndFrom(bytes, from, to);
    if (lineEnd >= to && !isLast && to - begin <= MAX_RECORD_BYTES) return 'more';
    if (lines > 1 && (lineEnd >= to || isRowOfItsOwn(state, from, lineEnd))) break;
    const reading = readBroken(bytes, begin, lineEnd, dialect, columns);
    if (reading === undefined) break;
    const { length } = reading.cells;
    if (length >= columns && length <= width) return take(state, reading, lineEnd, to, lines);
    first ??= { reading, lineEnd };
    // Only what quotes hold together goes on in the next line.
    if (!bytes.subarray(begin, lineEnd).includes(dialect.quote)) break;
    from = nextLine(bytes, lineEnd, to);
    if (from >= to) {
      if (!isLast && to - begin <= MAX_RECORD_BYTES) return 'more';
      break;
    }
  }
  if (first === undefined || end < 0) return undefined;
  const isBetter = state.isBroken || (record.count > width && first.reading.cells.length <= width);
  if (!isBetter) return undefined;
  return take(state, first.reading, first.lineEnd, to, 1);
}

function nextLine(bytes: Uint8Array, lineEnd: number, to: number): number {
  const isPair = bytes[lineEnd] === 13 && lineEnd + 1 < to && bytes[lineEnd + 1] === 10;
  return Math.min(lineEnd + (isPair ? 2 : 1), to);
}

/** Whether a line has all cells by itself, so that it is no part of the record before it. */
function isRowOfItsOwn({ record, dialect, columns, width }: Scan, from: number, lineEnd: number): boolean {
  const reading = readBroken(record.bytes, from, lineEnd, dialect, columns);
  if (reading === undefined || columns === 1) return false;
  return reading.cost === 0 && reading.cells.length >= columns && reading.cells.length <= width;
}

/** Makes a reading the record. */
function take(state: Scan, { cells }: Reading, lineEnd: number, to: number, lines: number): number {
  const { record, dialect } = state;
  while (record.kinds.length <= cells.length) growCells(state);
  cells.forEach(({ start, end, isQuoted }, cell) => {
    const isDoubled = isQuoted && record.bytes.subarray(start, end).includes(dialect.quote);
    if (isDoubled || dialect.escapedBy !== dialect.quote) state.hasEscapes = true;
    record.kinds[cell] = isQuoted ? CellKind.quoted : start === end ? CellKind.null : CellKind.plain;
    record.starts[cell] = start;
    record.ends[cell] = end;
  });
  record.count = cells.length;
  state.innerLines = lines - 1;
  state.openQuoteLine = 0;
  return nextLine(record.bytes, lineEnd, to);
}

/** Writes all cells anew, escapes undone, into memory of their own. */
function rewrite({ record, dialect }: Scan): void {
  const { bytes, count, kinds, starts, ends } = record;
  let length = 1;
  for (let cell = 0; cell < count; cell++) length += ends[cell]! - starts[cell]! + 1;
  const written = Buffer.allocUnsafe(length);
  let at = 0;
  for (let cell = 0; cell < count; cell++) {
    const begin = at;
    const end = ends[cell]!;
    const isQuoted = kinds[cell] === CellKind.quoted || kinds[cell] === CellKind.quotedDoubled;
    for (let i = starts[cell]!; i < end; i++) {
      if (isEscapeAt(bytes, i, end, dialect, isQuoted)) i++;
      written[at++] = bytes[i]!;
    }
    starts[cell] = begin;
    ends[cell] = at;
    if (isQuoted) kinds[cell] = CellKind.quoted;
    // As in a file, something ends every cell.
    written[at++] = 10;
  }
  written[at] = 10;
  record.bytes = written;
}

/** Whether the byte at `i` only says that the next is meant as it stands. */
function isEscapeAt(bytes: Uint8Array, i: number, end: number, dialect: Scan['dialect'], isQuoted: boolean): boolean {
  const { quote, escapedBy } = dialect;
  if (bytes[i] !== escapedBy || i + 1 >= end) return false;
  if (escapedBy === quote) return isQuoted && bytes[i + 1] === quote;
  return isEscaped(bytes[i + 1]!, quote, escapedBy) || (!isQuoted && delimiterEnd(bytes, i + 1, dialect) > 0);
}
