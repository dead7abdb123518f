// hot path: bench/load.bench.ts

const powersOfTen = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/** Largest integer up to which every integer is a double. */
const EXACT = 2 ** 53;

/**
 * Reads the decimal number at `start` and writes it to `view` at `at` as a little-endian double, so that no number is
 * boxed on the way. Exact: a mantissa up to 2^53 divided by a power of ten up to 10^22 is rounded once; all else goes
 * through `Number`. Returns the position behind the number, or -1 where there is no finite number.
 */
export function readNumber(bytes: Uint8Array, start: number, view: DataView, at: number): number {
  let i = start;
  const negative = bytes[i] === 45;
  if (negative) i++;
  const first = i;
  let lead = 0;
  let digit = bytes[i]! - 48;
  while (digit >= 0 && digit <= 9 && i - first < 9) {
    lead = (lead * 10 + digit) | 0;
    digit = bytes[++i]! - 48;
  }
  let count = i - first;
  if (digit !== -2) {
    if (count === 0 || isNumberByte(digit + 48)) return readAnyNumber(bytes, start, view, at);
    view.setFloat64(at, negative ? -lead : lead, true);
    return i;
  }
  const fraction = ++i;
  digit = bytes[i]! - 48;
  while (digit >= 0 && digit <= 9 && count < 9) {
    lead = (lead * 10 + digit) | 0;
    count++;
    digit = bytes[++i]! - 48;
  }
  let mantissa = lead;
  if (digit >= 0 && digit <= 9) {
    let tail = 0;
    const tailStart = i;
    while (digit >= 0 && digit <= 9 && i - tailStart < 9) {
      tail = (tail * 10 + digit) | 0;
      digit = bytes[++i]! - 48;
    }
    mantissa = lead * powersOfTen[i - tailStart]! + tail;
    if (mantissa > EXACT) return readAnyNumber(bytes, start, view, at);
  }
  if (count === 0 || isNumberByte(digit + 48)) return readAnyNumber(bytes, start, view, at);
  const value = mantissa / powersOfTen[i - fraction]!;
  view.setFloat64(at, negative ? -value : value, true);
  return i;
}

/** Whether a byte can continue a number: digits, sign, point, exponent. */
function isNumberByte(byte: number): boolean {
  return (byte >= 48 && byte <= 57) || byte === 46 || byte === 101 || byte === 69 || byte === 45 || byte === 43;
}

function readAnyNumber(bytes: Uint8Array, start: number, view: DataView, at: number): number {
  let end = start;
  while (isNumberByte(bytes[end] ?? 0)) end++;
  const text = String.fromCharCode(...bytes.subarray(start, Math.min(end, start + 2000)));
  if (end - start > 2000 || !/^-?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(text)) return -1;
  const value = Number(text);
  if (!Number.isFinite(value)) return -1;
  view.setFloat64(at, value, true);
  return end;
}
