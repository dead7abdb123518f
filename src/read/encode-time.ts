// hot path: measured by npm run bench
import { parseTime, timeParts } from '../infer/parse-time.ts';
import { Kind } from '../infer/value-kinds.ts';
import type { OutBuffer } from './out-buffer.ts';

const TWO_32 = 4294967296;

const parts = timeParts();

/** Appends an int8 field of `seconds` and `micros` in microseconds: beyond 2^53 from 1714 on, so in two halves. */
export function putMicroseconds(seconds: number, micros: number, out: OutBuffer): void {
  const high = Math.floor(seconds / 1048576);
  const low = seconds - high * 1048576;
  // high * 2^20 * 10^6 = (high * 15625) * 2^26, so its upper half is a 64th of the product.
  const product = high * 15625;
  const upper = Math.floor(product / 64);
  const rest = (product - upper * 64) * 67108864 + low * 1000000 + micros;
  const carry = Math.floor(rest / TWO_32);
  const { view } = out;
  const at = out.length;
  view.setInt32(at, 8);
  view.setInt32(at + 4, upper + carry);
  view.setUint32(at + 8, rest - carry * TWO_32);
  out.length = at + 12;
}

/** Appends a date field. Needs room for 8 bytes. */
export function putDays(days: number, out: OutBuffer): void {
  out.view.setInt32(out.length, 4);
  out.view.setInt32(out.length + 4, days);
  out.length += 8;
}

/** Appends a date field (days since 2000-01-01) if the text is one; returns its kind. Needs room for 8 bytes. */
export function encodeDate(bytes: Buffer, start: number, end: number, out: OutBuffer): number {
  const kind = parseTime(bytes, start, end, parts);
  if (kind === Kind.date) putDays(parts.days, out);
  return kind;
}

/**
 * Appends a timestamp, timestamptz or time field if the text is of one of the kinds in `accepted` (a date is the
 * midnight it begins with); returns its kind. Needs room for 12 bytes.
 */
export function encodeTime(bytes: Buffer, start: number, end: number, out: OutBuffer, accepted: number): number {
  const kind = parseTime(bytes, start, end, parts);
  if ((kind & accepted) !== 0) putMicroseconds(parts.days * 86400 + parts.seconds, parts.micros, out);
  return kind;
}
