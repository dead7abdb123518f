/** What a cell looks like, for the choice of a dialect: cut rightly, cells are values; cut wrongly, pieces of them. */
export const CellClass = { empty: 0, typed: 1, quoted: 2, text: 3, tight: 4, broken: 5 } as const;
export type CellClass = (typeof CellClass)[keyof typeof CellClass];

const isDigit = (byte: number): boolean => byte >= 48 && byte <= 57;
const isLetter = (byte: number): boolean => (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122) || byte >= 128;

/** Characters that stand between cells in many files: `, ; | TAB`, `~`, `^`. */
const isSeparator = (byte: number): boolean =>
  byte === 44 || byte === 59 || byte === 124 || byte === 9 || byte === 126 || byte === 94;

/** Quotes: `"`, `'` and the grave accent. */
const isQuote = (byte: number): boolean => byte === 34 || byte === 39 || byte === 96;

const quotationMark = 34;

/** `(`, `[` and `{` open, `)`, `]` and `}` close. */
const bracketOf = (byte: number): number =>
  byte === 40 || byte === 91 || byte === 123 ? 1 : byte === 41 || byte === 93 || byte === 125 ? -1 : 0;

/** Bytes of a cell looked at between its ends: what a longer text is shows in these. */
const lookedAtBytes = 2000;

/**
 * The class of an unquoted cell. Typed: digits with the signs of numbers, dates and times. Tight: a separator with no
 * blank behind it, or a bracket whose other half was cut off, as of shapes and JSON. Broken: quotes that are left over.
 */
export function classOfCell(bytes: Uint8Array, start: number, end: number): CellClass {
  if (start === end) return CellClass.empty;
  const isBlankFirst = bytes[start] === 32 && bytes[start + 1] === quotationMark;
  const first = bytes[isBlankFirst ? start + 1 : start] ?? 0;
  const last = bytes[end - 1] ?? 0;
  if (first === quotationMark || (last === quotationMark && end - start > 1 && !isDigit(bytes[end - 2] ?? 0)))
    return CellClass.broken;
  if (isQuote(first) && first === last && end - start > 1) return CellClass.broken;
  let digits = 0;
  let letters = 0;
  let quotes = 0;
  let separators = 0;
  let brackets = 0;
  let isTight = isSeparator(last) || isSeparator(first);
  const to = Math.min(end, start + lookedAtBytes);
  for (let i = start; i < to; i++) {
    const byte = bytes[i] ?? 0;
    if (isDigit(byte)) digits++;
    else if (isLetter(byte)) letters++;
    else if (byte === quotationMark) quotes++;
    else if (isSeparator(byte)) {
      separators++;
      if (byte !== 44 || bytes[i + 1] !== 32) isTight ||= !(byte === 44 && isDigit(bytes[i + 1] ?? 0));
    } else brackets += bracketOf(byte);
  }
  if (brackets !== 0 && to === end) return CellClass.tight;
  if (quotes > 1) return CellClass.broken;
  if (isTight) return CellClass.tight;
  if (digits > 0 && letters <= 1 && quotes === 0) {
    return separators > 1 && !isGrouped(bytes, start, to) ? CellClass.tight : CellClass.typed;
  }
  return separators > 0 && letters === 0 ? CellClass.tight : CellClass.text;
}

/** Whether commas stand as thousands separators: `1,234,567.89`. */
function isGrouped(bytes: Uint8Array, start: number, end: number): boolean {
  let since = -1;
  for (let i = start; i <= end; i++) {
    const byte = i < end ? bytes[i] : 46;
    if (byte === 44 || byte === 46) {
      if (since >= 0 && since !== 3) return false;
      since = 0;
      if (byte === 46) return true;
    } else if (since >= 0) since++;
  }
  return true;
}
