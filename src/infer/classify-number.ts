// hot path: measured by npm run bench
import { Kind } from './value-kinds.ts';

/** Digits of the largest number that becomes numeric; longer ones are text. PostgreSQL would take 131,072. */
const maxNumericDigits = 1000;

/** Decimal exponents within which every double of 15 digits is normal, so that it prints back what was read. */
const maxDoubleExponent = 307;

const maxInt64 = Buffer.from('9223372036854775807', 'latin1');
const minInt64 = Buffer.from('9223372036854775808', 'latin1');

function fitsInt64(bytes: Uint8Array, start: number, negative: boolean): boolean {
  const limit = negative ? minInt64 : maxInt64;
  for (let i = 0; i < 19; i++) {
    const difference = bytes[start + i]! - limit[i]!;
    if (difference !== 0) return difference < 0;
  }
  return true;
}

function digitsEnd(bytes: Uint8Array, start: number, end: number): number {
  let i = start;
  while (i < end && bytes[i]! >= 48 && bytes[i]! <= 57) i++;
  return i;
}

function integerKind(bytes: Uint8Array, start: number, digits: number, negative: boolean): number {
  if (bytes[start] === 48) return negative ? Kind.minusZero : Kind.int15;
  if (digits <= 3) return Kind.int15;
  if (digits <= 15) return Kind.int15 | Kind.ungrouped;
  if (digits < 19 || (digits === 19 && fitsInt64(bytes, start, negative))) return Kind.int64 | Kind.ungrouped;
  return digits <= maxNumericDigits ? Kind.intBig | Kind.ungrouped : Kind.text;
}

/**
 * The number kind of `bytes[start, end)`, or `Kind.text`. Leading zeros, plus signs, `.5`, `5.`, `1e5`, spaces and
 * separators are text here: such a value would not print back. In JSON (`isJson`) `1e5` is a number. `Kind.ungrouped` may
 * come with it.
 */
export function classifyNumber(bytes: Uint8Array, start: number, end: number, isJson: boolean): number {
  const negative = bytes[start] === 45;
  const intStart = negative ? start + 1 : start;
  const intEnd = digitsEnd(bytes, intStart, end);
  const intDigits = intEnd - intStart;
  if (intDigits === 0 || (intDigits > 1 && bytes[intStart] === 48)) return Kind.text;
  if (intEnd === end) return integerKind(bytes, intStart, intDigits, negative);

  let i = intEnd;
  let fractionStart = i;
  let fractionEnd = i;
  if (bytes[i] === 46) {
    fractionStart = i + 1;
    i = fractionEnd = digitsEnd(bytes, fractionStart, end);
    if (fractionEnd === fractionStart) return Kind.text;
  }
  const hasPoint = fractionEnd > fractionStart;
  if (intDigits + (fractionEnd - fractionStart) > maxNumericDigits) return Kind.text;

  let exponent = 0;
  const hasExponent = i < end;
  let hasSign = false;
  if (hasExponent) {
    if ((bytes[i]! | 32) !== 101) return Kind.text;
    i++;
    const down = bytes[i] === 45;
    hasSign = i < end && (down || bytes[i] === 43);
    if (hasSign) i++;
    if (i === end || end - i > 4 || digitsEnd(bytes, i, end) !== end) return Kind.text;
    for (; i < end; i++) exponent = exponent * 10 + (bytes[i]! - 48);
    if (down) exponent = -exponent;
    if (!hasPoint && !isJson && !hasSign) return Kind.text;
  }

  let lastFraction = fractionEnd;
  while (lastFraction > fractionStart && bytes[lastFraction - 1] === 48) lastFraction--;
  let significant: number;
  // Where the first significant digit stands, as a power of ten.
  let magnitude: number;
  if (bytes[intStart] !== 48) {
    significant = intDigits + (lastFraction - fractionStart);
    magnitude = intDigits - 1 + exponent;
  } else {
    let first = fractionStart;
    while (first < lastFraction && bytes[first] === 48) first++;
    significant = lastFraction - first;
    magnitude = fractionStart - first - 1 + exponent;
    if (significant === 0) {
      if (negative) return Kind.minusZero;
      magnitude = 0;
    }
  }

  const isDouble = significant <= 15 && Math.abs(magnitude) <= maxDoubleExponent;
  const ungrouped = intDigits > 3 ? Kind.ungrouped : 0;
  if (!hasExponent) {
    if (!isDouble) return Kind.decLong | ungrouped;
    return (
      (fractionEnd - fractionStart === 3 && intDigits <= 3 && bytes[intStart] !== 48 ? Kind.dec3 : Kind.dec15) |
      ungrouped
    );
  }
  if (Math.abs(magnitude) > maxDoubleExponent) return Kind.text;
  const isExact = isDouble && !isHalfway(bytes, start, end, magnitude);
  if (hasPoint || isJson) return isExact ? Kind.exp15 : Kind.expLong;
  return isExact ? Kind.expSigned : Kind.text;
}

/**
 * Whether a number of at most 15 digits lies exactly between two doubles. PostgreSQL reads such a number as one of
 * them and prints other digits for it (float8out leaves the bounds out): `1.0e23` comes back as 9.999999999999999e+22.
 * That takes an integer of 54 bits and trailing zeros: D * 5^k, D below 10^15, reaches 54 bits between 10^15 and 10^38.
 */
function isHalfway(bytes: Uint8Array, start: number, end: number, magnitude: number): boolean {
  if (magnitude < 15 || magnitude > 39) return false;
  const text = Buffer.from(bytes.subarray(start, end)).toString('latin1').replace('-', '').toLowerCase();
  const [mantissa = '', exponent = ''] = text.split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const shift = Number(exponent) - fraction.length;
  // A shift below zero would have to be undone by zeros of the mantissa: then the integer is below 10^15.
  const value =
    shift < 0 ? BigInt(whole + fraction) / 10n ** BigInt(-shift) : BigInt(whole + fraction) * 10n ** BigInt(shift);
  const bits = value.toString(2);
  return bits.length > 53 && bits[53] === '1' && /^0*$/.test(bits.slice(54));
}
