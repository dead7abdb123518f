// hot path: bench/load.bench.ts
import { parseDecimal } from './parse-decimal.ts';

/** What a person takes for a number: also with blanks around it, a plus sign, leading zeros, or a bare point. */
const lenient = /^\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?\s*$/;

/**
 * The number that `bytes[start, end)` says, or NaN. More lenient than the types of columns, since the text itself
 * stays in its column.
 */
export function parseCoordinate(bytes: Buffer, start: number, end: number): number {
  const value = parseDecimal(bytes, start, end);
  if (!Number.isNaN(value)) return bytes[start] === 45 ? -value : value;
  const text = bytes.toString('latin1', start, end);
  return lenient.test(text) ? Number(text) : Number.NaN;
}
