/** Names of columns that hold longitudes (wire contract 6.2), lower case. */
export const longitudeNames: ReadonlySet<string> = new Set([
  'longitude',
  'lon',
  'lng',
  'longitudedecimal',
  'longitud',
  'long',
  'decimallongitude',
  'decimallong',
  'point_longitude',
]);

/** Names of columns that hold latitudes (wire contract 6.2), lower case. */
export const latitudeNames: ReadonlySet<string> = new Set([
  'latitude',
  'lat',
  'latitudedecimal',
  'latitud',
  'lati',
  'decimallatitude',
  'decimallat',
  'point_latitude',
]);

/** Names of columns that hold geometries as text (wire contract 6.2), lower case. */
export const geometryNames: ReadonlySet<string> = new Set([
  'geometry',
  'the_geom',
  'wkb_geometry',
  'geom',
  'geojson',
  'wkt',
]);

/** How much of each end of a value is looked at. */
const ENDS = 200;

const wellKnownText =
  /^(SRID\s*=\s*\d{1,6}\s*;\s*)?((MULTI)?(POINT|LINESTRING|POLYGON|CURVE|SURFACE)|GEOMETRYCOLLECTION|CIRCULARSTRING|COMPOUNDCURVE|CURVEPOLYGON|POLYHEDRALSURFACE|TIN|TRIANGLE)\s*(Z|M|ZM)?\s*(EMPTY$|\(\s*(?=[-.\d(]|[A-Z]{5,}))/i;
const kmlElement = /^<(?:[\w-]+:)?(Point|LineString|LinearRing|Polygon|MultiGeometry)[\s>]/;
const geoJsonType = /"type"\s*:\s*"(Multi)?(Point|LineString|Polygon)"|"type"\s*:\s*"GeometryCollection"/;
const geoJsonContent = /"(coordinates|geometries)"\s*:\s*\[/;

/** A point in hexadecimal, the shortest geometry there is. */
const SHORTEST_HEX = 42;

/**
 * Whether a text value is most likely a geometry: its beginning is one of WKT, EWKT, hexadecimal (E)WKB, GeoJSON or a KML element, and
 * its end is that of the same. Looks at the two ends only, so a value that passes may still fail to parse.
 */
export function looksLikeGeometry(bytes: Uint8Array, start: number, end: number): boolean {
  const text = (from: number, to: number): string =>
    Buffer.from(bytes.buffer, bytes.byteOffset + from, Math.max(0, to - from)).toString('latin1');
  const head = text(start, Math.min(end, start + ENDS)).trimStart();
  const tail = text(Math.max(start, end - ENDS), end).trimEnd();
  const isWhole = end - start <= ENDS;
  switch (head[0]) {
    case undefined:
      return false;
    case '{':
      return tail.endsWith('}') && (geoJsonType.test(head) || geoJsonType.test(tail)) && geoJsonContent.test(head);
    case '<':
      return kmlElement.test(head) && /<\/(?:[\w-]+:)?(Point|LineString|LinearRing|Polygon|MultiGeometry)>$/.test(tail);
    case '0': {
      const digits = isWhole ? head.trimEnd() : head;
      const isHexadecimal = /^[0-9A-F]+$/i.test(digits) && /^[0-9A-F]+$/i.test(tail.trimStart());
      return isHexadecimal && digits.length >= SHORTEST_HEX && !(isWhole && digits.length % 2 === 1) && hasType(digits);
    }
    default:
      return wellKnownText.test(isWhole ? head.trimEnd() : head) && /[)]$|EMPTY$/i.test(tail);
  }
}

/** Triangle, the last type that has a number. */
const LAST_TYPE = 17;

/** Whether hexadecimal well-known binary begins with a byte order and a type, in ISO's or PostGIS's way. */
function hasType(digits: string): boolean {
  const binary = Buffer.from(digits.slice(0, 10), 'hex');
  const type = (binary[0] === 1 ? binary.readUInt32LE(1) : binary.readUInt32BE(1)) & 0x1fffffff;
  return (binary[0] ?? 2) <= 1 && type < 4000 && type % 1000 >= 1 && type % 1000 <= LAST_TYPE;
}
