import type { ColumnType } from '../domain/schema.ts';
import {
  isRegionalNumbers,
  provesNoNumber,
  provesNoTime,
  type RegionalType,
  resolveNumbers,
  resolveTimes,
  type Settled,
} from './resolve-regional.ts';
import { booleanKinds, Kind, numberKinds } from './value-kinds.ts';

const pointKinds = Kind.dec3 | Kind.dec15 | Kind.decLong | Kind.exp15 | Kind.expLong | Kind.minusZero;
const longKinds = Kind.int64 | Kind.intBig | Kind.decLong | Kind.expLong;
const within = (mask: number, kinds: number): boolean => (mask & ~kinds) === 0;

function resolveNumber(mask: number): ColumnType {
  if ((mask & pointKinds) === 0) return within(mask, Kind.int15 | Kind.int64 | Kind.ungrouped) ? 'bigint' : 'text';
  if ((mask & longKinds) === 0) return 'double precision';
  return (mask & Kind.minusZero) === 0 ? 'numeric' : 'text';
}

/**
 * The type of a column from the kinds of all its values: the narrowest that prints every value back. Without type
 * guessing everything is text but JSON objects and arrays. A column without values is text.
 */
export function resolve(mask: number, typeGuessing: boolean): ColumnType {
  if (mask === 0) return 'text';
  // jsonb holds numbers as numeric, which has no minus zero.
  if ((mask & Kind.json) !== 0) {
    const scalars = (numberKinds & ~Kind.minusZero) | Kind.boolLower;
    return within(mask, Kind.json | scalars) ? 'jsonb' : 'text';
  }
  if (mask === Kind.double) return 'double precision';
  if (!typeGuessing) return 'text';
  if (within(mask, numberKinds)) return resolveNumber(mask);
  switch (mask) {
    case Kind.boolLower:
    case Kind.boolUpper:
    case Kind.boolTitle:
      return 'boolean';
    case Kind.date:
      return 'date';
    case Kind.timestamp:
    case Kind.timestamp | Kind.date:
      return 'timestamp';
    case Kind.timestamptz:
      return 'timestamptz';
    case Kind.time:
      return 'time';
    case Kind.uuid:
      return 'uuid';
    default:
      return 'text';
  }
}

/** What the request allows to be guessed, and says of what values leave open. */
export interface Rules extends Settled {
  readonly typeGuessing: boolean;
}

/** The type of a column from the kinds and forms of all its values, how they are read, and what stands in the way. */
export function resolveColumn(mask: number, forms: number, rules: Rules): RegionalType {
  if (rules.typeGuessing) {
    if ((mask & Kind.regionalTime) !== 0) return resolveTimes(mask, forms, rules);
    if (isRegionalNumbers(mask, rules)) return resolveNumbers(mask, forms, rules);
  }
  return { type: resolve(mask, rules.typeGuessing), reading: null, doubt: null };
}

/** Whether a column with these kinds stays text whatever else it holds, so that its values need no more looking at. */
export function provesText(mask: number, forms: number, typeGuessing: boolean): boolean {
  if (typeGuessing && (mask & Kind.regionalTime) !== 0) return provesNoTime(mask, forms);
  if (typeGuessing && (mask & Kind.regionalNumber) !== 0) return provesNoNumber(mask, forms);
  return [0, Kind.dec15, Kind.json].every((more) => mask !== 0 && resolve(mask | more, typeGuessing) === 'text');
}

const fitting: Readonly<Record<ColumnType, number>> = {
  boolean: booleanKinds,
  bigint: Kind.int15 | Kind.int64 | Kind.ungrouped,
  numeric: numberKinds & ~Kind.minusZero,
  'double precision': (numberKinds & ~longKinds) | Kind.double,
  date: Kind.date,
  timestamp: Kind.date | Kind.timestamp,
  timestamptz: Kind.timestamptz,
  time: Kind.time,
  uuid: Kind.uuid,
  jsonb: Kind.json | (numberKinds & ~Kind.minusZero) | Kind.boolLower,
  bytea: 0,
  text: -1,
};

/** Whether a column of `type` holds all values of these kinds, though perhaps a narrower type would too. */
export const fits = (mask: number, type: ColumnType): boolean => within(mask, fitting[type]);
