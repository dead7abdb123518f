import { UnsuitableResultError } from './unsuitable-result.ts';

const Z = 0x80000000;
const M = 0x40000000;
const SRID = 0x20000000;

/** Names by the WKB number; the others are curves and surfaces. */
const NAMES: readonly string[] = [
  '',
  'Point',
  'LineString',
  'Polygon',
  'MultiPoint',
  'MultiLineString',
  'MultiPolygon',
  'GeometryCollection',
];

/** WGS 84: the only reference system that GeoJSON knows (RFC 7946, 4). 0: none was said. */
const WGS84 = 4326;

/**
 * A geometry in PostGIS's hexadecimal EWKB, as the JSON text of a GeoJSON geometry; coordinates with `decimals`
 * places, or all their digits; Z kept, M left out, which GeoJSON has no place for. Throws a UnsuitableResultError for curves and other reference systems.
 */
export function ewkbToGeoJson(hex: string, decimals: number | null = null): string {
  const shown = (ordinate: number): number => roundTo(ordinate, decimals);
  const bytes = Buffer.from(hex, 'hex');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;

  const readGeometry = (): { readonly name: string; readonly inside: string } => {
    const little = view.getUint8(at) === 1;
    const uint = () => {
      at += 4;
      return view.getUint32(at - 4, little);
    };
    const double = () => {
      at += 8;
      return view.getFloat64(at - 8, little);
    };
    at += 1;
    const flags = uint();
    const name = NAMES[flags & 0xff];
    if (name === undefined || name === '') {
      throw new UnsuitableResultError(
        'GeoJSON has no curves and surfaces: use ST_CurveToLine(the_geom) or leave them out',
      );
    }
    const srid = flags & SRID ? uint() : 0;
    if (srid !== 0 && srid !== WGS84) {
      throw new UnsuitableResultError(
        `GeoJSON is in EPSG:4326, not ${srid}: use ST_Transform(the_geom, 4326) as the_geom`,
      );
    }
    const position = (): string => {
      const [x, y] = [double(), double()];
      const z = flags & Z ? double() : null;
      if (flags & M) double();
      // PostGIS writes an empty point as one of NaN.
      if (Number.isNaN(x)) return '[]';
      // JSON has no NaN: an unknown height is left out.
      return z === null || !Number.isFinite(z) ? `[${shown(x)},${shown(y)}]` : `[${shown(x)},${shown(y)},${shown(z)}]`;
    };
    const several = (read: () => string): string => `[${Array.from({ length: uint() }, read).join(',')}]`;
    const ring = () => several(position);
    switch (name) {
      case 'Point':
        return { name, inside: position() };
      case 'LineString':
        return { name, inside: several(position) };
      case 'Polygon':
        return { name, inside: several(ring) };
      case 'GeometryCollection':
        return { name, inside: several(() => toText(readGeometry())) };
      default:
        return { name, inside: several(() => readGeometry().inside) };
    }
  };
  return toText(readGeometry());
}

const toText = ({ name, inside }: { readonly name: string; readonly inside: string }): string =>
  `{"type":"${name}","${name === 'GeometryCollection' ? 'geometries' : 'coordinates'}":${inside}}`;

/** A number with at most so many decimal places; null: as it is. */
export const roundTo = (number: number, decimals: number | null): number =>
  decimals === null ? number : Number(number.toFixed(decimals));
