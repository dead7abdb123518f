// hot path: measured by npm run bench
import { type CellRecord, GeometryKind } from '../domain/layer.ts';
import { Axis } from '../infer/parse-angle.ts';
import type { Coordinate } from '../infer/parse-coordinate.ts';
import type { Place } from '../infer/parse-place.ts';
import type { SpatialTally } from '../infer/spatial-columns.ts';
import type { SpatialRole } from '../infer/spatial-names.ts';
import { pairRoles, type SpatialSource } from '../infer/spatial-source.ts';
import { parseHemisphere, parseUtmZone } from '../infer/utm-zone.ts';
import { type CellCode, centreOf } from './geometry/cell-code.ts';
import { GeometryOutcome } from './geometry/outcome.ts';
import { fromUtm } from './geometry/utm.ts';
import type { LayerWarnings } from './layer-warnings.ts';
import type { OutBuffer } from './out-buffer.ts';
import {
  cellEnd,
  countCoordinate,
  countGeometry,
  countPlace,
  encodeGeometryCell,
  isBracketed,
  isEmptyCell,
  readCoordinate,
  readPlace,
} from './spatial-cells.ts';
import type { GeometryEncoder } from './wkb.ts';

/** Appends the fields `the_geom` and `the_geom_webmercator` of one record. */
export type EncodeGeometry = (record: CellRecord, out: OutBuffer) => void;

/** The coordinates of the record whose geometry was encoded last: their columns need not parse them again. */
export interface CoordinatePair {
  readonly longitude: Coordinate;
  readonly latitude: Coordinate;
}

/** What the encoding of a layer's geometry needs. */
export interface GeometryContext {
  readonly source: SpatialSource;
  readonly tallies: readonly SpatialTally[];
  readonly geometry: GeometryEncoder;
  readonly warnings: LayerWarnings;
  /** Filled where the source is a pair of columns. */
  readonly pair: CoordinatePair;
}

const cellText = (record: CellRecord, cell: number): string =>
  cell < record.count ? record.bytes.toString('utf8', record.starts[cell], record.ends[cell]) : '';

function warn(context: GeometryContext, outcome: GeometryOutcome, record: CellRecord, value: () => string): void {
  if (outcome === GeometryOutcome.invalid) context.warnings.add('invalid_geometries', record, value);
  if (outcome === GeometryOutcome.otherSystem) context.warnings.add('other_reference_system', record, value);
  if (outcome === GeometryOutcome.outOfRange) context.warnings.add('out_of_range_coordinates', record, value);
}

/** The encoder for a source of geometry. It counts what it meets in the tallies of its columns. */
export function createGeometryFields(context: GeometryContext): EncodeGeometry {
  const { source, geometry } = context;
  switch (source.kind) {
    case 'none':
      return (_, out) => void geometry.nulls(out);
    case 'record':
      return (record, out) => encodeRecordGeometry(context, record, out);
    case 'column':
      return encodeColumn(context, source.column);
    case 'lonlat':
      return encodePair(context, source.longitude, source.latitude);
    case 'place':
      return encodePlace(context, source.column, source.order === 'latlon');
    case 'code':
      return encodeCode(context, source.column, source.code);
    case 'utm':
      return encodeUtm(context, source);
  }
}

function encodeRecordGeometry(context: GeometryContext, record: CellRecord, out: OutBuffer): void {
  const { geometry } = context;
  const { bytes, geometryStart, geometryEnd } = record;
  let outcome: GeometryOutcome;
  if (record.geometryKind === GeometryKind.none) outcome = geometry.nulls(out);
  else if (record.geometryKind === GeometryKind.geojson)
    outcome = geometry.geojson(bytes, geometryStart, geometryEnd, out);
  else outcome = geometry.wkb(bytes, geometryStart, geometryEnd, out);
  if (outcome > GeometryOutcome.empty) {
    const encoding = record.geometryKind === GeometryKind.wkb ? 'hex' : 'utf8';
    warn(context, outcome, record, () =>
      bytes.toString(encoding, geometryStart, Math.min(geometryEnd, geometryStart + 1000)),
    );
  }
}

const tallyOf = (context: GeometryContext, column: number, ...roles: readonly SpatialRole[]): SpatialTally => {
  const tally = context.tallies.find((one) => one.column === column && roles.includes(one.role));
  if (tally === undefined) throw new Error(`no tally for column ${column}`);
  return tally;
};

function encodeColumn(context: GeometryContext, column: number): EncodeGeometry {
  const tally = tallyOf(context, column, 'geometry', 'shape');
  return (record, out) => {
    if (isEmptyCell(record, column)) {
      context.geometry.nulls(out);
      return;
    }
    tally.values++;
    const outcome = encodeGeometryCell(record, column, context.geometry, out);
    if (countGeometry(tally, outcome, context.geometry.ownSrid)) tally.matching++;
    if (outcome > GeometryOutcome.empty) warn(context, outcome, record, () => cellText(record, column));
  };
}

