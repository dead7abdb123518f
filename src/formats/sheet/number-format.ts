/** What a number format makes of a number. */
export const NumberKind = { number: 0, date: 1, time: 2, dateTime: 3, duration: 4 } as const;
export type NumberKind = (typeof NumberKind)[keyof typeof NumberKind];

/**
 * Formats that files name by number alone (ECMA-376 part 1, 18.8.30): 14-22 and 45-47 everywhere, 27-36 and 50-58 in
 * the East Asian editions.
 */
const builtIn: readonly (readonly [from: number, to: number, kind: NumberKind])[] = [
  [14, 17, NumberKind.date],
  [18, 21, NumberKind.time],
  [22, 22, NumberKind.dateTime],
  [27, 31, NumberKind.date],
  [32, 35, NumberKind.time],
  [36, 36, NumberKind.date],
  [45, 45, NumberKind.time],
  [46, 46, NumberKind.duration],
  [47, 47, NumberKind.time],
  [50, 54, NumberKind.date],
  [55, 56, NumberKind.time],
  [57, 58, NumberKind.date],
];

/** What the format of a number that needs no code makes of a number. */
export const kindOfBuiltIn = (id: number): NumberKind =>
  builtIn.find(([from, to]) => id >= from && id <= to)?.[2] ?? NumberKind.number;

/** Longest code that is looked at; a spreadsheet program takes 255 characters. */
const MAX_CODE_LENGTH = 1024;

/** What a format code such as `yyyy-mm-dd`, `[h]:mm` or `#,##0.00 "m"` makes of a number. */
export function kindOfCode(code: string): NumberKind {
  // Quoted words, escaped characters, fillers and colours or conditions in brackets are no part of the number.
  const bare = code
    .slice(0, MAX_CODE_LENGTH)
    .replace(/"[^"]*"?|\\.|[_*]./gs, '')
    .toLowerCase();
  const first = bare.split(';', 1)[0] ?? '';
  if (/\[(h+|m+|s+)\]/.test(first)) return NumberKind.duration;
  const tokens = first
    .replace(/\[[^\]]*\]?/g, '')
    .replace(/general|e[+-]/g, '')
    .replace(/am\/pm|a\/p|上午\/下午/g, 'h');
  const hasTime = /[hs]/.test(tokens);
  const hasDate = /[ydb]|e/.test(tokens) || (!hasTime && tokens.includes('m'));
  if (hasDate) return hasTime ? NumberKind.dateTime : NumberKind.date;
  return hasTime ? NumberKind.time : NumberKind.number;
}
