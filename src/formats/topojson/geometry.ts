import { type Coordinates, checkVertices, gather, invalidShape, type Shape } from '../shape.ts';
import type { Arcs, Transform } from './arcs.ts';

/** Deepest nesting of geometry collections. */
const MAX_DEPTH = 8;

/** What a geometry object says, apart from its attributes. */
export interface TopoGeometry {
  readonly type?: unknown;
  readonly arcs?: unknown;
  readonly coordinates?: unknown;
  readonly geometries?: unknown;
}

class Unreadable extends Error {}

/** Builds the geometries of a topology from its arcs. */
export class TopoGeometries {
  /** Rings that were open in the file, since it was last set. */
  closedRings = 0;
  readonly #arcs: Arcs;
  readonly #transform: Transform | null;
  readonly #file: string;

  constructor(arcs: Arcs, transform: Transform | null, file: string) {
    this.#arcs = arcs;
    this.#transform = transform;
    this.#file = file;
  }

  /** The geometry of an object; null where its type is null or it is empty. `place` is for messages. */
  build(geometry: TopoGeometry, place: string): Shape | null {
    try {
      return this.#build(geometry, place, 0);
    } catch (error) {
      if (error instanceof Unreadable) return invalidShape;
      throw error;
    }
  }

  #build(geometry: TopoGeometry, place: string, depth: number): Shape | null {
    const line = (arcs: unknown): Shape => ({ type: 'line', coordinates: this.#line(arcs, place) });
    const polygon = (rings: unknown): Shape => ({
      type: 'polygon',
      rings: list(rings).map((ring) => this.#ring(ring, place)),
    });
    switch (geometry.type) {
      case undefined:
      case null:
        return null;
      case 'Point':
        return this.#point(geometry.coordinates);
      case 'MultiPoint':
        return gather(list(geometry.coordinates).map((position) => this.#point(position)));
      case 'LineString':
        return line(geometry.arcs);
      case 'MultiLineString':
        return gather(list(geometry.arcs).map(line));
      case 'Polygon':
        return polygon(geometry.arcs);
      case 'MultiPolygon':
        return gather(list(geometry.arcs).map(polygon));
      case 'GeometryCollection': {
        if (depth === MAX_DEPTH) throw new Unreadable();
        const members = list(geometry.geometries).flatMap((member) => {
          const shape = isObject(member) ? this.#build(member, place, depth + 1) : null;
          return shape === null ? [] : [shape];
        });
        return members.length === 0 ? null : { type: 'collection', members };
      }
      default:
        throw new Unreadable();
    }
  }

  #point(position: unknown): Shape {
    const [x, y] = list(position);
    if (typeof x !== 'number' || typeof y !== 'number') throw new Unreadable();
    if (this.#transform === null) return { type: 'point', coordinates: [x, y, Number.NaN] };
    const { scale, translate } = this.#transform;
    return { type: 'point', coordinates: [x * scale[0] + translate[0], y * scale[1] + translate[1], Number.NaN] };
  }

  /**
   * A ring that the database takes. Small islands shrink to less than four vertices when a topology is simplified: the
   * first is repeated, as topojson-client does. One whose arcs do not meet, by a step of the grid, is closed and counted.
   */
  #ring(arcs: unknown, place: string): Coordinates {
    const ring = this.#line(arcs, place);
    const [x, y, z] = ring;
    if (x === undefined || y === undefined || z === undefined) return ring;
    if (ring.at(-3) !== x || ring.at(-2) !== y) {
      this.closedRings++;
      ring.push(x, y, z);
    }
    while (ring.length < 4 * 3) ring.push(x, y, z);
    return ring;
  }

  #line(arcs: unknown, place: string): Coordinates {
    const coordinates: Coordinates = [];
    for (const arc of list(arcs)) {
      if (!this.#arcs.append(arc, coordinates)) throw new Unreadable();
      checkVertices(coordinates, this.#file, place);
    }
    return coordinates;
  }
}

const isObject = (value: unknown): value is TopoGeometry =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Unreadable();
  return value;
}
