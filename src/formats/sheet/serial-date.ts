import { NumberKind } from './number-format.ts';

const DAY_MS = 86_400_000;
const epoch1900 = Date.UTC(1899, 11, 30);
const epoch1904 = Date.UTC(1904, 0, 1);
const lastDay = Date.UTC(9999, 11, 31);

/** The day that the 1900 system counts although it never was: 29 February 1900. */
const PHANTOM_DAY = 60;

const pad = (value: number, digits: number): string => String(value).padStart(digits, '0');

/** Hours that may be beyond 23, as `HH:MM:SS`, with milliseconds where there are any. */
function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const text = `${pad(Math.floor(seconds / 3600), 2)}:${pad(Math.floor(seconds / 60) % 60, 2)}:${pad(seconds % 60, 2)}`;
  return ms % 1000 === 0 ? text : `${text}.${pad(ms % 1000, 3)}`;
}

/**
 * A number of days as the date, the time or the duration that its format shows, rounded to the millisecond: ISO dates,
 * `HH:MM:SS` for a time of day, `YYYY-MM-DD HH:MM:SS` for both, hours beyond 23 for a duration. Below one day, in the
 * 1900 system, there is no date, only a time. null: it is no day (negative, zero, 29 February 1900, after 9999).
 */
export function serialText(value: number, kind: NumberKind, is1904: boolean): string | null {
  const ms = Math.round(value * DAY_MS);
  if (!Number.isSafeInteger(ms)) return null;
  if (kind === NumberKind.duration) return ms < 0 ? `-${clock(-ms)}` : clock(ms);
  const day = Math.floor(ms / DAY_MS);
  const ofDay = ms - day * DAY_MS;
  if (day < 0) return null;
  if (day === 0 && (kind === NumberKind.time || !is1904)) {
    return kind === NumberKind.date && ofDay === 0 ? null : clock(ofDay);
  }
  const date = is1904 ? epoch1904 + day * DAY_MS : epoch1900 + (day < PHANTOM_DAY ? day + 1 : day) * DAY_MS;
  if (date > lastDay || (!is1904 && day === PHANTOM_DAY)) return null;
  const text = new Date(date).toISOString().slice(0, 10);
  return kind === NumberKind.date && ofDay === 0 ? text : `${text} ${clock(ofDay)}`;
}
