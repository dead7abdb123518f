import { isUtf8 } from 'node:buffer';
import { closeSync, openSync, readSync } from 'node:fs';
import { ImportError } from '../../errors.ts';

const CHUNK_BYTES = 1 << 20;

/** Largest single value (a feature) that is held in memory at once. */
export const MAX_VALUE_BYTES = 64 << 20;

/**
 * A window that moves over a file: the bytes from `fileOffset` on, `end` of them, behind which stands a NUL, so that a
 * scanner needs no other test for the end. What is being read is kept whole; memory does not depend on the file.
 */
export class ByteWindow implements Disposable {
  bytes: Buffer;
  end = 0;
  /** Where `bytes[0]` stands in the file. */
  fileOffset = 0;
  isAtEnd = false;
  readonly #file: number;
  readonly #name: string;
  readonly #chunkBytes: number;
  #validUntil = 0;

  /** `chunkBytes` is what one read asks for; tests make it small. */
  constructor(path: string, name: string, chunkBytes = CHUNK_BYTES) {
    this.#file = openSync(path, 'r');
    this.#name = name;
    this.#chunkBytes = chunkBytes;
    this.bytes = Buffer.allocUnsafeSlow(2 * chunkBytes + 1);
    this.bytes[0] = 0;
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }

  /**
   * Forgets the bytes before `keep` and reads more behind the rest, which then begins at 0. False at the end of the
   * file. Throws badEncoding for bytes that are not UTF-8, and fileTooBig where what is kept is longer than a feature
   * may be.
   */
  fill(keep: number): boolean {
    const kept = this.end - keep;
    if (kept > MAX_VALUE_BYTES) {
      throw new ImportError('fileTooBig', {
        detail: `${this.#name}: one JSON value, which begins at byte ${this.fileOffset + keep}, is larger than ${MAX_VALUE_BYTES >> 20} MiB.`,
        hint: 'Split the feature into smaller ones, for instance by dividing its geometry.',
      });
    }
    // A value that goes beyond the window is begun again, so the window doubles: each byte is scanned twice at most.
    const wanted = Math.min(Math.max(this.#chunkBytes, kept), MAX_VALUE_BYTES + this.#chunkBytes - kept);
    const source = this.bytes;
    if (kept + wanted >= source.length) this.bytes = Buffer.allocUnsafeSlow(2 * (kept + wanted));
    source.copy(this.bytes, 0, keep, this.end);
    this.fileOffset += keep;
    this.#validUntil -= keep;
    const count = readSync(this.#file, this.bytes, kept, wanted, this.fileOffset + kept);
    this.end = kept + count;
    this.bytes[this.end] = 0;
    this.isAtEnd = count === 0;
    this.#checkEncoding();
    return count > 0;
  }

  #checkEncoding(): void {
    // A character that the end of the file cuts off is left: the scanner then says that the file is cut off.
    const until = wholeCharacters(this.bytes, this.end);
    if (until > this.#validUntil && !isUtf8(this.bytes.subarray(this.#validUntil, until))) {
      const bad = firstBadByte(this.bytes, this.#validUntil, until);
      throw new ImportError('badEncoding', {
        detail: `${this.#name}: the byte 0x${this.bytes[bad]!.toString(16).padStart(2, '0')} at offset ${this.fileOffset + bad} is not UTF-8.`,
        hint: 'JSON is always UTF-8. Save or convert the file as UTF-8 and import it again.',
      });
    }
    this.#validUntil = Math.max(until, this.#validUntil);
  }
}

/** Where the last character begins that is cut off at `end`, or `end`. */
function wholeCharacters(bytes: Uint8Array, end: number): number {
  for (let i = end - 1; i >= 0 && i >= end - 3; i--) {
    const byte = bytes[i]!;
    if (byte < 0x80) return end;
    if (byte >= 0xc0) return i + (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > end ? i : end;
  }
  return end;
}

/** The first byte that begins no character; halving finds the longest valid beginning. */
function firstBadByte(bytes: Uint8Array, start: number, end: number): number {
  let good = start;
  let bad = end;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    const cut = Math.max(wholeCharacters(bytes, middle), good);
    if (isUtf8(bytes.subarray(good, cut)) && cut > good) good = cut;
    else if (cut === good) return good;
    else bad = middle;
  }
  return good;
}
