import { TimeForm } from './forms.ts';
import type { RegionalTime } from './regional-time.ts';

const months = words('january february march april may june july august september october november december');
const weekdays = words('monday tuesday wednesday thursday friday saturday sunday');

function words(text: string): readonly string[] {
  return text.split(' ');
}

/** Position of a whole English name, or of its first three letters, or `sept`; -1 where there is none. */
function indexOfName(names: readonly string[], word: string): number {
  const lower = word.toLowerCase();
  if (lower === 'sept') return names.indexOf('september');
  return names.findIndex((name) => name === lower || (lower.length === 3 && name.startsWith(lower)));
}

/** The month of an English name (1 to 12), or 0. */
export const monthOfName = (name: string): number => indexOfName(months, name) + 1;

const dayFirst = /^(\d{1,2})(?:st|nd|rd|th)?(\. ?| ?-| |\/)([A-Za-z]{3,9})\.?(?:,? |-|\/)(\d{4}|\d{2})(?!\d)/;
const monthFirst = /^([A-Za-z]{3,9})\.?[ -](\d{1,2})(?:st|nd|rd|th)?(?:, ?| |-)(\d{4})(?!\d)/;
const yearFirst = /^(\d{4})([ -])([A-Za-z]{3,9})\.?[ -](\d{1,2})(?!\d)/;
const weekday = /^([A-Za-z]{3,9})\.?,? /;
const isoWeek = /^(\d{4})(?:-W(\d\d)-|W(\d\d))([1-7])$/;
const basic = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(?:(\d\d)(?:\.(\d{1,6}))?)?(Z|[+-]\d\d(?::?\d\d)?)?$/;

/** Reads what has letters in it: a month's name, `AM`, `W` or `T`. Fills `time` as `readRegionalTime` promises. */
export function readWords(bytes: Uint8Array, start: number, end: number, time: RegionalTime): boolean {
  if (!couldBeWords(bytes, start, end)) return false;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
  time.form = 0;
  if (/^\d{1,2}:/.test(text)) {
    if (!readClockText(text, time) || (time.form & TimeForm.zoned) !== 0 || (time.form & TimeForm.half) === 0)
      return false;
    time.form = TimeForm.timeOnly;
    return true;
  }
  return readNamed(text, time) || readWeek(text, time) || readBasic(text, time);
}

/** A quick look at the first byte and for a digit at either end, which refuses most text. */
function couldBeWords(bytes: Uint8Array, start: number, end: number): boolean {
  const first = bytes[start]!;
  if (first >= 48 && first <= 57) return true;
  const letter = first | 32;
  if (letter < 97 || letter > 122) return false;
  for (let i = start + 3; i < end; i++) if (bytes[i]! >= 48 && bytes[i]! <= 57) return isName(bytes, start);
  return false;
}

const starts = new Set([...months, ...weekdays].map((name) => name.slice(0, 3)));
const isName = (bytes: Uint8Array, start: number): boolean =>
  starts.has(String.fromCharCode(bytes[start]! | 32, bytes[start + 1]! | 32, bytes[start + 2]! | 32));

function readNamed(text: string, time: RegionalTime): boolean {
  let rest = text;
  let expected = -1;
  const day = weekday.exec(text);
  if (day !== null) {
    expected = indexOfName(weekdays, day[1] ?? '');
    if (expected >= 0) rest = text.slice(day[0].length);
  }
  const found = readNames(rest, time);
  if (found < 0) return false;
  const isDate =
    found === rest.length ? endDay(time) : readClockText(rest.slice(found).replace(/^( at |, ?| |T)/, ''), time);
  return isDate && (expected < 0 || expected === weekdayOf(time));
}

/** Reads day, month's name and year in one of three orders; where they end, or -1. */
function readNames(text: string, time: RegionalTime): number {
  const { named, dash, space, slash, dot, notDmy, notMdy, notYmd, shortYear } = TimeForm;
  const isDayFirst = dayFirst.exec(text);
  if (isDayFirst !== null) {
    const [all, day = '', separator = '', name = '', year = ''] = isDayFirst;
    const form = separator.includes('-') ? dash : separator === '/' ? slash : separator.startsWith('.') ? dot : space;
    time.form |= named | form | notMdy | notYmd | (year.length === 2 ? shortYear : 0);
    return fill(time, Number(day), monthOfName(name), Number(year), monthOfName(name), all);
  }
  const isMonthFirst = monthFirst.exec(text);
  if (isMonthFirst !== null) {
    const [all, name = '', day = '', year = ''] = isMonthFirst;
    time.form |= named | (all.includes('-') ? dash : space) | notDmy | notYmd;
    return fill(time, monthOfName(name), Number(day), Number(year), monthOfName(name), all);
  }
  const isYearFirst = yearFirst.exec(text);
  if (isYearFirst === null) return -1;
  const [all, year = '', separator = '', name = '', day = ''] = isYearFirst;
  time.form |= named | (separator === '-' ? dash : space) | notDmy | notMdy;
  return fill(time, Number(year), monthOfName(name), Number(day), monthOfName(name), all);
}

