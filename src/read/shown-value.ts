/** Values of COPY BINARY fields in the words of PostgreSQL. */
import type { ColumnType } from '../domain/schema.ts';

/** Milliseconds from 1970-01-01 to 2000-01-01, PostgreSQL's day zero. */
const EPOCH_MS = 946_684_800_000;
const DAY_MS = 86_400_000;
const MICROS = 1_000_000n;

/** A number as float8out writes it: with an exponent from 1e15 on and below 1e-4. */
export function shownDouble(value: number): string {
  if (!Number.isFinite(value) || value === 0) return Object.is(value, -0) ? '-0' : String(value);
  const [digits = '', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 15) return power < 0 ? value.toFixed(fractionOf(digits) - power) : String(value);
  return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

const fractionOf = (digits: string): number => digits.replace('-', '').replace('.', '').length - 1;

/** A date, of which the field has days since 2000-01-01. */
export const shownDate = (days: number): string => new Date(EPOCH_MS + days * DAY_MS).toISOString().slice(0, 10);

/** A timestamp, timestamptz or time, of which the field has microseconds. */
export function shownTime(micros: bigint, type: ColumnType): string {
  const seconds = micros / MICROS - (micros % MICROS < 0n ? 1n : 0n);
  const fraction = String(micros - seconds * MICROS)
    .padStart(6, '0')
    .replace(/0+$/, '');
  const iso = new Date(Number(seconds) * 1000 + EPOCH_MS).toISOString();
  const clock = iso.slice(11, 19) + (fraction === '' ? '' : `.${fraction}`);
  if (type === 'time') return clock;
  return `${iso.slice(0, 10)} ${clock}${type === 'timestamptz' ? '+00' : ''}`;
}

/** A text, or the canonical form of a UUID. */
export function shownBytes(bytes: Buffer, type: ColumnType): string {
  if (type !== 'uuid') return bytes.toString();
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** A numeric, whose field at `at` has groups of four digits (see encode-numeric.ts). */
export function shownNumeric(view: DataView, at: number): string {
  const count = view.getInt16(at);
  const weight = view.getInt16(at + 2);
  const scale = view.getUint16(at + 6);
  const group = (power: number): string => {
    const index = weight - power;
    return String(index >= 0 && index < count ? view.getInt16(at + 8 + index * 2) : 0).padStart(4, '0');
  };
  let whole = '';
  for (let power = Math.max(weight, 0); power >= 0; power--) whole += group(power);
  let fraction = '';
  for (let power = -1; fraction.length < scale; power--) fraction += group(power);
  const sign = view.getUint16(at + 4) === 0x4000 ? '-' : '';
  return `${sign}${whole.replace(/^0+(?=\d)/, '')}${scale > 0 ? `.${fraction.slice(0, scale)}` : ''}`;
}
