import { foundForm, NumberForm } from './forms.ts';

const minus = 45;
const isDigit = (byte: number): boolean => byte >= 48 && byte <= 57;

/** Digits of the largest number that is read; numeric would take more. */
const MAX_DIGITS = 1000;

/** What stands between digits at `at`, as a bit of `NumberForm`; 0: nothing that a number has there. */
function separatorAt(bytes: Uint8Array, at: number): number {
  switch (bytes[at]) {
    case 44:
      return NumberForm.comma;
    case 46:
      return NumberForm.dot;
    case 32:
      return NumberForm.space;
    case 39:
      return NumberForm.apostrophe;
    case 0xc2:
      return bytes[at + 1] === 0xa0 ? NumberForm.noBreak : 0;
    case 0xe2:
      if (bytes[at + 1] !== 0x80) return 0;
      // U+202F, and U+2019 as Switzerland writes it.
      return bytes[at + 2] === 0xaf ? NumberForm.noBreak : bytes[at + 2] === 0x99 ? NumberForm.apostrophe : 0;
    default:
      return 0;
  }
}

const widthOf = (byte: number): number => (byte === 0xc2 ? 2 : byte === 0xe2 ? 3 : 1);

/** Groups of digits and the separators between them, of the value that is being read. */
const lengths: number[] = [];
const separators: number[] = [];

function split(bytes: Uint8Array, start: number, end: number): boolean {
  lengths.length = 0;
  separators.length = 0;
  for (let i = start; ; ) {
    const first = i;
    while (i < end && isDigit(bytes[i]!)) i++;
    if (i === first) return false;
    lengths.push(i - first);
    if (i === end) return separators.length > 0;
    const separator = separatorAt(bytes, i);
    if (separator === 0) return false;
    separators.push(separator);
    i += widthOf(bytes[i]!);
  }
}

/** Whether the first `count` groups are the digits before a decimal sign: alone, or one to three and threes after it. */
function isWhole(count: number): boolean {
  if (count === 1) return true;
  if (lengths[0]! > 3) return false;
  for (let i = 1; i < count; i++) {
    if (lengths[i] !== 3 || (i > 1 && separators[i - 1] !== separators[0])) return false;
  }
  return true;
}

/** Whether the groups are a number with this decimal sign; it may be absent. */
function isNumber(sign: number, startsWithZero: boolean): boolean {
  const last = separators.length - 1;
  const hasSign = separators[last] === sign;
  const groups = hasSign ? lengths.length - 1 : lengths.length;
  if (groups > 1 && separators[0] === sign) return false;
  if (startsWithZero && (groups > 1 || lengths[0]! > 1)) return false;
  return isWhole(groups);
}

/** `10.100.200.250`: four groups, none above 255, are an address of a computer. */
function isAddress(bytes: Uint8Array, start: number, end: number): boolean {
  if (lengths.length !== 4 || separators.some((one) => one !== NumberForm.dot)) return false;
  return Buffer.from(bytes.subarray(start, end))
    .toString('latin1')
    .split('.')
    .every((part) => Number(part) <= 255);
}

/**
 * Whether `bytes[start, end)` is a number as regions write them: with a decimal comma, or with its digits in groups of
 * three. `foundForm` then says how it may be read. Signs other than a minus, leading zeros and minus zero are none.
 */
export function isRegionalNumber(bytes: Uint8Array, start: number, end: number): boolean {
  const first = bytes[start] === minus ? start + 1 : start;
  if (end - first > MAX_DIGITS || !isDigit(bytes[first] ?? 0) || !split(bytes, first, end)) return false;
  const startsWithZero = bytes[first] === 48;
  const withPoint = isNumber(NumberForm.dot, startsWithZero);
  const withComma = isNumber(NumberForm.comma, startsWithZero);
  if ((!withPoint && !withComma) || isAddress(bytes, first, end)) return false;
  if (first > start && !hasValue(bytes, first, end)) return false;
  let form = separators.reduce((all, one) => all | one, 0);
  if (!withPoint) form |= NumberForm.notPoint;
  if (!withComma) form |= NumberForm.notComma;
  if (lengths[0]! > 3) form |= NumberForm.ungrouped;
  const digits = lengths.reduce((sum, length) => sum + length, 0);
  if (digits > 15) form |= NumberForm.long;
  if (digits > 18) form |= NumberForm.big;
  foundForm[0] = form;
  return true;
}

function hasValue(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i]! >= 49 && bytes[i]! <= 57) return true;
  return false;
}

/**
 * Writes a number as programs do (`-1234.5`) into `target`, which has room for as many bytes; returns its length. The
 * value must be a number with this decimal sign.
 */
export function plainNumber(
  bytes: Uint8Array,
  start: number,
  end: number,
  decimal: '.' | ',',
  target: Uint8Array,
): number {
  const sign = decimal === ',' ? 44 : 46;
  let length = 0;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if (isDigit(byte) || byte === minus) target[length++] = byte;
    else if (byte === sign) target[length++] = 46;
  }
  return length;
}
