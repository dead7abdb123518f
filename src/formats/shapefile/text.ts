// hot path: bench/load.bench.ts
import iconv from 'iconv-lite';
import type { RecordBuffer } from './record-buffer.ts';

/** Appends the text of `source[start, end)` as UTF-8. */
export type AppendText = (source: Buffer, start: number, end: number, target: RecordBuffer) => void;

const isAscii = (source: Buffer, start: number, end: number): boolean => {
  for (let i = start; i < end; i++) if (source[i]! >= 0x80) return false;
  return true;
};

function copy(source: Buffer, start: number, end: number, target: RecordBuffer): void {
  target.ensure(end - start);
  source.copy(target.bytes, target.length, start, end);
  target.length += end - start;
}

/**
 * How text of a code page is appended. Cells without a byte above 127 are copied as they are in every one of them.
 * `onDamage` is called for each text that has bytes which the code page has no character for; they become U+FFFD.
 */
export function createAppendText(codePage: string, onDamage: () => void): AppendText {
  const decode = (source: Buffer, start: number, end: number): string =>
    iconv.decode(source.subarray(start, end), codePage);
  const append: AppendText = (source, start, end, target) => {
    if (isAscii(source, start, end)) return copy(source, start, end, target);
    const text = decode(source, start, cutAt(source, start, end, codePage));
    if (text.includes('\ufffd')) onDamage();
    target.ensure(4 * text.length);
    target.length += target.bytes.write(text, target.length);
  };
  return append;
}

/** Where the text ends without the beginning of a character that the fixed width of the column has cut. */
function cutAt(source: Buffer, start: number, end: number, codePage: string): number {
  return codePage === 'utf-8' ? end - cutCharacterBytes(source, start, end) : end;
}

/** How many bytes at the end are the beginning of a UTF-8 character that goes on behind them. */
export function cutCharacterBytes(bytes: Uint8Array, start: number, end: number): number {
  for (let back = 1; back <= 3 && end - back >= start; back++) {
    const byte = bytes[end - back]!;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0;
  }
  return 0;
}