function encodePair(context: GeometryContext, longitude: number, latitude: number): EncodeGeometry {
  const ofLongitude = tallyOf(context, longitude, ...pairRoles);
  const ofLatitude = tallyOf(context, latitude, ...pairRoles);
  const { geometry, pair } = context;
  const { longitude: x, latitude: y } = pair;
  const texts = (record: CellRecord): string => `${cellText(record, longitude)}, ${cellText(record, latitude)}`;
  return (record, out) => {
    readCoordinate(record, longitude, x);
    readCoordinate(record, latitude, y);
    const hasX = !isEmptyCell(record, longitude);
    const hasY = !isEmptyCell(record, latitude);
    if (hasX) countCoordinate(ofLongitude, x);
    if (hasY) countCoordinate(ofLatitude, y);
    // A letter may say that a coordinate is the other one.
    const isCrossed = x.axis === Axis.latitude || y.axis === Axis.longitude;
    if (!(isCrossed || Number.isNaN(x.value) || Number.isNaN(y.value))) {
      const outcome = geometry.point(x.value, y.value, out);
      if (outcome > GeometryOutcome.empty) warn(context, outcome, record, () => texts(record));
      return;
    }
    geometry.nulls(out);
    if (hasX && hasY) warn(context, GeometryOutcome.invalid, record, () => texts(record));
  };
}

function encodePoint(
  context: GeometryContext,
  longitude: number,
  latitude: number,
  out: OutBuffer,
  record: CellRecord,
  texts: () => string,
): void {
  const outcome = context.geometry.point(longitude, latitude, out);
  if (outcome > GeometryOutcome.empty) warn(context, outcome, record, texts);
}

function encodePlace(context: GeometryContext, column: number, isLatFirst: boolean): EncodeGeometry {
  const tally = tallyOf(context, column, 'place');
  const place: Place = { first: Number.NaN, second: Number.NaN, order: '', digits: 0 };
  return (record, out) => {
    if (isEmptyCell(record, column)) {
      context.geometry.nulls(out);
      return;
    }
    readPlace(record, column, place);
    countPlace(tally, place, isBracketed(record, column));
    const { first, second, order } = place;
    const swap = order === '' ? isLatFirst : order === 'latlon';
    const text = (): string => cellText(record, column);
    encodePoint(context, swap ? second : first, swap ? first : second, out, record, text);
  };
}

function encodeCode(context: GeometryContext, column: number, code: CellCode): EncodeGeometry {
  const tally = tallyOf(context, column, code);
  return (record, out) => {
    if (isEmptyCell(record, column)) {
      context.geometry.nulls(out);
      return;
    }
    tally.values++;
    const centre = centreOf(code, cellEnd(record, column));
    if (centre !== null) tally.matching++;
    const { longitude, latitude } = centre ?? { longitude: Number.NaN, latitude: Number.NaN };
    encodePoint(context, longitude, latitude, out, record, () => cellText(record, column));
  };
}

/** Northings of the southern hemisphere count from the equator down to this line, band N is the first north of it. */
const isSouthernBand = (letter: string): boolean => letter < 'N';

function encodeUtm(context: GeometryContext, source: SpatialSource & { readonly kind: 'utm' }): EncodeGeometry {
  const { easting, northing, zone, hemisphere, letters } = source;
  const ofEasting = tallyOf(context, easting, 'easting');
  const ofNorthing = tallyOf(context, northing, 'northing');
  const x = { value: Number.NaN, scale: -1, axis: Axis.unknown };
  const y = { ...x };
  const columns = [easting, northing, zone, ...(hemisphere < 0 ? [] : [hemisphere])];
  const isSouth = (record: CellRecord, letter: string): boolean => {
    const half = hemisphere < 0 || isEmptyCell(record, hemisphere) ? '' : parseHemisphere(cellEnd(record, hemisphere));
    if (half !== '') return half === 'S';
    if (letter === '' || letters === 'none') return false;
    return letters === 'band' ? isSouthernBand(letter) : letter === 'S';
  };
  return (record, out) => {
    readCoordinate(record, easting, x);
    readCoordinate(record, northing, y);
    if (!isEmptyCell(record, easting)) countCoordinate(ofEasting, x);
    if (!isEmptyCell(record, northing)) countCoordinate(ofNorthing, y);
    const found = isEmptyCell(record, zone) ? null : parseUtmZone(cellEnd(record, zone));
    if (found === null && columns.every((column) => isEmptyCell(record, column))) {
      context.geometry.nulls(out);
      return;
    }
    const place = found === null ? null : fromUtm(x.value, y.value, found.zone, isSouth(record, found.letter));
    const { longitude, latitude } = place ?? { longitude: Number.NaN, latitude: Number.NaN };
    const texts = (): string => columns.map((column) => cellText(record, column)).join(', ');
    encodePoint(context, longitude, latitude, out, record, texts);
  };
}
