import type { LocalFile } from '../../domain/layer.ts';
import type { DialectWish } from '../../domain/reading.ts';
import { ImportError } from '../../errors.ts';
import { decodeAll } from '../text-encoding/decoder.ts';
import type { Charset } from './charset.ts';
import { describeText, type TextDescription } from './describe-text.ts';
import { behindBlankLines } from './detect-dialect.ts';
import { HEAD_BYTES } from './file-pieces.ts';
import { scanText } from './scan.ts';

/** Part of a file as UTF-8 without NUL characters, as the whole is read. */
export function toText(bytes: Buffer, charset: Charset): Buffer {
  const isAsItStands = charset.encoding === 'utf-8' && !charset.isFinal;
  const text = isAsItStands ? bytes : Buffer.from(decodeAll(bytes, charset.encoding));
  return withoutNul(text);
}

function withoutNul(text: Buffer): Buffer {
  let at = text.indexOf(0);
  if (at < 0) return text;
  const kept = Buffer.from(text);
  for (let i = at; i < text.length; i++) {
    const byte = text[i] ?? 0;
    if (byte !== 0) kept[at++] = byte;
  }
  return kept.subarray(0, at);
}

const isControl = (byte: number): boolean => byte < 9 || (byte > 13 && byte < 32 && byte !== 27) || byte === 127;

/** Bytes looked at to tell text from other data. */
const RUBBISH_BYTES = 1 << 16;

/** Control characters that programs put between cells: SOH, and FS to US. */
const separators = [1, 28, 29, 30, 31];

/** Compressed or random bytes hold a tenth of control characters, text none to speak of but what may be its delimiter. */
function isRubbish(text: Buffer): boolean {
  const counts = new Uint32Array(256);
  const length = Math.min(text.length, RUBBISH_BYTES);
  let controls = 0;
  for (let i = 0; i < length; i++) {
    const byte = text[i] ?? 0;
    if (!isControl(byte)) continue;
    controls++;
    counts[byte] = (counts[byte] ?? 0) + 1;
  }
  controls -= Math.max(...separators.map((one) => counts[one] ?? 0));
  return controls * 3 > length || (controls > 8 && controls * 20 > length);
}

function checkText(file: LocalFile, raw: Buffer, charset: Charset): void {
  if (!/^utf-(16|32)/.test(charset.encoding) && isRubbish(raw)) {
    throw new ImportError('unsupportedFormat', {
      detail: `${file.name} is not text: it is full of control characters.`,
      hint: 'Give the file the extension of its format, or export it as CSV with UTF-8 encoding.',
    });
  }
}

/** What is told of a file from its head, and the head itself as text. */
export interface Description extends TextDescription {
  readonly charset: Charset;
  readonly text: Buffer;
}

/** Tells dialect and tables from the head of a file. Throws emptyFile, malformedCsv or unsupportedFormat. */
export function describe(file: LocalFile, head: Buffer, charset: Charset, wish: DialectWish): Description {
  checkText(file, head, charset);
  const isWhole = head.length < HEAD_BYTES;
  const text = toText(head.subarray(charset.markBytes), charset);
  if (isWhole && text.toString('latin1').trim() === '') {
    throw new ImportError('emptyFile', {
      detail: `${file.name} has no data: it is empty or holds only blanks.`,
      hint: 'Check that the file was saved or exported completely.',
    });
  }
  const found = describeText(text, isWhole, wish);
  if (found.tables.length === 0) throw noFirstRecord(file, text, isWhole, found, wish);
  return { ...found, charset, text };
}

function noFirstRecord(
  file: LocalFile,
  text: Buffer,
  isWhole: boolean,
  { dialect }: TextDescription,
  { skipRows = 0 }: DialectWish,
): ImportError {
  const blank = behindBlankLines(text);
  const line = 1 + lineEnds(text.subarray(0, blank));
  const { openQuoteLine } = scanText(text.subarray(blank), dialect, isWhole, { line }, () => undefined);
  if (isWhole && skipRows > 0) {
    return new ImportError('malformedCsv', {
      detail: `${file.name} has no row behind the ${skipRows} lines that are to be skipped.`,
      hint: 'Skip fewer lines: skip_rows, or skipRows of metadata beside the file, says how many.',
    });
  }
  return openQuoteLine > 0
    ? unclosedQuote(file.name, openQuoteLine)
    : new ImportError('malformedCsv', {
        detail: `${file.name}: the first line does not end within ${HEAD_BYTES} bytes.`,
        hint: 'Check that the file is delimited text with one record a line and column names in the first.',
      });
}

/** How many lines end in a piece of text. */
function lineEnds(text: Buffer): number {
  let count = 0;
  for (let i = 0; i < text.length; i++) if (text[i] === 10 || (text[i] === 13 && text[i + 1] !== 10)) count++;
  return count;
}

/** A quote that nothing closes swallows the rest of the file. */
export const unclosedQuote = (name: string, line: number): ImportError =>
  new ImportError('malformedCsv', {
    detail: `${name}, line ${line}: the quote that opens a cell there is never closed.`,
    hint: 'Close it, or write each quote inside a quoted cell twice ("").',
  });
