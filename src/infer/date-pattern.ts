import type { ColumnType } from '../domain/schema.ts';
import { daysOf, isWithinYears, type TimeParts } from './parse-time.ts';
import { monthOfName } from './regional-words.ts';

/**
 * Dates and times by a pattern of Unicode TR 35: `yyyy`, `yy` (of 1969 to 2068), `M`, `MM`, `MMM`, `MMMM` (English), `d`,
 * `dd`, `EEE`, `EEEE` (read and not checked), `H`, `HH`, `h`, `hh`, `m`, `mm`, `s`, `ss`, `S` to `SSSSSS`, `a`, `X`, `XXX`,
 * `x`, `xxx`, `Z`; text between apostrophes and everything that is no letter stands for itself.
 */
export interface DatePattern {
  readonly type: ColumnType;
  /** Fills `parts`, of a time with a zone in UTC. False where the text is not written so, or is no date. */
  read(text: string, parts: TimeParts): boolean;
}

const fields: Readonly<Record<string, string>> = {
  yyyy: '(?<year>\\d{4})',
  y: '(?<year>\\d{1,4})',
  yy: '(?<shortYear>\\d{2})',
  MMMM: '(?<name>[A-Za-z]+)',
  MMM: '(?<name>[A-Za-z]{3,4})\\.?',
  MM: '(?<month>\\d{2})',
  M: '(?<month>\\d{1,2})',
  dd: '(?<day>\\d{2})',
  d: '(?<day>\\d{1,2})',
  HH: '(?<hour>\\d{2})',
  H: '(?<hour>\\d{1,2})',
  hh: '(?<half>\\d{2})',
  h: '(?<half>\\d{1,2})',
  mm: '(?<minute>\\d{2})',
  m: '(?<minute>\\d{1,2})',
  ss: '(?<second>\\d{2})',
  s: '(?<second>\\d{1,2})',
  a: '(?<marker>[AaPp])\\.?[Mm]\\.?',
};
const zones = /^(X{1,3}|x{1,3}|Z{1,3}|ZZZZZ)$/;
const zone = '(?<zone>Z|[+-]\\d{2}(?::?\\d{2})?)';

/** What is written by a pattern is longer than it by names of a month and of days, at most. */
const longerThanPattern = 60;

/** PostgreSQL takes offsets up to 15:59. */
const maxOffsetHours = 15;

function sourceOf(token: string): string | null {
  if (token.startsWith("'")) return escaped(token === "''" ? "'" : token.slice(1, -1).replaceAll("''", "'"));
  if (!/^[A-Za-z]/.test(token)) return escaped(token);
  if (/^S{1,6}$/.test(token)) return `(?<fraction>\\d{${token.length}})`;
  if (/^E{1,4}$/.test(token)) return '[A-Za-z]+\\.?';
  return zones.test(token) ? zone : (fields[token] ?? null);
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

/** Reads a pattern; null where it has letters that stand for nothing here, twice the same field, or no field at all. */
export function datePattern(pattern: string): DatePattern | null {
  const tokens = pattern.match(/'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']+/g) ?? [];
  if (tokens.join('') !== pattern) return null;
  const sources = tokens.map(sourceOf);
  const source = sources.join('');
  const names = [...source.matchAll(/\(\?<(\w+)>/g)].map(([, name = '']) => name);
  if (sources.includes(null) || new Set(names).size !== names.length) return null;
  const has = (...any: readonly string[]): boolean => any.some((name) => names.includes(name));
  const hasDay = has('year', 'shortYear') && has('month', 'name') && has('day');
  const hasClock = has('hour') || (has('half') && has('marker'));
  if (!hasDay && (has('year', 'shortYear', 'month', 'name', 'day', 'zone') || !hasClock)) return null;
  if (!hasClock && has('minute', 'second', 'fraction', 'zone', 'half', 'marker')) return null;
  const type = !hasDay ? 'time' : !hasClock ? 'date' : has('zone') ? 'timestamptz' : 'timestamp';
  const expression = new RegExp(`^${source}$`);
  // Names of months and days may be tried at every letter of what is no date.
  const longest = pattern.length + longerThanPattern;
  return {
    type,
    read: (text, parts) => text.length <= longest && fill(expression.exec(text)?.groups, hasDay, parts),
  };
}

function fill(groups: Readonly<Record<string, string>> | undefined, hasDay: boolean, parts: TimeParts): boolean {
  if (groups === undefined) return false;
  const { shortYear, name, half, marker, fraction = '', zone: offset } = groups;
  const short = Number(shortYear ?? 0);
  const year = shortYear === undefined ? Number(groups.year) : (short < 69 ? 2000 : 1900) + short;
  parts.days = hasDay
    ? daysOf(year, name === undefined ? Number(groups.month) : monthOfName(name), Number(groups.day))
    : 0;
  const hour = half === undefined ? Number(groups.hour ?? 0) : hourOf(Number(half), marker ?? '');
  const minute = Number(groups.minute ?? 0);
  const second = Number(groups.second ?? 0);
  if (!(hour <= 23 && minute <= 59 && second <= 59)) return false;
  parts.seconds = hour * 3600 + minute * 60 + second - offsetOf(offset);
  parts.micros = Number(fraction.padEnd(6, '0'));
  // NaN fails here too.
  return isWithinYears(parts.days * 86400 + parts.seconds);
}

const hourOf = (half: number, marker: string): number =>
  half < 1 || half > 12 ? Number.NaN : (half % 12) + (marker.toLowerCase() === 'p' ? 12 : 0);

function offsetOf(text: string | undefined): number {
  if (text === undefined || text === 'Z') return 0;
  const hours = Number(text.slice(1, 3));
  const minutes = Number(text.slice(3).replace(':', ''));
  if (hours > maxOffsetHours || minutes > 59) return Number.NaN;
  return (text.startsWith('-') ? -1 : 1) * (hours * 3600 + minutes * 60);
}

/** The type of the values that a pattern describes; null where it is no pattern. */
export const typeOfPattern = (pattern: string): ColumnType | null => datePattern(pattern)?.type ?? null;
