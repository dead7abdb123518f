import { CellKind, type CellRecord } from '../../domain/layer.ts';
import { scanText } from './dialect.ts';

/** The columns of a file, and whether its first record names them or is data. */
export interface Header {
  readonly isPresent: boolean;
  /** An empty string is a column without a name. */
  readonly names: readonly string[];
}

const number = /^[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?$/;
const date = /^\d{4}-\d\d-\d\d([ T]\d\d:\d\d.*)?$/;
const year = /^(19|20)\d\d$/;

/** The text of a CSV cell, quotes undone. */
export function cellText(record: CellRecord, cell: number): string {
  const text = record.bytes.toString('utf8', record.starts[cell] ?? 0, record.ends[cell] ?? 0);
  return record.kinds[cell] === CellKind.quotedDoubled ? text.replaceAll('""', '"') : text;
}

const cellTexts = (record: CellRecord): readonly string[] =>
  Array.from({ length: record.count }, (_, cell) => cellText(record, cell));

const areYears = (cells: readonly string[]): boolean =>
  cells.length > 1 && new Set(cells).size === cells.length && cells.every((cell) => year.test(cell));

/**
 * A first record is data only if all its non-empty cells are numbers or dates and it is no row of years; a single word
 * makes it a header. (Wire contract 5.4 lets one number decide, which takes the header of `country,2002,2006` away.)
 */
function isData(first: readonly string[], second: readonly string[] | undefined): boolean {
  const cells = first.filter((cell) => cell !== '');
  if (cells.length === 0 || !cells.every((cell) => number.test(cell) || date.test(cell))) return false;
  return !areYears(cells) || (second !== undefined && areYears(second));
}

/** Reads the header of a text; undefined where there is no record at all. */
export function readHeader(head: Buffer, delimiter: number, isWhole: boolean): Header | undefined {
  const records: (readonly string[])[] = [];
  scanText(head, delimiter, isWhole, (record) => {
    if (records.length < 2) records.push(cellTexts(record));
  });
  const [first, second] = records;
  if (first === undefined) return undefined;
  return isData(first, second) ? { isPresent: false, names: first.map(() => '') } : { isPresent: true, names: first };
}
