// hot path: measured by npm run bench
import { classifyNumber } from '../infer/classify-number.ts';
import { fits } from '../infer/resolve.ts';
import { Kind } from '../infer/value-kinds.ts';
import type { OutBuffer } from './out-buffer.ts';

/** Decimal digits of the number being encoded, padded to whole groups of four at both ends. */
let digits = new Uint8Array(4096);

/** Bytes before the digits: field length, then digit count, weight, sign and display scale, as int16 each. */
const HEADER_BYTES = 12;

const groupOf = (at: number): number =>
  (digits[at] ?? 0) * 1000 + (digits[at + 1] ?? 0) * 100 + (digits[at + 2] ?? 0) * 10 + (digits[at + 3] ?? 0);

/**
 * Appends `bytes[start, end)` as a numeric field if it is a number that numeric prints back, and returns its kind.
 * PostgreSQL's binary form (src/backend/utils/adt/numeric.c, numeric_send): base-10000 digits without zeros at either
 * end; the first one has the weight 10000^weight; the display scale keeps trailing zeros.
 */
export function encodeNumeric(bytes: Buffer, start: number, end: number, out: OutBuffer, isJson: boolean): number {
  const short = encodeShort(bytes, start, end, out);
  if (short !== 0) return short;
  const kind = classifyNumber(bytes, start, end, isJson);
  if (!fits(kind, 'numeric')) return kind;

  const negative = bytes[start] === 45;
  let exponent = 0;
  let stop = start;
  while (stop < end && ((bytes[stop] ?? 0) | 32) !== 101) stop++;
  if (stop < end) exponent = Number(bytes.toString('latin1', stop + 1, end));

  // Room for the longest mantissa and the zeros that the largest exponent asks for, on either side.
  const room = stop - start + 2 * Math.abs(exponent) + 16;
  if (digits.length < room) digits = new Uint8Array(room * 2);
  const first = Math.abs(exponent) + 8;
  digits.fill(0, 0, room);
  let length = first;
  let fraction = -1;
  for (let i = negative ? start + 1 : start; i < stop; i++) {
    const byte = bytes[i] ?? 0;
    if (byte === 46) fraction = length;
    else digits[length++] = byte - 48;
  }
  const point = (fraction < 0 ? length : fraction) + exponent;
  const scale = Math.max(length - point, 0);

  // Groups are aligned at the decimal point.
  let from = Math.min(first, point);
  from -= (4 - ((point - from) % 4)) % 4;
  let to = Math.max(length, point);
  to += (4 - ((to - point) % 4)) % 4;
  while (from < to && groupOf(from) === 0) from += 4;
  while (to > from && groupOf(to - 4) === 0) to -= 4;
  const count = (to - from) / 4;

  out.ensure(HEADER_BYTES + count * 2);
  const { view } = out;
  const at = out.length;
  view.setInt32(at, 8 + count * 2);
  view.setInt16(at + 4, count);
  view.setInt16(at + 6, count === 0 ? 0 : (point - from) / 4 - 1);
  view.setUint16(at + 8, negative ? 0x4000 : 0);
  view.setUint16(at + 10, scale);
  for (let i = 0; i < count; i++) view.setInt16(at + HEADER_BYTES + i * 2, groupOf(from + i * 4));
  out.length = at + HEADER_BYTES + count * 2;
  return kind;
}

/** Digits whose groups are found with exact doubles, the zeros behind them that fill the last group counted. */
const MAX_SHORT_DIGITS = 15;

/** Zeros that fill the last group, by the digits behind the point. */
const padding = [1, 1000, 100, 10] as const;

/** Does what `encodeNumeric` does for a plain number of few digits other than zero; 0, and nothing, for all others. */
function encodeShort(bytes: Buffer, start: number, end: number, out: OutBuffer): number {
  const negative = bytes[start] === 45;
  const first = negative ? start + 1 : start;
  if (end - first > MAX_SHORT_DIGITS + 1) return 0;
  let value = 0;
  let point = end;
  for (let i = first; i < end; i++) {
    const digit = bytes[i]! - 48;
    if (digit >>> 0 <= 9) value = value * 10 + digit;
    else if (digit === -2 && point === end) point = i;
    else return 0;
  }
  const whole = point - first;
  const scale = point === end ? 0 : end - point - 1;
  const misses = point < end && scale === 0;
  if (value === 0 || whole === 0 || misses || (whole > 1 && bytes[first] === 48)) return 0;
  if (whole + scale + ((4 - (scale % 4)) % 4) > MAX_SHORT_DIGITS) return 0;

  let left = value * padding[scale % 4]!;
  let weight = -Math.ceil(scale / 4);
  while (left % 10000 === 0) {
    left /= 10000;
    weight++;
  }
  let count = 1;
  for (let limit = 10000; left >= limit; limit *= 10000) count++;
  out.ensure(HEADER_BYTES + count * 2);
  const { view } = out;
  const at = out.length;
  view.setInt32(at, 8 + count * 2);
  view.setInt16(at + 4, count);
  view.setInt16(at + 6, weight + count - 1);
  view.setUint16(at + 8, negative ? 0x4000 : 0);
  view.setUint16(at + 10, scale);
  for (let i = count - 1; i >= 0; i--) {
    const rest = Math.floor(left / 10000);
    view.setInt16(at + HEADER_BYTES + i * 2, left - rest * 10000);
    left = rest;
  }
  out.length = at + HEADER_BYTES + count * 2;
  const ungrouped = whole > 3 ? Kind.ungrouped : 0;
  if (scale === 0) return Kind.int15 | ungrouped;
  return (scale === 3 && whole <= 3 && bytes[first] !== 48 ? Kind.dec3 : Kind.dec15) | ungrouped;
}
