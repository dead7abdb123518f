import { at, listAt, textAt } from './drive.ts';

/** Numbers of the styles in `stylesPart`: what a number of a cell stands for. */
const Style = { plain: 0, date: 1, dateTime: 2, time: 3, duration: 4 } as const;

const codes = ['yyyy\\-mm\\-dd', 'yyyy\\-mm\\-dd\\ hh:mm:ss', 'hh:mm:ss', '[h]:mm:ss'];

const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';

/** The part of a workbook with the styles of its cells. */
export const stylesPart = `<styleSheet xmlns="${MAIN}"><numFmts count="${codes.length}">${codes
  .map((code, index) => `<numFmt numFmtId="${164 + index}" formatCode="${code}"/>`)
  .join('')}</numFmts><cellXfs count="${codes.length + 1}"><xf numFmtId="0"/>${codes
  .map((_, index) => `<xf numFmtId="${164 + index}" applyNumberFormat="1"/>`)
  .join('')}</cellXfs></styleSheet>`;

/**
 * Days are counted from 1899-12-30 in Google Sheets and in workbooks alike from this number on: 1900-03-01. Workbooks have
 * one day more before it, and none before 1900.
 */
const FIRST_COMMON_DAY = 61;
const DAYS_TO_1970 = 25_569;
const DAY_MS = 86_400_000;

/** Errors by the names of the API (`ErrorType`), as cells show them. */
const errors: Readonly<Record<string, string>> = {
  NULL_VALUE: '#NULL!',
  DIVIDE_BY_ZERO: '#DIV/0!',
  VALUE: '#VALUE!',
  REF: '#REF!',
  NAME: '#NAME?',
  NUM: '#NUM!',
  N_A: '#N/A',
};

const marks: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text as workbooks have it (ECMA-376, ST_Xstring): characters that XML has none for, and what looks like such, escaped. */
export const sheetText = (text: string): string =>
  text
    .replaceAll(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_')
    .replaceAll(/[&<>"]/g, (mark) => marks[mark] ?? mark)
    .replaceAll(/[\0-\x08\x0b-\x1f\ufffe\uffff]/g, (mark) => {
      const code = mark.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
      return `_x${code}_`;
    });

/** What a number stands for, by the type and the pattern of its format (`NumberFormat`). */
function styleOf(cell: unknown): number {
  const format = at(at(cell, 'effectiveFormat'), 'numberFormat');
  if (/\[(h+|m+|s+)\]/i.test(textAt(format, 'pattern') ?? '')) return Style.duration;
  switch (textAt(format, 'type')) {
    case 'DATE':
      return Style.date;
    case 'DATE_TIME':
      return Style.dateTime;
    case 'TIME':
      return Style.time;
    default:
      return Style.plain;
  }
}

const inline = (text: string): string => `<c t="inlineStr"><is><t xml:space="preserve">${sheetText(text)}</t></is></c>`;

function numberCell(value: number, style: number): string {
  const isDay = style === Style.date || style === Style.dateTime;
  if (isDay && value < FIRST_COMMON_DAY) {
    const moment = new Date(Math.round((value - DAYS_TO_1970) * DAY_MS));
    // Beyond what a date can be, it is the number that it is.
    if (Number.isNaN(moment.getTime())) return `<c><v>${value}</v></c>`;
    const text = moment.toISOString();
    return inline(style === Style.date ? text.slice(0, 10) : text.slice(0, 19).replace('T', ' '));
  }
  return `<c${style === Style.plain ? '' : ` s="${style}"`}><v>${value}</v></c>`;
}

/** One cell of the API (`CellData`) as the cell of a workbook: the value that it has, not the one that it shows. */
function cellOf(cell: unknown): string {
  const value = at(cell, 'effectiveValue');
  const number = at(value, 'numberValue');
  if (typeof number === 'number') return numberCell(number, styleOf(cell));
  const text = at(value, 'stringValue');
  if (typeof text === 'string') return text === '' ? '<c/>' : inline(text);
  const truth = at(value, 'boolValue');
  if (typeof truth === 'boolean') return `<c t="b"><v>${truth ? 1 : 0}</v></c>`;
  const error = at(value, 'errorValue');
  return error === undefined ? '<c/>' : `<c t="e"><v>${errors[textAt(error, 'type') ?? ''] ?? '#ERROR!'}</v></c>`;
}

/** One row of the API (`RowData`), the `number`-th of its sheet, as the row of a workbook; nothing for one without values. */
export function rowOf(row: unknown, number: number): string {
  const cells = listAt(row, 'values').map(cellOf);
  return cells.every((cell) => cell === '<c/>') ? '' : `<row r="${number}">${cells.join('')}</row>`;
}
