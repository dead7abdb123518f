import type { ColumnType } from '../../domain/schema.ts';

/** A column as the protocol describes it. */
export interface MysqlColumn {
  readonly name: string;
  /** Type of the protocol (`enum_field_types`). */
  readonly type: number;
  /** 63: bytes. */
  readonly charset: number;
  /** In characters or bits. */
  readonly length: number;
  /** `DATA_TYPE` of information_schema, which knows types that the protocol calls text; null for queries. */
  readonly dataType: string | null;
}

/** How a column is handed on. */
export const MysqlUse = {
  text: 1,
  json: 2,
  binary: 3,
  geometry: 4,
  bits: 5,
  date: 6,
  instant: 7,
  float: 8,
  packedFloat: 9,
  packedDouble: 10,
} as const;
export type MysqlUse = (typeof MysqlUse)[keyof typeof MysqlUse];

export interface MysqlPlan {
  readonly use: MysqlUse;
  readonly type: ColumnType | null;
}

/** Types of the protocol, by the numbers of the server's `field_types.h`. */
const Wire = {
  decimal: 0,
  tiny: 1,
  short: 2,
  long: 3,
  float: 4,
  double: 5,
  timestamp: 7,
  longlong: 8,
  int24: 9,
  date: 10,
  time: 11,
  datetime: 12,
  year: 13,
  bit: 16,
  vector: 242,
  json: 245,
  newDecimal: 246,
  enum: 247,
  set: 248,
  geometry: 255,
} as const;

const numbers: ReadonlyMap<number, ColumnType> = new Map([
  [Wire.decimal, 'numeric'],
  [Wire.newDecimal, 'numeric'],
  [Wire.tiny, 'bigint'],
  [Wire.short, 'bigint'],
  [Wire.int24, 'bigint'],
  [Wire.long, 'bigint'],
  [Wire.longlong, 'bigint'],
  [Wire.year, 'bigint'],
  [Wire.double, 'double precision'],
  [Wire.time, 'time'],
]);

const BINARY_CHARSET = 63;

/** Whether the values of a column of a table are doubles, or floats, which a point holds as they are. */
export const isPackable = ({ type, dataType }: MysqlColumn): boolean =>
  (type === Wire.double && dataType === 'double') || (type === Wire.float && dataType === 'float');

/** The number in the point that a statement packed it into, as `packed` of mysql-query.ts does. Bytes as `[start, end)`. */
export const unpacked = (bytes: Buffer, start: number, end: number): number =>
  end - start === PACKED_BYTES ? bytes.readDoubleLE(start + PACKED_AT) : Number.NaN;

/** A point: its SRID, the order of its bytes, its type, and two doubles, of which the first is the number. */
const PACKED_BYTES = 25;
const PACKED_AT = 9;

/** How values of a column are read. A double or a float of a table that comes as a geometry was packed into a point. */
export function planMysqlColumn({ type, charset, length, dataType }: MysqlColumn): MysqlPlan {
  if (type === Wire.geometry && dataType === 'double') return { use: MysqlUse.packedDouble, type: 'double precision' };
  if (type === Wire.geometry && dataType === 'float') return { use: MysqlUse.packedFloat, type: 'double precision' };
  if (dataType === 'json' || type === Wire.json) return { use: MysqlUse.json, type: 'jsonb' };
  if (dataType === 'uuid') return { use: MysqlUse.text, type: 'uuid' };
  if (dataType === 'float') return { use: MysqlUse.float, type: 'double precision' };
  const number = numbers.get(type);
  if (number !== undefined) return { use: MysqlUse.text, type: number };
  switch (type) {
    case Wire.float:
      return { use: MysqlUse.float, type: 'double precision' };
    case Wire.date:
      return { use: MysqlUse.date, type: 'date' };
    case Wire.datetime:
      return { use: MysqlUse.date, type: 'timestamp' };
    case Wire.timestamp:
      return { use: MysqlUse.instant, type: 'timestamptz' };
    case Wire.bit:
      return { use: MysqlUse.bits, type: length === 1 ? 'boolean' : 'text' };
    case Wire.geometry:
      return { use: MysqlUse.geometry, type: null };
    default:
      return charset === BINARY_CHARSET && !isText(dataType)
        ? { use: MysqlUse.binary, type: 'bytea' }
        : { use: MysqlUse.text, type: 'text' };
  }
}

const isText = (dataType: string | null): boolean =>
  dataType !== null && /^(enum|set|inet[46]|(var)?char|(tiny|medium|long)?text)$/.test(dataType);

/** Length of the SRID before a geometry. */
export const SRID_BYTES = 4;

/** (E)WKB of MySQL's own form: an SRID of 32 bits, little-endian, then WKB. */
export function ewkbOf(value: Buffer): Buffer {
  const srid = value.readUInt32LE(0);
  const wkb = value.subarray(4);
  if (srid === 0 || wkb[0] !== 1) return wkb;
  const ewkb = Buffer.allocUnsafe(wkb.length + 4);
  ewkb[0] = 1;
  ewkb.writeUInt32LE(wkb.readUInt32LE(1) | 0x20000000, 1);
  ewkb.writeUInt32LE(srid, 5);
  wkb.copy(ewkb, 9, 5);
  return ewkb;
}
