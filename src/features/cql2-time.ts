import { type Sql, sql } from '../db/sql.ts';
import { BadFeatureRequest } from './bad-request.ts';

/** A span of time as two expressions of type timestamptz; an instant begins when it ends. */
export interface Span {
  readonly from: Sql;
  readonly to: Sql;
}

const DATE = /^\d{4}-\d\d-\d\d$/;
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)$/i;

/** Whether a text is a date or an instant that exists. */
export const isTime = (text: string): boolean => {
  if (!DATE.test(text) && !TIMESTAMP.test(text)) return false;
  const day = text.slice(0, 10);
  const parsed = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(day) && !Number.isNaN(Date.parse(text));
};

/** A day is a span, as long as a day is. */
const LAST_OF_DAY = '1 day - 1 microsecond';

/** The span of a date, a column of dates or one of instants. */
export const spanOf = (value: Sql, isDate: boolean): Span =>
  isDate
    ? { from: sql`${value}::timestamptz`, to: sql`(${value}::timestamptz + ${LAST_OF_DAY}::interval)` }
    : { from: sql`${value}::timestamptz`, to: sql`${value}::timestamptz` };

/** The span of a literal: a date or an instant of RFC 3339. */
export function spanOfText(text: string): Span {
  if (!isTime(text))
    throw new BadFeatureRequest(`"${text.slice(0, 50)}" is no date, and no instant such as 2026-02-01T10:00:00Z`);
  return spanOf(sql`${text}`, DATE.test(text));
}

/** A bound that is open. */
export const unbounded: Span = { from: sql`'-infinity'::timestamptz`, to: sql`'infinity'::timestamptz` };

/** The parameter `datetime`: an instant, a date, or two with a slash between, `..` or nothing for an open end. */
export function parseDatetime(text: string): Span {
  const parts = text.split('/');
  const [first = '', second] = parts;
  if (parts.length > 2) throw new BadFeatureRequest('datetime: one instant, or two with "/" between');
  if (second === undefined) return spanOfText(first);
  const isOpen = (part: string) => part === '' || part === '..';
  if (isOpen(first) && isOpen(second)) throw new BadFeatureRequest('datetime: one end must be given');
  if (!isOpen(first) && !isOpen(second) && isTime(first) && isTime(second) && Date.parse(first) > Date.parse(second)) {
    throw new BadFeatureRequest('datetime: the first instant is after the second');
  }
  return {
    from: isOpen(first) ? unbounded.from : spanOfText(first).from,
    to: isOpen(second) ? unbounded.to : spanOfText(second).to,
  };
}

/** How two spans may lie to each other, by the functions of CQL2. */
export const temporalRelations: Readonly<Record<string, (a: Span, b: Span) => Sql>> = {
  T_AFTER: (a, b) => sql`${a.from} > ${b.to}`,
  T_BEFORE: (a, b) => sql`${a.to} < ${b.from}`,
  T_CONTAINS: (a, b) => sql`${a.from} < ${b.from} and ${a.to} > ${b.to}`,
  T_DISJOINT: (a, b) => sql`${a.to} < ${b.from} or ${a.from} > ${b.to}`,
  T_DURING: (a, b) => sql`${a.from} > ${b.from} and ${a.to} < ${b.to}`,
  T_EQUALS: (a, b) => sql`${a.from} = ${b.from} and ${a.to} = ${b.to}`,
  T_FINISHEDBY: (a, b) => sql`${a.from} < ${b.from} and ${a.to} = ${b.to}`,
  T_FINISHES: (a, b) => sql`${a.from} > ${b.from} and ${a.to} = ${b.to}`,
  T_INTERSECTS: (a, b) => sql`${a.from} <= ${b.to} and ${a.to} >= ${b.from}`,
  T_MEETS: (a, b) => sql`${a.to} = ${b.from}`,
  T_METBY: (a, b) => sql`${a.from} = ${b.to}`,
  T_OVERLAPPEDBY: (a, b) => sql`${a.from} > ${b.from} and ${a.from} < ${b.to} and ${a.to} > ${b.to}`,
  T_OVERLAPS: (a, b) => sql`${a.from} < ${b.from} and ${a.to} > ${b.from} and ${a.to} < ${b.to}`,
  T_STARTEDBY: (a, b) => sql`${a.from} = ${b.from} and ${a.to} > ${b.to}`,
  T_STARTS: (a, b) => sql`${a.from} = ${b.from} and ${a.to} < ${b.to}`,
};
