import { type Coordinates, checkVertices, gather, invalidShape, type Shape } from '../shape.ts';
import { boxRing, readTuples } from './coordinates.ts';

/** Elements that are geometries or hold some. */
export const geometryElements: ReadonlySet<string> = new Set([
  'Point',
  'LineString',
  'LinearRing',
  'Polygon',
  'MultiGeometry',
  'Track',
  'MultiTrack',
  'Model',
  'LatLonBox',
  'LatLonQuad',
]);

/** How a geometry stands to the ground; columns of the placemark, as GDAL names them. */
const attitudes: ReadonlySet<string> = new Set(['altitudeMode', 'extrude', 'tessellate']);

interface OpenGeometry {
  readonly element: string;
  /** Parts of a MultiGeometry or MultiTrack, rings of a Polygon. */
  readonly members: Shape[];
  readonly coordinates: Coordinates;
  /** Parts of a LatLonBox or of a Model's Location. */
  readonly box: Map<string, string>;
  readonly when: string[];
}

/** Builds the geometry of one placemark from the elements in it. */
export class GeometryBuilder {
  /** The geometry, when its element has ended. */
  shape: Shape | null = null;
  /** Columns that the geometry gives: altitudeMode, extrude, tessellate. */
  readonly values = new Map<string, string>();
  /** Times of the points of each track. */
  readonly whens: (readonly string[])[] = [];
  readonly #open: OpenGeometry[] = [];
  readonly #file: string;
  readonly #place: string;
  #isBroken = false;

  /** `file` and `place` are for messages. */
  constructor(file: string, place: string) {
    this.#file = file;
    this.#place = place;
  }

  /** Whether an element of the geometry is open. */
  get isOpen(): boolean {
    return this.#open.length > 0;
  }

  /** A geometry's element begins. */
  open(element: string): void {
    this.#open.push({ element, members: [], coordinates: [], box: new Map(), when: [] });
  }

  /** An element inside the geometry ends, with its text. */
  value(element: string, text: string): void {
    const geometry = this.#open.at(-1);
    if (geometry === undefined) return;
    if (element === 'coordinates') {
      if (!readTuples(text, geometry.coordinates)) this.#isBroken = true;
      checkVertices(geometry.coordinates, this.#file, this.#place);
    } else if (element === 'coord') {
      if (!readTuples(text.trim().replace(/\s+/g, ','), geometry.coordinates)) this.#isBroken = true;
      checkVertices(geometry.coordinates, this.#file, this.#place);
    } else if (element === 'when') {
      geometry.when.push(text.trim());
    } else if (geometry.element === 'LatLonBox' || geometry.element === 'Model') {
      geometry.box.set(element, text);
    }
    if (attitudes.has(element) && !this.values.has(element)) this.values.set(element, text.trim());
  }

  /** The geometry's element ends. */
  close(): void {
    const geometry = this.#open.pop();
    if (geometry === undefined) return;
    if (geometry.when.length > 0) this.whens.push(geometry.when);
    const shape = toShape(geometry);
    const parent = this.#open.at(-1);
    if (parent === undefined) this.shape = this.#isBroken ? invalidShape : shape;
    else if (shape !== null) parent.members.push(shape);
  }
}

function toShape({ element, members, coordinates, box }: OpenGeometry): Shape | null {
  switch (element) {
    case 'Point':
      return coordinates.length === 0 ? null : { type: 'point', coordinates: coordinates.slice(0, 3) };
    case 'LineString':
    case 'LinearRing':
    case 'Track':
      return coordinates.length === 0 ? null : { type: 'line', coordinates };
    case 'Polygon': {
      const rings = members.flatMap((member) => ('coordinates' in member ? [closed(member.coordinates)] : []));
      return rings.length === 0 ? null : { type: 'polygon', rings };
    }
    case 'LatLonQuad':
      return coordinates.length === 0 ? null : { type: 'polygon', rings: [closed(coordinates)] };
    case 'LatLonBox': {
      const ring = boxRing(box);
      return ring === null ? null : { type: 'polygon', rings: [ring] };
    }
    case 'Model': {
      const place = [box.get('longitude'), box.get('latitude'), box.get('altitude')];
      const [x = Number.NaN, y = Number.NaN, z = Number.NaN] = place.map((text) =>
        text === undefined || text.trim() === '' ? Number.NaN : Number(text),
      );
      return Number.isFinite(x) && Number.isFinite(y) ? { type: 'point', coordinates: [x, y, z] } : null;
    }
    default:
      return gather(members);
  }
}

/** Rings that writers leave open are closed, as all readers of KML do. */
function closed(ring: Coordinates): Coordinates {
  const last = ring.length - 3;
  if (ring[0] === ring[last] && ring[1] === ring[last + 1]) return ring;
  return [...ring, ...ring.slice(0, 3)];
}
