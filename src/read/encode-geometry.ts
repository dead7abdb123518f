// hot path: measured by npm run bench
import { type CellRecord, GeometryKind } from '../domain/layer.ts';
import type { Coordinate } from '../infer/parse-coordinate.ts';
import type { SpatialSource, SpatialTally } from '../infer/spatial-columns.ts';
import { GeometryOutcome } from './geometry/outcome.ts';
import type { LayerWarnings } from './layer-warnings.ts';
import type { OutBuffer } from './out-buffer.ts';
import { countGeometry, encodeGeometryCell, isEmptyCell, readCoordinate } from './spatial-cells.ts';
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

const tallyOf = (context: GeometryContext, column: number): SpatialTally => {
  const tally = context.tallies.find((one) => one.column === column);
  if (tally === undefined) throw new Error(`no tally for column ${column}`);
  return tally;
};

function encodeColumn(context: GeometryContext, column: number): EncodeGeometry {
  const tally = tallyOf(context, column);
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
  const ofLongitude = tallyOf(context, longitude);
  const ofLatitude = tallyOf(context, latitude);
  const { geometry, pair } = context;
  const { longitude: x, latitude: y } = pair;
  const texts = (record: CellRecord): string => `${cellText(record, longitude)}, ${cellText(record, latitude)}`;
  return (record, out) => {
    readCoordinate(record, longitude, x);
    readCoordinate(record, latitude, y);
    const hasX = !isEmptyCell(record, longitude);
    const hasY = !isEmptyCell(record, latitude);
    if (hasX) ofLongitude.values++;
    if (hasY) ofLatitude.values++;
    const isX = !Number.isNaN(x.value);
    const isY = !Number.isNaN(y.value);
    if (isX) ofLongitude.matching++;
    if (isY) ofLatitude.matching++;
    if (isX && isY) {
      const outcome = geometry.point(x.value, y.value, out);
      if (outcome > GeometryOutcome.empty) warn(context, outcome, record, () => texts(record));
      return;
    }
    geometry.nulls(out);
    if (hasX && hasY) warn(context, GeometryOutcome.invalid, record, () => texts(record));
  };
}
