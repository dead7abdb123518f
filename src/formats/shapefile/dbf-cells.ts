// hot path: bench/load.bench.ts
import type { DbfField } from './dbf-table.ts';
import { declaredType } from './dbf-table.ts';
import { blockNumber, type MemoFile } from './memo-file.ts';
import type { RecordBuffer } from './record-buffer.ts';
import type { AppendText } from './text.ts';

/** Appends the value of a cell that begins at `at` in `source`, in the words of its type. False: NULL. */
export type AppendCell = (source: Buffer, at: number, target: RecordBuffer) => boolean;

const SPACE = 32;
const ASTERISK = 42;
const ZERO = 48;
const POINT = 46;

/** How the cells of a field are appended; those of type M are in `memos`. */
export function createAppendCell(field: DbfField, appendText: AppendText, memos: MemoFile | null): AppendCell {
  const { width } = field;
  if (width === 0) return () => false;
  const text: AppendCell = (source, at, target) => {
    const end = endOfText(source, at, at + width);
    if (end > at) appendText(source, at, end, target);
    return end > at;
  };
  switch (field.type) {
    case 'N':
    case 'F':
      return (source, at, target) => appendNumber(source, at, at + width, target, text);
    case 'D':
      return (source, at, target) => appendDate(source, at, width, target, text);
    case 'L':
      return (source, at, target) => appendBoolean(source, at, target, text);
    case 'M':
      return (source, at, target) => {
        const memo = memos?.read(blockNumber(source, at, width)) ?? null;
        const end = memo === null ? 0 : endOfText(memo, 0, memo.length);
        if (memo !== null && end > 0) appendText(memo, 0, end, target);
        return end > 0;
      };
    default:
      return declaredType(field) === 'text' ? text : binary(field.type);
  }
}

/** Text ends before its first NUL and before the spaces that fill the field. */
function endOfText(source: Buffer, start: number, end: number): number {
  let last = endBeforeSpaces(source, start, end);
  for (let i = start; i < last; i++) if (source[i] === 0) last = endBeforeSpaces(source, start, i);
  return last;
}

function endBeforeSpaces(source: Buffer, start: number, end: number): number {
  let last = end;
  while (last > start && source[last - 1] === SPACE) last--;
  return last;
}

/**
 * Digits without what only fills the field: spaces, zeros in front, zeros behind the decimals. Asterisks are what
 * dBASE writes for no value or one too wide.
 */
function appendNumber(source: Buffer, from: number, to: number, target: RecordBuffer, text: AppendCell): boolean {
  let start = from;
  let end = to;
  while (start < end && (source[start] === SPACE || source[start] === 0)) start++;
  while (end > start && (source[end - 1] === SPACE || source[end - 1] === 0)) end--;
  if (start === end || source[start] === ASTERISK) return false;
  const sign = source[start]!;
  if (sign === 43 || sign === 45) start++;
  let point = -1;
  for (let i = start; i < end; i++) {
    const byte = source[i]!;
    if (byte === POINT && point < 0) point = i;
    else if (byte < ZERO || byte > 57)
      return isExponent(source, i, end) ? plain(source, from, to, target) : text(source, from, target);
  }
  if (start === end || (point === start && end === start + 1)) return text(source, from, target);
  const whole = point < 0 ? end : point;
  while (start < whole - 1 && source[start] === ZERO) start++;
  if (point >= 0) while (end > point + 2 && source[end - 1] === ZERO) end--;
  if (point >= 0 && end === point + 1) end = point;
  target.ensure(end - start + 2);
  const isZero = isAllZeros(source, start, end);
  const { bytes } = target;
  let length = target.length;
  if (sign === 45 && !isZero) bytes[length++] = 45;
  if (point === start) bytes[length++] = ZERO;
  for (let i = start; i < end; i++) bytes[length++] = source[i]!;
  target.length = length;
  return true;
}

const isExponent = (source: Buffer, at: number, end: number): boolean =>
  /^[eE][+-]?\d{1,3}$/.test(source.toString('latin1', at, end));

function plain(source: Buffer, from: number, to: number, target: RecordBuffer): boolean {
  target.ascii(source.toString('latin1', from, to).replace(/\0/g, '').trim().replace(/^\+/, ''));
  return true;
}

function isAllZeros(source: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (source[i] !== ZERO && source[i] !== POINT) return false;
  return true;
}

/** `YYYYMMDD` as an ISO date; blank and zeros are no value; anything else as it stands. */
function appendDate(source: Buffer, at: number, width: number, target: RecordBuffer, text: AppendCell): boolean {
  let digits = 0;
  let zeros = 0;
  let blanks = 0;
  for (let i = at; i < at + width; i++) {
    const byte = source[i]!;
    if (byte >= ZERO && byte <= 57) digits++;
    if (byte === ZERO) zeros++;
    if (byte === SPACE || byte === 0) blanks++;
  }
  if (zeros + blanks === width) return false;
  if (width !== 8 || digits !== 8) return text(source, at, target);
  target.ensure(10);
  for (let i = 0; i < 8; i++) {
    if (i === 4 || i === 6) target.bytes[target.length++] = 45;
    target.bytes[target.length++] = source[at + i]!;
  }
  return true;
}

function appendBoolean(source: Buffer, at: number, target: RecordBuffer, text: AppendCell): boolean {
  switch (source[at]! | 32) {
    case 116: // t
    case 121: // y
      target.ascii('true');
      return true;
    case 102: // f
    case 110: // n
      target.ascii('false');
      return true;
    case 32: // blank, NUL
    case 63: // ?
      return false;
    default:
      return text(source, at, target);
  }
}

/** Days between the beginning of the Julian calendar's count and 1970. */
const JULIAN_DAY_OF_1970 = 2440588;
const MS_PER_DAY = 86_400_000;

function binary(type: string): AppendCell {
  switch (type) {
    case 'I':
    case '+':
      return (source, at, target) => {
        target.ascii(String(source.readInt32LE(at)));
        return true;
      };
    case 'B':
    case 'O':
      return (source, at, target) => {
        const value = source.readDoubleLE(at);
        if (Number.isFinite(value)) target.ascii(String(value));
        return Number.isFinite(value);
      };
    case 'Y':
      return (source, at, target) => {
        const value = source.readBigInt64LE(at);
        const digits = String(value < 0n ? -value : value).padStart(5, '0');
        target.ascii(`${value < 0n ? '-' : ''}${digits.slice(0, -4)}.${digits.slice(-4)}`);
        return true;
      };
    default:
      return (source, at, target) => {
        const day = source.readInt32LE(at);
        const ms = source.readInt32LE(at + 4);
        if (day === 0 && ms === 0) return false;
        const date = new Date((day - JULIAN_DAY_OF_1970) * MS_PER_DAY + ms);
        // What is no date is told as its number, which makes the column text.
        target.ascii(Number.isNaN(date.getTime()) ? `${day}:${ms}` : date.toISOString().slice(0, -1));
        return true;
      };
  }
}
