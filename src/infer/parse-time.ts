// hot path: measured by npm run bench
import { Kind } from './value-kinds.ts';

/** A parsed date or time: days since 2000-01-01, seconds of that day (beyond it where an offset says so), microseconds. */
export interface TimeParts {
  days: number;
  seconds: number;
  micros: number;
}

/** An object for `parseTime` to fill; reused, so that the hot path allocates nothing. */
export const timeParts = (): TimeParts => ({ days: 0, seconds: 0, micros: 0 });

const digit = (bytes: Uint8Array, i: number): number => bytes[i]! - 48;

/** Two digits as a number, or NaN, which fails every comparison. */
function two(bytes: Uint8Array, i: number): number {
  const tens = digit(bytes, i);
  const ones = digit(bytes, i + 1);
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

const monthDays = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/** Days from 2000-01-01 of a day of the proleptic Gregorian calendar (the era algorithm of H. Hinnant). */
function daysSince2000(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  // Years are from 0 on, so that cutting is rounding down.
  const era = (y / 400) | 0;
  const yearOfEra = y - era * 400;
  const dayOfYear = (((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) | 0) + day - 1;
  return era * 146097 + yearOfEra * 365 + (yearOfEra >> 2) - ((yearOfEra / 100) | 0) + dayOfYear - 730425;
}

const firstSecond = daysSince2000(1, 1, 1) * 86400;
const endSecond = daysSince2000(10000, 1, 1) * 86400;

/** Days from 2000-01-01 of a date; NaN where the calendar has no such day, or the year is not 1 to 9999. */
export function daysOf(year: number, month: number, day: number): number {
  if (!(year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1)) return Number.NaN;
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day > (month === 2 && isLeap ? 29 : monthDays[month - 1]!) ? Number.NaN : daysSince2000(year, month, day);
}

/** Whether a second since 2000-01-01 00:00 UTC lies in the years 1 to 9999. */
export const isWithinYears = (second: number): boolean => second >= firstSecond && second < endSecond;

function parseDate(bytes: Uint8Array, start: number, parts: TimeParts): boolean {
  if (bytes[start + 4] !== 45 || bytes[start + 7] !== 45) return false;
  const year = two(bytes, start) * 100 + two(bytes, start + 2);
  const month = two(bytes, start + 5);
  const day = two(bytes, start + 8);
  parts.days = daysOf(year, month, day);
  return !Number.isNaN(parts.days);
}

/** Parses `HH:MM[:SS[.1-6 digits]]` and returns where it ends, or -1. */
function parseClock(bytes: Uint8Array, start: number, end: number, parts: TimeParts): number {
  if (end - start < 5 || bytes[start + 2] !== 58) return -1;
  const hour = two(bytes, start);
  const minute = two(bytes, start + 3);
  if (!(hour <= 23 && minute <= 59)) return -1;
  parts.seconds = hour * 3600 + minute * 60;
  parts.micros = 0;
  let i = start + 5;
  if (i === end || bytes[i] !== 58) return i;
  if (end - i < 3) return -1;
  const second = two(bytes, i + 1);
  if (!(second <= 59)) return -1;
  parts.seconds += second;
  i += 3;
  if (i === end || bytes[i] !== 46) return i;
  let scale = 100000;
  let micros = 0;
  const fraction = ++i;
  for (; i < end; i++) {
    const d = digit(bytes, i);
    if (d < 0 || d > 9) break;
    if (i - fraction === 6) return -1;
    micros += d * scale;
    scale /= 10;
  }
  if (i === fraction) return -1;
  parts.micros = micros;
  return i;
}

/** Seconds east of UTC of `Z`, `+HH`, `+HH:MM` or `+HHMM` (PostgreSQL takes up to 15:59), or NaN. */
function parseOffset(bytes: Uint8Array, start: number, end: number): number {
  const sign = bytes[start];
  const length = end - start;
  if (sign === 90) return length === 1 ? 0 : Number.NaN;
  if ((sign !== 43 && sign !== 45) || (length !== 3 && length !== 5 && length !== 6)) return Number.NaN;
  if (length === 6 && bytes[start + 3] !== 58) return Number.NaN;
  const hours = two(bytes, start + 1);
  const minutes = length === 3 ? 0 : two(bytes, end - 2);
  if (!(hours <= 15 && minutes <= 59)) return Number.NaN;
  return (sign === 45 ? -1 : 1) * (hours * 3600 + minutes * 60);
}

/**
 * The kind of `bytes[start, end)` if it is an ISO date, time or timestamp that PostgreSQL prints back, with `parts`
 * filled (a timestamptz in UTC); else `Kind.text`. Years 0001-9999; second 60 and hour 24 are text.
 */
export function parseTime(bytes: Uint8Array, start: number, end: number, parts: TimeParts): number {
  const length = end - start;
  if (length < 5 || length > 32) return Kind.text;
  if (bytes[start + 2] === 58) {
    parts.days = 0;
    return parseClock(bytes, start, end, parts) === end ? Kind.time : Kind.text;
  }
  if (length < 10 || !parseDate(bytes, start, parts)) return Kind.text;
  parts.seconds = 0;
  parts.micros = 0;
  if (length === 10) return Kind.date;
  const separator = bytes[start + 10];
  if (separator !== 32 && separator !== 84) return Kind.text;
  const zone = parseClock(bytes, start + 11, end, parts);
  if (zone < 0) return Kind.text;
  if (zone === end) return Kind.timestamp;
  parts.seconds -= parseOffset(bytes, zone, end);
  // NaN fails here too.
  return isWithinYears(parts.days * 86400 + parts.seconds) ? Kind.timestamptz : Kind.text;
}
