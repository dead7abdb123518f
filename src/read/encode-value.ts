import type { ColumnType } from '../domain/schema.ts';
import { classifyBoolean, isUuid } from '../infer/classify.ts';
import type { TimeParts } from '../infer/parse-time.ts';
import { fits } from '../infer/resolve.ts';
import { isStorableJson } from '../infer/storable-json.ts';
import { Kind } from '../infer/value-kinds.ts';
import { encodeJsonb } from './encode-json.ts';
import { encodeBigint, encodeDeclaredDouble } from './encode-number.ts';
import { encodeNumeric } from './encode-numeric.ts';
import { encodeBytes } from './encode-text.ts';
import { encodeDate, encodeTime, putDays, putMicroseconds } from './encode-time.ts';
import { encodeUuid } from './encode-uuid.ts';
import type { OutBuffer } from './out-buffer.ts';

/** Bytes of the longest field of fixed size, and more. */
const FIXED_BYTES = 32;

/** Appends `bytes[start, end)` as a field of a type where it is in the words of that type; else false, and nothing. */
export function encodeAs(type: ColumnType, bytes: Buffer, start: number, end: number, out: OutBuffer): boolean {
  out.ensure(FIXED_BYTES);
  switch (type) {
    case 'bigint':
      return fits(encodeBigint(bytes, start, end, out), 'bigint');
    case 'double precision':
      return encodeDeclaredDouble(bytes, start, end, out) === Kind.double;
    case 'numeric':
      return fits(encodeNumeric(bytes, start, end, out, true), 'numeric');
    case 'boolean': {
      const isBoolean = classifyBoolean(bytes, start, end) !== Kind.text;
      if (isBoolean) putBoolean(end - start === 4, out);
      return isBoolean;
    }
    case 'date':
      return encodeDate(bytes, start, end, out) === Kind.date;
    case 'timestamp':
      return fits(encodeTime(bytes, start, end, out, Kind.timestamp | Kind.date), 'timestamp');
    case 'timestamptz':
      return encodeTime(bytes, start, end, out, Kind.timestamptz) === Kind.timestamptz;
    case 'time':
      return encodeTime(bytes, start, end, out, Kind.time) === Kind.time;
    case 'uuid':
      if (!isUuid(bytes, start, end)) return false;
      encodeUuid(bytes, start, out);
      return true;
    case 'jsonb':
      if (!isStorableJson(bytes, start, end)) return false;
      encodeJsonb(bytes, start, end, out);
      return true;
    case 'text':
    case 'bytea':
      encodeBytes(bytes, start, end, out);
      return true;
    default:
      return false;
  }
}

/** Appends a boolean field. Needs room for 5 bytes. */
export function putBoolean(value: boolean, out: OutBuffer): void {
  out.view.setInt32(out.length, 1);
  out.bytes[out.length + 4] = value ? 1 : 0;
  out.length += 5;
}

/** Appends a parsed date or time as a field of a type that has both its parts. Needs room for 12 bytes. */
export function putParts(type: ColumnType, parts: TimeParts, out: OutBuffer): void {
  if (type === 'date') putDays(parts.days, out);
  else putMicroseconds(parts.days * 86400 + parts.seconds, parts.micros, out);
}
