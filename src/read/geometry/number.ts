// hot path: bench/load.bench.ts

const powersOfTen = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/** Longest number that is tried when it is not of the common form; JSON sets no limit. */
const LONGEST = 2000;

/**
 * Reads the decimal number at `start` and writes it to `view` at `at` as a little-endian double, so that no number is
 * boxed on the way. Exact: a mantissa up to 2^53 divided by a power of ten up to 10^22 is rounded once; all else goes
 * through `Number`. `source` is a view of the same bytes: digits are read four at a time, with no loop and so no
 * mispredicted end of one, which halves the time. Returns the position behind the number, or -1 where there is no
 * finite number.
 */
export function readNumber(bytes: Uint8Array, source: DataView, start: number, view: DataView, at: number): number {
  if (start + LOOK_AHEAD > source.byteLength) return readAnyNumber(bytes, start, view, at);
  let i = start;
  let word = source.getInt32(i, true);
  const isNegative = (word & 0xff) === MINUS;
  if (isNegative) word = source.getInt32(++i, true);
  const first = i;
  let other = notDigits(word);
  let whole = 0;
  if (other === 0) {
    whole = firstDigits(word, 4);
    i += 4;
    word = source.getInt32(i, true);
    other = notDigits(word);
    if (other === 0) return readAnyNumber(bytes, start, view, at);
  }
  let count = leadingDigits(other);
  whole = Math.imul(whole, smallPowers[count]!) + firstDigits(word, count);
  i += count;
  let digits = i - first;
  let value: number = whole;
  let next = (word >>> (8 * count)) & 0xff;
  if (next === POINT) {
    i++;
    const fraction = i;
    word = source.getInt32(i, true);
    other = notDigits(word);
    let decimals = 0;
    if (other === 0) {
      decimals = firstDigits(word, 4);
      i += 4;
      word = source.getInt32(i, true);
      other = notDigits(word);
      if (other === 0) return readLongDecimal(bytes, start, view, at);
    }
    count = leadingDigits(other);
    decimals = Math.imul(decimals, smallPowers[count]!) + firstDigits(word, count);
    i += count;
    next = (word >>> (8 * count)) & 0xff;
    const scale = powersOfTen[i - fraction]!;
    value = (whole * scale + decimals) / scale;
    digits += i - fraction;
  }
  if (digits === 0 || isNumberByte(next)) return readAnyNumber(bytes, start, view, at);
  view.setFloat64(at, value * (isNegative ? -1 : 1), true);
  return i;
}

const MINUS = 45;
const POINT = 46;

/** Bytes behind the start of a number that may be read before its end is known. */
const LOOK_AHEAD = 24;

/** The upper half of every byte of a word; as a signed integer, so that it stays one. */
const HIGH_HALVES = 0xf0f0f0f0 | 0;

const smallPowers = Int32Array.from([1, 10, 100, 1000, 10000]);

/** Zero where all four bytes of a little-endian word are digits; else its lowest set bit lies in the first that is not. */
function notDigits(word: number): number {
  return ((word & HIGH_HALVES) | (((word + 0x06060606) & HIGH_HALVES) >>> 4)) ^ 0x33333333;
}

/** How many digits the word begins with, by what `notDigits` said of it (not 0). */
function leadingDigits(other: number): number {
  return (31 - Math.clz32(other & -other)) >> 3;
}

/** The number that the first `count` digits of a little-endian word stand for, 0 to 4. */
function firstDigits(word: number, count: number): number {
  // Shifted to the end of the word, the digits have zeros in front. In two halves, since a shift by 32 shifts by none.
  const half = 16 - 4 * count;
  const digits = ((word & 0x0f0f0f0f) << half) << half;
  const pairs = (Math.imul(digits, 2561) >>> 8) & 0x00ff00ff;
  return (Math.imul(pairs & 0xff, 100) + (pairs >>> 16)) | 0;
}

/** Eight decimals or more, as files with full precision have them: up to fifteen digits in all are exact. */
function readLongDecimal(bytes: Uint8Array, start: number, view: DataView, at: number): number {
  let i = bytes[start] === 45 ? start + 1 : start;
  const first = i;
  let mantissa = 0;
  let point = -1;
  for (;;) {
    const byte = bytes[i]!;
    if (byte >= 48 && byte <= 57) mantissa = mantissa * 10 + (byte - 48);
    else if (byte === 46 && point < 0) point = i;
    else break;
    i++;
  }
  if (i - first > 16 || i === point + 1 || point < 0 || isNumberByte(bytes[i] ?? 0))
    return readAnyNumber(bytes, start, view, at);
  const value = mantissa / powersOfTen[i - point - 1]!;
  view.setFloat64(at, bytes[start] === 45 ? -value : value, true);
  return i;
}

/** Whether a byte can continue a number: digits, sign, point, exponent. */
function isNumberByte(byte: number): boolean {
  return (byte >= 48 && byte <= 57) || byte === 46 || byte === 101 || byte === 69 || byte === 45 || byte === 43;
}

function readAnyNumber(bytes: Uint8Array, start: number, view: DataView, at: number): number {
  let end = start;
  while (isNumberByte(bytes[end] ?? 0)) end++;
  if (end - start > LONGEST) return -1;
  const text = String.fromCharCode(...bytes.subarray(start, end));
  const value = Number(text);
  if (!/^-?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(text) || !Number.isFinite(value)) return -1;
  view.setFloat64(at, value, true);
  return end;
}
