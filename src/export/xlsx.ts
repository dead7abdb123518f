import { UnsuitableResultError } from '../sql/unsuitable-result.ts';
import { zipOf } from '../util/zip-of.ts';
import { chunkedText } from './chunked.ts';
import { type ColumnProfile, DOUBLE_DIGITS } from './column-profile.ts';
import { fileFormat } from './file-format.ts';
import type { Row } from './format.ts';
import { safeText } from './safe-cell.ts';
import type { Spool } from './spool.ts';
import { microseconds, valueText, xmlText } from './value-text.ts';

/** Limits of Excel: rows of a sheet, characters of a cell, characters of a sheet's name. */
const MAX_ROWS = 1_048_576;
const MAX_CHARACTERS = 32_767;
const MAX_SHEET_NAME = 31;

/** Earlier days have other numbers in programs that know that 1900 was no leap year. */
const FIRST_DAY = '1900-03-01';

/** Days from 1899-12-30, where spreadsheets begin to count, to 1970. */
const DAYS_TO_1970 = 25_569;
const MICROS_PER_DAY = 86_400_000_000;

/** Milliseconds are the least that spreadsheets show of a time. */
const MAX_FRACTION_DIGITS = 3;

/** Numbers of the styles in `STYLES`. */
const Style = { plain: 0, date: 1, timestamp: 2, utc: 3, time: 4 } as const;

const formats = ['yyyy\\-mm\\-dd', 'yyyy\\-mm\\-dd\\ hh:mm:ss.000', 'yyyy\\-mm\\-dd\\ hh:mm:ss.000"Z"', 'hh:mm:ss.000'];

const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const DOCUMENT = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';
const PART = 'application/vnd.openxmlformats-officedocument.spreadsheetml';

const xml = (text: string): string => xmlText(text, () => '_');

const STYLES = `${HEAD}<styleSheet xmlns="${MAIN}"><numFmts count="${formats.length}">${formats
  .map((format, index) => `<numFmt numFmtId="${164 + index}" formatCode="${xml(format)}"/>`)
  .join(
    '',
  )}</numFmts><fonts count="1"><font/></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="${formats.length + 1}"><xf/>${formats
  .map((_, index) => `<xf numFmtId="${164 + index}" xfId="0" applyNumberFormat="1"/>`)
  .join('')}</cellXfs></styleSheet>`;

const CONTENT_TYPES = `${HEAD}<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${PART}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="${PART}.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="${PART}.styles+xml"/></Types>`;

const relations = (targets: readonly (readonly [type: string, target: string])[]): string =>
  `${HEAD}<Relationships xmlns="${PACKAGE}/relationships">${targets
    .map(
      ([type, target], index) => `<Relationship Id="rId${index + 1}" Type="${DOCUMENT}/${type}" Target="${target}"/>`,
    )
    .join('')}</Relationships>`;

const workbook = (sheet: string): string =>
  `${HEAD}<workbook xmlns="${MAIN}" xmlns:r="${DOCUMENT}"><sheets><sheet name="${xml(sheet)}" sheetId="1" r:id="rId1"/></sheets></workbook>`;

/** `A`, `B`, … `Z`, `AA`, … */
export function columnLetters(index: number): string {
  const last = String.fromCharCode(65 + (index % 26));
  return index < 26 ? last : columnLetters(Math.floor(index / 26) - 1) + last;
}

