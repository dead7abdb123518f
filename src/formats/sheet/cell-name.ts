/** Columns of a sheet, `A` to `XFD` (ECMA-376 and every program that writes it). */
export const MAX_SHEET_COLUMNS = 16384;

/** Rows of a sheet. */
export const MAX_SHEET_ROWS = 1_048_576;

/** The letters of a column: `A` for 0, `AA` for 26. */
export function columnLetters(column: number): string {
  let letters = '';
  for (let rest = column; rest >= 0; rest = Math.floor(rest / 26) - 1) {
    letters = String.fromCharCode(65 + (rest % 26)) + letters;
  }
  return letters;
}

/** What a sheet calls a cell: `B7` for column 1 of row 7. `column` is 0-based, `row` 1-based. */
export const cellName = (column: number, row: number): string => `${columnLetters(column)}${row}`;

/**
 * The 0-based column of a cell reference such as `B7` at `bytes[start, end)`; -1 where it is none, or beyond the last
 * column that a sheet has.
 */
export function columnOfReference(bytes: Uint8Array, start: number, end: number): number {
  let column = 0;
  let i = start;
  for (; i < end; i++) {
    const letter = bytes[i]! & 0xdf;
    if (letter < 65 || letter > 90) break;
    column = column * 26 + letter - 64;
    if (column > MAX_SHEET_COLUMNS) return -1;
  }
  if (i === start || i === end) return -1;
  for (; i < end; i++) if (bytes[i]! < 48 || bytes[i]! > 57) return -1;
  return column - 1;
}
