import { isUtf8 } from 'node:buffer';

/** How often the bytes above 127 of a text make UTF-8 characters, and how often they do not. */
export interface Utf8Count {
  valid: number;
  invalid: number;
}

/** Length of the UTF-8 character that begins at `at`; 0 where none does, -1 where the bytes end within it. */
function characterLength(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at] ?? 0;
  const length =
    lead >= 0xf0 && lead <= 0xf4 ? 4 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xc2 && lead < 0xe0 ? 2 : 0;
  if (length === 0) return 0;
  for (let i = 1; i < length; i++) {
    if (at + i >= end) return -1;
    const next = bytes[at + i] ?? 0;
    if (next < 0x80 || next > 0xbf) return 0;
  }
  const second = bytes[at + 1] ?? 0;
  const isOverlong = (lead === 0xe0 && second < 0xa0) || (lead === 0xf0 && second < 0x90);
  const isBeyond = (lead === 0xed && second > 0x9f) || (lead === 0xf4 && second > 0x8f);
  return isOverlong || isBeyond ? 0 : length;
}

/**
 * Adds what a piece of a text holds. `isLast`: a character cut at its end is none. Once there are `most` of them, it only
 * goes on where all were valid.
 */
export function countUtf8(
  bytes: Uint8Array,
  isLast: boolean,
  count: Utf8Count,
  most: number = Number.POSITIVE_INFINITY,
): void {
  const end = bytes.length;
  if (isUtf8(bytes)) {
    for (let i = 0; i < end; i++) if ((bytes[i] ?? 0) >= 0xc0) count.valid++;
    return;
  }
  for (let i = 0; i < end; ) {
    if (count.invalid > 0 && count.valid + count.invalid >= most) return;
    if ((bytes[i] ?? 0) < 0x80) {
      i++;
      continue;
    }
    const length = characterLength(bytes, i, end);
    if (length > 0) {
      count.valid++;
      i += length;
      continue;
    }
    if (length === 0 || isLast) count.invalid++;
    i++;
  }
}

/** Lines that hold bytes above 127, one behind another, up to a size. */
export class Evidence {
  readonly #bytes: Buffer;
  length = 0;
  readonly utf8: Utf8Count = { valid: 0, invalid: 0 };
  readonly #mostCharacters: number;

  /** `mostCharacters`: beyond ASCII, that are counted to tell UTF-8 from other encodings. */
  constructor(maxBytes: number, mostCharacters: number = Number.POSITIVE_INFINITY) {
    this.#bytes = Buffer.alloc(maxBytes);
    this.#mostCharacters = mostCharacters;
  }

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.length);
  }

  get isFull(): boolean {
    return this.length >= this.#bytes.length;
  }

  /** Looks at a piece of the file, best whole lines. */
  add(piece: Buffer, isLast: boolean): void {
    countUtf8(piece, isLast, this.utf8, this.#mostCharacters);
    for (let i = 0; i < piece.length && !this.isFull; ) {
      if ((piece[i] ?? 0) < 0x80) {
        i++;
        continue;
      }
      const from = Math.max(piece.lastIndexOf(10, i) + 1, i - 200);
      const lineEnd = piece.indexOf(10, i);
      const to = Math.min(lineEnd < 0 ? piece.length : lineEnd + 1, i + 400);
      this.length += piece.copy(this.#bytes, this.length, from, to);
      i = to;
    }
  }
}
