import { badImport } from './wire-error.ts';

/** One cell: its text, and whether it stood in quotes. */
export interface CsvCell {
  readonly text: string;
  readonly isQuoted: boolean;
}

/** What spreadsheets write between cells, in order of preference, and how a cell and its end look then. */
const cells: readonly (readonly [delimiter: string, cell: RegExp])[] = [
  [',', /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\n|\r|$)/y],
  [';', /(?:"((?:[^"]|"")*)"|([^";\r\n]*))(;|\r\n|\n|\r|$)/y],
  ['\t', /(?:"((?:[^"]|"")*)"|([^"\t\r\n]*))(\t|\r\n|\n|\r|$)/y],
];

/** The delimiter that the first line has most of, outside of quotes. */
function delimiterOf(line: string): (typeof cells)[number] {
  const bare = line.replace(/"[^"]*"/g, '');
  const countOf = (delimiter: string): number => bare.split(delimiter).length;
  return cells.reduce((best, one) => (countOf(one[0]) > countOf(best[0]) ? one : best));
}

/**
 * Records of CSV as RFC 4180 has it, with any line end, also with semicolons or tabs; empty lines are left out, and the
 * line in which Excel is told what stands between cells (`sep=;`). For small files that a user writes for this server:
 * throws 400 that names the line where one is not so.
 */
export function parseCsv(given: string): readonly (readonly CsvCell[])[] {
  const text = given.replace(/^\ufeff/, '').replace(/^sep=.\r?\n/i, '');
  const records: CsvCell[][] = [];
  let record: CsvCell[] = [];
  let line = 1 + Number(text.length + 1 < given.length);
  const [delimiter, cell] = delimiterOf(/^[^\r\n]*/.exec(text)?.[0] ?? '');
  cell.lastIndex = 0;
  while (cell.lastIndex < text.length || record.length > 0) {
    const found = cell.exec(text);
    if (found === null) throw badImport(`Line ${line} of the CSV is malformed: a quote stands where none may be`);
    const [whole, quoted, plain = '', end] = found;
    record.push(
      quoted === undefined ? { text: plain, isQuoted: false } : { text: quoted.replaceAll('""', '"'), isQuoted: true },
    );
    line += whole.match(/\r\n|\n|\r/g)?.length ?? 0;
    if (end === delimiter) continue;
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
