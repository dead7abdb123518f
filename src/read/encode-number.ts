// hot path: measured by npm run bench
import { classifyNumber } from '../infer/classify-number.ts';
import { classifyDouble } from '../infer/declared.ts';
import { decimal, parseDecimal } from '../infer/parse-decimal.ts';
import { parseLongDecimal } from '../infer/parse-long-decimal.ts';
import { Kind } from '../infer/value-kinds.ts';
import type { OutBuffer } from './out-buffer.ts';

const TWO_16 = 65536;
const TWO_32 = 4294967296;
const MAX_INT32 = 2147483647;

/** Digits that always fit 32 bits, in which they are added up twice as fast as in doubles. */
const INT32_DIGITS = 9;
const TEN_9 = 1e9;

/**
 * Appends `bytes[start, end)` as an int8 field if it is an integer within int64, and returns its kind. Room for 12
 * bytes must be reserved.
 */
export function encodeBigint(bytes: Buffer, start: number, end: number, out: OutBuffer): number {
  const negative = bytes[start] === 45;
  const first = negative ? start + 1 : start;
  const digits = end - first;
  if (digits < 1 || digits > 19) return classifyNumber(bytes, start, end, false);
  if (bytes[first] === 48 && (digits > 1 || negative)) return classifyNumber(bytes, start, end, false);
  if (digits > 15) return encodeLongBigint(bytes, start, end, out);
  if (digits <= INT32_DIGITS) {
    let whole = 0;
    for (let i = first; i < end; i++) {
      const digit = bytes[i]! - 48;
      if (digit >>> 0 > 9) return classifyNumber(bytes, start, end, false);
      whole = (Math.imul(whole, 10) + digit) | 0;
    }
    if (negative) whole = -whole | 0;
    const { view, length } = out;
    view.setInt32(length, 8);
    view.setInt32(length + 4, whole >> 31);
    view.setInt32(length + 8, whole);
    out.length = length + 12;
    return digits > 3 ? Kind.int15 | Kind.ungrouped : Kind.int15;
  }
  let value = 0;
  for (let i = first; i < end; i++) {
    const digit = bytes[i]! - 48;
    if (digit < 0 || digit > 9) return classifyNumber(bytes, start, end, false);
    value = value * 10 + digit;
  }
  if (negative) value = -value;
  const { view } = out;
  const at = out.length;
  const high = Math.floor(value / TWO_32);
  view.setInt32(at, 8);
  view.setInt32(at + 4, high);
  view.setUint32(at + 8, value - high * TWO_32);
  out.length = at + 12;
  return Kind.int15 | Kind.ungrouped;
}

/**
 * An integer of 16 to 19 digits. All but the last nine are `(a << 16) + b`, so that every product below is an exact
 * double, and both words of the sum come out without integers of 64 bits, of which each would be an object.
 */
function encodeLongBigint(bytes: Buffer, start: number, end: number, out: OutBuffer): number {
  const negative = bytes[start] === 45;
  const middle = end - INT32_DIGITS;
  let head = 0;
  let tail = 0;
  for (let i = negative ? start + 1 : start; i < end; i++) {
    const digit = bytes[i]! - 48;
    if (digit >>> 0 > 9) return classifyNumber(bytes, start, end, false);
    if (i < middle) head = head * 10 + digit;
    else tail = tail * 10 + digit;
  }
  const a = Math.floor(head / TWO_16);
  const upper = Math.floor((a * TEN_9) / TWO_16);
  const rest = (a * TEN_9 - upper * TWO_16) * TWO_16 + (head - a * TWO_16) * TEN_9 + tail;
  const carry = Math.floor(rest / TWO_32);
  const low = rest - carry * TWO_32;
  const high = upper + carry;
  const isTooLarge = high > MAX_INT32 && !(negative && high === MAX_INT32 + 1 && low === 0);
  if (isTooLarge) return classifyNumber(bytes, start, end, false);
  const { view, length } = out;
  view.setInt32(length, 8);
  view.setInt32(length + 4, negative ? -high - (low === 0 ? 0 : 1) : high);
  view.setUint32(length + 8, negative && low !== 0 ? TWO_32 - low : low);
  out.length = length + 12;
  return Kind.int64 | Kind.ungrouped;
}

function encodeDoubleSlowly(bytes: Buffer, start: number, end: number, out: OutBuffer, isJson: boolean): number {
  const kind = classifyNumber(bytes, start, end, isJson);
  const fitting = Kind.int15 | Kind.dec3 | Kind.dec15 | Kind.exp15 | Kind.expSigned | Kind.minusZero;
  if ((kind & fitting) === 0) return kind;
  out.view.setInt32(out.length, 8);
  out.view.setFloat64(out.length + 4, Number(bytes.toString('latin1', start, end)));
  out.length += 12;
  return kind;
}

/**
 * Appends `bytes[start, end)` as a float8 field if it is a number of at most 15 significant digits, and returns its
 * kind. Room for 12 bytes must be reserved.
 */
export function encodeDouble(bytes: Buffer, start: number, end: number, out: OutBuffer, isJson: boolean): number {
  const scale = parseDecimal(bytes, start, end);
  // Zero may be a minus zero.
  if (scale < 0 || decimal[0] === 0) return encodeDoubleSlowly(bytes, start, end, out, isJson);
  const value = decimal[0]!;
  return putDouble(bytes[start] === 45 ? -value : value, scale, out);
}

/**
 * Appends a float8 field that was parsed from a plain decimal with `scale` digits behind its point, and returns the
 * decimal's kind. Room for 12 bytes must be reserved.
 */
export function putDouble(value: number, scale: number, out: OutBuffer): number {
  const { view } = out;
  const at = out.length;
  view.setInt32(at, 8);
  view.setFloat64(at + 4, value);
  out.length = at + 12;
  if (scale === 3 && value < 1000 && value > -1000) return value >= 1 || value <= -1 ? Kind.dec3 : Kind.dec15;
  const kind = scale > 0 ? Kind.dec15 : Kind.int15;
  return value >= 1000 || value <= -1000 ? kind | Kind.ungrouped : kind;
}

/** Length of the longest decimal that `parseDecimal` takes. */
const SHORT_DECIMAL = 17;

/**
 * Appends `bytes[start, end)` as a float8 field if it is anything that a double can be, and returns `Kind.double`; else
 * returns `Kind.text`. Room for 12 bytes must be reserved.
 */
export function encodeDeclaredDouble(bytes: Buffer, start: number, end: number, out: OutBuffer): number {
  const isShort = end - start <= SHORT_DECIMAL && parseDecimal(bytes, start, end) >= 0 && decimal[0] !== 0;
  if (isShort || parseLongDecimal(bytes, start, end)) {
    const value = decimal[0]!;
    putDouble(bytes[start] === 45 ? -value : value, 0, out);
    return Kind.double;
  }
  const kind = classifyDouble(bytes, start, end);
  if (kind === Kind.double) putDouble(Number(bytes.toString('latin1', start, end)), 0, out);
  return kind;
}
