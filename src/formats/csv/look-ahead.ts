// hot path: measured by npm run bench

/** Bytes in which the end of a record with quotes is looked for: one whose quotes are not by the rules has none. */
const LOOKED_AHEAD_BYTES = 1 << 16;

/** Finds where records end without looking for their cells. One is for one chunk of text. */
export class LookAhead {
  readonly #bytes: Buffer;
  readonly #to: number;
  readonly #quote: number;
  /** The first quote, CR and LF that is not before the last record. */
  #quoteAt = -1;
  #returnAt = -1;
  #feedAt = -1;
  /** Line ends inside the quotes of the last record. */
  innerLines = 0;

  /** `quote`: 256 where nothing is quoted. */
  constructor(bytes: Buffer, to: number, quote: number) {
    this.#bytes = bytes;
    this.#to = to;
    this.#quote = quote;
  }

  /** Where the record that begins at `begin` ends, if its quotes are by the rules; -1 where that is not near. */
  endOf(begin: number): number {
    if (this.#quoteAt < begin) this.#quoteAt = this.#next(this.#quote, begin);
    if (this.#returnAt < begin) this.#returnAt = this.#next(13, begin);
    if (this.#feedAt < begin) this.#feedAt = this.#next(10, begin);
    this.innerLines = 0;
    const end = Math.min(this.#returnAt, this.#feedAt);
    if (this.#quoteAt < end) return this.#endOfQuoted(this.#quoteAt);
    // Whether a line feed follows a CR is known only where something follows.
    return end + 1 < this.#to ? end : -1;
  }

  #next(byte: number, from: number): number {
    const at = byte === 256 ? -1 : this.#bytes.indexOf(byte, from);
    return at < 0 ? this.#to : at;
  }

  #endOfQuoted(from: number): number {
    const bytes = this.#bytes;
    const quote = this.#quote;
    const lastSpecial = Math.max(13, quote);
    const last = Math.min(this.#to, from + LOOKED_AHEAD_BYTES);
    let isInside = false;
    for (let i = from; i < last; i++) {
      while (bytes[i]! > lastSpecial) i++;
      const ch = bytes[i]!;
      if (ch === quote) isInside = !isInside;
      else if (ch === 10 || ch === 13) {
        if (!isInside) return i + 1 < this.#to ? i : -1;
        if (ch === 10 || bytes[i + 1] !== 10) this.innerLines++;
      }
    }
    return -1;
  }
}
