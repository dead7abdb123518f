// hot path: measured by npm run bench
import { CellKind, type CellRecord } from '../domain/layer.ts';
import { looksLikeGeometry } from '../infer/geometry.ts';
import { Axis } from '../infer/parse-angle.ts';
import { type Coordinate, parseCoordinate } from '../infer/parse-coordinate.ts';
import { type Place, parsePlace } from '../infer/parse-place.ts';
import { countOwnSrid, type SpatialTally } from '../infer/spatial-columns.ts';
import { parseHemisphere, parseUtmZone } from '../infer/utm-zone.ts';
import { encodeText } from './encode-text.ts';
import { centreOf } from './geometry/cell-code.ts';
import { GeometryOutcome } from './geometry/outcome.ts';
import { OutBuffer } from './out-buffer.ts';
import type { GeometryEncoder } from './wkb.ts';

/** Whether a cell of the record is absent or empty. */
export const isEmptyCell = (record: CellRecord, cell: number): boolean =>
  cell >= record.count || record.kinds[cell] === CellKind.null || record.starts[cell] === record.ends[cell];

const unescaped = new OutBuffer(4096);

/** Appends the two geometry fields for a non-empty cell of text: WKT, EWKT, hex (E)WKB or GeoJSON. */
export function encodeGeometryCell(
  record: CellRecord,
  cell: number,
  geometry: GeometryEncoder,
  out: OutBuffer,
): GeometryOutcome {
  const kind = record.kinds[cell];
  if (kind !== CellKind.quotedDoubled && kind !== CellKind.jsonEscaped) {
    return geometry.text(record.bytes, record.starts[cell]!, record.ends[cell]!, out);
  }
  unescaped.length = 0;
  unescaped.ensure(4 + record.ends[cell]! - record.starts[cell]!);
  encodeText(record, cell, unescaped);
  return geometry.text(unescaped.bytes, 4, unescaped.length, out);
}

/** Reads the number in a cell; NaN where there is none. */
export function readCoordinate(record: CellRecord, cell: number, found: Coordinate): void {
  if (!isEmptyCell(record, cell)) {
    parseCoordinate(record.bytes, record.starts[cell]!, record.ends[cell]!, found);
    return;
  }
  found.value = Number.NaN;
  found.scale = -1;
  found.axis = Axis.unknown;
}

/** A longer value is no coordinate, but may end with some: so much of its end is looked at. */
const END_BYTES = 400;

/** Text of a non-empty cell, at most its last 400 bytes. */
export const cellEnd = (record: CellRecord, cell: number): string =>
  record.bytes.toString('utf8', Math.max(record.starts[cell]!, record.ends[cell]! - END_BYTES), record.ends[cell]);

/** What a text of two coordinates may begin with, where it does not end with a bracket. */
const mayBePlace = (record: CellRecord, cell: number): boolean => {
  const start = record.starts[cell]!;
  const last = record.bytes[record.ends[cell]! - 1]!;
  // ) ] } or an end that may be blank.
  if (last === 41 || last === 93 || last === 125 || last <= 32) return true;
  return /[\s\d+.NSEWnsewl-]/.test(String.fromCharCode(record.bytes[start]!)) || record.bytes[start]! > 127;
};

/** Reads both coordinates in a cell; NaN where there are none. */
export function readPlace(record: CellRecord, cell: number, found: Place): void {
  if (!isEmptyCell(record, cell) && mayBePlace(record, cell)) parsePlace(cellEnd(record, cell), found);
  else found.first = found.second = Number.NaN;
}

/** Counts a cell of a column of coordinates by what was read from it. */
export function countCoordinate(tally: SpatialTally, { value, scale, axis }: Coordinate): void {
  tally.values++;
  if (Number.isNaN(value)) return;
  tally.matching++;
  const size = Math.abs(value);
  if (size > 90) {
    if (size > 180) tally.beyond++;
    else tally.far++;
  }
  if (axis !== Axis.unknown) {
    tally.exact++;
    if ((axis === Axis.latitude) === (tally.role === 'longitude')) tally.crossed++;
  } else if (scale >= EXACT_DIGITS) tally.exact++;
  if (value < tally.min) tally.min = value;
  if (value > tally.max) tally.max = value;
}

