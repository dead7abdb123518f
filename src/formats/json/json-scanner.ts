// hot path: measured by npm run bench
import { ImportError } from '../../errors.ts';
import type { ByteWindow } from './byte-window.ts';

/** Deepest nesting of one value; more is refused as hostile (RFC 8259, section 9, leaves the limit to the reader). */
export const MAX_JSON_DEPTH = 64;

const COORDINATES = '"coordinates"';

/** Thrown where the window ends inside a value: the reader fills the window and begins the value again. */
export const needMore: unique symbol = Symbol('need more bytes');

/** Strict JSON over a window: positions in, positions out, no values. Every error says byte, line and what was expected. */
export class JsonScanner {
  /** The window's buffer; the window may replace it when it is filled. */
  bytes: Buffer;
  end = 0;
  /** 1-based line of the last position that was scanned. */
  line = 1;
  /** Where the errors say they are, as `feature 3`. */
  place = '';
  /** Whether the last string held a backslash. */
  isEscaped = false;
  readonly #window: ByteWindow;
  readonly #name: string;
  readonly #stack = new Uint8Array(MAX_JSON_DEPTH);

  constructor(window: ByteWindow, name: string) {
    this.#window = window;
    this.#name = name;
    this.bytes = window.bytes;
  }

  /** Reads on, keeping the bytes from `keep`, which are then at 0. */
  fill(keep: number): boolean {
    const hasMore = this.#window.fill(keep);
    this.bytes = this.#window.bytes;
    this.end = this.#window.end;
    return hasMore;
  }

  /** The first position from `at` on that is not white space. */
  space(at: number): number {
    const bytes = this.bytes;
    let i = at;
    for (;;) {
      const byte = bytes[i];
      if (byte === 10) this.line++;
      else if (byte !== 32 && byte !== 13 && byte !== 9) break;
      i++;
    }
    if (bytes[i] === 0 && i >= this.end) throw needMore;
    return i;
  }

  /** Position behind the string whose opening quote is at `at`. */
  string(at: number): number {
    const bytes = this.bytes;
    this.isEscaped = false;
    for (let i = at + 1; ; i++) {
      const byte = bytes[i]!;
      if (byte === 34) return i + 1;
      if (byte === 92) i = this.#escape(i);
      else if (byte < 32) this.#inString(i);
    }
  }

