// hot path: measured by npm run bench
import { CellKind, type CellRecord, GeometryKind, type OnRecord } from '../../domain/layer.ts';
import { ImportError } from '../../errors.ts';

/** Cells of one row that are kept apart. A table holds 1,596 columns; a row with more than this is not CSV. */
const maxCells = 65_536;

/** Cells that a scan has room for at first; most files have far fewer columns. */
const firstCells = 512;

/** A record whose arrays grow with its cells. */
type GrowingRecord = { -readonly [K in keyof CellRecord]: CellRecord[K] };

/** A scan in progress. Positions are offsets in `record.bytes`, which must have one spare byte behind the data. */
export interface Scan {
  readonly record: GrowingRecord;
  /** An ASCII character that is neither the quote nor a line end. */
  readonly delimiter: number;
  /** Records to leave out before the first that is handed on: the header. */
  skip: number;
  /** Line where the next record begins, 1-based. */
  line: number;
  /** Line of the quote that was still open when the bytes ended, 0 if none was. */
  openQuoteLine: number;
  /** Line ends inside the quotes of the last record. */
  innerLines: number;
}

/** Starts a scan at the beginning of a file. The delimiter is an ASCII code; the quote is `"`. */
export function startScan(delimiter: number, skip: number): Scan {
  const record: GrowingRecord = {
    bytes: Buffer.alloc(0),
    count: 0,
    kinds: new Uint8Array(firstCells),
    starts: new Int32Array(firstCells),
    ends: new Int32Array(firstCells),
    quote: 34,
    geometryKind: GeometryKind.none,
    geometryStart: 0,
    geometryEnd: 0,
    row: 0,
    line: 0,
  };
  return { record, delimiter, skip, line: 1, openQuoteLine: 0, innerLines: 0 };
}

/**
 * Hands on every whole record of `record.bytes[from, to)` and returns where the first incomplete one begins (`to` if
 * none). With `isLast` the bytes must end with a line end; then what remains is an unclosed quote. Blank lines are left
 * out. Line ends are LF, CRLF and CR, also mixed. A cell that goes on behind its closing quote is taken as it stands,
 * quotes and all, so that nothing of it is lost; blanks there are not part of it.
 */
export function scan(state: Scan, from: number, to: number, isLast: boolean, onRecord: OnRecord): number {
  const { record } = state;
  // The line feed behind the data ends every inner loop, which then need not compare with `to`.
  record.bytes[to] = 10;
  let begin = from;
  while (begin < to) {
    const end = scanRecord(state, begin, to, isLast);
    if (end < 0) break;
    begin = end;
    record.line = state.line;
    state.line += state.innerLines + 1;
    if (record.count === 1 && record.kinds[0] === CellKind.null) continue;
    if (state.skip > 0) {
      state.skip--;
      continue;
    }
    record.row++;
    onRecord(record);
  }
  return begin;
}

/**
 * Finds the cells of the record that begins at `begin` and returns where the next one begins, -1 where the bytes end
 * before it does. It calls nothing per record, so that the compiler can keep its loops in registers, apart from the
 * caller's encoder.
 */
function scanRecord(state: Scan, begin: number, to: number, isLast: boolean): number {
  const { record, delimiter } = state;
  const { bytes, quote } = record;
  let { kinds, starts, ends } = record;
  // Above it nothing ends a cell: one comparison for most bytes.
  const lastSpecial = delimiter > 13 ? delimiter : 13;
  let i = begin;
  let count = 0;
  let innerLines = 0;
  for (;;) {
    const start = i;
    let ch = bytes[i]!;
    if (ch === quote) {
      state.openQuoteLine = state.line + innerLines;
      let kind: CellKind = CellKind.quoted;
      i++;
      for (;;) {
        // Letters and digits are above both quote characters (34 and 39): one comparison for most bytes.
        while (bytes[i]! > 39) i++;
        ch = bytes[i]!;
        if (ch === quote) {
          if (i + 1 >= to) return -1;
          if (bytes[i + 1] !== quote) break;
          kind = CellKind.quotedDoubled;
          i++;
        } else if (ch === 10) {
          if (i >= to) return -1;
          innerLines++;
        } else if (ch === 13 && bytes[i + 1] !== 10) innerLines++;
        i++;
      }
      const close = i++;
      state.openQuoteLine = 0;
      ch = bytes[i]!;
      if (ch !== delimiter && ch !== 10 && ch !== 13) {
        while (ch === 32) ch = bytes[++i]!;
        if (ch !== delimiter && ch !== 10 && ch !== 13) kind = CellKind.plain;
        while (ch !== delimiter && ch !== 10 && ch !== 13) ch = bytes[++i]!;
      }
      if (i >= to) return -1;
      kinds[count] = kind;
      starts[count] = kind === CellKind.plain ? start : start + 1;
      ends[count] = kind === CellKind.plain ? i : close;
    } else {
      for (;;) {
        while (ch > lastSpecial) ch = bytes[++i]!;
        if (ch === delimiter || ch === 10 || ch === 13) break;
        ch = bytes[++i]!;
      }
      if (i >= to) return -1;
      kinds[count] = i === start ? CellKind.null : CellKind.plain;
      starts[count] = start;
      ends[count] = i;
    }
    if (++count === kinds.length) {
      growCells(record, state.line);
      ({ kinds, starts, ends } = record);
    }
    i++;
    if (ch === delimiter) continue;
    if (ch === 13) {
      if (i >= to && !isLast) return -1;
      if (i < to && bytes[i] === 10) i++;
    }
    record.count = count;
    state.innerLines = innerLines;
    return i;
  }
}

function growCells(record: GrowingRecord, line: number): void {
  const room = record.kinds.length * 2;
  if (room > maxCells) throw tooManyCells(line);
  const { kinds, starts, ends } = record;
  record.kinds = new Uint8Array(room);
  record.kinds.set(kinds);
  record.starts = new Int32Array(room);
  record.starts.set(starts);
  record.ends = new Int32Array(room);
  record.ends.set(ends);
}

const tooManyCells = (line: number): ImportError =>
  new ImportError('malformedCsv', {
    detail: `The row that begins in line ${line} has more than ${maxCells - 1} cells.`,
    hint: 'Check that the file is delimited text with one record a line.',
  });
