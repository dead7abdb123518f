import type { DateOrder } from '../domain/reading.ts';
import type { ColumnType } from '../domain/schema.ts';
import { NumberForm, TimeForm } from './forms.ts';
import { Kind, numberKinds } from './value-kinds.ts';

/** What the request says that settles what values leave open. */
export interface Settled {
  readonly dateOrder: DateOrder | null;
  readonly decimal: '.' | ',' | null;
}

/** How the values of a column of a region are read. */
export type ColumnReading =
  | { readonly kind: 'number'; readonly decimal: '.' | ',' }
  | { readonly kind: 'time'; readonly order: DateOrder };

/** Why a column is text although each of its values can be read as something narrower. */
export type Doubt = 'order' | 'century' | 'decimal';

/** The type of a column with values of a region. */
export interface RegionalType {
  readonly type: ColumnType;
  readonly reading: ColumnReading | null;
  readonly doubt: Doubt | null;
}

const text: RegionalType = { type: 'text', reading: null, doubt: null };
const doubtful = (doubt: Doubt): RegionalType => ({ type: 'text', reading: null, doubt });
const has = (mask: number, bits: number): boolean => (mask & bits) !== 0;
/** How many of the bits are set. */
const count = (mask: number, bits: readonly number[]): number => bits.filter((bit) => has(mask, bit)).length;

/** Numbers whose point is their decimal sign whatever else the column holds. */
const pointed = Kind.dec15 | Kind.decLong | Kind.exp15 | Kind.expLong | Kind.expSigned;
const exponents = Kind.exp15 | Kind.expLong | Kind.expSigned;
const long = Kind.int64 | Kind.intBig | Kind.decLong;

/** Whether a mask of numbers is to be read as a region's: it holds such, or points that were said to group digits. */
export const isRegionalNumbers = (mask: number, { decimal }: Settled): boolean =>
  (mask & ~(numberKinds | Kind.regionalNumber)) === 0 &&
  (has(mask, Kind.regionalNumber) || (decimal === ',' && has(mask, Kind.dec3) && !has(mask, pointed)));

/** Whether no further value makes numbers of a column with these kinds and forms. */
export function provesNoNumber(mask: number, forms: number): boolean {
  if ((mask & ~(numberKinds | Kind.regionalNumber)) !== 0 || has(mask, exponents)) return true;
  const hasPoint = has(mask, pointed);
  const groups = [NumberForm.space, NumberForm.noBreak, NumberForm.apostrophe];
  return (has(forms, NumberForm.notPoint) && (has(forms, NumberForm.notComma) || hasPoint)) || count(forms, groups) > 1;
}

/**
 * The type of a column of numbers as regions write them: a number only where one decimal sign holds for all values,
 * no other gives other numbers, and all digits are grouped in one way, so that the column can be written back.
 */
export function resolveNumbers(mask: number, forms: number, settled: Settled): RegionalType {
  if (provesNoNumber(mask, forms)) return text;
  const canBePoint = !has(forms, NumberForm.notPoint);
  const canBeComma = !has(forms, NumberForm.notComma) && !has(mask, pointed);
  const hasDot = has(forms, NumberForm.dot) || has(mask, Kind.dec3);
  const hasComma = has(forms, NumberForm.comma);
  const isOpen = canBePoint && canBeComma && (hasDot || hasComma);
  if (isOpen && settled.decimal === null) return doubtful('decimal');
  const decimal = isOpen ? (settled.decimal ?? '.') : canBePoint ? '.' : ',';
  const hasOther = decimal === '.' ? hasComma : hasDot;
  const blanks = count(forms, [NumberForm.space, NumberForm.noBreak, NumberForm.apostrophe]);
  const grouped = (hasOther ? 1 : 0) + blanks;
  if (grouped > 1) return text;
  if (grouped === 1 && (has(mask, Kind.ungrouped) || has(forms, NumberForm.ungrouped))) return text;
  const hasFraction = decimal === '.' ? has(forms, NumberForm.dot) || has(mask, pointed | Kind.dec3) : hasComma;
  // Digits in threes with blanks between them are as often a code.
  if (has(forms, NumberForm.space) && !hasFraction && settled.decimal === null) return text;
  const reading = { kind: 'number', decimal } as const;
  const isLong = has(forms, NumberForm.long) || has(mask, long);
  if (has(mask, Kind.minusZero))
    return !hasFraction || isLong ? text : { type: 'double precision', reading, doubt: null };
  if (!hasFraction) {
    const isBig = has(forms, NumberForm.big) || has(mask, Kind.intBig);
    return isBig ? text : { type: 'bigint', reading, doubt: null };
  }
  return { type: isLong ? 'numeric' : 'double precision', reading, doubt: null };
}

