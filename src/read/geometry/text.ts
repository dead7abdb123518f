import { crsObjectSrid } from '../../domain/crs.ts';
import { EwkbFlag } from './ewkb.ts';

/** Notations of a geometry in a text column, told apart by their first bytes. */
export const GeometryText = { none: 0, wkt: 1, hex: 2, geojson: 3, unknown: 4 } as const;
export type GeometryText = (typeof GeometryText)[keyof typeof GeometryText];

/** The notation of one value; `none` for an empty or blank one. Whether it parses is another question. */
export function geometryText(bytes: Uint8Array, start: number, end: number): GeometryText {
  const at = skipBlank(bytes, start, end);
  if (at === end) return GeometryText.none;
  const byte = bytes[at]!;
  if (byte === 123) return GeometryText.geojson;
  if (byte === 48) return GeometryText.hex;
  const letter = byte | 32;
  return letter >= 97 && letter <= 122 ? GeometryText.wkt : GeometryText.unknown;
}

/** The bytes that hexadecimal text stands for; empty where it is not hexadecimal throughout. */
export function decodeHex(bytes: Uint8Array, start: number, end: number): Buffer {
  const at = skipBlank(bytes, start, end);
  let last = end;
  while (last > at && isBlank(bytes[last - 1]!)) last--;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + at, last - at).toString('latin1');
  const decoded = Buffer.from(text, 'hex');
  return decoded.length * 2 === text.length ? decoded : Buffer.from([0xff]);
}

/**
 * The SRID that a text value names itself (EWKT, hexadecimal EWKB, a GeoJSON `crs`), or null. It looks at the head of
 * the value only, so it is cheap, and says nothing about whether the rest is a geometry.
 */
export function sridOf(bytes: Uint8Array, start: number, end: number): number | null {
  const at = skipBlank(bytes, start, end);
  const head = (length: number): string =>
    Buffer.from(bytes.buffer, bytes.byteOffset + at, Math.min(length, end - at)).toString('latin1');
  switch (geometryText(bytes, start, end)) {
    case GeometryText.wkt: {
      const match = /^SRID\s*=\s*(\d{1,6})\s*;/i.exec(head(24));
      return match === null || Number(match[1]) === 0 ? null : Number(match[1]);
    }
    case GeometryText.hex: {
      const binary = Buffer.from(head(18), 'hex');
      if (binary.length < 9 || binary[0]! > 1) return null;
      const type = binary[0] === 1 ? binary.readUInt32LE(1) : binary.readUInt32BE(1);
      const srid = binary[0] === 1 ? binary.readInt32LE(5) : binary.readInt32BE(5);
      return (type & EwkbFlag.srid) !== 0 && srid > 0 ? srid : null;
    }
    case GeometryText.geojson: {
      const match = /"crs"\s*:\s*(\{[^{}]*(?:\{[^{}]*\}[^{}]*)?\})/.exec(head(4096));
      const srid = match === null ? 0 : crsObjectSrid(match[1]!);
      return srid > 0 ? srid : null;
    }
    default:
      return null;
  }
}

const isBlank = (byte: number): boolean => byte === 32 || (byte >= 9 && byte <= 13);

function skipBlank(bytes: Uint8Array, start: number, end: number): number {
  let i = start;
  while (i < end && isBlank(bytes[i]!)) i++;
  return i;
}
