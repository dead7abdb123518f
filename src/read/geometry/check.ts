// hot path: measured by npm run bench
import { isOpenRing } from './close-rings.ts';
import { baseType, EwkbFlag, EwkbType, headLength, MAX_COLLECTION_DEPTH, ordinates, partType } from './ewkb.ts';
import { GeometryOutcome } from './outcome.ts';

/**
 * How far, in degrees, a coordinate may lie beyond ±180 or ±90 and still be taken as it stands: files that went
 * through a reprojection hold -180.00000000000003, and those that held single precision 180.00000190734863. The
 * distance between single-precision numbers at 180; anything larger is no longitude or latitude.
 */
const TOLERANCE_DEGREES = 2 ** -16;

/** Lines and rings that cross the antimeridian go on beyond it: Russia reaches to 190. One more world is the most. */
const MAX_LINE_LONGITUDE = 360;

/** Latitude beyond which CARTO's `the_geom_webmercator` ends (wire contract 6.6, point 4). */
export const MERCATOR_LATITUDE = 89;

/**
 * Walks one geometry and refuses what PostGIS's own reader would refuse, since one such value in a COPY ends the whole
 * load: rings that are not closed or have fewer than four vertices, lines of one vertex, parts of a wrong type.
 * Also x and y that are not finite, infinite Z and M and, with `degrees`, coordinates outside the world. One object is reused; after
 * `run`, the fields tell about the last geometry.
 */
export class GeometryCheck {
  /** Vertices of the geometry; 0 is an empty geometry. */
  vertices = 0;
  /** Whether any vertex lies beyond the latitude where the mercator column ends. */
  isBeyondMercator = false;
  /** Whether it was refused at a ring that only lacks its last vertex. */
  hasOpenRing = false;
  /** Position behind the geometry. */
  end = 0;
  #outcome: GeometryOutcome = GeometryOutcome.ok;

  run(view: DataView, at: number, degrees: boolean): GeometryOutcome {
    this.vertices = 0;
    this.isBeyondMercator = false;
    this.hasOpenRing = false;
    this.#outcome = GeometryOutcome.ok;
    this.end = this.#geometry(view, at, degrees, 0, view.getUint32(at + 1, true) & (EwkbFlag.z | EwkbFlag.m), 0);
    if (this.#outcome === GeometryOutcome.ok && this.vertices === 0) return GeometryOutcome.empty;
    return this.#outcome;
  }

  #fail(outcome: GeometryOutcome): number {
    if (this.#outcome === GeometryOutcome.ok || outcome === GeometryOutcome.invalid) this.#outcome = outcome;
    return -1;
  }

  #geometry(view: DataView, at: number, degrees: boolean, part: number, flags: number, depth: number): number {
    const type = view.getUint32(at + 1, true);
    const base = baseType(type);
    if ((part !== 0 && base !== part) || (type & (EwkbFlag.z | EwkbFlag.m)) !== flags) {
      return this.#fail(GeometryOutcome.invalid);
    }
    let i = at + headLength(type);
    const stride = 8 * ordinates(type);
    if (base === EwkbType.point) {
      if (isEmptyPoint(view, i, stride)) return i + stride;
      return this.#vertices(view, i, 1, stride, degrees);
    }
    const count = view.getUint32(i, true);
    i += 4;
    if (base === EwkbType.lineString) {
      if (count === 1) return this.#fail(GeometryOutcome.invalid);
      return this.#vertices(view, i, count, stride, degrees);
    }
    if (base === EwkbType.polygon) {
      for (let ring = 0; ring < count && i >= 0; ring++) i = this.#ring(view, i, stride, degrees);
      return i;
    }
    if (depth >= MAX_COLLECTION_DEPTH) return this.#fail(GeometryOutcome.invalid);
    const wanted = partType(base);
    for (let child = 0; child < count && i >= 0; child++) {
      i = this.#geometry(view, i, degrees, wanted, flags, depth + 1);
    }
    return i;
  }

  #ring(view: DataView, at: number, stride: number, degrees: boolean): number {
    const count = view.getUint32(at, true);
    const first = at + 4;
    const last = first + (count - 1) * stride;
    const isClosed =
      count >= 4 &&
      view.getFloat64(first, true) === view.getFloat64(last, true) &&
      view.getFloat64(first + 8, true) === view.getFloat64(last + 8, true);
    if (isClosed) return this.#vertices(view, first, count, stride, degrees);
    this.hasOpenRing = isOpenRing(view, first, count, stride);
    return this.#fail(GeometryOutcome.invalid);
  }

  #vertices(view: DataView, at: number, count: number, stride: number, degrees: boolean): number {
    const end = at + count * stride;
    const width = degrees ? (count > 1 ? MAX_LINE_LONGITUDE : 180 + TOLERANCE_DEGREES) : Number.MAX_VALUE;
    const height = degrees ? 90 + TOLERANCE_DEGREES : Number.MAX_VALUE;
    let north = 0;
    for (let i = at; i < end; i += stride) {
      const x = Math.abs(view.getFloat64(i, true));
      const y = Math.abs(view.getFloat64(i + 8, true));
      if (!(x <= width && y <= height)) {
        return this.#fail(x < Infinity && y < Infinity ? GeometryOutcome.outOfRange : GeometryOutcome.invalid);
      }
      if (y > north) north = y;
    }
    for (let extra = 16; extra < stride; extra += 8) {
      for (let i = at + extra; i < end; i += stride) {
        // NaN is "unknown", as shapefiles have it for measures.
        if (Math.abs(view.getFloat64(i, true)) === Infinity) return this.#fail(GeometryOutcome.invalid);
      }
    }
    if (north > MERCATOR_LATITUDE) this.isBeyondMercator = true;
    this.vertices += count;
    return end;
  }
}

/** Well-known binary writes POINT EMPTY as a point whose ordinates are all NaN. */
export function isEmptyPoint(view: DataView, at: number, stride: number): boolean {
  for (let i = 0; i < stride; i += 8) if (!Number.isNaN(view.getFloat64(at + i, true))) return false;
  return true;
}