  /** Position of the last byte of the escape whose backslash is at `at`. */
  #escape(at: number): number {
    this.isEscaped = true;
    const byte = this.bytes[at + 1]!;
    if (byte === 117) {
      for (let i = at + 2; i < at + 6; i++) {
        const digit = this.bytes[i]! | 32;
        if (!((digit >= 48 && digit <= 57) || (digit >= 97 && digit <= 102)) || this.bytes[i]! < 48) {
          this.fail(i, 'four hexadecimal digits behind \\u');
        }
      }
      return at + 5;
    }
    // " \ / b f n r t
    if (!'"\\/bfnrt'.includes(String.fromCharCode(byte))) this.fail(at + 1, 'one of " \\ / b f n r t u behind \\');
    return at + 1;
  }

  #inString(at: number): never {
    return this.fail(at, 'a string without control characters (write \\n, \\t or \\u00xx)');
  }

  /** Position behind the number at `at`. */
  number(at: number): number {
    const bytes = this.bytes;
    let i = at;
    if (bytes[i] === 45) i++;
    let byte = bytes[i]!;
    if (byte === 48) byte = bytes[++i]!;
    else if (byte >= 49 && byte <= 57) {
      do byte = bytes[++i]!;
      while (byte >= 48 && byte <= 57);
    } else return this.fail(i, 'a digit');
    if (byte === 46) {
      byte = bytes[++i]!;
      if (byte < 48 || byte > 57) return this.fail(i, 'a digit behind the decimal point');
      do byte = bytes[++i]!;
      while (byte >= 48 && byte <= 57);
    }
    if (byte === 101 || byte === 69) {
      byte = bytes[++i]!;
      if (byte === 43 || byte === 45) byte = bytes[++i]!;
      if (byte < 48 || byte > 57) return this.fail(i, 'a digit of the exponent');
      do byte = bytes[++i]!;
      while (byte >= 48 && byte <= 57);
    }
    if (byte === 0 && i >= this.end) throw needMore;
    return i;
  }

  /** Position behind `true`, `false` or `null` at `at`. */
  literal(at: number): number {
    const byte = this.bytes[at];
    const word = byte === 116 ? 'true' : byte === 102 ? 'false' : byte === 110 ? 'null' : '';
    if (word === '') return this.fail(at, 'a value');
    for (let i = 1; i < word.length; i++) {
      if (this.bytes[at + i] !== word.charCodeAt(i)) return this.fail(at + i, word);
    }
    return at + word.length;
  }

  /** Position of the value behind the key at `at`. */
  key(at: number): number {
    if (this.bytes[at] !== 34) return this.fail(at, 'a key in double quotes');
    return this.colon(this.string(at));
  }

  /** Position of the value behind the colon that stands at `at`, or behind white space there. */
  colon(at: number): number {
    let i = at;
    if (this.bytes[i] !== 58) {
      i = this.space(i);
      if (this.bytes[i] !== 58) return this.fail(i, 'a colon');
    }
    i++;
    return this.bytes[i]! <= 32 ? this.space(i) : i;
  }

  /** Position behind the value at `at`, whatever it is; iterative, so that no nesting can exhaust the stack. */
  value(at: number): number {
    const bytes = this.bytes;
    const stack = this.#stack;
    let depth = 0;
    let i = at;
    for (;;) {
      let byte = bytes[i]!;
      if (byte <= 32) {
        i = this.space(i);
        byte = bytes[i]!;
      }
      if (byte === 91 || byte === 123) {
        if (depth === MAX_JSON_DEPTH) this.#tooDeep(i);
        stack[depth++] = byte;
        i++;
        if (bytes[i]! <= 32) i = this.space(i);
        if (bytes[i] !== byte + 2) {
          if (byte === 123) i = this.key(i);
          continue;
        }
        i++;
        depth--;
      } else if (byte === 45 || (byte >= 48 && byte <= 57)) {
        i = this.number(i);
      } else {
        i = byte === 34 ? this.string(i) : this.literal(i);
      }
      for (;;) {
        if (depth === 0) return i;
        byte = bytes[i]!;
        if (byte <= 32) {
          i = this.space(i);
          byte = bytes[i]!;
        }
        const opening = stack[depth - 1]!;
        if (byte === 44) {
          i++;
          if (opening === 123) i = this.key(this.space(i));
          break;
        }
        if (byte !== opening + 2) this.fail(i, opening === 123 ? 'a comma or }' : 'a comma or ]');
        depth--;
        i++;
      }
    }
  }

  /**
   * Position behind the geometry at `at`. An array of `coordinates` is not scanned but stepped over: it ends before the
   * next quote or brace, which two searches in native code find twenty times faster. What lies between is judged by
   * the encoder, for which coordinates that are not JSON are an invalid geometry of this one feature.
   */
  geometry(at: number): number {
    const bytes = this.bytes;
    if (bytes[at] !== 123) return this.value(at);
    let i = this.space(at + 1);
    while (bytes[i] !== 125) {
      const keyLength = COORDINATES.length;
      const value = this.key(i);
      let isCoordinates = bytes[value] === 91;
      for (let n = 0; isCoordinates && n < keyLength; n++) isCoordinates = bytes[i + n] === COORDINATES.charCodeAt(n);
      i = isCoordinates ? this.#coordinates(value) : this.value(value);
      if (bytes[i]! <= 32) i = this.space(i);
      if (bytes[i] === 125) break;
      if (bytes[i] !== 44) this.fail(i, 'a comma or }');
      i = this.space(i + 1);
    }
    return i + 1;
  }

  #coordinates(at: number): number {
    const bytes = this.bytes;
    const brace = bytes.indexOf(125, at);
    if (brace < 0 || brace >= this.end) throw needMore;
    const quote = bytes.indexOf(34, at);
    let i = brace - 1;
    if (quote >= 0 && quote < brace) {
      i = quote - 1;
      while (bytes[i]! <= 32) i--;
      if (bytes[i] !== 44) return this.value(at);
      i--;
    }
    while (bytes[i]! <= 32) i--;
    return bytes[i] === 93 && i > at ? i + 1 : this.value(at);
  }

  /** Throws badGeoJson for the byte at `at`, or `needMore` where the window ends there. */
  fail(at: number, expected: string): never {
    if (at >= this.end) throw needMore;
    throw new ImportError('badGeoJson', {
      detail: `${this.where(at)}: found ${this.#found(at)}, expected ${expected}.`,
      hint: 'The file is not valid JSON there. Export it again, or check it with a JSON validator.',
    });
  }

  /** Throws badGeoJson for JSON that is valid and not GeoJSON. */
  refuse(at: number, problem: string, hint: string): never {
    throw new ImportError('badGeoJson', { detail: `${this.where(at)}: ${problem}.`, hint });
  }

  /** Throws badGeoJson where the file ends too early. */
  truncated(): never {
    throw new ImportError('badGeoJson', {
      detail: `${this.where(this.end)}: the file ends before its JSON does.`,
      hint: 'The file seems to be cut off. Compare its size with the original, or export it again.',
    });
  }

  #tooDeep(at: number): never {
    return this.refuse(
      at,
      `values are nested more than ${MAX_JSON_DEPTH} deep`,
      'Flatten the properties, or leave the nested ones out.',
    );
  }

  /** File, place, byte offset and line of a position, as the errors write them. */
  where(at: number): string {
    const place = this.place === '' ? '' : `, ${this.place}`;
    return `${this.#name}${place}, byte ${this.#window.fileOffset + at} (line ${this.line})`;
  }

  #found(at: number): string {
    const byte = this.bytes[at]!;
    if (byte < 32 || byte === 127) return `the control character 0x${byte.toString(16).padStart(2, '0')}`;
    const text = this.bytes.toString('utf8', at, Math.min(at + 24, this.end)).replace(/\ufffd+$/, '');
    const word = /^[\w$.+-]+/.exec(text)?.[0] ?? String.fromCodePoint(text.codePointAt(0) ?? 0xfffd);
    return `\`${word}\``;
  }
}
