// hot path: measured by npm run bench
import { CellKind, type CellRecord } from '../domain/layer.ts';
import { looksLikeGeometry } from '../infer/geometry.ts';
import { type Coordinate, parseCoordinate } from '../infer/parse-coordinate.ts';
import { countOwnSrid, type SpatialTally } from '../infer/spatial-columns.ts';
import { encodeText } from './encode-text.ts';
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
}

/** Notes what a cell of a geometry column turned out to be; whether it is a geometry. */
export function countGeometry(tally: SpatialTally, outcome: GeometryOutcome, ownSrid: number): boolean {
  if (outcome === GeometryOutcome.invalid) return false;
  if (outcome !== GeometryOutcome.empty) countOwnSrid(tally, ownSrid);
  if (outcome === GeometryOutcome.otherSystem) tally.elsewhere++;
  return true;
}

const counted: Coordinate = { value: Number.NaN, scale: -1 };

const discarded = new OutBuffer(4096);

/** Counts a record in the tallies of columns that are not being encoded as geometry. */
export function countSpatialCells(
  record: CellRecord,
  tallies: readonly SpatialTally[],
  geometry: GeometryEncoder,
): void {
  for (const tally of tallies) {
    if (isEmptyCell(record, tally.column)) continue;
    tally.values++;
    if (isAsPromised(record, tally, geometry)) tally.matching++;
  }
}

function isAsPromised(record: CellRecord, tally: SpatialTally, geometry: GeometryEncoder): boolean {
  const { column } = tally;
  switch (tally.role) {
    case 'longitude':
    case 'latitude':
      readCoordinate(record, column, counted);
      return !Number.isNaN(counted.value);
    case 'webmercator':
      return looksLikeGeometry(record.bytes, record.starts[column]!, record.ends[column]!);
    case 'geometry':
      discarded.length = 0;
      return countGeometry(tally, encodeGeometryCell(record, column, geometry, discarded), geometry.ownSrid);
  }
}
