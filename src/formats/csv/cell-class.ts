/** What a cell looks like, for the choice of a dialect: cut rightly, cells are values; cut wrongly, pieces of them. */
export const CellClass = { empty: 0, typed: 1, quoted: 2, text: 3, tight: 4, broken: 5 } as const;
export type CellClass = (typeof CellClass)[keyof typeof CellClass];

/** What a byte says of a cell. Separators stand between cells in many files; quotes besides `"` are `'` and the grave accent. */
const Sign = { other: 0, digit: 1, letter: 2, quotationMark: 3, quote: 4, separator: 5, opens: 6, closes: 7 } as const;

const signs = Uint8Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  if (/[0-9]/.test(character)) return Sign.digit;
  if (/[A-Za-z]/.test(character) || byte >= 128) return Sign.letter;
  if (character === '"') return Sign.quotationMark;
  if (/['`]/.test(character)) return Sign.quote;
  if (/[,;|\t~^]/.test(character)) return Sign.separator;
  if (/[([{]/.test(character)) return Sign.opens;
  return /[)\]}]/.test(character) ? Sign.closes : Sign.other;
});

const signOf = (byte: number | undefined): number => signs[byte ?? 0] ?? Sign.other;

/** Bytes of a cell looked at between its ends: what a longer text is shows in these. */
const lookedAtBytes = 2000;

/**
 * The class of an unquoted cell. Typed: digits with the signs of numbers, dates and times. Tight: a separator with no
 * blank behind it, or a bracket whose other half was cut off, as of shapes and JSON. Broken: quotes that are left over.
 */
export function classOfCell(bytes: Uint8Array, start: number, end: number): CellClass {
  if (start === end) return CellClass.empty;
  const isBlankFirst = bytes[start] === 32 && signOf(bytes[start + 1]) === Sign.quotationMark;
  const first = bytes[isBlankFirst ? start + 1 : start] ?? 0;
  const last = bytes[end - 1] ?? 0;
  const firstSign = signOf(first);
  const lastSign = signOf(last);
  if (
    firstSign === Sign.quotationMark ||
    (lastSign === Sign.quotationMark && end - start > 1 && signOf(bytes[end - 2]) !== Sign.digit)
  )
    return CellClass.broken;
  if (firstSign === Sign.quote && first === last && end - start > 1) return CellClass.broken;
  let digits = 0;
  let letters = 0;
  let quotes = 0;
  let separators = 0;
  let brackets = 0;
  let isTight = lastSign === Sign.separator || firstSign === Sign.separator;
  const to = Math.min(end, start + lookedAtBytes);
  for (let i = start; i < to; i++) {
    const byte = bytes[i] ?? 0;
    const sign = signs[byte];
    if (sign === Sign.letter) letters++;
    else if (sign === Sign.digit) digits++;
    else if (sign === Sign.quotationMark) quotes++;
    else if (sign === Sign.separator) {
      separators++;
      if (byte !== 44 || bytes[i + 1] !== 32) isTight ||= !(byte === 44 && signOf(bytes[i + 1]) === Sign.digit);
    } else if (sign === Sign.opens) brackets++;
    else if (sign === Sign.closes) brackets--;
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
