import { createWriteStream } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type DriveFile, DriveRefused } from '../../domain/drive.ts';
import { ImportError } from '../../errors.ts';
import { zipOf } from '../../util/zip-of.ts';
import { AnswerTooLong, at, type DriveApi, type DriveTarget, listAt, textAt, wholeAt } from './drive.ts';
import { rowOf, sheetText, stylesPart } from './sheet-cells.ts';

/** Google Sheets API, v4: https://developers.google.com/workspace/sheets/api/reference/rest */
const API = 'https://sheets.googleapis.com/v4/spreadsheets';

/** Cells of one answer: about 5 MB of JSON. The service asks for few and large requests: 60 a minute. */
const PAGE_CELLS = 50_000;

/** Tables of a spreadsheet; the service allows 200. */
const MAX_SHEETS = 1000;

const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const DOCUMENT = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';

interface Sheet {
  readonly title: string;
  readonly isHidden: boolean;
  readonly rows: number;
  readonly columns: number;
}

/** A title as ranges name it (A1 notation). */
const quoted = (title: string): string => `'${title.replaceAll("'", "''")}'`;

/** The sheets that have cells; charts and connected data have none. */
async function sheetsOf(api: DriveApi, id: string): Promise<readonly Sheet[]> {
  const fields = 'sheets(properties(title,hidden,sheetType,gridProperties(rowCount,columnCount)))';
  const answer = await api.json(`${API}/${encodeURIComponent(id)}?${new URLSearchParams({ fields })}`);
  const sheets = listAt(answer, 'sheets').flatMap((sheet): Sheet[] => {
    const properties = at(sheet, 'properties');
    const title = textAt(properties, 'title');
    const grid = at(properties, 'gridProperties');
    if (title === null || (textAt(properties, 'sheetType') ?? 'GRID') !== 'GRID') return [];
    const [rows, columns] = [wholeAt(grid, 'rowCount') ?? 0, wholeAt(grid, 'columnCount') ?? 0];
    return [{ title, isHidden: at(properties, 'hidden') === true, rows, columns }];
  });
  if (sheets.length > MAX_SHEETS) throw new DriveRefused('failed', `The spreadsheet has ${sheets.length} sheets`);
  return sheets;
}

/** The rows of a sheet as the XML of a worksheet, page by page; a page whose answer is too long is asked for in halves. */
async function* worksheet(api: DriveApi, id: string, { title, rows, columns }: Sheet): AsyncGenerator<string> {
  yield `<worksheet xmlns="${MAIN}"><sheetData>`;
  let size = Math.max(1, Math.floor(PAGE_CELLS / Math.max(1, columns)));
  for (let from = 1; from <= rows; ) {
    const to = Math.min(from + size - 1, rows);
    const query = new URLSearchParams({
      ranges: `${quoted(title)}!${from}:${to}`,
      fields: 'sheets(data(startRow,rowData(values(effectiveValue,effectiveFormat(numberFormat)))))',
      prettyPrint: 'false',
    });
    let answer: unknown;
    try {
      answer = await api.json(`${API}/${encodeURIComponent(id)}?${query}`);
    } catch (error) {
      if (!(error instanceof AnswerTooLong) || size === 1) throw error;
      size = Math.ceil(size / 2);
      continue;
    }
    const [data] = listAt(listAt(answer, 'sheets')[0], 'data');
    if (data === undefined || (wholeAt(data, 'startRow') ?? 0) !== from - 1) {
      throw new DriveRefused('failed', 'Google Sheets answered with other rows than those that were asked for');
    }
    const found = listAt(data, 'rowData');
    if (found.length > to - from + 1) throw new DriveRefused('failed', 'Google Sheets answered with too many rows');
    yield found.map((row, i) => rowOf(row, from + i)).join('');
    from = to + 1;
  }
  yield '</sheetData></worksheet>';
}

const relations = (targets: readonly (readonly [type: string, target: string])[]): string =>
  `<Relationships xmlns="${PACKAGE}/relationships">${targets
    .map(([type, target], i) => `<Relationship Id="r${i}" Type="${DOCUMENT}/${type}" Target="${target}"/>`)
    .join('')}</Relationships>`;

/**
 * Writes the workbook that an export of the sheet would be, from what the Sheets API says of each cell: the value itself,
 * and what kind of number it is. Returns its bytes. Throws `DriveRefused`, and fileTooBig.
 */
export async function writeWorkbook(api: DriveApi, file: DriveFile, target: DriveTarget): Promise<number> {
  const sheets = await sheetsOf(api, file.id);
  const names = sheets.map(
    ({ title, isHidden }, i) =>
      `<sheet name="${sheetText(title)}" sheetId="${i + 1}"${isHidden ? ' state="hidden"' : ''} r:id="r${i}"/>`,
  );
  const parts = sheets.map((_, i) => ['worksheet', `worksheets/sheet${i + 1}.xml`] as const);
  const zip = zipOf([
    { name: '[Content_Types].xml', content: [`<Types xmlns="${PACKAGE}/content-types"/>`] },
    { name: '_rels/.rels', content: [relations([['officeDocument', 'xl/workbook.xml']])] },
    {
      name: 'xl/workbook.xml',
      content: [`<workbook xmlns="${MAIN}" xmlns:r="${DOCUMENT}"><sheets>${names.join('')}</sheets></workbook>`],
    },
    { name: 'xl/_rels/workbook.xml.rels', content: [relations([...parts, ['styles', 'styles.xml']])] },
    { name: 'xl/styles.xml', content: [stylesPart] },
    ...sheets.map((sheet, i) => ({
      name: `xl/worksheets/sheet${i + 1}.xml`,
      content: worksheet(api, file.id, sheet),
    })),
  ]);
  let bytes = 0;
  const counted = new Transform({
    transform(chunk: Uint8Array, _, done) {
      bytes += chunk.length;
      target.onBytes(bytes);
      done(bytes > target.maxBytes ? tooLarge(file, target.maxBytes) : null, chunk);
    },
  });
  await pipeline(Readable.from(zip), counted, createWriteStream(target.path, { mode: 0o600 }));
  return bytes;
}

const tooLarge = (file: DriveFile, maxBytes: number): ImportError =>
  new ImportError('fileTooBig', {
    detail: `${file.name} of Google Sheets has more than ${maxBytes} bytes, the limit of one import.`,
    hint: 'Import the data in parts, or ask the operator for a higher limit.',
  });
