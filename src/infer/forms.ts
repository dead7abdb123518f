/**
 * How values of a region are written, and which readings of them they rule out, as bits. As with the kinds of values,
 * the bits of all values of a column, OR-ed, are all that is known of it, so the order of rows changes nothing. Numbers
 * and times use the same bits: a column that has both is text.
 */

/** Bits of `Kind.regionalTime`. */
export const TimeForm = {
  /** Day, month, year makes no date of it. */
  notDmy: 1 << 0,
  notMdy: 1 << 1,
  notYmd: 1 << 2,
  /** Two of the readings that are left give two different days. */
  differs: 1 << 3,
  dot: 1 << 4,
  slash: 1 << 5,
  dash: 1 << 6,
  space: 1 << 7,
  /** The month has a name. */
  named: 1 << 8,
  numeric: 1 << 9,
  /** The year has two digits: its century is nowhere said. */
  shortYear: 1 << 10,
  /** No time of day. */
  day: 1 << 11,
  /** A time of day without a zone. */
  clock: 1 << 12,
  zoned: 1 << 13,
  /** AM or PM. */
  half: 1 << 14,
  /** A time of day without them. */
  full: 1 << 15,
  /** A time of day alone. */
  timeOnly: 1 << 16,
  /** `2021-W05-3`. */
  week: 1 << 17,
  /** `20210305T101500`. */
  basic: 1 << 18,
} as const;

/** Bits of `Kind.regionalNumber`. */
export const NumberForm = {
  /** The point is not its decimal sign. */
  notPoint: 1 << 0,
  notComma: 1 << 1,
  comma: 1 << 2,
  dot: 1 << 3,
  /** A blank between groups of digits. */
  space: 1 << 4,
  /** A no-break space, also a narrow one, between groups of digits. */
  noBreak: 1 << 5,
  apostrophe: 1 << 6,
  /** Four digits or more before the decimal sign, with nothing between them. */
  ungrouped: 1 << 7,
  /** More than 15 digits. */
  long: 1 << 8,
  /** More than 18 digits: perhaps beyond int64. */
  big: 1 << 9,
} as const;

/** The form of the value that was classified last, where it is one of a region; filled by its parser. */
export const foundForm = new Int32Array(1);
