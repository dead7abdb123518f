/** A row from the top of a sheet, as texts. */
export interface TopRow {
  /** 1-based number in the sheet. */
  readonly row: number;
  readonly cells: readonly TopCell[];
}

export interface TopCell {
  /** 0-based column of the sheet. */
  readonly column: number;
  readonly text: string;
  /** Whether the sheet holds it as text, not as a number, a date or a boolean. */
  readonly isText: boolean;
}

/** Where the table of a sheet begins. */
export interface FoundTable {
  /** Rows that hold something and stand above the header. */
  readonly above: readonly TopRow[];
  /** Whether the row behind `above` names the columns. */
  readonly hasHeader: boolean;
  /** Columns of the sheet that belong to the table, ascending. */
  readonly columns: readonly number[];
  /** Names of these columns, `''` where there is none. */
  readonly names: readonly string[];
}

/** Rows above the header, at most; beyond them the sheet is something else than a table with a title. */
const MAX_ROWS_ABOVE = 30;

const year = /^(19|20)\d\d$/;
const numberOrDate =
  /^[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?$|^\d{4}-\d\d-\d\d([ T]\d\d:\d\d.*)?$|^\d\d:\d\d(:\d\d)?/;

const isFilled = (cell: TopCell): boolean => cell.text.trim() !== '';
const filled = (row: TopRow): readonly TopCell[] => row.cells.filter(isFilled);

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** A row is data, no header, if all its cells are numbers or dates and it is no row of different years. */
function isData(row: TopRow): boolean {
  const cells = filled(row);
  if (!cells.every(({ text, isText }) => numberOrDate.test(text.trim()) || (!isText && /^(TRUE|FALSE)$/.test(text)))) {
    return false;
  }
  return !(
    cells.length > 1 &&
    cells.every(({ text }) => year.test(text)) &&
    new Set(cells.map(({ text }) => text)).size === cells.length
  );
}

/** Whether a row could name the columns of a table as wide as `width`: most places filled, most of them with words. */
function isHeader(row: TopRow, width: number): boolean {
  const cells = filled(row);
  const words = cells.filter(({ text, isText }) => isText && !numberOrDate.test(text.trim()));
  return cells.length >= Math.max(2, width * 0.6) && words.length >= cells.length * 0.6;
}

/**
 * Finds where the table begins in the first rows of a sheet that hold something (at least one). The first row is the
 * header, or data if it is all numbers and dates. Only where it fills at most half of the columns that rows usually
 * fill, and a row that could be a header and has rows behind it comes within the next 30, is what stands above that
 * row taken for a title and left out.
 */
export function findTable(rows: readonly TopRow[]): FoundTable {
  const width = median(rows.map((row) => filled(row).length));
  let header = 0;
  const [first] = rows;
  if (first !== undefined && width > 1 && filled(first).length <= width / 2) {
    const found = rows.findIndex((row, index) => index < rows.length - 1 && isHeader(row, width));
    if (found > 0 && found <= MAX_ROWS_ABOVE) header = found;
  }
  const headerRow = rows[header];
  const hasHeader = headerRow !== undefined && !isData(headerRow);
  const columns = [...new Set(rows.slice(header).flatMap((row) => filled(row).map(({ column }) => column)))];
  columns.sort((a, b) => a - b);
  const nameOf = new Map(hasHeader ? headerRow.cells.map(({ column, text }) => [column, text.trim()] as const) : []);
  return {
    above: rows.slice(0, header),
    hasHeader,
    columns,
    names: columns.map((column) => nameOf.get(column) ?? ''),
  };
}