const separators = [TimeForm.dot, TimeForm.slash, TimeForm.dash, TimeForm.space];
const isoTimes = Kind.date | Kind.timestamp | Kind.timestamptz;
const allOrders = TimeForm.notDmy | TimeForm.notMdy | TimeForm.notYmd;

/** Whether no further value makes dates or times of a column with these kinds and forms. */
export function provesNoTime(mask: number, forms: number): boolean {
  const others = mask & ~Kind.regionalTime;
  if ((others & ~isoTimes) !== 0) return true;
  const isLikeIso = !has(forms, TimeForm.notYmd | TimeForm.named | TimeForm.shortYear | TimeForm.week | TimeForm.basic);
  if (others !== 0 && (!isLikeIso || has(forms, TimeForm.timeOnly | TimeForm.dot | TimeForm.slash | TimeForm.half))) {
    return true;
  }
  return (
    (forms & allOrders) === allOrders ||
    count(forms, separators) > 1 ||
    count(forms, [TimeForm.named, TimeForm.numeric, TimeForm.week, TimeForm.basic, TimeForm.timeOnly]) > 1 ||
    count(forms, [TimeForm.half, TimeForm.full]) > 1 ||
    (has(forms, TimeForm.zoned) && has(forms, TimeForm.clock | TimeForm.day))
  );
}

/**
 * The type of a column of dates and times as regions write them: one way of writing for all of them, and one order of
 * day, month and year that holds for all, or that the request says. Years of two digits need that always.
 */
export function resolveTimes(mask: number, forms: number, { dateOrder }: Settled): RegionalType {
  if (provesNoTime(mask, forms)) return text;
  if (has(forms, TimeForm.timeOnly)) return { type: 'time', reading: { kind: 'time', order: 'ymd' }, doubt: null };
  const orders = ordersOf(forms);
  const [first = 'dmy'] = orders;
  const isSaid = dateOrder !== null && orders.includes(dateOrder);
  if (has(forms, TimeForm.differs) && orders.length > 1 && !isSaid) return doubtful('order');
  if (has(forms, TimeForm.shortYear) && dateOrder === null) return doubtful('century');
  const reading = { kind: 'time', order: isSaid && dateOrder !== null ? dateOrder : first } as const;
  const isZoned = has(forms, TimeForm.zoned) || has(mask, Kind.timestamptz);
  const isPlain = has(forms, TimeForm.clock | TimeForm.day) || has(mask, Kind.timestamp | Kind.date);
  if (isZoned) return isPlain ? text : { type: 'timestamptz', reading, doubt: null };
  const hasClock = has(forms, TimeForm.clock) || has(mask, Kind.timestamp);
  return { type: hasClock ? 'timestamp' : 'date', reading, doubt: null };
}

/** Orders that these forms leave. */
export function ordersOf(forms: number): readonly DateOrder[] {
  const all: readonly (readonly [DateOrder, number])[] = [
    ['dmy', TimeForm.notDmy],
    ['mdy', TimeForm.notMdy],
    ['ymd', TimeForm.notYmd],
  ];
  return all.filter(([, bit]) => !has(forms, bit)).map(([order]) => order);
}

/** Whether two columns are read alike. */
export function isSameReading(a: ColumnReading | null, b: ColumnReading | null): boolean {
  if (a === null || b === null) return a === b;
  if (a.kind === 'number') return b.kind === 'number' && a.decimal === b.decimal;
  return b.kind === 'time' && a.order === b.order;
}
