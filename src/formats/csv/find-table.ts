import type { DialectWish } from '../../domain/reading.ts';
import { ImportError } from '../../errors.ts';
import type { Dialect } from './dialect.ts';
import { countHeaderRows, joinNames } from './header.ts';
import { isRuler } from './ruler.ts';
import { JUDGED_COLUMNS, type TextRecord } from './text-records.ts';
import { columnClasses, valueClass } from './value-class.ts';

/** A line that is none of the table. */
export interface LeftLine {
  readonly line: number;
  readonly value: string;
}

/** Where a table stands in a text, and what its columns are called. */
export interface TablePlace {
  /** An empty string is a column without a name. */
  readonly names: readonly string[];
  /** Rows that name the columns; 0: the first row is data. */
  readonly headerRows: number;
  /** Where the first row begins, names or data, in bytes of the text, and its line. */
  readonly from: number;
  readonly line: number;
  /** Lines before the table: titles, remarks. */
  readonly before: readonly LeftLine[];
}

/** Records before the table, at most: more are no preamble. */
const maxPreamble = 60;

/** Cells of one that are told. */
const toldCells = 200;

/** A line drawn under names stands below so many rows of them at most. */
const maxRulerRow = 3;

/** Columns of a file, at most: a table holds 1,596, and 5,000 that are not wanted can be named. */
const maxColumns = 8192;

function checkColumns(columns: number): void {
  if (columns <= maxColumns) return;
  throw new ImportError('tooManyColumns', {
    detail: `The text has ${columns} columns, more than a table holds.`,
    hint: 'Leave out columns, or turn columns into rows.',
  });
}

/**
 * Finds the table among the records of a text whose rows have `columns` cells: behind titles and remarks, with none, one
 * or several rows of names. undefined where there is no record. Throws malformedCsv where more rows are said to be names
 * than there are, tooManyColumns.
 */
export function findTable(
  records: readonly TextRecord[],
  columns: number,
  dialect: Dialect,
  wish: DialectWish,
): TablePlace | undefined {
  const start = wish.skipRows === undefined ? findStart(records, columns, dialect) : 0;
  const rows = records.slice(start);
  const [first] = rows;
  if (first === undefined) return undefined;
  checkColumns(columns);
  const firstRow = cutAnew(first, columns, dialect);
  const judged = [firstRow.slice(0, JUDGED_COLUMNS), ...rows.slice(1).map((record) => record.first(JUDGED_COLUMNS))];
  const headerRows = headerRowsOf(judged, Math.min(columns, JUDGED_COLUMNS), wish);
  for (const { count } of rows.slice(0, headerRows)) checkColumns(count);
  const nameRows = [firstRow, ...rows.slice(1, headerRows).map((record) => record.first(maxColumns))]
    .slice(0, headerRows)
    .filter((cells, at) => at === 0 || !isRuler(cells, judged[at - 1], judged[at + 1]));
  const named = headerRows === 1 && hasRowNames(rows, columns) ? ['', ...firstRow] : joinNames(nameRows, columns);
  const names = headerRows > 0 ? named : Array.from({ length: Math.max(columns, 1) }, () => '');
  const before = records
    .slice(0, start)
    .map((record) => ({ line: record.line, value: record.first(toldCells).join(dialect.delimiter) }));
  return { names, headerRows, from: first.offset, line: first.line, before };
}

function headerRowsOf(cells: readonly (readonly string[])[], columns: number, { header }: DialectWish): number {
  if (header === false) return 0;
  if (typeof header === 'number') {
    if (header > cells.length) throw noSuchHeader(header, cells.length);
    return header;
  }
  const ruler = cells
    .slice(0, maxRulerRow + 1)
    .findIndex((row, at) => at > 0 && isRuler(row, cells[at - 1], cells[at + 1]));
  const found = ruler > 0 ? ruler + 1 : countHeaderRows(cells, columns);
  return header === true ? Math.max(1, found) : found;
}

/**
 * Whether the first column has the names of the rows, as R writes them: the header is one name short, and all of it and of that
 * column is quoted, but not all of the others. A delimiter at the end of each row makes no column.
 */
function hasRowNames([first, ...rows]: readonly TextRecord[], columns: number): boolean {
  if (first === undefined || first.count !== columns - 1 || columns > JUDGED_COLUMNS || rows.length === 0) return false;
  const isQuoted = (record: TextRecord): boolean =>
    Array.from({ length: record.count }, (_, cell) => cell).every((cell) => record.isQuoted(cell));
  const rowNames = new Set(rows.map((row) => row.first(1)[0]));
  return (
    isQuoted(first) &&
    rowNames.size === rows.length &&
    rows.every((row) => row.count === columns && row.isQuoted(0) && !isQuoted(row) && row.cells.at(-1) !== '')
  );
}