/** A thousandth of a degree is a hundred metres: numbers that are no coordinates have rarely so many digits. */
const EXACT_DIGITS = 3;

/** Counts a cell of a column of places by what was read from it. */
export function countPlace(tally: SpatialTally, place: Place, isBracketed: boolean): void {
  tally.values++;
  const { first, second, order } = place;
  const isLatFirst = order !== 'lonlat' && Math.abs(first) <= 90 && Math.abs(second) <= 180;
  const isLonFirst = order !== 'latlon' && Math.abs(first) <= 180 && Math.abs(second) <= 90;
  if (!isLatFirst && !isLonFirst) return;
  tally.matching++;
  if (place.digits >= (tally.rank <= 1 ? 1 : EXACT_DIGITS)) tally.exact++;
  if (!isLonFirst) tally.latFirst++;
  if (!isLatFirst) tally.lonFirst++;
  if (isBracketed) tally.bracketed++;
}

/** Whether a cell of a column of places begins as a JSON array. */
export const isBracketed = (record: CellRecord, cell: number): boolean =>
  !isEmptyCell(record, cell) && record.bytes[record.starts[cell]!] === 91;

/** Counts a cell of a column that is read as text, not as a coordinate; whether it is as promised. */
function countZone(tally: SpatialTally, text: string): boolean {
  const zone = parseUtmZone(text);
  if (zone === null) return false;
  if (zone.letter === 'N') tally.north++;
  else if (zone.letter === 'S') tally.south++;
  else if (zone.letter !== '') tally.bands++;
  return true;
}

/** Notes what a cell of a geometry column turned out to be; whether it is a geometry. */
export function countGeometry(tally: SpatialTally, outcome: GeometryOutcome, ownSrid: number): boolean {
  if (outcome === GeometryOutcome.invalid) return false;
  if (outcome !== GeometryOutcome.empty) countOwnSrid(tally, ownSrid);
  if (outcome === GeometryOutcome.otherSystem) tally.elsewhere++;
  return true;
}

const counted: Coordinate = { value: Number.NaN, scale: -1, axis: Axis.unknown };
const countedPlace: Place = { first: Number.NaN, second: Number.NaN, order: '', digits: 0 };

const discarded = new OutBuffer(4096);

/** Counts a record in the tallies of columns that are not being encoded as geometry. */
export function countSpatialCells(
  record: CellRecord,
  tallies: readonly SpatialTally[],
  geometry: GeometryEncoder,
): void {
  for (const tally of tallies) {
    if (isEmptyCell(record, tally.column)) continue;
    count(record, tally, geometry);
  }
}

function count(record: CellRecord, tally: SpatialTally, geometry: GeometryEncoder): void {
  const { column } = tally;
  switch (tally.role) {
    case 'longitude':
    case 'latitude':
    case 'easting':
    case 'northing':
      readCoordinate(record, column, counted);
      countCoordinate(tally, counted);
      break;
    case 'place':
      readPlace(record, column, countedPlace);
      countPlace(tally, countedPlace, isBracketed(record, column));
      break;
    default:
      tally.values++;
      if (isAsPromised(record, tally, geometry)) tally.matching++;
  }
}

function isAsPromised(record: CellRecord, tally: SpatialTally, geometry: GeometryEncoder): boolean {
  const { column, role } = tally;
  switch (role) {
    case 'webmercator':
      return looksLikeGeometry(record.bytes, record.starts[column]!, record.ends[column]!);
    case 'shape':
      if (!looksLikeGeometry(record.bytes, record.starts[column]!, record.ends[column]!)) return false;
      discarded.length = 0;
      return countGeometry(tally, encodeGeometryCell(record, column, geometry, discarded), geometry.ownSrid);
    case 'geometry':
      discarded.length = 0;
      return countGeometry(tally, encodeGeometryCell(record, column, geometry, discarded), geometry.ownSrid);
    case 'zone':
      return countZone(tally, cellEnd(record, column));
    case 'hemisphere':
      return parseHemisphere(cellEnd(record, column)) !== '';
    case 'geohash':
    case 'h3':
    case 'plus_code':
      return centreOf(role, cellEnd(record, column)) !== null;
    default:
      return false;
  }
}
