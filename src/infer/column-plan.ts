import type { ColumnWish, DateOrder } from '../domain/reading.ts';
import type { ColumnType } from '../domain/schema.ts';
import { typeOfPattern } from './date-pattern.ts';
import { resolveDeclared } from './declared.ts';
import { NumberForm } from './forms.ts';
import type { Rules } from './resolve.ts';
import { type ColumnReading, type Doubt, ordersOf } from './resolve-regional.ts';

/** What is known of one column of a layer. */
export interface ColumnFacts {
  readonly mask: number;
  readonly forms: number;
  readonly declared: ColumnType | null;
  readonly wish: ColumnWish | undefined;
}

/** What a column becomes, and how its values are read. */
export interface ColumnPlan {
  readonly type: ColumnType;
  /** null: as programs write them. */
  readonly reading: ColumnReading | null;
  readonly doubt: Doubt | null;
  /** The request says the type: what is no such value becomes NULL and a reject. */
  readonly isAsked: boolean;
  readonly dateFormat: string | null;
}

/** The type that a request asks for, by name or by the pattern of its dates; null: none. */
export const askedType = (wish: ColumnWish | undefined): ColumnType | null =>
  wish?.type ?? (wish?.dateFormat === undefined ? null : typeOfPattern(wish.dateFormat));

const numbers: readonly ColumnType[] = ['bigint', 'numeric', 'double precision'];
const times: readonly ColumnType[] = ['date', 'timestamp', 'timestamptz'];

/** Whether a request leaves open how values of the type it asks for are to be read, so that they must tell. */
export const isOpen = (wish: ColumnWish, rules: Rules): boolean => {
  const type = askedType(wish);
  if (type === null || wish.dateFormat !== undefined) return false;
  return (numbers.includes(type) && rules.decimal === null) || (times.includes(type) && rules.dateOrder === null);
};

/** What a column becomes: what is asked for, else what is declared and holds, else what all its values are. */
export function planColumn({ mask, forms, declared, wish }: ColumnFacts, rules: Rules): ColumnPlan {
  const type = askedType(wish);
  const dateFormat = wish?.dateFormat ?? null;
  if (type === null) return { ...resolveDeclared(mask, forms, declared, rules), isAsked: false, dateFormat };
  return { type, reading: askedReading(type, forms, rules), doubt: null, isAsked: true, dateFormat };
}

function askedReading(type: ColumnType, forms: number, { decimal, dateOrder }: Rules): ColumnReading | null {
  if (numbers.includes(type)) {
    const sign = decimal ?? signOf(forms);
    return sign === null ? null : { kind: 'number', decimal: sign };
  }
  if (!times.includes(type)) return null;
  const order = dateOrder ?? onlyOrder(forms);
  return order === null ? null : { kind: 'time', order };
}

const signOf = (forms: number): '.' | ',' | null => {
  const isNotPoint = (forms & NumberForm.notPoint) !== 0;
  const isNotComma = (forms & NumberForm.notComma) !== 0;
  if (isNotPoint === isNotComma) return null;
  return isNotPoint ? ',' : '.';
};

const onlyOrder = (forms: number): DateOrder | null => {
  const orders = ordersOf(forms);
  return orders.length === 1 ? (orders[0] ?? null) : null;
};
