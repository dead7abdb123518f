import type { DateOrder } from '../domain/reading.ts';
import { foundForm, TimeForm } from './forms.ts';
import { daysOf, isWithinYears, type TimeParts } from './parse-time.ts';
import { readClock, readWords } from './regional-words.ts';

/** A date or time of a region, as it is written: which of the three numbers is what, is not decided. */
export interface RegionalTime {
  first: number;
  second: number;
  third: number;
  /** Seconds of the day. */
  seconds: number;
  micros: number;
  /** Seconds east of UTC; NaN where no zone is named. */
  offset: number;
  /** Bits of `TimeForm`. */
  form: number;
}

/** An object for `readRegionalTime` to fill. */
export const regionalTime = (): RegionalTime => ({
  first: 0,
  second: 0,
  third: 0,
  seconds: 0,
  micros: 0,
  offset: Number.NaN,
  form: 0,
});

/** Two digits of a year are of 1969 to 2068, as POSIX has it. */
const fullYear = (year: number, isShort: boolean): number => (isShort ? (year < 69 ? 2000 : 1900) + year : year);

/** Days from 2000-01-01 of a date whose parts are in this order; NaN where there is no such day. */
export function regionalDays(time: RegionalTime, order: DateOrder): number {
  const { first, second, third, form } = time;
  const isShort = (form & TimeForm.shortYear) !== 0;
  switch (order) {
    case 'dmy':
      return daysOf(fullYear(third, isShort), second, first);
    case 'mdy':
      return daysOf(fullYear(third, isShort), first, second);
    case 'ymd':
      return daysOf(fullYear(first, isShort), second, third);
  }
}

const shortest = 6;
const longest = 48;

/** Notes which orders a date rules out. False where it rules out all. */
function ruleOut(time: RegionalTime): boolean {
  const { notDmy, notMdy, notYmd, differs } = TimeForm;
  const days = (bit: number, order: DateOrder): number =>
    (time.form & bit) === 0 ? regionalDays(time, order) : Number.NaN;
  const all = [days(notDmy, 'dmy'), days(notMdy, 'mdy'), days(notYmd, 'ymd')];
  const bits = [notDmy, notMdy, notYmd];
  all.forEach((day, i) => {
    if (Number.isNaN(day)) time.form |= bits[i]!;
  });
  const left = all.filter((day) => !Number.isNaN(day));
  if (left.some((day) => day !== left[0])) time.form |= differs;
  return left.every((day) => isWithinYears(day * 86400 + time.seconds - (time.offset || 0))) && left.length > 0;
}

/**
 * Whether `bytes[start, end)` is a date, with or without a time of day and a zone, as regions and mail write them, or a
 * time with AM or PM. `time` is then filled, and `foundForm` says how it may be read.
 */
export function readRegionalTime(bytes: Uint8Array, start: number, end: number, time: RegionalTime): boolean {
  if (end - start < shortest || end - start > longest) return false;
  time.form = time.seconds = time.micros = 0;
  time.offset = Number.NaN;
  const clock = readNumbers(bytes, start, end, time);
  const isDate = clock < 0 ? readWords(bytes, start, end, time) : readClock(bytes, clock, end, time);
  if (!isDate) return false;
  if ((time.form & TimeForm.timeOnly) === 0 && !ruleOut(time)) return false;
  foundForm[0] = time.form;
  return true;
}

const separatorForms = new Map([
  [46, TimeForm.dot],
  [47, TimeForm.slash],
  [45, TimeForm.dash],
]);

function digitsEnd(bytes: Uint8Array, start: number, end: number): number {
  let i = start;
  while (i < end && bytes[i]! >= 48 && bytes[i]! <= 57) i++;
  return i;
}

function numberOf(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let i = start; i < end; i++) value = value * 10 + bytes[i]! - 48;
  return value;
}

/** Reads three numbers with the same separator between them, and returns where they end; -1 where there are none. */
function readNumbers(bytes: Uint8Array, start: number, end: number, time: RegionalTime): number {
  const firstEnd = digitsEnd(bytes, start, end);
  const separator = bytes[firstEnd]!;
  const secondEnd = digitsEnd(bytes, firstEnd + 1, end);
  const thirdEnd = digitsEnd(bytes, secondEnd + 1, end);
  const form = separatorForms.get(separator);
  if (form === undefined || bytes[secondEnd] !== separator || secondEnd >= end) return -1;
  const yearFirst = firstEnd - start === 4;
  const first = firstEnd - start;
  const second = secondEnd - firstEnd - 1;
  const third = thirdEnd - secondEnd - 1;
  if (second < 1 || second > 2 || third < 1) return -1;
  time.form |= form | TimeForm.numeric;
  if (yearFirst && third <= 2) time.form |= TimeForm.notDmy | TimeForm.notMdy;
  else if (first >= 1 && first <= 2 && third === 4) time.form |= TimeForm.notYmd;
  else if (first >= 1 && first <= 2 && third === 2)
    time.form |= TimeForm.shortYear | (first === 2 ? 0 : TimeForm.notYmd);
  else return -1;
  time.first = numberOf(bytes, start, firstEnd);
  time.second = numberOf(bytes, firstEnd + 1, secondEnd);
  time.third = numberOf(bytes, secondEnd + 1, thirdEnd);
  return thirdEnd;
}

/** Fills `parts` from a time that was read, with its numbers in this order. A time with a zone is put in UTC. */
export function regionalParts(time: RegionalTime, order: DateOrder, parts: TimeParts): void {
  parts.days = (time.form & TimeForm.timeOnly) === 0 ? regionalDays(time, order) : 0;
  parts.seconds = time.seconds - (Number.isNaN(time.offset) ? 0 : time.offset);
  parts.micros = time.micros;
}
