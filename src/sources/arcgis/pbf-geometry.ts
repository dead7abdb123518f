// hot path: bench/arcgis
import type { PbfReader } from 'pbf';
import type { Answer } from './client.ts';
import { PbfUnread, readInner, readNumbers, readZigzag } from './pbf-messages.ts';

/** Coordinates as an answer has them: whole numbers of a grid, of each part the first and then the steps. */
export interface GridGeometry {
  /** Vertices of each part; none: they are one. */
  readonly lengths: readonly number[];
  readonly coordinates: readonly number[];
}

/** What tells grids and coordinates apart, of the whole answer. */
export interface Grid {
  /** Of `esriGeometryType…`, in the order of the published list: point, multipoint, polyline, polygon. */
  readonly kind: number;
  readonly hasZ: boolean;
  readonly hasM: boolean;
  /** Whether rows count downwards. */
  readonly isUpperLeft: boolean;
  /** Width of a cell along x, y, m and z, and where the grid begins; 0 where nothing is said. */
  readonly scale: readonly number[];
  readonly origin: readonly number[];
}

/** Widest cell whose middle is not farther from its edge than coordinates may be from those that JSON has. */
const WIDEST_CELL = 2e-9;

/** Reads the message `Geometry`. */
export function readGeometry(pbf: PbfReader, end: number): GridGeometry {
  const lengths: number[] = [];
  const coordinates: number[] = [];
  readInner(pbf, end, (field, inner, last) => {
    if (field === 2) readNumbers(inner, last, lengths, (one) => one.readVarint());
    else if (field === 3) readNumbers(inner, last, coordinates, readZigzag);
  });
  return { lengths, coordinates };
}

type Place = (cells: number) => number;

/** From cells to coordinates; where grid and origin are decimal, to the double that is nearest to the decimal number. */
function placing(scale: number, origin: number, sign: number): Place {
  const perUnit = Math.round(1 / scale);
  const shift = Math.round(origin * perUnit);
  const isDecimal = Math.abs(scale * perUnit - 1) < 1e-12 && Math.abs(origin * perUnit - shift) < 1e-3;
  return isDecimal ? (cells) => (sign * cells + shift) / perUnit : (cells) => sign * cells * scale + origin;
}

/** Makes Esri's JSON of the geometries of an answer. Throws `PbfUnread` for a grid that is wider than 2e-9. */
export function createGeometries(grid: Grid): (geometry: GridGeometry | null) => Answer | null {
  const { kind, hasZ, hasM, isUpperLeft, scale, origin } = grid;
  const used = [0, 1, ...(hasZ ? [3] : []), ...(hasM ? [2] : [])];
  let places: readonly Place[] | null = null;
  const begin = (): readonly Place[] => {
    if (used.some((axis) => !((scale[axis] ?? 0) > 0 && (scale[axis] ?? 0) <= WIDEST_CELL))) {
      throw new PbfUnread('coordinates of a grid that is too wide');
    }
    return used.map((axis) => placing(scale[axis] ?? 1, origin[axis] ?? 0, axis === 1 && isUpperLeft ? -1 : 1));
  };
  return (geometry) => {
    if (geometry === null || geometry.coordinates.length === 0) return null;
    places ??= begin();
    // Of a point some servers write how many numbers it has where lengths of parts stand.
    const parts = partsOf(kind === 0 ? { ...geometry, lengths: [] } : geometry, places);
    switch (kind) {
      case 0:
        return pointOf(parts[0]?.[0] ?? [], hasZ, hasM);
      case 1:
        return { points: parts.flat() };
      case 2:
        return { paths: parts };
      case 3:
        return { rings: parts };
      default:
        throw new PbfUnread('a geometry of another kind');
    }
  };
}

function pointOf([x, y, ...more]: readonly number[], hasZ: boolean, hasM: boolean): Answer {
  return { x, y, ...(hasZ ? { z: more[0] } : {}), ...(hasM ? { m: more.at(-1) } : {}) };
}

function partsOf({ lengths, coordinates }: GridGeometry, places: readonly Place[]): readonly (readonly number[][])[] {
  const width = places.length;
  const counts = lengths.length > 0 ? lengths.filter((count) => count > 0) : [coordinates.length / width];
  let at = 0;
  const parts = counts.map((count) => {
    if (count * width > coordinates.length - at) throw new PbfUnread('parts of more vertices than there are');
    const cells = new Float64Array(width);
    const part: number[][] = [];
    for (let vertex = 0; vertex < count; vertex++) {
      const position: number[] = [];
      for (let axis = 0; axis < width; axis++) {
        const sum = cells[axis]! + coordinates[at++]!;
        cells[axis] = sum;
        position.push(places[axis]!(sum));
      }
      part.push(position);
    }
    return part;
  });
  if (at !== coordinates.length) throw new PbfUnread('vertices that belong to no part');
  return parts;
}
