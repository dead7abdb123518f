import { CellKind, type CellRecord } from '../domain/layer.ts';
import type { ColumnType } from '../domain/schema.ts';
import { askedWords } from '../infer/asked-value.ts';
import type { ColumnPlan } from '../infer/column-plan.ts';
import { type DatePattern, datePattern } from '../infer/date-pattern.ts';
import { TimeForm } from '../infer/forms.ts';
import { parseTime, type TimeParts, timeParts } from '../infer/parse-time.ts';
import { readRegionalTime, regionalDays, regionalParts, regionalTime } from '../infer/regional-time.ts';
import { ordersOf } from '../infer/resolve-regional.ts';
import { Kind } from '../infer/value-kinds.ts';
import { encodeText } from './encode-text.ts';
import { encodeAs, putParts } from './encode-value.ts';
import { OutBuffer } from './out-buffer.ts';

/** Appends a cell as a field of the type that was asked for; false, and nothing, where it is no such value. */
export type EncodeAsked = (record: CellRecord, cell: number, out: OutBuffer) => boolean;

const unescaped = new OutBuffer(4096);

/** The text of a cell, with what its kind escapes undone. */
export function cellText(record: CellRecord, cell: number): string {
  unescaped.length = 0;
  unescaped.ensure(4 + record.ends[cell]! - record.starts[cell]!);
  encodeText(record, cell, unescaped);
  return unescaped.bytes.toString('utf8', 4, unescaped.length);
}

const parts = timeParts();
const time = regionalTime();

/** The encoder for a column whose type the request says. */
export function askedEncoder(plan: ColumnPlan): EncodeAsked {
  const { type } = plan;
  const pattern = plan.dateFormat === null ? null : datePattern(plan.dateFormat);
  if (pattern !== null) return (record, cell, out) => encodePattern(pattern, type, cellText(record, cell), out);
  if (type === 'date' || type === 'timestamp' || type === 'timestamptz' || type === 'time') {
    return (record, cell, out) => encodeAskedTime(plan, Buffer.from(cellText(record, cell).trim()), out);
  }
  const decimal = plan.reading?.kind === 'number' ? plan.reading.decimal : null;
  return (record, cell, out) => {
    // The point of a JSON number groups nothing.
    const isJson = record.kinds[cell] === CellKind.jsonScalar;
    const words = askedWords(cellText(record, cell), type, isJson ? '.' : decimal);
    if (words === null) return false;
    const bytes = Buffer.from(words);
    return encodeAs(type, bytes, 0, bytes.length, out);
  };
}

function encodePattern(pattern: DatePattern, type: ColumnType, text: string, out: OutBuffer): boolean {
  return pattern.read(text.trim(), parts) && put(pattern.type, type, out);
}

/** The kind of an ISO value as a type. */
const typeOfKind = new Map<number, ColumnType>([
  [Kind.date, 'date'],
  [Kind.timestamp, 'timestamp'],
  [Kind.timestamptz, 'timestamptz'],
  [Kind.time, 'time'],
]);

function encodeAskedTime(plan: ColumnPlan, bytes: Buffer, out: OutBuffer): boolean {
  const iso = typeOfKind.get(parseTime(bytes, 0, bytes.length, parts));
  if (iso !== undefined) return put(iso, plan.type, out);
  const found = readRegionalTime(bytes, 0, bytes.length, time) ? partsOf(plan, parts) : null;
  return found !== null && put(found, plan.type, out);
}

/** Fills the parts of the time that was read, if the column's order or its own numbers say which is what. */
function partsOf({ reading }: ColumnPlan, into: TimeParts): ColumnType | null {
  const { form } = time;
  if ((form & TimeForm.timeOnly) === 0) {
    const isOne = (form & TimeForm.differs) === 0;
    const own = ordersOf(form);
    const said = reading?.kind === 'time' && own.includes(reading.order) ? reading.order : null;
    // A year that stands first leaves no other order, whatever is said of the others.
    const isOwn = isOne && (reading === null || own[0] === 'ymd');
    const order = said ?? (isOwn ? own[0] : undefined);
    if (order === undefined || Number.isNaN(regionalDays(time, order))) return null;
    regionalParts(time, order, into);
  } else regionalParts(time, 'ymd', into);
  if ((form & TimeForm.timeOnly) !== 0) return 'time';
  if ((form & TimeForm.zoned) !== 0) return 'timestamptz';
  return (form & TimeForm.day) !== 0 ? 'date' : 'timestamp';
}

/** Appends `parts`, which are of one type, as another where that loses nothing; times without a zone are of UTC. */
function put(from: ColumnType, to: ColumnType, out: OutBuffer): boolean {
  const isMidnight = parts.seconds === 0 && parts.micros === 0;
  const fits =
    from === to ||
    (to === 'timestamp' && from === 'date') ||
    (to === 'timestamptz' && (from === 'date' || from === 'timestamp')) ||
    (to === 'date' && from === 'timestamp' && isMidnight);
  if (!fits) return false;
  out.ensure(16);
  putParts(to, parts, out);
  return true;
}