const noSuchHeader = (header: number, records: number): ImportError =>
  new ImportError('malformedCsv', {
    detail: `${header} rows are said to name the columns, and the text has ${records} to look at.`,
    hint: 'Say how many rows the header has: header, or headerRowCount of metadata beside the file.',
  });

/** The index of the first record of the table: of its names, or of data where it has none. */
function findStart(records: readonly TextRecord[], columns: number, dialect: Dialect): number {
  if (columns === 1) return firstOfOneColumn(records);
  const isSparse = (record: TextRecord): boolean => record.filled <= 1;
  const behindGap = firstBehindGap(records, columns);
  if (behindGap > 0) return behindGap;
  const full = records.findIndex((record) => record.count === columns && !isSparse(record));
  if (full <= 0 || full > maxPreamble) return 0;
  const before = records[full - 1];
  const record = records[full];
  if (before === undefined || record === undefined) return 0;
  // In two columns an empty cell is nothing odd: only what a gap follows stands before the table.
  const isWhole = before.count === columns;
  if (columns === 2 && isWhole) return record.isBehindGap ? full : 0;
  const below = records.slice(full + 1);
  const isCutOtherwise = cutAnew(before, columns, dialect).length === columns && before.count < columns;
  const mayBeNames =
    (!isSparse(before) || isLoneName(before, columns)) &&
    before.count * 2 >= columns &&
    before.count <= columns + Math.max(2, columns / 3);
  if (record.isBehindGap || !(isCutOtherwise || mayBeNames)) return full;
  return isNames(record, below, columns, !isCutOtherwise) ? full : full - 1;
}

/**
 * The first record behind a gap if it names values below it in every column, and none before has as many cells; else 0: above
 * it is said what the table is of.
 */
function firstBehindGap(records: readonly TextRecord[], columns: number): number {
  const at = records.findIndex(({ isBehindGap }, index) => index > 0 && isBehindGap);
  const record = records[at];
  if (columns < 3 || record === undefined || at > maxPreamble) return 0;
  if (record.count !== columns || record.filled < columns) return 0;
  if (records.slice(0, at).some(({ filled }) => filled === columns)) return 0;
  return isNames(record, records.slice(at + 1), columns, false) ? at : 0;
}

/** A row of names of which only one is there, and not the first: a title stands in the first cell. */
const isLoneName = (record: TextRecord, columns: number): boolean =>
  record.count === columns && record.filled === 1 && record.first(1)[0] === '';

/** In a text of one column, a line that begins as remarks do is none of it. */
function firstOfOneColumn(records: readonly TextRecord[]): number {
  const first = records.findIndex((record) => !/^(#|\/\/|--) /.test(record.first(1)[0] ?? ''));
  return Math.max(0, first);
}

/**
 * Whether a record, before which another may name the columns, does it itself. `isLikely`: where all is text, it does
 * unless one of its cells stands again in its column.
 */
function isNames(record: TextRecord, below: readonly TextRecord[], columns: number, isLikely: boolean): boolean {
  const judged = Math.min(columns, JUDGED_COLUMNS);
  const rows = below.filter(({ count }) => count === columns).map((one) => one.first(judged));
  const classes = columnClasses(rows, judged);
  const cells = record.first(judged);
  if (classes.some((one) => one !== 'text' && one !== 'empty')) {
    return countHeaderRows([cells, ...rows], judged, 1) > 0;
  }
  const isOfWords = cells.every((cell) => valueClass(cell) === 'text');
  const isDistinct = new Set(cells).size === judged;
  const standsAgain = rows.some((row) => row.some((cell, column) => cell === cells[column]));
  return isLikely && isOfWords && isDistinct && !standsAgain;
}

/** Delimiters under which a row of names may stand that is cut by another than the rows below. */
const others = [',', ';', '\t', '|', ' '];

/** Two parts make few: commas and blanks stand in titles too. */
const othersOfTwo = [';', '\t', '|'];

/** The cells of a first row; by another delimiter where that gives as many as the others have, and this one does not. */
function cutAnew(record: TextRecord, columns: number, { delimiter, quote }: Dialect): readonly string[] {
  const cells = record.first(maxColumns);
  if (record.count !== 1 || columns < 2) return cells;
  const line = record.cells[0] ?? '';
  for (const other of columns > 2 ? others : othersOfTwo) {
    if (other === delimiter) continue;
    const parts = line.split(other);
    if (parts.length === columns && parts.every((part) => part !== '')) {
      return parts.map((part) => withoutQuotes(part, quote));
    }
  }
  return cells;
}

const withoutQuotes = (part: string, quote: string): string =>
  quote !== '' && part.length > 1 && part.startsWith(quote) && part.endsWith(quote) ? part.slice(1, -1) : part;
