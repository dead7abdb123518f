// hot path: measured by npm run bench
import { decimal, parseDecimal } from './parse-decimal.ts';

/** What a person takes for a number: also with blanks around it, a plus sign, leading zeros, or a bare point. */
const lenient = /^\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?\s*$/;

/** A coordinate, and how its cell says it. One object is reused for all records. */
export interface Coordinate {
  /** NaN where there is no number. */
  value: number;
  /**
   * Digits behind the point of a plain decimal other than zero, which a double precision column holds as it stands;
   * -1 for all else.
   */
  scale: number;
}

/**
 * Reads the number that `bytes[start, end)` says. More lenient than the types of columns, since the text itself stays
 * in its column.
 */
export function parseCoordinate(bytes: Buffer, start: number, end: number, found: Coordinate): void {
  const scale = parseDecimal(bytes, start, end);
  if (scale >= 0) {
    const value = decimal[0]!;
    found.value = bytes[start] === 45 ? -value : value;
    // A zero may have a sign.
    found.scale = value > 0 ? scale : -1;
    return;
  }
  const text = bytes.toString('latin1', start, end);
  found.value = lenient.test(text) ? Number(text) : Number.NaN;
  found.scale = -1;
}
