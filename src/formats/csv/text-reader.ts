import { isUtf8 } from 'node:buffer';
import { readSync } from 'node:fs';
import { LayerMisread } from '../../domain/layer.ts';
import { createDecode } from '../text-encoding/decoder.ts';
import type { Charset } from './charset.ts';

/** Reads a file as UTF-8 without NUL characters, chunk by chunk, into memory of the caller. */
export interface TextReader {
  /**
   * Puts the next chunk behind `length` bytes of `buffer` and returns the new length; the same length means the end.
   * What was put before must still stand before it. Grows the buffer where needed, leaving two spare bytes. Throws
   * LayerMisread where a file taken for UTF-8 is not.
   */
  append(length: number): number;
  buffer: Buffer;
  /** Bytes of the file read so far. */
  readonly position: number;
  /** NUL characters left out so far: PostgreSQL's text cannot hold them. */
  nulCharacters: number;
  /** Bytes of text given so far. */
  given: number;
  /** Where U+FFFD stands in the text for bytes that are no characters, in order; the caller takes them out. */
  readonly replaced: number[];
}

/** Spare bytes behind the text: a line end that the caller adds, and the scanner's sentinel. */
const spareBytes = 2;

/** U+FFFD in UTF-8. */
const replacement = Buffer.from('\ufffd');

function withoutNul(buffer: Buffer, from: number, to: number): number {
  let kept = buffer.indexOf(0, from);
  if (kept < 0 || kept >= to) return to;
  for (let i = kept; i < to; i++) {
    const byte = buffer[i] ?? 0;
    if (byte !== 0) buffer[kept++] = byte;
  }
  return kept;
}

/** How many bytes at the end of `bytes[0, end)` are the beginning of a UTF-8 character that goes on behind them. */
function cutCharacterBytes(bytes: Uint8Array, end: number): number {
  for (let back = 1; back <= 3 && back <= end; back++) {
    const byte = bytes[end - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0;
  }
  return 0;
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
      reader.given += end - length;
      if (end > length) return end;
    }
  };

  const noteReplaced = (from: number, to: number): void => {
    const { buffer } = reader;
    for (let at = buffer.indexOf(replacement, from); at >= 0 && at < to; at = buffer.indexOf(replacement, at + 3)) {
      reader.replaced.push(reader.given + at - from);
    }
  };

  const appendDecoded = (): ((length: number) => number) => {
    const decode = createDecode(charset.encoding);
    const raw = Buffer.allocUnsafeSlow(chunkBytes);
    let ended = false;
    return (length) => {
      for (;;) {
        if (ended) return length;
        const count = readSync(fd, raw, 0, chunkBytes, position);
        position += count;
        ended = count === 0;
        const text = Buffer.from(decode(raw.subarray(0, count), ended));
        reserve(length + text.length);
        text.copy(reader.buffer, length);
        const end = withoutNul(reader.buffer, length, length + text.length);
        reader.nulCharacters += length + text.length - end;
        // U+FFFD of the source itself is no replacement.
        if (charset.encoding !== 'utf-8' || !isUtf8(raw.subarray(0, count - cutCharacterBytes(raw, count)))) {
          noteReplaced(length, end);
        }
        reader.given += end - length;
        if (end > length) return end;
      }
    };
  };

  const isAsItStands = charset.encoding === 'utf-8' && !charset.isFinal;
  const reader: TextReader = {
    get position() {
      return position;
    },
    buffer: Buffer.allocUnsafeSlow(chunkBytes * 2 + spareBytes),
    nulCharacters: 0,
    given: 0,
    replaced: [],
    append: isAsItStands ? appendUtf8 : appendDecoded(),
  };
  return reader;
}