function fill(time: RegionalTime, first: number, second: number, third: number, month: number, all: string): number {
  if (month === 0) return -1;
  time.first = first;
  time.second = second;
  time.third = third;
  return all.length;
}

function endDay(time: RegionalTime): true {
  time.form |= TimeForm.day;
  return true;
}

/** Day of the week (0: Monday) of a named date, by the parts that are what the form leaves them. */
function weekdayOf({ first, second, third, form }: RegionalTime): number {
  const [year, month, day] =
    (form & TimeForm.notDmy) === 0
      ? [third, second, first]
      : (form & TimeForm.notMdy) === 0
        ? [third, first, second]
        : [first, second, third];
  const full = (form & TimeForm.shortYear) === 0 ? year : (year < 69 ? 2000 : 1900) + year;
  return (new Date(Date.UTC(full, month - 1, day)).getUTCDay() + 6) % 7;
}

function readWeek(text: string, time: RegionalTime): boolean {
  const found = isoWeek.exec(text);
  if (found === null) return false;
  const [, year = '', dashed, plain, day = ''] = found;
  const week = Number(dashed ?? plain);
  // The week of 4 January is the first; a year has 53 where its last week has its Thursday in it.
  const fourth = new Date(Date.UTC(Number(year), 0, 4));
  const monday = fourth.getTime() - ((fourth.getUTCDay() + 6) % 7) * 86_400_000;
  const thursday = new Date(monday + ((week - 1) * 7 + 3) * 86_400_000);
  if (Number(year) < 100 || week < 1 || thursday.getUTCFullYear() !== Number(year)) return false;
  const date = new Date(monday + ((week - 1) * 7 + Number(day) - 1) * 86_400_000);
  time.form |=
    TimeForm.week |
    TimeForm.day |
    TimeForm.notDmy |
    TimeForm.notMdy |
    (dashed === undefined ? TimeForm.space : TimeForm.dash);
  return fill(time, date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate(), 1, text) > 0;
}

function readBasic(text: string, time: RegionalTime): boolean {
  const found = basic.exec(text);
  if (found === null) return false;
  const [, year = '', month = '', day = '', hour = '', minute = '', second = '', fraction, zone = ''] = found;
  time.form |= TimeForm.basic | TimeForm.notDmy | TimeForm.notMdy;
  fill(time, Number(year), Number(month), Number(day), 1, text);
  const seconds = second === '' ? '' : `:${second}${fraction === undefined ? '' : `.${fraction}`}`;
  return readClockText(`${hour}:${minute}${seconds}${zone}`, time);
}

const clockText =
  /^(\d{1,2}):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?(?: ?([AaPp])\.?[Mm]\.?)?(?: ?(Z|UTC|UT|GMT|(?:(?:UTC|GMT)?[+-]\d\d(?::?\d\d)?)))?(?: \((?:UTC|GMT)\))?$/;

/** PostgreSQL takes offsets up to 15:59. */
const maxOffsetHours = 15;

function readClockText(text: string, time: RegionalTime): boolean {
  const found = clockText.exec(text);
  if (found === null) return false;
  const [, hour = '', minute = '', second = '0', fraction = '', half, zone] = found;
  const hours = half === undefined ? Number(hour) : hourOfHalf(Number(hour), half);
  const seconds = hours * 3600 + Number(minute) * 60 + Number(second);
  if (!(hours <= 23 && Number(minute) <= 59 && Number(second) <= 59)) return false;
  time.seconds = seconds;
  time.micros = Number(fraction.padEnd(6, '0'));
  time.form |= half === undefined ? TimeForm.full : TimeForm.half;
  if (zone === undefined) {
    time.form |= TimeForm.clock;
    return true;
  }
  time.form |= TimeForm.zoned;
  time.offset = offsetOf(zone);
  return !Number.isNaN(time.offset);
}

const hourOfHalf = (hour: number, half: string): number =>
  hour < 1 || hour > 12 ? Number.NaN : (hour % 12) + (half === 'P' || half === 'p' ? 12 : 0);

/** Seconds east of UTC; NaN where PostgreSQL has no such offset. */
function offsetOf(zone: string): number {
  const [, sign, hours = '', minutes = '0'] = /([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? [];
  if (sign === undefined) return 0;
  if (Number(hours) > maxOffsetHours || Number(minutes) > 59) return Number.NaN;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60);
}

/** Reads what stands behind a date of numbers: nothing, or a time of day. */
export function readClock(bytes: Uint8Array, start: number, end: number, time: RegionalTime): boolean {
  if (start === end) return endDay(time);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
  const separator = /^(, ?| {1,2}|T)/.exec(text);
  return separator !== null && readClockText(text.slice(separator[0].length), time);
}
