// hot path: bench/load.bench.ts
import { ImportError } from '../../errors.ts';
import { MAX_SHEET_COLUMNS } from './cell-name.ts';

/** Largest row, in bytes of the text of its cells. */
const MAX_ROW_BYTES = 64 << 20;

/**
 * One row of a sheet: the cells that hold something, as text in one reused buffer, in the order in which they came.
 * One object is reused for all rows: copy what you keep.
 */
export class RowCells {
  /** 1-based number of the row in its sheet. */
  row = 0;
  count = 0;
  /** Cells that hold more than white space. */
  filled = 0;
  /** 0-based columns of the sheet. */
  readonly columns = new Int32Array(MAX_SHEET_COLUMNS);
  readonly starts = new Int32Array(MAX_SHEET_COLUMNS);
  readonly ends = new Int32Array(MAX_SHEET_COLUMNS);
  /** 1 for cells that the sheet holds as text, 0 for numbers, dates and booleans. */
  readonly isText = new Uint8Array(MAX_SHEET_COLUMNS);
  /** Where the cells stand. Replaced when it grows: ask again after every `reserve`. */
  bytes: Buffer = Buffer.allocUnsafeSlow(1 << 16);
  /** Bytes in use; a cell is written behind them and then named by `add`. */
  length = 0;

  /** Begins the next row, without cells. */
  begin(row: number): void {
    this.row = row;
    this.count = this.filled = this.length = 0;
  }

  /** Makes room for `count` more bytes behind `length`. Throws fileTooBig where the row is larger than 64 MiB. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    if (needed > MAX_ROW_BYTES) {
      throw new ImportError('fileTooBig', {
        detail: `Row ${this.row} is larger than ${MAX_ROW_BYTES >> 20} MiB.`,
        hint: 'Shorten its longest cells, or split the sheet.',
      });
    }
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }

  /** Names what stands from `start` to `length` as the cell of a column. Nothing is no cell. */
  add(column: number, start: number, isText: boolean): void {
    const { length, bytes } = this;
    if (start === length) return;
    if (this.count === MAX_SHEET_COLUMNS) {
      throw new ImportError('badSpreadsheet', {
        detail: `Row ${this.row} has more than ${MAX_SHEET_COLUMNS} cells, the most that a sheet can have.`,
        hint: 'Open the file in a spreadsheet program, save it again and import that.',
      });
    }
    const cell = this.count++;
    this.columns[cell] = column;
    this.starts[cell] = start;
    this.ends[cell] = length;
    this.isText[cell] = isText ? 1 : 0;
    for (let i = start; i < length; i++) {
      if (bytes[i]! > 32) {
        this.filled++;
        return;
      }
    }
  }

  /** Copies bytes as the cell of a column. */
  addBytes(column: number, source: Uint8Array, from: number, to: number, isText: boolean): void {
    const count = to - from;
    this.reserve(count);
    const start = this.length;
    const { bytes } = this;
    if (count < 32) for (let i = 0; i < count; i++) bytes[start + i] = source[from + i]!;
    else bytes.set(source.subarray(from, to), start);
    this.length = start + count;
    this.add(column, start, isText);
  }

  /** Writes text as the cell of a column: NUL characters left out, surrogates without their pair as U+FFFD. */
  addText(column: number, value: string, isText: boolean): void {
    const text = value.includes('\0') ? value.replaceAll('\0', '') : value;
    this.reserve(text.length * 3);
    const start = this.length;
    this.length = start + this.bytes.write(text, start);
    this.add(column, start, isText);
  }

  /** The text of a cell. */
  text(cell: number): string {
    return this.bytes.toString('utf8', this.starts[cell], this.ends[cell]);
  }
}
