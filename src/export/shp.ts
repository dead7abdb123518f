import { UnsuitableResultError } from '../sql/unsuitable-result.ts';
import { type Box, ordinates, type Shape, ShapeType } from './shape.ts';

/** Types of a shapefile without what Z (+10) or M (+20) add (ESRI Shapefile Technical Description, 1998). */
export const ShpType = { none: 0, point: 1, line: 3, polygon: 5, multiPoint: 8 } as const;

const baseTypes: Readonly<Record<number, number>> = {
  [ShapeType.point]: ShpType.point,
  [ShapeType.line]: ShpType.line,
  [ShapeType.multiLine]: ShpType.line,
  [ShapeType.polygon]: ShpType.polygon,
  [ShapeType.multiPolygon]: ShpType.polygon,
  [ShapeType.multiPoint]: ShpType.multiPoint,
};

/** The type in which a shapefile has a geometry. Throws UnsuitableResultError for collections. */
export function shpType({ type, hasZ, hasM }: Pick<Shape, 'type' | 'hasZ' | 'hasM'>): number {
  const base = baseTypes[type];
  if (base === undefined) {
    throw new UnsuitableResultError(
      'a shapefile has no geometry collections: use ST_CollectionExtract(the_geom) as the_geom, or take the format gpkg',
    );
  }
  return base + (hasZ ? 10 : hasM ? 20 : 0);
}

/** Smaller than this is "no data" for a measure. */
const NO_DATA = -1e39;

/** Twice the area that a ring encloses, negative where it goes with the clock. */
function signedArea(ring: Float64Array, stride: number): number {
  let sum = 0;
  for (let i = 0; i + 2 * stride <= ring.length; i += stride) {
    sum += (ring[i] ?? 0) * (ring[i + stride + 1] ?? 0) - (ring[i + stride] ?? 0) * (ring[i + 1] ?? 0);
  }
  return sum;
}

function reversed(ring: Float64Array, stride: number): Float64Array {
  const result = new Float64Array(ring.length);
  for (let i = 0; i < ring.length; i += stride) {
    result.set(ring.subarray(i, i + stride), ring.length - stride - i);
  }
  return result;
}

/** Outer rings go with the clock, holes against it: that is how a shapefile tells them apart. */
const turned = ({ lists }: Shape, stride: number): readonly Float64Array[] =>
  lists.map((ring, index) => (signedArea(ring, stride) < 0 === (index === 0) ? ring : reversed(ring, stride)));

function partsOf(shape: Shape): readonly Float64Array[] {
  const stride = ordinates(shape);
  const members = shape.members.length > 0 ? shape.members : [shape];
  const isPolygon = baseTypes[shape.type] === ShpType.polygon;
  return members
    .flatMap((member) => (isPolygon ? turned(member, stride) : member.lists))
    .filter(({ length }) => length > 0);
}

/** The content of a record, without its number and length. */
export function shpRecord(shape: Shape): Buffer {
  const type = shpType(shape);
  const stride = ordinates(shape);
  const parts = partsOf(shape);
  const count = parts.reduce((sum, { length }) => sum + length / stride, 0);
  if (count === 0) return nullRecord;
  const isPoint = type % 10 === ShpType.point;
  const hasParts = type % 10 === ShpType.line || type % 10 === ShpType.polygon;
  // A point with Z has a place for M, whether it has one or not; of others M can be left out.
  const hasM = shape.hasM || (isPoint && shape.hasZ);
  const extras = (shape.hasZ ? 1 : 0) + (hasM ? 1 : 0);
  const size = isPoint
    ? 20 + 8 * extras
    : 40 + (hasParts ? 4 + 4 * parts.length : 0) + 16 * count + extras * (16 + 8 * count);
  const bytes = Buffer.alloc(size);
  let at = bytes.writeInt32LE(type, 0);
  const double = (value: number): void => {
    at = bytes.writeDoubleLE(value, at);
  };
  const each = (ordinate: number): readonly number[] =>
    parts.flatMap((part) => Array.from({ length: part.length / stride }, (_, i) => part[i * stride + ordinate] ?? 0));
  const [xs, ys] = [each(0), each(1)];
  const range = (values: readonly number[]): readonly [number, number] =>
    values.reduce<[number, number]>(
      ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
      [Infinity, -Infinity],
    );
  if (!isPoint) {
    const [[minX, maxX], [minY, maxY]] = [range(xs), range(ys)];
    for (const value of [minX, minY, maxX, maxY]) double(value);
    if (hasParts) at = bytes.writeInt32LE(parts.length, at);
    at = bytes.writeInt32LE(count, at);
    let start = 0;
    for (const part of hasParts ? parts : []) {
      at = bytes.writeInt32LE(start, at);
      start += part.length / stride;
    }
  }
  xs.forEach((x, index) => {
    double(x);
    double(ys[index] ?? 0);
  });
  const extra = (values: readonly number[]): void => {
    if (!isPoint) for (const bound of range(values)) double(bound);
    for (const value of values) double(value);
  };
  if (shape.hasZ) extra(each(2));
  if (hasM) extra(shape.hasM ? each(stride - 1) : [NO_DATA]);
  return bytes;
}

/** The content of a record without a geometry. */
export const nullRecord: Buffer = Buffer.alloc(4);

/** Bytes of a record's number and length, and of the header of a file. */
export const RECORD_HEAD_BYTES = 8;
export const SHP_HEADER_BYTES = 100;

/** The header of a `.shp` or `.shx` file of so many bytes. */
export function shpHeader(type: number, fileBytes: number, box: Box): Buffer {
  const header = Buffer.alloc(SHP_HEADER_BYTES);
  header.writeInt32BE(9994, 0);
  header.writeInt32BE(fileBytes / 2, 24);
  header.writeInt32LE(1000, 28);
  header.writeInt32LE(type, 32);
  if (Number.isFinite(box.minX)) {
    [box.minX, box.minY, box.maxX, box.maxY].forEach((value, index) => {
      header.writeDoubleLE(value, 36 + 8 * index);
    });
  }
  return header;
}

/** The number (from 1) and the length of a record, or its place and length in the index; lengths are in words. */
export function recordHead(first: number, contentBytes: number): Buffer {
  const head = Buffer.alloc(RECORD_HEAD_BYTES);
  head.writeInt32BE(first, 0);
  head.writeInt32BE(contentBytes / 2, 4);
  return head;
}
