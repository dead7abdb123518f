import { OutBuffer } from '../../src/read/out-buffer.ts';
import { type GeometryEncoder, GeometryOutcome } from '../../src/read/wkb.ts';

/** A geometry as EWKB says it: nested coordinates, without any judgement. */
export interface DecodedGeometry {
  readonly type: number;
  readonly srid: number | null;
  readonly hasZ: boolean;
  readonly hasM: boolean;
  /** A vertex, vertices, or rings; parts for types 4 to 7. */
  readonly content: readonly unknown[];
}

/** Decodes little-endian EWKB and throws where bytes are left over. */
export function decodeEwkb(bytes: Buffer): DecodedGeometry {
  let at = 0;
  const integer = (): number => {
    at += 4;
    return bytes.readUInt32LE(at - 4);
  };
  const many = <T>(count: number, one: () => T): T[] => Array.from({ length: count }, one);
  const geometry = (): DecodedGeometry => {
    if (bytes[at++] !== 1) throw new Error('not little-endian');
    const written = integer();
    const srid = (written & 0x20000000) !== 0 ? integer() : null;
    const hasZ = (written & 0x80000000) !== 0;
    const hasM = (written & 0x40000000) !== 0;
    const type = written & 0x1fffffff;
    const vertex = (): number[] =>
      many(2 + Number(hasZ) + Number(hasM), () => {
        at += 8;
        return bytes.readDoubleLE(at - 8);
      });
    const vertices = (): number[][] => many(integer(), vertex);
    if (type === 1) return { type, srid, hasZ, hasM, content: vertex() };
    if (type === 2) return { type, srid, hasZ, hasM, content: vertices() };
    if (type === 3) return { type, srid, hasZ, hasM, content: many(integer(), vertices) };
    return { type, srid, hasZ, hasM, content: many(integer(), geometry) };
  };
  const decoded = geometry();
  if (at !== bytes.length) throw new Error(`${bytes.length - at} bytes left over`);
  return decoded;
}

/** How a geometry is written for tests: byte order, and ISO's thousands or PostGIS's flags. */
export interface WkbStyle {
  readonly isLittle: boolean;
  readonly isIso: boolean;
}

/** Encodes what `decodeEwkb` returns, however wrong it is. */
export function encodeWkb(geometry: DecodedGeometry, style: WkbStyle = { isLittle: true, isIso: false }): Buffer {
  const parts: Buffer[] = [];
  const integer = (value: number): void => {
    const bytes = Buffer.alloc(4);
    if (style.isLittle) bytes.writeUInt32LE(value);
    else bytes.writeUInt32BE(value);
    parts.push(bytes);
  };
  const vertex = (numbers: unknown): void => {
    for (const number of listOf(numbers)) {
      const bytes = Buffer.alloc(8);
      if (style.isLittle) bytes.writeDoubleLE(Number(number));
      else bytes.writeDoubleBE(Number(number));
      parts.push(bytes);
    }
  };
  const vertices = (list: unknown): void => {
    integer(listOf(list).length);
    for (const one of listOf(list)) vertex(one);
  };
  const write = (one: DecodedGeometry): void => {
    parts.push(Buffer.from([style.isLittle ? 1 : 0]));
    const dimension = style.isIso
      ? 1000 * (Number(one.hasZ) + 2 * Number(one.hasM))
      : (one.hasZ ? 0x80000000 : 0) + (one.hasM ? 0x40000000 : 0);
    integer(one.type + dimension + (one.srid === null ? 0 : 0x20000000));
    if (one.srid !== null) integer(one.srid);
    if (one.type === 1) {
      vertex(one.content);
      return;
    }
    integer(one.content.length);
    for (const part of one.content) {
      if (one.type === 2) vertex(part);
      else if (one.type === 3) vertices(part);
      else if (isGeometry(part)) write(part);
    }
  };
  write(geometry);
  return Buffer.concat(parts);
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const isGeometry = (value: unknown): value is DecodedGeometry =>
  typeof value === 'object' && value !== null && 'type' in value && 'content' in value;

/** A geometry of two ordinates. */
export const flat = (type: number, content: readonly unknown[], srid: number | null = null): DecodedGeometry => ({
  type,
  srid,
  hasZ: false,
  hasM: false,
  content,
});

/** What an encoder made of one value: the outcome and the two fields, null for NULL. */
export interface EncodedGeometry {
  readonly outcome: GeometryOutcome;
  readonly geometry: Buffer | null;
  readonly webmercator: Buffer | null;
}

/** Calls an encoder behind other bytes, checks that exactly two fields were appended, and cuts them out. */
export function encodeOne(encode: (out: OutBuffer) => GeometryOutcome): EncodedGeometry {
  const out = new OutBuffer(16);
  out.ensure(3);
  out.length = 3;
  const outcome = encode(out);
  let at = 3;
  const field = (): Buffer | null => {
    const length = out.view.getInt32(at);
    at += 4 + Math.max(length, 0);
    return length < 0 ? null : Buffer.from(out.bytes.subarray(at - length, at));
  };
  const geometry = field();
  const webmercator = field();
  if (at !== out.length) throw new Error(`${out.length - at} bytes behind the two fields`);
  if (outcome !== GeometryOutcome.ok && (geometry !== null || webmercator !== null)) throw new Error('not NULL');
  return { outcome, geometry, webmercator };
}

/** Encodes a text value. */
export const encodeText = (encoder: GeometryEncoder, text: string): EncodedGeometry =>
  encodeOne((out) => encoder.text(Buffer.from(text), 0, Buffer.byteLength(text), out));