/** Text as cells have it (ECMA-376, ST_Xstring): characters that XML has none for, and what looks like such, escaped. */
const cellText = (text: string): string => {
  const escaped = (character: string): string =>
    `_x${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`;
  const marked = text.replaceAll(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_').replaceAll('\r', '_x000D_');
  return xmlText(marked, escaped);
};

/** The inside of a cell behind its place: its type, its style and its value. */
type Cell = (text: string) => string;

const number =
  (style: number, convert: (text: string) => string | number): Cell =>
  (text) =>
    `${style === Style.plain ? '' : ` s="${style}"`}><v>${convert(text)}</v></c>`;

const day = (text: string): number => Number(microseconds(text)) / MICROS_PER_DAY;

/** How the cells of a column are written. What a number of a spreadsheet would not hold is text in the whole column. */
function cellOf(column: ColumnProfile, isSafe: boolean): Cell {
  const text: Cell = (value) => {
    const shown = valueText(value, column);
    return ` t="inlineStr"><is><t xml:space="preserve">${cellText(isSafe ? safeText(shown) : shown)}</t></is></c>`;
  };
  const isTime = column.fractionDigits <= MAX_FRACTION_DIGITS;
  const isDay = column.earliest >= FIRST_DAY && isTime;
  switch (column.type) {
    case 'integer':
    case 'decimal':
      return column.significantDigits <= DOUBLE_DIGITS && column.wholeDigits <= DOUBLE_DIGITS
        ? number(Style.plain, String)
        : text;
    case 'double':
      return column.hasNonFinite ? text : number(Style.plain, Number);
    case 'boolean':
      return (value) => ` t="b"><v>${value === 't' ? 1 : 0}</v></c>`;
    case 'date':
      return isDay ? number(Style.date, (value) => day(value) + DAYS_TO_1970) : text;
    case 'timestamp':
      return isDay ? number(Style.timestamp, (value) => day(value) + DAYS_TO_1970) : text;
    case 'timestamptz':
      return isDay ? number(Style.utc, (value) => day(value) + DAYS_TO_1970) : text;
    case 'time':
      return isTime ? number(Style.time, day) : text;
    default:
      return text;
  }
}

/** The columns and, as text, the geometry, in the order of the result. */
function cellColumns({ columns, geometry }: Spool): readonly ColumnProfile[] {
  if (geometry === null) return columns;
  const { name, index } = geometry;
  const shape: ColumnProfile = {
    name,
    index,
    typeName: 'geometry',
    type: 'text',
    hasNulls: geometry.hasNulls,
    wholeDigits: 0,
    scale: 0,
    significantDigits: 0,
    isShort: false,
    hasNonFinite: false,
    fractionDigits: 0,
    earliest: '',
    maxCharacters: geometry.maxCharacters,
    maxBytes: geometry.maxCharacters,
    hasControls: false,
  };
  return [...columns, shape].toSorted((a, b) => a.index - b.index);
}

async function* sheetXml(columns: readonly ColumnProfile[], rows: AsyncIterable<Row>, isSafe: boolean) {
  const letters = columns.map((_, index) => columnLetters(index));
  const cells = columns.map((column) => cellOf(column, isSafe));
  yield `${HEAD}<worksheet xmlns="${MAIN}"><sheetData>`;
  const header = columns.map(
    ({ name }, index) =>
      `<c r="${letters[index]}1" t="inlineStr"><is><t xml:space="preserve">${cellText(isSafe ? safeText(name) : name)}</t></is></c>`,
  );
  yield `<row r="1">${header.join('')}</row>`;
  let line = 1;
  for await (const row of rows) {
    line++;
    let text = `<row r="${line}">`;
    columns.forEach(({ index }, at) => {
      const value = row[index] ?? null;
      if (value !== null) text += `<c r="${letters[at]}${line}"${cells[at]?.(value) ?? ''}`;
    });
    yield `${text}</row>`;
  }
  yield '</sheetData></worksheet>';
}

function refuseTooMuch(columns: readonly ColumnProfile[], rows: number): void {
  if (rows + 1 > MAX_ROWS) {
    throw new UnsuitableResultError(
      `a sheet has at most ${MAX_ROWS - 1} rows below its header, and the result has ${rows}: page through it, or take the format csv`,
    );
  }
  const [long] = columns.filter(({ maxCharacters }) => maxCharacters > MAX_CHARACTERS);
  if (long === undefined) return;
  throw new UnsuitableResultError(
    `a cell has at most ${MAX_CHARACTERS} characters, and the column "${long.name}" has ${long.maxCharacters}: leave it out with skipfields=${long.name}, or take the format csv`,
  );
}

/** A workbook with one sheet, whose cells have the types of the columns; no cell is a formula. */
export const xlsx = fileFormat({
  mediaType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  extension: 'xlsx',
  async *write(spool, { name, safeCells }) {
    const columns = cellColumns(spool);
    refuseTooMuch(columns, spool.rowCount);
    yield* zipOf([
      { name: '[Content_Types].xml', content: [CONTENT_TYPES] },
      { name: '_rels/.rels', content: [relations([['officeDocument', 'xl/workbook.xml']])] },
      { name: 'xl/workbook.xml', content: [workbook(name.slice(0, MAX_SHEET_NAME))] },
      {
        name: 'xl/_rels/workbook.xml.rels',
        content: [
          relations([
            ['worksheet', 'worksheets/sheet1.xml'],
            ['styles', 'styles.xml'],
          ]),
        ],
      },
      { name: 'xl/styles.xml', content: [STYLES] },
      { name: 'xl/worksheets/sheet1.xml', content: chunkedText(sheetXml(columns, spool.rows(), safeCells)) },
    ]);
  },
});
