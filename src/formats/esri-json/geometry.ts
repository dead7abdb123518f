import { shellsOf } from '../rings.ts';
import { type Coordinates, gather, invalidShape, type Shape } from '../shape.ts';

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const toNumber = (value: unknown): number => (typeof value === 'number' ? value : Number.NaN);

/** `[x, y, z, m]` pairs of a path, a ring or points; null where one is no position. `zAt` is 2, or -1 without Z. */
function readPositions(value: unknown, zAt: number): Coordinates | null {
  if (!Array.isArray(value)) return null;
  const coordinates: Coordinates = [];
  for (const position of value) {
    if (!Array.isArray(position) || typeof position[0] !== 'number' || typeof position[1] !== 'number') return null;
    coordinates.push(position[0], position[1], zAt < 0 ? Number.NaN : toNumber(position[zAt]));
  }
  return coordinates;
}

function readAll(value: unknown, zAt: number): readonly Coordinates[] | null {
  if (!Array.isArray(value)) return null;
  const all = value.map((part) => readPositions(part, zAt));
  const parts = all.filter((part) => part !== null);
  return parts.length === all.length ? parts.filter((part) => part.length > 0) : null;
}

/**
 * The geometry of a feature: point, multipoint, polyline, polygon or envelope; null for an empty one. Shells of polygons
 * are clockwise and lie in any order with their holes. A geometry that is none of these, such as one with curves, is
 * given as one that the encoder refuses and counts.
 */
export function readEsriGeometry(value: unknown): Shape | null {
  if (!isObject(value)) return invalidShape;
  // Three numbers of a position are x, y, z unless the geometry has M alone.
  const zAt = value.hasM === true && value.hasZ !== true ? -1 : 2;
  if ('x' in value) {
    if (typeof value.x !== 'number') return null;
    return { type: 'point', coordinates: [value.x, toNumber(value.y), toNumber(value.z)] };
  }
  if ('points' in value) {
    const points = readPositions(value.points, zAt);
    if (points === null) return invalidShape;
    const members: Shape[] = [];
    for (let i = 0; i < points.length; i += 3) members.push({ type: 'point', coordinates: points.slice(i, i + 3) });
    return gather(members);
  }
  if ('paths' in value) {
    const paths = readAll(value.paths, zAt);
    if (paths === null) return invalidShape;
    return single(paths.map((coordinates): Shape => ({ type: 'line', coordinates })));
  }
  if ('rings' in value) {
    const rings = readAll(value.rings, zAt);
    return rings === null ? invalidShape : polygons(rings);
  }
  if ('xmin' in value) {
    const [west, south] = [toNumber(value.xmin), toNumber(value.ymin)];
    const [east, north] = [toNumber(value.xmax), toNumber(value.ymax)];
    const ring = [west, south, east, south, east, north, west, north, west, south];
    return { type: 'polygon', rings: [ring.flatMap((x, i) => (i % 2 === 0 ? [x, ring[i + 1] ?? 0, Number.NaN] : []))] };
  }
  return invalidShape;
}

/** One part as itself, several as a multi-geometry. */
const single = (members: readonly Shape[]): Shape | null =>
  members.length === 1 ? (members[0] ?? null) : gather(members);

function polygons(rings: readonly Coordinates[]): Shape | null {
  const [only] = rings;
  if (only === undefined) return null;
  if (rings.length === 1) return { type: 'polygon', rings };
  const count = rings.reduce((sum, ring) => sum + ring.length / 3, 0);
  const xy = new DataView(new ArrayBuffer(16 * count));
  let at = 0;
  const ranges = rings.map((ring) => {
    const first = at;
    for (let i = 0; i < ring.length; i += 3, at++) {
      xy.setFloat64(16 * at, ring[i] ?? 0, true);
      xy.setFloat64(16 * at + 8, ring[i + 1] ?? 0, true);
    }
    return { first, end: at };
  });
  const { shells } = shellsOf(ranges, xy, 0);
  const byFirst = new Map(ranges.map(({ first }, index) => [first, rings[index] ?? []]));
  return single(
    shells.map((shell): Shape => ({ type: 'polygon', rings: shell.map(({ first }) => byFirst.get(first) ?? []) })),
  );
}
