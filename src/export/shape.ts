import { roundTo } from '../sql/ewkb-to-geojson.ts';
import { UnsuitableResultError } from '../sql/unsuitable-result.ts';

/** Types by their WKB numbers. */
export const ShapeType = {
  point: 1,
  line: 2,
  polygon: 3,
  multiPoint: 4,
  multiLine: 5,
  multiPolygon: 6,
  collection: 7,
} as const;

/** A geometry as numbers. */
export interface Shape {
  /** `ShapeType`. */
  readonly type: number;
  readonly hasZ: boolean;
  readonly hasM: boolean;
  /** 0: none was said. */
  readonly srid: number;
  /** Coordinates, `ordinates` numbers a vertex: one list of a point or a line, one a ring of a polygon, else none. */
  readonly lists: readonly Float64Array[];
  readonly members: readonly Shape[];
}

const Z = 0x80000000;
const M = 0x40000000;
const SRID = 0x20000000;

/** Numbers of a vertex. */
export const ordinates = ({ hasZ, hasM }: Pick<Shape, 'hasZ' | 'hasM'>): number => 2 + (hasZ ? 1 : 0) + (hasM ? 1 : 0);

/**
 * Reads PostGIS's hexadecimal EWKB; an empty point has a list without numbers. Coordinates are rounded to `decimals`
 * places, null: not. Throws UnsuitableResultError for curves and surfaces.
 */
export function parseEwkb(hex: string, decimals: number | null = null): Shape {
  const bytes = Buffer.from(hex, 'hex');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;

  function read(outer: number): Shape {
    const isLittle = view.getUint8(at) === 1;
    const count = (): number => {
      at += 4;
      return view.getUint32(at - 4, isLittle);
    };
    at += 1;
    const flags = count();
    const type = flags & 0xff;
    if (type < ShapeType.point || type > ShapeType.collection) {
      throw new UnsuitableResultError(
        'the result has curves or surfaces: use ST_CurveToLine(the_geom) or leave them out',
      );
    }
    const head = {
      type,
      hasZ: (flags & Z) !== 0,
      hasM: (flags & M) !== 0,
      srid: flags & SRID ? count() : outer,
    };
    const list = (vertices: number): Float64Array => {
      const numbers = new Float64Array(vertices * ordinates(head));
      for (let i = 0; i < numbers.length; i++, at += 8) {
        numbers[i] = roundTo(view.getFloat64(at, isLittle), decimals);
      }
      return numbers;
    };
    const several = <T>(one: () => T): readonly T[] => Array.from({ length: count() }, one);
    if (type === ShapeType.point) {
      const numbers = list(1);
      // PostGIS writes an empty point as one of NaN.
      return { ...head, lists: [Number.isNaN(numbers[0]) ? new Float64Array() : numbers], members: [] };
    }
    if (type === ShapeType.line) return { ...head, lists: [list(count())], members: [] };
    if (type === ShapeType.polygon) return { ...head, lists: several(() => list(count())), members: [] };
    return { ...head, lists: [], members: several(() => read(head.srid)) };
  }
  return read(0);
}

/** All lists of coordinates of a shape and its members. */
export const allLists = (shape: Shape): readonly Float64Array[] =>
  shape.members.length === 0 ? shape.lists : shape.members.flatMap(allLists);

/** Whether a shape has no vertex. */
export const isEmpty = (shape: Shape): boolean => allLists(shape).every(({ length }) => length === 0);

/** 0 for points, 1 for lines, 2 for surfaces; of a collection the highest. */
export function dimensionOf({ type, members }: Shape): number {
  if (type === ShapeType.collection) return Math.max(0, ...members.map(dimensionOf));
  return (type - 1) % 3;
}

/** A box; `minX` is infinite while nothing was added. */
export interface Box {
  minX: number;
  minY: number;
  maxX: number;
  maxY: number;
}

/** A box that contains nothing. */
export const newBox = (): Box => ({ minX: Infinity, minY: Infinity, maxX: -Infinity, maxY: -Infinity });

/** Makes the box as large as the shape needs. */
export function extendBox(box: Box, shape: Shape): void {
  for (const list of shape.lists) {
    for (let i = 0; i < list.length; i += ordinates(shape)) {
      const [x = 0, y = 0] = [list[i], list[i + 1]];
      if (x < box.minX) box.minX = x;
      if (x > box.maxX) box.maxX = x;
      if (y < box.minY) box.minY = y;
      if (y > box.maxY) box.maxY = y;
    }
  }
  for (const member of shape.members) extendBox(box, member);
}

const sizeOf = (shape: Shape): number =>
  shape.lists.reduce((sum, { byteLength }) => sum + 4 + byteLength, 9) +
  shape.members.reduce((sum, member) => sum + sizeOf(member), 0) +
  8 * ordinates(shape);

/** ISO well-known binary, little-endian, without SRID: what files other than PostGIS's have. */
export function toWkb(shape: Shape): Buffer {
  const bytes = Buffer.allocUnsafe(sizeOf(shape));
  let at = 0;
  const uint = (value: number): void => {
    at = bytes.writeUInt32LE(value, at);
  };
  const numbers = (list: Float64Array): void => {
    for (const number of list) at = bytes.writeDoubleLE(number, at);
  };
  const write = (one: Shape): void => {
    at = bytes.writeUInt8(1, at);
    uint(one.type + (one.hasZ ? 1000 : 0) + (one.hasM ? 2000 : 0));
    const [first = new Float64Array()] = one.lists;
    if (one.type === ShapeType.point) {
      numbers(first.length > 0 ? first : new Float64Array(ordinates(one)).fill(Number.NaN));
      return;
    }
    if (one.type === ShapeType.polygon) uint(one.lists.length);
    else if (one.type !== ShapeType.line) uint(one.members.length);
    for (const list of one.lists) {
      uint(list.length / ordinates(one));
      numbers(list);
    }
    for (const member of one.members) write(member);
  };
  write(shape);
  return bytes.subarray(0, at);
}
