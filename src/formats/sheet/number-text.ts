/** Digits that a spreadsheet shows of a number, and lets one enter. */
const SHOWN_DIGITS = 15;

/** Smallest power of ten that is written as a decimal fraction; below it a number keeps its exponent. */
const MIN_PLAIN_EXPONENT = -40;

/**
 * A number as a spreadsheet shows it at its full width, with 15 significant digits: `0.3` for the double
 * 0.30000000000000004. Whole numbers that a double holds exactly keep all their digits.
 */
export function numberText(value: number): string {
  if (Number.isSafeInteger(value)) return String(value);
  const rounded = Number(value.toPrecision(SHOWN_DIGITS));
  const shown = String(Number.isFinite(rounded) ? rounded : value);
  const exponentAt = shown.indexOf('e');
  if (exponentAt < 0) return shown;
  const exponent = Number(shown.slice(exponentAt + 1));
  // The sign stays: text such as 1e5 is a name more often than a number.
  if (exponent > 0 || exponent < MIN_PLAIN_EXPONENT) return shown;
  const sign = shown.startsWith('-') ? '-' : '';
  const digits = shown.slice(sign.length, exponentAt).replace('.', '');
  return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
}

/** Whether the number at `bytes[start, end)` can stand as it is: digits alone, or at most 15 significant ones. */
export function isPlainNumber(bytes: Uint8Array, start: number, end: number): boolean {
  let i = start;
  if (bytes[i] === 45) i++;
  let significant = 0;
  let point = -1;
  for (const first = i; i < end; i++) {
    const byte = bytes[i]!;
    if (byte === 46 && point < 0 && i > first) point = i;
    else if (byte < 48 || byte > 57) return false;
    else if (significant > 0 || byte !== 48) significant++;
  }
  const last = bytes[end - 1];
  return last !== 46 && last !== 45 && (point < 0 || significant <= SHOWN_DIGITS);
}
