// hot path: measured by npm run bench
import { CellKind, type CellRecord, GeometryKind, type OnLine, type OnRecord } from '../../domain/layer.ts';
import { bytesOf, type Dialect, type DialectBytes } from './dialect.ts';
import { growCells } from './grow-cells.ts';
import { LookAhead } from './look-ahead.ts';
import { scanRecordOfAny } from './scan-any.ts';
import { settle } from './settle.ts';

/** Cells that a scan has room for at first; most files have far fewer columns. */
const firstCells = 512;

/** Longest record. Beyond it a quote was left open, or the file has no lines. */
export const MAX_RECORD_BYTES = 16 << 20;

/** A record whose arrays grow with its cells. */
export type GrowingRecord = { -readonly [K in keyof CellRecord]: CellRecord[K] };

/** Something of the text that is not in the table as it stands there; the bytes from `begin` on are the text. */
export type OnOddity = (
  kind: 'repaired_rows' | 'short_rows' | 'comment_lines' | 'extra_cells',
  record: CellRecord,
  begin: number,
  end: number,
) => void;

/** What a scan has to know besides the dialect. */
export interface ScanOptions {
  /** Cells that most records have; 0: not known yet, records are taken as they come. */
  readonly columns?: number;
  /** Cells that a record may have: the names of the header where those are more. */
  readonly width?: number;
  /** Records to leave out before the first that is handed on. */
  readonly skip?: number;
  readonly line?: number;
  /** Where the bytes begin in the file; absent where that is not known. */
  readonly base?: number;
  readonly onOddity?: OnOddity;
  /** Asked of every record that would be handed on; absent: all of them are. */
  readonly onLine?: OnLine | undefined;
}

/** A scan in progress. Positions are offsets in `record.bytes`, which must have one spare byte behind the data. */
export interface Scan {
  readonly record: GrowingRecord;
  readonly dialect: DialectBytes;
  /** The delimiter of the fast scanner; 0 for none, as NUL characters are not in the text. */
  readonly delimiter: number;
  readonly columns: number;
  readonly width: number;
  readonly onOddity: OnOddity;
  readonly onLine: OnLine | undefined;
  /** Records to leave out before the first that is handed on: the header. */
  skip: number;
  /** Where the bytes begin in the file; -1 where that is not known. */
  base: number;
  /** Where the last record begins in the bytes; behind a scan, where the first incomplete one does. */
  begin: number;
  /** Line where the next record begins, 1-based. */
  line: number;
  /** Line of the quote that was still open when the bytes ended, 0 if none was. */
  openQuoteLine: number;
  /** Line ends inside the quotes of the last record. */
  innerLines: number;
  /** Whether the last record is broken or has escapes: it must be settled before it is handed on. */
  isOdd: boolean;
  /** Whether something stood behind a closing quote of the last record. */
  isBroken: boolean;
  /** Whether cells of the last record have escapes that are no doubled quotes: they must be written anew. */
  hasEscapes: boolean;
}

const nothing: OnOddity = () => undefined;

/** Starts a scan at the beginning of a text. */
export function startScan(dialect: Dialect, options: ScanOptions = {}): Scan {
  const bytes = bytesOf(dialect);
  const record: GrowingRecord = {
    bytes: Buffer.alloc(0),
    count: 0,
    kinds: new Uint8Array(firstCells),
    starts: new Int32Array(firstCells),
    ends: new Int32Array(firstCells),
    quote: bytes.quote,
    geometryKind: GeometryKind.none,
    geometryStart: 0,
    geometryEnd: 0,
    row: 0,
    line: 0,
    offset: -1,
  };
  const { columns = 0, width = columns, skip = 0, line = 1, base = -1, onOddity = nothing, onLine } = options;
  const begun = {
    base,
    begin: 0,
    line,
    openQuoteLine: 0,
    innerLines: 0,
    isOdd: false,
    isBroken: false,
    hasEscapes: false,
  };
  const delimiter = bytes.delimiter[0] ?? 0;
  return { record, dialect: bytes, delimiter, columns, width, onOddity, onLine, skip, ...begun };
}

/**
 * Hands on every whole record of `record.bytes[from, to)` and returns where the first incomplete one begins (`to` if
 * none). With `isLast` the bytes must end with a line end; then what remains is an unclosed quote. Blank lines are left
 * out. Line ends are LF, CRLF and CR, also mixed. A cell that goes on behind its closing quote is taken as it stands,
 * quotes and all, so that nothing of it is lost; blanks there are not part of it. A record that is odd, by its quotes
 * or by the number of its cells, is settled first (settle.ts).
 */
