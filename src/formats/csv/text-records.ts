import { CellKind, type CellRecord } from '../../domain/layer.ts';
import type { Dialect } from './dialect.ts';
import type { Effort } from './effort.ts';
import { scanText } from './scan.ts';

/** Columns by which rows of names are told from rows of values: more say no more. */
export const JUDGED_COLUMNS = 1000;

/** Cells so judged, at most, where there are at least so many records. */
const judgedCells = 20_000;
const leastRecords = 10;

/** A record of a text in memory. Its cells are decoded when they are asked for: a wide table has thousands. */
export class TextRecord {
  /** Where it begins in the text. */
  readonly offset: number;
  readonly line: number;
  /** Whether nothing but blank lines, or a row of empty cells, stands before it. */
  readonly isBehindGap: boolean;
  readonly count: number;
  readonly #record: CellRecord;
  #cells: readonly string[] | undefined;

  constructor(record: CellRecord, isBehindGap: boolean) {
    const { count, kinds, starts, ends } = record;
    this.offset = record.offset ?? 0;
    this.line = record.line;
    this.isBehindGap = isBehindGap;
    this.count = count;
    // A scan uses its arrays again.
    const kept = { kinds: kinds.slice(0, count), starts: starts.slice(0, count), ends: ends.slice(0, count) };
    this.#record = { ...record, ...kept };
  }

  /** The text of every cell. */
  get cells(): readonly string[] {
    this.#cells ??= this.first(this.count);
    return this.#cells;
  }

  /** The text of so many cells. */
  first(most: number): readonly string[] {
    return this.#cells?.slice(0, most) ?? firstCells(this.#record, most);
  }

  /** Whether a cell stands in quotes. */
  isQuoted(cell: number): boolean {
    const kind = this.#record.kinds[cell];
    return kind === CellKind.quoted || kind === CellKind.quotedDoubled;
  }

  /** How many cells are not empty. */
  get filled(): number {
    const { starts, ends } = this.#record;
    let filled = 0;
    for (let cell = 0; cell < this.count; cell++) if ((starts[cell] ?? 0) < (ends[cell] ?? 0)) filled++;
    return filled;
  }
}

/** The text of a CSV cell, quotes undone, or of its first bytes. */
export function cellText(record: CellRecord, cell: number, mostBytes: number = Number.POSITIVE_INFINITY): string {
  const start = record.starts[cell] ?? 0;
  const text = record.bytes.toString('utf8', start, Math.min(record.ends[cell] ?? 0, start + mostBytes));
  const quote = String.fromCharCode(record.quote);
  return record.kinds[cell] === CellKind.quotedDoubled ? text.replaceAll(quote + quote, quote) : text;
}

/** Bytes of a cell that names and judgements are made of: longer ones are the same to them. */
const lookedAtBytes = 4 << 10;

/** The texts of the first cells of a record, the beginning of those that are very long. */
export const firstCells = (record: CellRecord, most: number): readonly string[] =>
  Array.from({ length: Math.min(record.count, most) }, (_, cell) => cellText(record, cell, lookedAtBytes));

const hasText = (record: CellRecord): boolean => {
  for (let cell = 0; cell < record.count; cell++)
    if ((record.starts[cell] ?? 0) < (record.ends[cell] ?? 0)) return true;
  return false;
};

class Enough extends Error {}

/**
 * Records of a text, up to `most` of them, or fewer that have cells enough. `columns` is the number of cells that most
 * have, 0 where it is not known.
 */
export function textRecords(
  text: Buffer,
  dialect: Dialect,
  isWhole: boolean,
  columns: number,
  most: number,
  effort: Effort,
): readonly TextRecord[] {
  const records: TextRecord[] = [];
  let judged = 0;
  let read = text.length;
  let nextLine = 1;
  let isBehindGap = false;
  try {
    scanText(text, dialect, isWhole, { columns, base: 0 }, (record, state) => {
      const behindBlank = isBehindGap || record.line > nextLine;
      nextLine = record.line + state.innerLines + 1;
      isBehindGap = !hasText(record);
      records.push(new TextRecord(record, behindBlank));
      judged += Math.min(record.count, JUDGED_COLUMNS);
      read = record.offset ?? 0;
      if (records.length === most || (judged >= judgedCells && records.length >= leastRecords)) throw new Enough();
    });
    read = text.length;
  } catch (error) {
    if (!(error instanceof Enough)) throw error;
  }
  effort.spend(read, judged);
  return records;
}
