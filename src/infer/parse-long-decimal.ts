// hot path: measured by npm run bench
import { decimal } from './parse-decimal.ts';

/** Powers of ten that a double holds exactly. */
const powers = Float64Array.from({ length: 23 }, (_, i) => 10 ** i);

/** Digits of the two numbers that a value is read as: their parts below are exact doubles, however they are joined. */
const HEAD_DIGITS = 10;
const MAX_DIGITS = 18;

/** Cuts a double into two halves of 26 bits, whose products are exact (T. J. Dekker, 1971). */
const SPLITTER = 134217729;

const highHalf = (value: number): number => {
  const scaled = SPLITTER * value;
  return scaled - (scaled - value);
};

/** Far above the error of a quotient's second part, which is below 2^-51 of it. */
const MARGIN = 2 ** -40;

/**
 * Whether `bytes[start, end)` is a plain decimal other than zero, as `parseDecimal` has them, of up to 18 significant
 * digits, of which the nearest double is then in `decimal`. False where it is not, and in the rare case that the value is
 * so near to the middle of two doubles that more than this must be known to choose one.
 *
 * The digits are the sum of two doubles without an error, and so is what the first part of the quotient leaves over. The
 * second part is then right but for its last bits; where adding a little more and a little less of it comes to the same
 * double, that is the nearest one to the quotient too.
 */
export function parseLongDecimal(bytes: Uint8Array, start: number, end: number): boolean {
  const first = bytes[start] === 45 ? start + 1 : start;
  let head = 0;
  let tail = 0;
  let digits = 0;
  let point = -1;
  for (let i = first; i < end; i++) {
    const c = bytes[i]! - 48;
    if (c >>> 0 <= 9) {
      if (digits === 0 && c === 0) continue;
      if (digits < HEAD_DIGITS) head = head * 10 + c;
      else tail = tail * 10 + c;
      if (++digits > MAX_DIGITS) return false;
    } else if (c === -2 && point < 0) point = i;
    else return false;
  }
  const wholeEnd = point < 0 ? end : point;
  const scale = point < 0 ? 0 : end - point - 1;
  const hasLeadingZero = bytes[first] === 48 && wholeEnd - first > 1;
  if (digits === 0 || wholeEnd === first || hasLeadingZero || scale >= powers.length) return false;
  if (point >= 0 && scale === 0) return false;
  const divisor = powers[scale]!;
  if (digits <= HEAD_DIGITS) {
    decimal[0] = head / divisor;
    return true;
  }
  const shifted = head * powers[digits - HEAD_DIGITS]!;
  const sum = shifted + tail;
  const lost = tail - (sum - shifted);
  const quotient = sum / divisor;
  const product = quotient * divisor;
  const a = highHalf(quotient);
  const b = quotient - a;
  const c = highHalf(divisor);
  const d = divisor - c;
  const overshoot = a * c - product + a * d + b * c + b * d;
  const rest = (sum - product - overshoot + lost) / divisor;
  const nearest = quotient + rest * (1 + MARGIN);
  decimal[0] = nearest;
  return nearest === quotient + rest * (1 - MARGIN);
}
