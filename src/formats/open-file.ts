import { extname } from 'node:path';
import type { Layer, LocalFile } from '../domain/layer.ts';
import { ImportError } from '../errors.ts';
import { readHead } from '../util/read-head.ts';
import { csv } from './csv/index.ts';
import { describeXml, isWebPage, isXmlDocument, nameForeignContent, nameForeignExtension } from './foreign-content.ts';
import type { Format, OpenContext, ReadOptions, SourceFile } from './format.ts';
import { formats } from './index.ts';

/** The format that a file is by its bytes; null where they say nothing. */
export const formatOfContent = (head: Uint8Array): Format | null =>
  formats.find((format) => format.matches?.(head)) ?? null;

/**
 * The format of a file: by its bytes, then by its extension, then by its media type; null where none fits. A name
 * without any extension says nothing, so text under it is taken for delimited text; so
 * is what a format refuses that has the name.
 */
export function detectFormat(head: Uint8Array, name: string, mediaType: string | null): Format | null {
  const extension = extname(name).toLowerCase();
  const hasExtension = ({ extensions }: Format): boolean => extensions.includes(extension);
  const takes = (format: Format): boolean => format.refuses?.(head) !== true;
  return (
    formatOfContent(head) ??
    formats.find((format) => hasExtension(format) && takes(format)) ??
    formats.find((format) => mediaType !== null && format.mediaTypes.includes(mediaType) && takes(format)) ??
    (extension === '' || formats.some(hasExtension) ? csv : null)
  );
}

/** Whether the format of that name reads a file while its end is still on the way. */
export const takesLate = (name: string): boolean =>
  formats.some(({ lateExtension }) => lateExtension === extname(name).toLowerCase());

/** Whether a file that is named and begins so is read while its end is still downloaded. */
export const readsArriving = (head: Uint8Array, { name, mediaType }: LocalFile): boolean =>
  detectFormat(head, name, mediaType)?.readsArriving === true;

/** The extensions of all formats, as a list to show. */
export const listExtensions = (): string => [...new Set(formats.flatMap(({ extensions }) => extensions))].join(', ');

/** Programs that write HTML tables under the name of a spreadsheet are common; the format decides. */
const spreadsheetOfAPage = (name: string): boolean => /\.xls[xb]?$/i.test(name);

function unsupported(name: string, head: Uint8Array): ImportError {
  if (!isWebPage(head) && isXmlDocument(head)) {
    return new ImportError('unsupportedFormat', {
      detail: `${name} is ${describeXml(head)}.`,
      hint: 'It is no format of data that can be read. If it was downloaded, check the address: this may be the answer of a server that refused.',
    });
  }
  const found = nameForeignContent(head) ?? nameForeignExtension(name);
  if (found === 'a web page') {
    return new ImportError('unsupportedFormat', {
      detail: `${name} is a web page (HTML), not a file of data.`,
      hint: 'Open it in a browser: it may be an error message, or a page on which to log in or to choose the download.',
    });
  }
  if (found === 'an SQL dump' || found === 'a PostgreSQL dump') {
    return new ImportError('unsupportedFormat', {
      detail: `${name} is ${found}: SQL is a program, and programs of others are not run here.`,
      hint: 'Load it into a database of your own, export the tables as CSV or GeoPackage, and import those.',
    });
  }
  return new ImportError('unsupportedFormat', {
    detail: `${name} is ${found ?? 'of no format that can be read, by its content or by its extension'}.`,
    hint: `These extensions can be read: ${listExtensions()}.`,
  });
}

/** What is no data whatever its name is: a PDF document called `.csv` is one all the same. */
const isNamedForeign = (head: Uint8Array): boolean =>
  /^a PDF document|^a pointer of Git LFS/.test(nameForeignContent(head) ?? '');

/** Opens a file as what it is. Throws unsupportedFormat (1002), emptyFile (1005) and what the format throws. */
export async function openFile(
  file: SourceFile,
  options: ReadOptions,
  context: OpenContext,
): Promise<readonly Layer[]> {
  const head = readHead(file.path);
  if (head.length === 0) {
    throw new ImportError('emptyFile', {
      detail: `${file.name} has no bytes.`,
      hint: 'Check that the file was saved or exported completely.',
    });
  }
  if (isWebPage(head) && /\.xls[xm]$/i.test(file.name)) {
    throw new ImportError('malformedXls', {
      detail: `${file.name} is a web page (HTML) under the name of a workbook.`,
      hint: 'Open it in a browser: it may be an error message. A table in it can be opened in a spreadsheet program and saved as XLSX or CSV.',
    });
  }
  const format = detectFormat(head, file.name, file.mediaType);
  const isForeign =
    (isWebPage(head) && !spreadsheetOfAPage(file.name)) ||
    isNamedForeign(head) ||
    (format === csv && isXmlDocument(head));
  const isHidden = format !== null && formatOfContent(head) === null && isForeign;
  if (format === null || isHidden) throw unsupported(file.name, head);
  const isLate = format.lateExtension !== undefined || format.readsArriving === true;
  if (!isLate) await file.arrival?.until(file.sizeBytes);
  return format.open(file, options, context);
}
