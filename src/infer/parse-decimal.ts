// hot path: bench/load.bench.ts

/** Powers of ten that a double holds exactly and that numbers of 15 digits need. */
const powers = Float64Array.from({ length: 16 }, (_, i) => 10 ** i);

/** Digits that are added up as 32-bit integers, which is twice as fast as doubles. */
const INT32_DIGITS = 9;

/** Digits behind the point of the number that `parseDecimal` read last; 0 for an integer. */
export let lastScale = 0;

/**
 * The absolute value of `bytes[start, end)` if it is digits, perhaps a sign before and a point among them, as a number
 * is written: without leading zeros, of at most 15 digits. NaN for everything else. Such digits and 10^15 are both
 * exact doubles, so their quotient is the nearest double to the decimal.
 */
export function parseDecimal(bytes: Uint8Array, start: number, end: number): number {
  let i = bytes[start] === 45 ? start + 1 : start;
  const first = i;
  let point = end;
  let value = 0;
  if (end - first > 16) return Number.NaN;
  const safe = first + INT32_DIGITS;
  for (; i < end && i < safe; i++) {
    const c = bytes[i]! - 48;
    if (c >>> 0 <= 9) value = (Math.imul(value, 10) + c) | 0;
    else if (c === -2 && point === end) point = i;
    else return Number.NaN;
  }
  let long = value;
  for (; i < end; i++) {
    const c = bytes[i]! - 48;
    if (c >>> 0 <= 9) long = long * 10 + c;
    else if (c === -2 && point === end) point = i;
    else return Number.NaN;
  }
  if (point === end) {
    lastScale = 0;
    if (end === first || end - first > 15 || (bytes[first] === 48 && end - first > 1)) return Number.NaN;
    return long;
  }
  const scale = end - point - 1;
  lastScale = scale;
  if (point === first || scale === 0 || (bytes[first] === 48 && point - first > 1)) return Number.NaN;
  return long / powers[scale]!;
}
