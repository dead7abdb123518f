// hot path: bench/load.bench.ts
import type { SchemaElement } from 'hyparquet';
import { parseFloat16 } from 'hyparquet/src/convert.js';
import type { RecordWriter } from '../record-writer.ts';
import { type Meaning, meaningOf } from './schema.ts';

/** Writes a value as it is stored (number, bigint, boolean, bytes) as a cell; false where text is not UTF-8. */
export type WriteValue = (writer: RecordWriter, at: number, value: unknown) => boolean;

const NANOS_OF_SECOND = 1_000_000_000n;

const toBigInt = (value: unknown): bigint =>
  typeof value === 'bigint' ? value : typeof value === 'number' ? BigInt(value) : bigEndian(toBytes(value));

function toBytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new Error('a value is not of the type that the schema says');
}

/** A two's complement number. */
function bigEndian(bytes: Uint8Array): bigint {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
  return hex === '' ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${hex}`));
}

/** A decimal in its own digits. */
export function decimalText(value: unknown, scale: number): string {
  const unscaled = toBigInt(value);
  if (scale <= 0) return String(unscaled * 10n ** BigInt(Math.min(-scale, 1000)));
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function uuidText(bytes: Uint8Array): string {
  const hex = hexText(bytes);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

export const hexText = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');

function writeTime(writer: RecordWriter, at: number, value: unknown, meaning: Meaning & object): void {
  const nanos = toBigInt(value) * (NANOS_OF_SECOND / meaning.perSecond);
  if (meaning.kind === 'time') {
    writer.time(at, Number(nanos) / 1000);
    return;
  }
  const fraction = ((nanos % NANOS_OF_SECOND) + NANOS_OF_SECOND) % NANOS_OF_SECOND;
  const seconds = Number((nanos - fraction) / NANOS_OF_SECOND);
  writer.timestamp(at, seconds, Number(fraction) / 1000, meaning.isUtc ? 'Z' : '');
}

/** How the values of a leaf are written. */
export function valueWriter(element: SchemaElement): WriteValue {
  const meaning = meaningOf(element);
  const always =
    (write: (writer: RecordWriter, at: number, value: unknown) => void): WriteValue =>
    (writer, at, value) => {
      write(writer, at, value);
      return true;
    };
  if (typeof meaning === 'object') return always((writer, at, value) => writeTime(writer, at, value, meaning));
  switch (meaning) {
    case 'text':
      return (writer, at, value) => {
        const bytes = toBytes(value);
        return writer.utf8(at, bytes, 0, bytes.length);
      };
    case 'json':
      return always((writer, at, value) => {
        const bytes = toBytes(value);
        writer.json(at, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());
      });
    case 'decimal':
      return always((writer, at, value) => writer.text(at, decimalText(value, element.scale ?? 0)));
    case 'date':
      return always((writer, at, value) => writer.date(at, Number(value)));
    case 'unsigned':
      return always((writer, at, value) =>
        writer.bigint(at, BigInt.asUintN(element.type === 'INT64' ? 64 : 32, toBigInt(value))),
      );
    case 'uuid':
      return always((writer, at, value) => writer.text(at, uuidText(toBytes(value))));
    case 'float16':
      return always((writer, at, value) => writer.number(at, parseFloat16(toBytes(value)) ?? Number.NaN));
    case 'geometry':
      return always((writer, at, value) => writer.text(at, hexText(toBytes(value))));
    case 'plain':
      return always(writePlain);
  }
}

function writePlain(writer: RecordWriter, at: number, value: unknown): void {
  if (typeof value === 'number') writer.number(at, value);
  else if (typeof value === 'bigint') writer.bigint(at, value);
  else if (typeof value === 'boolean') writer.boolean(at, value);
  else writer.binary(at, toBytes(value));
}
