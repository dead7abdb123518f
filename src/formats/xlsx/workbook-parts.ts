import { posix } from 'node:path';
import { ImportError } from '../../errors.ts';
import { kindOfBuiltIn, kindOfCode, NumberKind } from '../sheet/number-format.ts';
import { readElements } from '../sheet/read-part.ts';
import type { ZipParts } from '../sheet/zip-parts.ts';

/** A worksheet that the workbook names. */
export interface SheetPart {
  readonly name: string;
  /** Name of the part in the package. */
  readonly part: string;
  readonly isHidden: boolean;
}

/** What must be known of a workbook before its sheets can be read. */
export interface WorkbookParts {
  readonly sheets: readonly SheetPart[];
  readonly is1904: boolean;
  /** Name of the part of shared strings; null where there is none. */
  readonly sharedStrings: string | null;
  /** What the format of each cell style makes of a number. */
  readonly kinds: readonly NumberKind[];
}

interface Relationship {
  readonly type: string;
  readonly target: string;
}

/** Sheets of one workbook, far above any that is meant. */
const MAX_SHEETS = 1000;

const isTrue = (value: string | undefined): boolean => value === '1' || value === 'true';

/** Follows a package to its worksheets. Throws badSpreadsheet where it is no workbook. */
export async function readWorkbookParts(parts: ZipParts, fileName: string): Promise<WorkbookParts> {
  const root = await relationships(parts, '', fileName);
  const main = [...root.values()].find(({ type }) => type === 'officeDocument')?.target ?? 'xl/workbook.xml';
  if (!parts.has(main) || /\.bin$/i.test(main)) {
    throw new ImportError('badSpreadsheet', {
      detail: `${fileName} is a package without a workbook of the kind XLSX (${main}).`,
      hint: 'Open the file in a spreadsheet program, save it as XLSX and import that.',
    });
  }
  const related = await relationships(parts, main, fileName);
  const partOf = (wanted: string): string | null =>
    [...related.values()].find(({ type, target }) => type === wanted && parts.has(target))?.target ?? null;

  const sheets: SheetPart[] = [];
  let is1904 = false;
  await readElements(parts, main, fileName, (element, attributes) => {
    if (element === 'workbookPr') is1904 = isTrue(attributes.get('date1904'));
    if (element !== 'sheet') return;
    const target = related.get(attributes.get('id') ?? '');
    if (target?.type !== 'worksheet' || !parts.has(target.target)) return;
    const state = attributes.get('state') ?? 'visible';
    sheets.push({ name: attributes.get('name') ?? '', part: target.target, isHidden: state !== 'visible' });
    if (sheets.length > MAX_SHEETS) throw tooManySheets(fileName);
  });
  return {
    sheets,
    is1904,
    sharedStrings: partOf('sharedStrings'),
    kinds: await readKinds(parts, partOf('styles'), fileName),
  };
}

/** Relationships of a part (`''`: of the package) by their ids; those to places outside the package are left out. */
async function relationships(
  parts: ZipParts,
  part: string,
  fileName: string,
): Promise<ReadonlyMap<string, Relationship>> {
  const folder = posix.dirname(part);
  const found = new Map<string, Relationship>();
  const of = posix.join(folder, '_rels', `${posix.basename(part)}.rels`);
  if (!parts.has(of)) return found;
  await readElements(parts, of, fileName, (element, attributes) => {
    if (element !== 'Relationship' || attributes.get('TargetMode') === 'External') return;
    const target = (attributes.get('Target') ?? '').replaceAll('\\', '/');
    found.set(attributes.get('Id') ?? '', {
      type: posix.basename(attributes.get('Type') ?? ''),
      target: target.startsWith('/') ? target.slice(1) : posix.join(folder, target),
    });
  });
  return found;
}

/** Number formats by the index of the cell style that names them. */
async function readKinds(parts: ZipParts, part: string | null, fileName: string): Promise<readonly NumberKind[]> {
  if (part === null) return [];
  const codes = new Map<number, NumberKind>();
  const kinds: NumberKind[] = [];
  let list = '';
  await readElements(parts, part, fileName, (element, attributes) => {
    if (element === 'cellXfs' || element === 'cellStyleXfs' || element === 'dxfs') list = element;
    else if (element === 'numFmt' && list !== 'dxfs') {
      codes.set(Number(attributes.get('numFmtId')), kindOfCode(attributes.get('formatCode') ?? ''));
    } else if (element === 'xf' && list === 'cellXfs') {
      const id = Number(attributes.get('numFmtId') ?? 0);
      kinds.push(codes.get(id) ?? kindOfBuiltIn(id));
    }
  });
  return kinds.every((kind) => kind === NumberKind.number) ? [] : kinds;
}

const tooManySheets = (fileName: string): ImportError =>
  new ImportError('tooManyLayers', {
    detail: `${fileName} has more than ${MAX_SHEETS} sheets.`,
    hint: 'Split the workbook into several files.',
  });