export function scan(state: Scan, from: number, to: number, isLast: boolean, onRecord: OnRecord): number {
  const { record, columns, onLine } = state;
  const { isPlain } = state.dialect;
  const { bytes } = record;
  // The line feed behind the data ends every inner loop, which then need not compare with `to`.
  bytes[to] = 10;
  const ahead = onLine !== undefined && isPlain && columns > 0 ? new LookAhead(bytes, to, record.quote) : null;
  // A lone empty cell is a blank line: where rows have one cell, all are looked at.
  const usual = columns > 1 ? columns : -1;
  let begin = from;
  while (begin < to) {
    let askedTo = -1;
    if (ahead !== null && state.skip === 0) {
      // What was known to be a record is one wherever one begins.
      const end = ahead.endOf(begin);
      if (end > begin && onLine?.(bytes, begin, end, record.row + 1) === true) {
        record.row++;
        state.line += ahead.innerLines + 1;
        begin = end + (bytes[end] === 13 && bytes[end + 1] === 10 ? 2 : 1);
        continue;
      }
      askedTo = end;
    }
    let end = isPlain ? scanRecord(state, begin, to, isLast) : scanRecordOfAny(state, begin, to, isLast);
    if (end < 0 && !isLast && to - begin <= MAX_RECORD_BYTES) break;
    record.line = state.line;
    let isRow = true;
    // Short of an odd record, this is all that the common case compares.
    const isOdd = end < 0 || record.count !== usual || state.isOdd;
    if (isOdd) {
      const settled = settle(state, begin, end, to, isLast);
      if (settled.end < 0) break;
      ({ end, isRow } = settled);
    }
    state.line += state.innerLines + 1;
    if (isRow && state.skip > 0) state.skip--;
    else if (isRow) {
      state.begin = begin;
      record.offset = state.base < 0 ? -1 : state.base + begin;
      record.row++;
      const lineEnd = onLine === undefined ? askedTo : withoutLineEnd(bytes, begin, end);
      if (lineEnd === askedTo || onLine?.(bytes, begin, lineEnd, record.row) !== true) onRecord(record);
    }
    if (isOdd) forgetOddity(state, bytes);
    begin = end;
  }
  forgetOddity(state, bytes);
  state.begin = begin;
  return begin;
}

/** Where a record ends without the end of its line. */
function withoutLineEnd(bytes: Buffer, begin: number, end: number): number {
  let to = end;
  if (to > begin && bytes[to - 1] === 10) to--;
  if (to > begin && bytes[to - 1] === 13) to--;
  return to;
}

/** Makes ready for the next record. One that was settled may have bytes of its own. */
function forgetOddity(state: Scan, bytes: Buffer): void {
  state.record.bytes = bytes;
  state.isOdd = false;
  state.isBroken = false;
  state.hasEscapes = false;
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
        if (ch !== delimiter && ch !== 10 && ch !== 13) {
          kind = CellKind.plain;
          state.isBroken = true;
          state.isOdd = true;
        }
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
      growCells(state);
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

/** Scans the records of a text in memory, the last of them where `isWhole` or where a line end follows. */
export function scanText(
  text: Buffer,
  dialect: Dialect,
  isWhole: boolean,
  options: ScanOptions,
  onRecord: (record: CellRecord, state: Scan) => void,
): Scan {
  return scanScannable(scannable(text), 0, dialect, isWhole, options, onRecord);
}

/** A text in memory with what a scan needs behind it: a line end, and a byte to write to. */
export function scannable(text: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(text.length + 2);
  text.copy(bytes);
  bytes[text.length] = 10;
  return bytes;
}

/** As `scanText`, from an offset on, for what `scannable` gave. */
export function scanScannable(
  bytes: Buffer,
  from: number,
  dialect: Dialect,
  isWhole: boolean,
  options: ScanOptions,
  onRecord: (record: CellRecord, state: Scan) => void,
): Scan {
  const state = startScan(dialect, options);
  state.record.bytes = bytes;
  scan(state, from, bytes.length - (isWhole ? 1 : 2), isWhole, (record) => onRecord(record, state));
  return state;
}
