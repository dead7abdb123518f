/** How a text is cut into cells, as far as it differs from file to file. */
export interface Dialect {
  /** What stands between cells, one or more characters; empty: the text has one column. */
  readonly delimiter: string;
  /** Whether blanks behind the delimiter belong to it: `a, b, c`. */
  readonly isPadded: boolean;
  /** One ASCII character around cells; empty: quotes mean nothing. */
  readonly quote: string;
  /** What stands before a quote that belongs to the value: the quote itself where it is doubled, or a backslash. */
  readonly escapedBy: string;
  /** What lines begin with that are none of the table; empty: there are none. */
  readonly comment: string;
}

/** RFC 4180. Also what a text without any delimiter is taken for (wire contract 5.1). */
export const standardDialect: Dialect = { delimiter: ',', isPadded: false, quote: '"', escapedBy: '"', comment: '' };

/** A dialect as the scanners need it: bytes. */
export interface DialectBytes {
  /** Empty: one column. */
  readonly delimiter: Uint8Array;
  /** 256, which no byte is: nothing is quoted. */
  readonly quote: number;
  /** Equal to the quote where it is doubled; 256: quotes inside of quotes cannot be written. */
  readonly escapedBy: number;
  /** 256: no lines are comments. */
  readonly comment: number;
  readonly isPadded: boolean;
  /** Whether the fast scanner can read it. */
  readonly isPlain: boolean;
}

const none = 256;
const byteOf = (text: string): number => (text === '' ? none : (Buffer.from(text)[0] ?? none));

/** Bytes above this end the fast scanner's loop inside of quotes: it knows both common quotes, not the others. */
const apostrophe = 39;

/** Works out the bytes of a dialect. */
export function bytesOf({ delimiter, isPadded, quote, escapedBy, comment }: Dialect): DialectBytes {
  const bytes = Buffer.from(delimiter);
  const quoteByte = byteOf(quote);
  const isPlain =
    !isPadded &&
    bytes.length <= 1 &&
    escapedBy === quote &&
    (quoteByte === none || quoteByte <= apostrophe) &&
    delimiter !== '\n' &&
    delimiter !== '\r';
  return {
    delimiter: bytes,
    quote: quoteByte,
    escapedBy: byteOf(escapedBy),
    comment: byteOf(comment),
    isPadded,
    isPlain,
  };
}
