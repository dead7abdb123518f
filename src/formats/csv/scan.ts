// hot path: bench/load.bench.ts
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
  return { record, delimiter, skip, line: 1, openQuoteLine: 0 };
}

/**
 * Hands on every whole record of `record.bytes[from, to)` and returns where the first incomplete one begins (`to` if
 * none). With `isLast` the bytes must end with a line end; then what remains is an unclosed quote. Blank lines are left
 * out. Line ends are LF, CRLF and CR, also mixed. A cell that goes on behind its closing quote is taken as it stands,
 * quotes and all, so that nothing of it is lost; blanks there are not part of it.
 */
export function scan(state: Scan, from: number, to: number, isLast: boolean, onRecord: OnRecord): number {
  const { record, delimiter } = state;
  const { bytes, quote } = record;
  let { kinds, starts, ends } = record;
  // The line feed behind the data ends every inner loop, which then need not compare with `to`.
  bytes[to] = 10;
  // Above it nothing ends a cell: one comparison for most bytes.
  const lastSpecial = Math.max(delimiter, 13);
  let line = state.line;
  let begin = from;
  let openQuoteLine = 0;

  records: while (begin < to) {
    let i = begin;
    let count = 0;
    let innerLines = 0;
    let ch = 0;
    for (;;) {
      const start = i;
      ch = bytes[i]!;
      if (ch === quote) {
        openQuoteLine = line + innerLines;
        let kind: CellKind = CellKind.quoted;
        i++;
        for (;;) {
          // Letters and digits are above both quote characters (34 and 39): one comparison for most bytes.
          while (bytes[i]! > 39) i++;
          ch = bytes[i]!;
          if (ch === quote) {
            if (i + 1 >= to) break records;
            if (bytes[i + 1] !== quote) break;
            kind = CellKind.quotedDoubled;
            i++;
          } else if (ch === 10) {
            if (i >= to) break records;
            innerLines++;
          } else if (ch === 13 && bytes[i + 1] !== 10) innerLines++;
          i++;
        }
        const close = i++;
        openQuoteLine = 0;
        ch = bytes[i]!;
        if (ch !== delimiter && ch !== 10 && ch !== 13) {
          let j = i;
          while (bytes[j] === 32) j++;
          ch = bytes[j]!;
          if (ch !== delimiter && ch !== 10 && ch !== 13) kind = CellKind.plain;
          while (ch !== delimiter && ch !== 10 && ch !== 13) ch = bytes[++j]!;
          i = j;
        }
        if (i >= to) break records;
        kinds[count] = kind;
        starts[count] = kind === CellKind.plain ? start : start + 1;
        ends[count] = kind === CellKind.plain ? i : close;
      } else {
        for (;;) {
          while (ch > lastSpecial) ch = bytes[++i]!;
          if (ch === delimiter || ch === 10 || ch === 13) break;
          ch = bytes[++i]!;
        }
        if (i >= to) break records;
        kinds[count] = i === start ? CellKind.null : CellKind.plain;
        starts[count] = start;
        ends[count] = i;
      }
      if (++count === kinds.length) {
        growCells(record, line);
        ({ kinds, starts, ends } = record);
      }
      i++;
      if (ch === delimiter) continue;
      if (ch === 13) {
        if (i >= to && !isLast) break records;
        if (i < to && bytes[i] === 10) i++;
      }
      break;
    }
    begin = i;
    if (count === 1 && kinds[0] === CellKind.null) {
      line++;
      continue;
    }
    record.line = line;
    line += innerLines + 1;
    if (state.skip > 0) {
      state.skip--;
      continue;
    }
    record.count = count;
    record.row++;
    onRecord(record);
  }
  state.line = line;
  state.openQuoteLine = openQuoteLine;
  return begin;
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
