import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { createContext, runInContext } from 'node:vm';
import { type ParsingOptions, read, utils, type WorkBook } from '@e965/xlsx';
import type { Layer, LocalFile } from '../../domain/layer.ts';
import { ImportError } from '../../errors.ts';
import { MAX_SHEET_ROWS } from '../sheet/cell-name.ts';
import { spreadsheetContainer } from '../sheet/container.ts';
import { sheetLayers } from '../sheet/sheet-layers.ts';
import { ZipParts } from '../sheet/zip-parts.ts';
import { type SheetData, workbookSheet } from './workbook-sheet.ts';

const HEAD_BYTES = 1 << 16;

/** Largest file, and largest sum of the parts of a zip file: workbooks are read whole, into ten times their bytes. */
const MAX_BYTES = 192 << 20;

/**
 * Time that a file may take: several times what the library needs for the largest workbook of its size. Of strings that
 * are cut off it reads characters without end.
 */
const LEAST_MS = 2000;
const MS_PER_MIB = 1000;

/** Opens a workbook that cannot be streamed. Throws badSpreadsheet, malformedXls, archiveLocked, fileTooBig, emptyFile. */
export async function openWorkbook(file: LocalFile): Promise<readonly Layer[]> {
  const head = readHead(file.path);
  const container = spreadsheetContainer(head);
  if (container === 'xlsb') await checkZip(file);
  else if (container !== 'ole') checkBare(file, head);
  const kind = container === null || container === 'ole' ? 'malformedXls' : 'badSpreadsheet';
  const book = parse(file, kind);

  const isHidden = (index: number): boolean => (book.Workbook?.Sheets?.[index]?.Hidden ?? 0) !== 0;
  const is1904 = book.Workbook?.WBProps?.date1904 === true;
  const sheets = book.SheetNames.filter((_, index) => !isHidden(index)).map((name) =>
    workbookSheet(sheetData(file, book, name, kind), is1904),
  );
  return await sheetLayers(
    file,
    sheets,
    book.SheetNames.filter((_, index) => isHidden(index)),
  );
}

function readHead(path: string): Buffer {
  const fd = openSync(path, 'r');
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    return head.subarray(0, readSync(fd, head, 0, HEAD_BYTES, 0));
  } finally {
    closeSync(fd);
  }
}

/** Unpacks all parts once, so that none is larger than its directory says. */
async function checkZip(file: LocalFile): Promise<void> {
  const parts = await ZipParts.open(file.path, file.name);
  const bytes = parts.totalBytes();
  if (bytes > MAX_BYTES) throw tooBig(file, bytes);
  for (const part of parts.names()) for await (const _ of parts.chunks(part));
}

/** Files without a container: text under a workbook's name, or XLS from before it had one. */
function checkBare(file: LocalFile, head: Buffer): void {
  const text = head
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .trimStart();
  if (/^(<!doctype\s+html|<html|<head|<body|<table|<meta|<style|<div)/i.test(text)) {
    throw new ImportError('malformedXls', {
      detail: `${file.name} is an HTML page under the name of a workbook.`,
      hint: 'Open it in a spreadsheet program and save it as XLSX or CSV. If it was downloaded, look whether it is the page of an error.',
    });
  }
  if (text.startsWith('<') && text.includes('urn:schemas-microsoft-com:office:spreadsheet')) {
    checkIndexes(file);
    return;
  }
  const isOldXls = head[0] === 9 && [0, 2, 4, 8].includes(head[1] ?? -1);
  if (isOldXls) return;
  throw new ImportError('malformedXls', {
    detail: `${file.name} is no workbook by its content; it begins with ${JSON.stringify(text.slice(0, 40))}.`,
    hint: 'Open it in the program that made it and save it as XLSX or CSV.',
  });
}

/** A row, a cell or a merge of an XML spreadsheet says its place or its extent by a number, which the reader believes. */
function checkIndexes(file: LocalFile): void {
  for (const [attribute, number] of readFileSync(file.path, 'latin1').matchAll(
    /\b(?:Index|Span|MergeAcross|MergeDown)\s*=\s*["']\s*(-?\d+)/g,
  )) {
    if (Number(number) >= 0 && Number(number) <= MAX_SHEET_ROWS) continue;
    throw new ImportError('malformedXls', {
      detail: `${file.name} has the place ${attribute.slice(0, 60)}"; a sheet has ${MAX_SHEET_ROWS} rows.`,
      hint: 'Open it in a spreadsheet program, save it again as XLSX or CSV, and import that.',
    });
  }
}

const READ_OPTIONS: ParsingOptions = {
  type: 'buffer',
  dense: true,
  cellDates: false,
  cellNF: true,
  cellFormula: true,
  cellHTML: false,
  cellText: false,
};

/** How a damaged file is called. */
type Damage = 'malformedXls' | 'badSpreadsheet';

function parse(file: LocalFile, kind: Damage): WorkBook {
  const bytes = readFileSync(file.path);
  if (bytes.length > MAX_BYTES) throw tooBig(file, bytes.length);
  try {
    const timeout = LEAST_MS + (bytes.length / 2 ** 20) * MS_PER_MIB;
    let book: WorkBook | null = null;
    const run = (): void => {
      book = read(bytes, READ_OPTIONS);
    };
    runInContext('run()', createContext({ run }), { timeout: Math.ceil(timeout) });
    if (book === null) throw new Error('nothing was read');
    return book;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    if (/password|encrypt|decrypt/i.test(reason)) {
      throw new ImportError('archiveLocked', {
        detail: `${file.name} is protected by a password.`,
        hint: 'Open the workbook with its password, save it without one and import it again.',
        cause,
      });
    }
    throw new ImportError(kind, {
      detail: `${file.name} is a damaged workbook, or none: ${reason.slice(0, 200)}.`,
      hint: 'Open it in a spreadsheet program, save it again as XLSX or CSV, and import that.',
      cause,
    });
  }
}

function sheetData(file: LocalFile, book: WorkBook, name: string, kind: Damage): SheetData {
  const sheet = book.Sheets[name] ?? {};
  const data: unknown = sheet['!data'];
  const rows = Array.isArray(data) ? data : [];
  // What stands between two rows is looked at too.
  if (rows.length > MAX_SHEET_ROWS) {
    throw new ImportError(kind, {
      detail: `${file.name} has a row ${rows.length} in the sheet "${name}"; a sheet has ${MAX_SHEET_ROWS} rows.`,
      hint: 'Open it in a spreadsheet program, save it again as XLSX or CSV, and import that.',
    });
  }
  return {
    name,
    rows,
    merged: (sheet['!merges'] ?? []).map((range) => utils.encode_range(range)),
  };
}

const tooBig = (file: LocalFile, bytes: number): ImportError =>
  new ImportError('fileTooBig', {
    detail: `${file.name} unpacks to ${bytes} bytes; a workbook of this kind may have ${MAX_BYTES}.`,
    hint: 'Save it as XLSX or CSV, which are read in pieces, and import that.',
  });
