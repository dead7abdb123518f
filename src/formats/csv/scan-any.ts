import { CellKind } from '../../domain/layer.ts';
import { delimiterEnd, isLineEnd } from './cell-ends.ts';
import { growCells } from './grow-cells.ts';
import type { Scan } from './scan.ts';

/**
 * As the fast scanner of scan.ts, for every dialect: delimiters of several characters, blanks behind them, any quote,
 * backslashes. Cells with a backslash are handed on as they stand, and `hasEscapes` is set.
 */
export function scanRecordOfAny(state: Scan, begin: number, to: number, isLast: boolean): number {
  const { record, dialect } = state;
  const { bytes, quote } = record;
  const { escapedBy, isPadded } = dialect;
  const escapes = escapedBy !== quote && escapedBy < 256;
  let i = begin;
  let count = 0;
  let innerLines = 0;
  for (;;) {
    if (isPadded && count > 0) while (bytes[i] === 32) i++;
    const start = i;
    let kind: CellKind = CellKind.plain;
    let close = -1;
    if (bytes[i] === quote) {
      state.openQuoteLine = state.line + innerLines;
      kind = CellKind.quoted;
      for (i++; ; i++) {
        const ch = bytes[i]!;
        if (i >= to) return -1;
        if (escapes && ch === escapedBy && isEscaped(bytes[i + 1]!, quote, escapedBy)) {
          if (i + 1 >= to) return -1;
          state.hasEscapes = state.isOdd = true;
          i++;
        } else if (ch === quote) {
          if (i + 1 >= to) return -1;
          if (escapes || escapedBy >= 256 || bytes[i + 1] !== quote) break;
          kind = CellKind.quotedDoubled;
          i++;
        } else if (ch === 10 || (ch === 13 && bytes[i + 1] !== 10)) innerLines++;
      }
      close = i++;
      state.openQuoteLine = 0;
      while (bytes[i] === 32 && delimiterEnd(bytes, i, dialect) === 0) i++;
    }
    const behindQuote = i;
    let next = 0;
    while (!isLineEnd(bytes[i]!)) {
      next = delimiterEnd(bytes, i, dialect);
      if (next > 0) break;
      if (escapes && bytes[i] === escapedBy && isEscapedOutside(bytes, i + 1, dialect)) {
        state.hasEscapes = state.isOdd = true;
        i++;
      }
      i++;
    }
    if (i >= to) return -1;
    const isQuoted = close >= 0 && behindQuote === i;
    if (close >= 0 && !isQuoted) state.isBroken = state.isOdd = true;
    record.kinds[count] = isQuoted ? kind : i === start ? CellKind.null : CellKind.plain;
    record.starts[count] = isQuoted ? start + 1 : start;
    record.ends[count] = isQuoted ? close : i;
    if (++count === record.kinds.length) growCells(state);
    if (next > 0) {
      i = next;
      continue;
    }
    if (bytes[i++] === 13) {
      if (i >= to && !isLast) return -1;
      if (i < to && bytes[i] === 10) i++;
    }
    record.count = count;
    state.innerLines = innerLines;
    return i;
  }
}

/** Whether a backslash before this byte is an escape; before any other it is a backslash. */
export const isEscaped = (byte: number, quote: number, escapedBy: number): boolean =>
  byte === quote || byte === escapedBy;

/** Outside of quotes a backslash also stands before a delimiter that belongs to the value. */
const isEscapedOutside = (bytes: Uint8Array, at: number, dialect: Scan['dialect']): boolean =>
  isEscaped(bytes[at]!, dialect.quote, dialect.escapedBy) || delimiterEnd(bytes, at, dialect) > 0;
