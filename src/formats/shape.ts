import { ImportError } from '../errors.ts';

/** Types of well-known binary. */
const WkbType = { point: 1, line: 2, polygon: 3, multiPoint: 4, multiLine: 5, multiPolygon: 6, collection: 7 } as const;
/** What ISO adds to a type whose coordinates have a Z. */
const Z_TYPES = 1000;

/** Most vertices of one geometry: 96 MiB of coordinates. */
const MAX_VERTICES = 4 << 20;

/** Coordinates in one row: x, y, z, x, y, z and so on; z is NaN where there is none. */
export type Coordinates = number[];

/** A geometry as the readers of formats with values build it. */
export type Shape =
  | { readonly type: 'point' | 'line'; readonly coordinates: Coordinates }
  | { readonly type: 'polygon'; readonly rings: readonly Coordinates[] }
  | {
      readonly type: 'multiPoint' | 'multiLine' | 'multiPolygon' | 'collection';
      readonly members: readonly Shape[];
    };

/** Stands for a geometry that cannot be read: the encoder refuses it and counts it. */
export const invalidShape: Shape = { type: 'point', coordinates: [Number.NaN, 0, Number.NaN] };

const multiOf = { point: 'multiPoint', line: 'multiLine', polygon: 'multiPolygon' } as const;

/** The multi-geometry of members of one simple type, a collection of any others; null of none. */
export function gather(members: readonly Shape[]): Shape | null {
  const [first] = members;
  if (first === undefined) return null;
  const isOneType = members.every(({ type }) => type === first.type);
  const type =
    isOneType && (first.type === 'point' || first.type === 'line' || first.type === 'polygon')
      ? multiOf[first.type]
      : 'collection';
  return { type, members };
}

/** Throws fileTooBig where a geometry of a file becomes larger than one record may be. */
export function checkVertices(coordinates: Coordinates, file: string, place: string): void {
  if (coordinates.length <= 3 * MAX_VERTICES) return;
  throw new ImportError('fileTooBig', {
    detail: `${file}, ${place}: a geometry has more than ${MAX_VERTICES} vertices.`,
    hint: 'Split it into several features.',
  });
}

function vertexLists(shape: Shape): readonly Coordinates[] {
  if ('coordinates' in shape) return [shape.coordinates];
  return 'rings' in shape ? shape.rings : shape.members.flatMap(vertexLists);
}

function hasZ(coordinates: Coordinates): boolean {
  for (let i = 2; i < coordinates.length; i += 3) if (!Number.isNaN(coordinates[i])) return true;
  return false;
}

/** Bytes that the well-known binary of a shape takes at most. */
function sizeOf(shape: Shape): number {
  if ('coordinates' in shape) return 9 + 8 * shape.coordinates.length;
  if ('rings' in shape) return shape.rings.reduce((sum, ring) => sum + 4 + 8 * ring.length, 9);
  return shape.members.reduce((sum, member) => sum + sizeOf(member), 9);
}

/**
 * Well-known binary of a shape. It has Z throughout if any vertex has one; the others then have 0, the ground, as KML
 * and GPX readers take a missing altitude.
 */
export function shapeToWkb(shape: Shape): Buffer {
  const isZ = vertexLists(shape).some(hasZ);
  const bytes = Buffer.allocUnsafe(sizeOf(shape));
  return bytes.subarray(0, write(shape, isZ, bytes, 0));
}

function write(shape: Shape, isZ: boolean, bytes: Buffer, at: number): number {
  bytes[at] = 1;
  bytes.writeUInt32LE(WkbType[shape.type] + (isZ ? Z_TYPES : 0), at + 1);
  let i = at + 5;
  if ('coordinates' in shape) {
    if (shape.type === 'line') i = bytes.writeUInt32LE(shape.coordinates.length / 3, i);
    return writeVertices(shape.coordinates, isZ, bytes, i);
  }
  if ('rings' in shape) {
    i = bytes.writeUInt32LE(shape.rings.length, i);
    for (const ring of shape.rings) {
      i = bytes.writeUInt32LE(ring.length / 3, i);
      i = writeVertices(ring, isZ, bytes, i);
    }
    return i;
  }
  i = bytes.writeUInt32LE(shape.members.length, i);
  for (const member of shape.members) i = write(member, isZ, bytes, i);
  return i;
}

function writeVertices(coordinates: Coordinates, isZ: boolean, bytes: Buffer, at: number): number {
  let i = at;
  for (let n = 0; n < coordinates.length; n += 3) {
    i = bytes.writeDoubleLE(coordinates[n] ?? 0, i);
    i = bytes.writeDoubleLE(coordinates[n + 1] ?? 0, i);
    const z = coordinates[n + 2] ?? Number.NaN;
    if (isZ) i = bytes.writeDoubleLE(Number.isNaN(z) ? 0 : z, i);
  }
  return i;
}
