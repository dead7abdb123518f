import { CellKind, type CellRecord } from '../../domain/layer.ts';
import type { Dialect } from './dialect.ts';
import { scanText } from './scan.ts';

/** A record of a text in memory. */
export interface TextRecord {
  readonly cells: readonly string[];
  /** Where it begins in the text. */
  readonly offset: number;
  readonly line: number;
  /** Whether nothing but blank lines, or a row of empty cells, stands before it. */
  readonly isBehindGap: boolean;
}

/** The text of a CSV cell, quotes undone. */
export function cellText(record: CellRecord, cell: number): string {
  const text = record.bytes.toString('utf8', record.starts[cell] ?? 0, record.ends[cell] ?? 0);
  const quote = String.fromCharCode(record.quote);
  return record.kinds[cell] === CellKind.quotedDoubled ? text.replaceAll(quote + quote, quote) : text;
}

const hasText = (record: CellRecord): boolean => {
  for (let cell = 0; cell < record.count; cell++)
    if ((record.starts[cell] ?? 0) < (record.ends[cell] ?? 0)) return true;
  return false;
};

class Enough extends Error {}

/** Records of a text, up to `most` of them. `columns` is the number of cells that most have, 0 where it is not known. */
export function textRecords(
  text: Buffer,
  dialect: Dialect,
  isWhole: boolean,
  columns: number,
  most: number,
): readonly TextRecord[] {
  const records: TextRecord[] = [];
  let nextLine = 1;
  let isBehindGap = false;
  try {
    scanText(text, dialect, isWhole, { columns, base: 0 }, (record, state) => {
      const behindBlank = isBehindGap || record.line > nextLine;
      nextLine = record.line + state.innerLines + 1;
      isBehindGap = !hasText(record);
      const cells = Array.from({ length: record.count }, (_, cell) => cellText(record, cell));
      records.push({ cells, offset: record.offset ?? 0, line: record.line, isBehindGap: behindBlank });
      if (records.length === most) throw new Enough();
    });
  } catch (error) {
    if (!(error instanceof Enough)) throw error;
  }
  return records;
}

/** How many cells of a record are not empty. */
export const filledCells = ({ cells }: TextRecord): number => cells.filter((cell) => cell !== '').length;
