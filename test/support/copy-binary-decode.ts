import type { ColumnType, TableSchema } from '../../src/domain/schema.ts';

/** One decoded tuple: own columns, then the others, each as PostgreSQL would print it, null for NULL. */
export interface DecodedRow {
  readonly cartodbId: string;
  /** EWKB in hexadecimal. */
  readonly geometry: string | null;
  readonly webmercator: string | null;
  readonly values: readonly (string | null)[];
}

const dayMs = 86_400_000;
const epochMs = Date.UTC(2000, 0, 1);

/** A day of the calendar from 0001 to 9999, counted from 2000-01-01. */
const printDate = (days: number): string => new Date(epochMs + days * dayMs).toISOString().slice(0, 10);

function printClock(micros: bigint): string {
  const seconds = Number(micros / 1_000_000n);
  const two = (value: number): string => String(value).padStart(2, '0');
  const clock = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  const fraction = String(micros % 1_000_000n)
    .padStart(6, '0')
    .replace(/0+$/, '');
  return fraction === '' ? clock : `${clock}.${fraction}`;
}

function printTimestamp(micros: bigint): string {
  const dayMicros = 86_400_000_000n;
  const clock = ((micros % dayMicros) + dayMicros) % dayMicros;
  return `${printDate(Number((micros - clock) / dayMicros))} ${printClock(clock)}`;
}

/** PostgreSQL's float8out: the shortest digits that give the same double, with an exponent below 1e-4 and from 1e15. */
export function printDouble(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Object.is(value, -0)) return '-0';
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power < -4 || power >= 15) {
    return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
  }
  const digits = mantissa.replace('.', '').replace('-', '');
  const sign = value < 0 ? '-' : '';
  if (power < 0) return `${sign}0.${'0'.repeat(-power - 1)}${digits}`;
  const whole = digits.slice(0, power + 1).padEnd(power + 1, '0');
  const fraction = digits.slice(power + 1);
  return sign + whole + (fraction === '' ? '' : `.${fraction}`);
}

function printNumeric(field: Buffer): string {
  const count = field.readInt16BE(0);
  const weight = field.readInt16BE(2);
  const sign = field.readUInt16BE(4);
  const scale = field.readUInt16BE(6);
  const group = (power: number): string => {
    const index = weight - power;
    return String(index >= 0 && index < count ? field.readInt16BE(8 + index * 2) : 0).padStart(4, '0');
  };
  let whole = '';
  for (let power = Math.max(weight, 0); power >= 0; power--) whole += group(power);
  let fraction = '';
  for (let power = -1; fraction.length < scale; power--) fraction += group(power);
  const text = whole.replace(/^0+(?=\d)/, '') + (scale === 0 ? '' : `.${fraction.slice(0, scale)}`);
  return sign === 0x4000 ? `-${text}` : text;
}

function print(type: ColumnType, field: Buffer): string {
  switch (type) {
    case 'boolean':
      return field[0] === 1 ? 'true' : 'false';
    case 'bigint':
      return String(field.readBigInt64BE());
    case 'double precision':
      return printDouble(field.readDoubleBE());
    case 'numeric':
      return printNumeric(field);
    case 'date':
      return printDate(field.readInt32BE());
    case 'timestamp':
      return printTimestamp(field.readBigInt64BE());
    case 'timestamptz':
      return `${printTimestamp(field.readBigInt64BE())}+00`;
    case 'time':
      return printClock(field.readBigInt64BE());
    case 'uuid':
      return field.toString('hex').replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    case 'jsonb':
      if (field[0] !== 1) throw new Error('not version 1 of jsonb');
      return field.toString('utf8', 1);
    case 'bytea':
      return field.toString('hex');
    case 'text':
      return field.toString('utf8');
  }
}

/** Decodes whole tuples of COPY BINARY. Throws where they are not what the schema says. */
export function decodeTuples(schema: TableSchema, bytes: Buffer): readonly DecodedRow[] {
  const rows: DecodedRow[] = [];
  let at = 0;
  const field = (): Buffer | null => {
    const length = bytes.readInt32BE(at);
    at += 4 + Math.max(length, 0);
    return length < 0 ? null : bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const count = bytes.readInt16BE(at);
    at += 2;
    if (count !== schema.columns.length + 3) throw new Error(`tuple of ${count} fields`);
    const id = field();
    if (id?.length !== 8) throw new Error('cartodb_id is not an int8');
    const geometry = field()?.toString('hex') ?? null;
    const webmercator = field()?.toString('hex') ?? null;
    const values = schema.columns.map(({ type }) => {
      const value = field();
      return value === null ? null : print(type, value);
    });
    rows.push({ cartodbId: String(id.readBigInt64BE()), geometry, webmercator, values });
  }
  if (at !== bytes.length) throw new Error('bytes behind the last tuple');
  return rows;
}
