/**
 * What the text of a value looks like, as one bit each. The bits of all values of a column, OR-ed, are its mask; its
 * type is a pure function of the mask (`resolve.ts`), so neither the order of rows nor a sample can change it.
 */
export const Kind = {
  /** Nothing but text holds it. */
  text: 1 << 0,
  /** `true`, `false`. */
  boolLower: 1 << 1,
  /** `TRUE`, `FALSE`. */
  boolUpper: 1 << 2,
  /** `True`, `False`. */
  boolTitle: 1 << 3,
  /** An integer of at most 15 digits: exact as bigint, double precision and numeric. */
  int15: 1 << 4,
  /** An integer of 16 to 19 digits within int64. */
  int64: 1 << 5,
  /** An integer beyond int64. */
  intBig: 1 << 6,
  /** A decimal of at most 15 significant digits, `dec3` excepted. */
  dec15: 1 << 7,
  /** A decimal of more digits, or beyond what a double holds. */
  decLong: 1 << 8,
  /** `1.5e10`, at most 15 significant digits, finite. */
  exp15: 1 << 9,
  /** `1.5e10` with more digits. */
  expLong: 1 << 10,
  /** `1e-05`, `1E+20`: a number beside decimals, a code where the column has none. */
  expSigned: 1 << 11,
  /** `-0`, `-0.0`: only a double keeps the sign. */
  minusZero: 1 << 12,
  date: 1 << 13,
  timestamp: 1 << 14,
  timestamptz: 1 << 15,
  time: 1 << 16,
  /** Canonical and lower case. */
  uuid: 1 << 17,
  /** A JSON object or array. */
  json: 1 << 18,
  /** A value that its source holds as a double, in columns declared so. */
  double: 1 << 19,
  /** `1.234`: a decimal, or a whole number whose point separates thousands. One to three digits, then three. */
  dec3: 1 << 20,
  /** Besides the kind of a number: four digits or more before the point, with nothing between them. */
  ungrouped: 1 << 21,
  /** `12,5`, `1,234.50`, `1 234`: a number of a region; `forms.ts` says how it may be read. */
  regionalNumber: 1 << 22,
  /** `03.04.2021`, `3 Mar 2021 10:00`, `10:30 PM`: a date or time of a region; `forms.ts` says how it may be read. */
  regionalTime: 1 << 23,
} as const;

/** Kinds that are numbers as programs write them. */
export const numberKinds =
  Kind.dec3 |
  Kind.ungrouped |
  Kind.int15 |
  Kind.int64 |
  Kind.intBig |
  Kind.dec15 |
  Kind.decLong |
  Kind.exp15 |
  Kind.expLong |
  Kind.expSigned |
  Kind.minusZero;

/** Kinds that are `true` or `false`. */
export const booleanKinds = Kind.boolLower | Kind.boolUpper | Kind.boolTitle;

/** Kinds whose values are written as a region writes them. */
export const regionalKinds = Kind.regionalNumber | Kind.regionalTime;
