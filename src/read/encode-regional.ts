import type { ColumnType } from '../domain/schema.ts';
import { parseTime, timeParts } from '../infer/parse-time.ts';
import { plainNumber } from '../infer/regional-number.ts';
import { readRegionalTime, regionalParts, regionalTime } from '../infer/regional-time.ts';
import type { ColumnReading } from '../infer/resolve-regional.ts';
import { Kind } from '../infer/value-kinds.ts';
import { encodeAs, putParts } from './encode-value.ts';
import type { OutBuffer } from './out-buffer.ts';

let plain = Buffer.alloc(64);
const time = regionalTime();
const parts = timeParts();

/**
 * Appends a value of a region as a field of the column's type, read as the column is. Its kind and forms are known to
 * fit the column. False where it is no such value after all, and nothing is appended.
 */
export function encodeRegional(
  type: ColumnType,
  reading: ColumnReading,
  bytes: Buffer,
  start: number,
  end: number,
  out: OutBuffer,
): boolean {
  out.ensure(32);
  if (reading.kind === 'number') {
    if (plain.length < end - start) plain = Buffer.alloc((end - start) * 2);
    return encodeAs(type, plain, 0, plainNumber(bytes, start, end, reading.decimal, plain), out);
  }
  // A column of dates such as 2021-3-4 may hold ISO ones too.
  if (parseTime(bytes, start, end, parts) === Kind.text) {
    if (!readRegionalTime(bytes, start, end, time)) return false;
    regionalParts(time, reading.order, parts);
    if (Number.isNaN(parts.days)) return false;
  }
  putParts(type, parts, out);
  return true;
}
