import { isUtf8 } from 'node:buffer';
import { readSync } from 'node:fs';
import { LayerMisread } from '../../domain/layer.ts';
import { type Charset, createTranscoder, cutCharacterBytes } from './encoding.ts';

/** Reads a file as UTF-8 without NUL characters, chunk by chunk, into memory of the caller. */
export interface TextReader {
  /**
   * Puts the next chunk behind `length` bytes of `buffer` and returns the new length; the same length means the end.
   * What was put before must still stand before it. Grows the buffer where needed, leaving two spare bytes. Throws
   * LayerMisread where a file taken for UTF-8 is not.
   */
  append(length: number): number;
  buffer: Buffer;
  /** NUL characters left out so far: PostgreSQL's text cannot hold them. */
  nulCharacters: number;
}

/** Spare bytes behind the text: a line end that the caller adds, and the scanner's sentinel. */
const spareBytes = 2;

function withoutNul(buffer: Buffer, from: number, to: number): number {
  let kept = buffer.indexOf(0, from);
  if (kept < 0 || kept >= to) return to;
  for (let i = kept; i < to; i++) {
    const byte = buffer[i] ?? 0;
    if (byte !== 0) buffer[kept++] = byte;
  }
  return kept;
}

/** Starts reading behind the byte order mark. The caller keeps `fd` open. */
export function createTextReader(fd: number, charset: Charset, chunkBytes: number): TextReader {
  let position = charset.markBytes;
  let unchecked = 0;
  const reserve = (needed: number): void => {
    if (needed + spareBytes <= reader.buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(reader.buffer.length * 2, needed + spareBytes));
    reader.buffer.copy(grown);
    reader.buffer = grown;
  };

  const appendUtf8 = (length: number): number => {
    for (;;) {
      reserve(length + chunkBytes);
      const { buffer } = reader;
      const count = readSync(fd, buffer, length, chunkBytes, position);
      if (count === 0) {
        if (unchecked > 0) throw new LayerMisread('The file ends in the middle of a UTF-8 character.');
        return length;
      }
      position += count;
      const end = withoutNul(buffer, length, length + count);
      reader.nulCharacters += length + count - end;
      const checked = end - cutCharacterBytes(buffer, end);
      if (!isUtf8(buffer.subarray(length - unchecked, Math.max(checked, length - unchecked)))) {
        throw new LayerMisread(`The file is not UTF-8 before byte ${position}.`);
      }
      unchecked = end - checked;
      if (end > length) return end;
    }
  };

  const appendTranscoded = (
    transcode: (chunk: Uint8Array, isLast: boolean) => Buffer,
  ): ((length: number) => number) => {
    const raw = Buffer.allocUnsafeSlow(chunkBytes);
    let ended = false;
    return (length) => {
      for (;;) {
        if (ended) return length;
        const count = readSync(fd, raw, 0, chunkBytes, position);
        position += count;
        ended = count === 0;
        const text = transcode(raw.subarray(0, count), ended);
        reserve(length + text.length);
        text.copy(reader.buffer, length);
        const end = withoutNul(reader.buffer, length, length + text.length);
        reader.nulCharacters += length + text.length - end;
        if (end > length) return end;
      }
    };
  };

  const reader: TextReader = {
    buffer: Buffer.allocUnsafeSlow(chunkBytes * 2 + spareBytes),
    nulCharacters: 0,
    append: charset.encoding === 'utf-8' ? appendUtf8 : appendTranscoded(createTranscoder(charset.encoding)),
  };
  return reader;
}
