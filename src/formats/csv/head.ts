import { closeSync, openSync, readSync } from 'node:fs';
import type { LocalFile } from '../../domain/layer.ts';
import { ImportError } from '../../errors.ts';
import { type Dialect, detectDialect, scanText } from './dialect.ts';
import { type Charset, createTranscoder } from './encoding.ts';
import { type Header, readHeader } from './header.ts';

/** Bytes at the beginning of a file from which encoding, delimiter and header are told. */
export const HEAD_BYTES = 1 << 20;

/** Everything that must be known of a file before its records can be read. */
export interface Description {
  readonly charset: Charset;
  readonly dialect: Dialect;
  readonly header: Header;
}

/** Reads up to `length` bytes of a file from `position`. */
export function readBytes(path: string, position: number, length: number): Buffer {
  const fd = openSync(path, 'r');
  try {
    const bytes = Buffer.allocUnsafe(length);
    return bytes.subarray(0, readSync(fd, bytes, 0, length, position));
  } finally {
    closeSync(fd);
  }
}

/** Part of a file as UTF-8 without NUL characters. */
export function toText(bytes: Buffer, charset: Charset, isLast: boolean): Buffer {
  const text = charset.encoding === 'utf-8' ? bytes : createTranscoder(charset.encoding)(bytes, isLast);
  return text.includes(0) ? (text.filter((byte) => byte !== 0) as Buffer) : text;
}

const isControl = (byte: number): boolean => byte < 9 || (byte > 13 && byte < 32) || byte === 127;

/** Bytes looked at to tell text from other data. */
const RUBBISH_BYTES = 1 << 16;

/** Compressed or random bytes hold a tenth of control characters, text none to speak of. */
function isRubbish(text: Buffer): boolean {
  let controls = 0;
  const length = Math.min(text.length, RUBBISH_BYTES);
  for (let i = 0; i < length; i++) if (isControl(text[i] ?? 0)) controls++;
  return controls * 3 > length || (controls > 8 && controls * 20 > length);
}

function checkText(file: LocalFile, raw: Buffer, charset: Charset): void {
  const isWide = charset.encoding === 'utf-16le' || charset.encoding === 'utf-16be';
  if (!isWide && isRubbish(raw)) {
    throw new ImportError('unsupportedFormat', {
      detail: `${file.name} is not text: it is full of control characters.`,
      hint: 'Give the file the extension of its format, or export it as CSV with UTF-8 encoding.',
    });
  }
}

/** Tells delimiter and header from the head of a file. Throws emptyFile, malformedCsv or unsupportedFormat. */
export function describe(file: LocalFile, head: Buffer, charset: Charset): Description {
  checkText(file, head, charset);
  const isWhole = head.length < HEAD_BYTES;
  const text = toText(head.subarray(charset.markBytes), charset, isWhole);
  if (isWhole && text.toString('latin1').trim() === '') {
    throw new ImportError('emptyFile', {
      detail: `${file.name} has no data: it is empty or holds only blanks.`,
      hint: 'Check that the file was saved or exported completely.',
    });
  }
  const dialect = detectDialect(text, isWhole);
  const header = readHeader(text, dialect.delimiter, isWhole);
  if (header === undefined) throw noFirstRecord(file, text, dialect, isWhole);
  return { charset, dialect, header };
}

function noFirstRecord(file: LocalFile, text: Buffer, dialect: Dialect, isWhole: boolean): ImportError {
  const { openQuoteLine } = scanText(text, dialect.delimiter, isWhole, () => undefined);
  return openQuoteLine > 0
    ? unclosedQuote(file.name, openQuoteLine)
    : new ImportError('malformedCsv', {
        detail: `${file.name}: the first line does not end within ${HEAD_BYTES} bytes.`,
        hint: 'Check that the file is delimited text with one record a line and column names in the first.',
      });
}

/** A quote that nothing closes swallows the rest of the file. */
export const unclosedQuote = (name: string, line: number): ImportError =>
  new ImportError('malformedCsv', {
    detail: `${name}, line ${line}: the quote (") that opens a cell there is never closed.`,
    hint: 'Close it, or write each quote inside a quoted cell twice ("").',
  });
