import { isUtf8 } from 'node:buffer';

/** Encodings that are told apart without guessing at languages; further ones belong here. */
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

/** How the characters of a file are encoded, and the length of its byte order mark. */
export interface Charset {
  readonly encoding: Encoding;
  readonly markBytes: number;
}

const startsWith = (bytes: Uint8Array, mark: readonly number[]): boolean => mark.every((byte, i) => bytes[i] === byte);

/**
 * The charset of a file from its first bytes: by its byte order mark, else UTF-8 if they are valid UTF-8 (up to a
 * character cut at the end, unless the file ends there), else Windows-1252, which includes Latin-1.
 */
export function detectCharset(head: Buffer, isWhole: boolean): Charset {
  if (startsWith(head, [0xef, 0xbb, 0xbf])) return { encoding: 'utf-8', markBytes: 3 };
  if (startsWith(head, [0xff, 0xfe])) return { encoding: 'utf-16le', markBytes: 2 };
  if (startsWith(head, [0xfe, 0xff])) return { encoding: 'utf-16be', markBytes: 2 };
  const cut = isWhole ? 0 : cutCharacterBytes(head, head.length);
  return { encoding: isUtf8(head.subarray(0, head.length - cut)) ? 'utf-8' : 'windows-1252', markBytes: 0 };
}

/** How many bytes at the end of `bytes[0, end)` are the beginning of a UTF-8 character that goes on behind them. */
export function cutCharacterBytes(bytes: Uint8Array, end: number): number {
  for (let back = 1; back <= 3 && back <= end; back++) {
    const byte = bytes[end - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0;
  }
  return 0;
}

/**
 * Turns chunks of a file into UTF-8. `isLast` ends the text: what is cut off there becomes U+FFFD. Only for encodings
 * other than UTF-8, whose bytes go through untouched.
 */
export function createTranscoder(encoding: Exclude<Encoding, 'utf-8'>): (chunk: Uint8Array, isLast: boolean) => Buffer {
  const decoder = new TextDecoder(encoding);
  return (chunk, isLast) => Buffer.from(decoder.decode(chunk, { stream: !isLast }), 'utf8');
}
