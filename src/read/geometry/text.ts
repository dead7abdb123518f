/** Notations of a geometry in a text column, told apart by their first bytes. */
export const GeometryText = { none: 0, wkt: 1, hex: 2, geojson: 3, kml: 4, unknown: 5 } as const;
export type GeometryText = (typeof GeometryText)[keyof typeof GeometryText];

/** The notation of one value; `none` for an empty or blank one. Whether it parses is another question. */
export function geometryText(bytes: Uint8Array, start: number, end: number): GeometryText {
  const at = skipBlank(bytes, start, end);
  if (at === end) return GeometryText.none;
  const byte = bytes[at]!;
  if (byte === 123) return GeometryText.geojson;
  if (byte === 60) return GeometryText.kml;
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

const isBlank = (byte: number): boolean => byte === 32 || (byte >= 9 && byte <= 13);

function skipBlank(bytes: Uint8Array, start: number, end: number): number {
  let i = start;
  while (i < end && isBlank(bytes[i]!)) i++;
  return i;
}
