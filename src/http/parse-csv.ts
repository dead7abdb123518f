import { badImport } from './wire-error.ts';

/** One cell: its text, and whether it stood in quotes. */
export interface CsvCell {
  readonly text: string;
  readonly isQuoted: boolean;
}

/**
 * Records of CSV as RFC 4180 has it, with any line end; empty lines are left out. For small files that a user writes
 * for this server: throws 400 that names the line where one is not so.
 */
export function parseCsv(text: string): readonly (readonly CsvCell[])[] {
  const records: CsvCell[][] = [];
  let record: CsvCell[] = [];
  let line = 1;
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\n|\r|$)/y;
  cell.lastIndex = text.startsWith('\ufeff') ? 1 : 0;
  while (cell.lastIndex < text.length || record.length > 0) {
    const found = cell.exec(text);
    if (found === null) throw badImport(`Line ${line} of the CSV is malformed: a quote stands where none may be`);
    const [whole, quoted, plain = '', end] = found;
    record.push(
      quoted === undefined ? { text: plain, isQuoted: false } : { text: quoted.replaceAll('""', '"'), isQuoted: true },
    );
    line += whole.match(/\r\n|\n|\r/g)?.length ?? 0;
    if (end === ',') continue;
    if (record.length > 1 || record[0]?.isQuoted === true || record[0]?.text !== '') records.push(record);
    record = [];
  }
  return records;
}

/** A record as a line of CSV with its end; null is an empty cell, an empty text `""`. */
export const csvLine = (cells: readonly (string | number | null)[]): string => `${cells.map(csvCell).join(',')}\r\n`;

function csvCell(value: string | number | null): string {
  if (value === null) return '';
  const text = String(value);
  return text === '' || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
