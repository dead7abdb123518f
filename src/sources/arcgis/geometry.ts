import { readEsriGeometry } from '../../formats/esri-json/geometry.ts';
import { shapeToWkb } from '../../formats/shape.ts';
import { linearize } from './curves.ts';

type EsriGeometry = Readonly<Record<string, unknown>>;

/** What ISO adds to the type of well-known binary for Z and for M. */
const [Z, M] = [1000, 2000];

/** Whether a geometry has arcs or Bézier curves in it. */
export const hasCurves = (geometry: EsriGeometry): boolean => 'curveRings' in geometry || 'curvePaths' in geometry;

/** Well-known binary of a geometry in Esri's JSON, with its Z and M; null of an empty one. Curves become lines. */
export function esriToWkb(given: EsriGeometry): Buffer | null {
  const geometry = hasCurves(given) ? linearize(given) : given;
  if (!hasMeasures(geometry)) return plain(geometry);
  const measured = plain(onlyMeasures(geometry));
  if (measured === null) return null;
  const flat = plain(geometry);
  if (geometry.hasZ !== true && !('z' in geometry)) return retagged(measured);
  return flat === null ? null : joined(flat, measured);
}

function plain(geometry: EsriGeometry): Buffer | null {
  const shape = readEsriGeometry(geometry);
  return shape === null ? null : shapeToWkb(shape);
}

const partsOf = ({ points, paths, rings }: EsriGeometry): readonly unknown[] =>
  Array.isArray(points) ? [points] : Array.isArray(paths) ? paths : Array.isArray(rings) ? rings : [];

/** Whether any position has a measure. */
function hasMeasures(geometry: EsriGeometry): boolean {
  if ('x' in geometry) return typeof geometry.m === 'number';
  if (geometry.hasM !== true) return false;
  const at = geometry.hasZ === true ? 3 : 2;
  return partsOf(geometry).some(
    (part) =>
      Array.isArray(part) && part.some((position) => Array.isArray(position) && typeof position[at] === 'number'),
  );
}

/** The same geometry with its measures where heights stand. */
function onlyMeasures(geometry: EsriGeometry): EsriGeometry {
  if ('x' in geometry) return { x: geometry.x, y: geometry.y, z: geometry.m };
  const at = geometry.hasZ === true ? 3 : 2;
  const moved = (part: unknown): unknown =>
    Array.isArray(part) ? part.map((one) => (Array.isArray(one) ? [one[0], one[1], one[at]] : one)) : part;
  const { points, paths, rings } = geometry;
  if (Array.isArray(points)) return { hasZ: true, points: moved(points) };
  return Array.isArray(paths)
    ? { hasZ: true, paths: paths.map(moved) }
    : { hasZ: true, rings: Array.isArray(rings) ? rings.map(moved) : [] };
}

/** Goes through little-endian well-known binary with Z: told of every type and of every run of vertices. */
function walk(
  wkb: Buffer,
  at: number,
  onType: (at: number) => void,
  onVertices: (at: number, count: number) => void,
): number {
  const type = wkb.readUInt32LE(at + 1) % Z;
  onType(at + 1);
  let next = at + 5;
  if (type === 1) {
    onVertices(next, 1);
    return next + 24;
  }
  const count = wkb.readUInt32LE(next);
  next += 4;
  if (type === 2) {
    onVertices(next, count);
    return next + 24 * count;
  }
  for (let i = 0; i < count; i++) {
    if (type === 3) {
      const vertices = wkb.readUInt32LE(next);
      onVertices(next + 4, vertices);
      next += 4 + 24 * vertices;
    } else next = walk(wkb, next, onType, onVertices);
  }
  return next;
}

/** The same bytes, said to be measures. */
function retagged(wkb: Buffer): Buffer {
  walk(
    wkb,
    0,
    (at) => wkb.writeUInt32LE((wkb.readUInt32LE(at) % Z) + M, at),
    () => {},
  );
  return wkb;
}

/** One geometry with both of two that differ in nothing else; the one with heights where they do not fit together. */
function joined(heights: Buffer, measures: Buffer): Buffer {
  if (heights.length !== measures.length) return heights;
  const pieces: Buffer[] = [];
  let done = 0;
  walk(
    heights,
    0,
    (at) => heights.writeUInt32LE((heights.readUInt32LE(at) % Z) + Z + M, at),
    (at, count) => {
      pieces.push(heights.subarray(done, at));
      for (let i = at; i < at + 24 * count; i += 24) {
        pieces.push(heights.subarray(i, i + 24), measures.subarray(i + 16, i + 24));
      }
      done = at + 24 * count;
    },
  );
  return Buffer.concat(pieces);
}
