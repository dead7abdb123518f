// hot path: measured by npm run bench
import { canonicalSrid } from '../domain/crs.ts';
import type { ExtraOrdinates } from '../domain/schema.ts';
import { GeometryCheck } from './geometry/check.ts';
import { appendWithinMercator } from './geometry/clip.ts';
import { closeRings } from './geometry/close-rings.ts';
import { baseType, EwkbFlag, EwkbType, extraIndex, headLength, ordinates } from './geometry/ewkb.ts';
import { Extent } from './geometry/extent.ts';
import { flatten } from './geometry/flatten.ts';
import { GeoJsonGeometry } from './geometry/geojson-geometry.ts';
import { KmlGeometry } from './geometry/kml-geometry.ts';
import { Mercator } from './geometry/mercator.ts';
import { GeometryOutcome } from './geometry/outcome.ts';
import { decodeHex, GeometryText, geometryText } from './geometry/text.ts';
import { WkbGeometry } from './geometry/wkb-geometry.ts';
import { WktGeometry } from './geometry/wkt-geometry.ts';
import type { OutBuffer } from './out-buffer.ts';

export { GeometryOutcome } from './geometry/outcome.ts';

/**
 * Writes geometries as the two COPY BINARY fields `the_geom` and `the_geom_webmercator` (length and EWKB, or -1 for
 * NULL). Every method appends exactly two fields; both are NULL unless the outcome is `ok`. Nothing it writes is
 * refused by PostGIS.
 */
export interface GeometryEncoder {
  /** Geometries whose Z or M was dropped so far, to be told to the user. */
  readonly flattened: number;
  /** Geometries that have not what `extra` asks for: a column of it refuses them, so the pass must not count. */
  readonly misfits: number;
  /** Geometries whose arcs have become chords. */
  readonly linearised: number;
  /** Rings of polygons that ended elsewhere than they began and were closed. */
  readonly closedRings: number;
  /** The box around all geometries that were `outOfRange`. */
  readonly outside: Extent;
  /** SRID that the last parsed value named itself; 0 where it named none. */
  readonly ownSrid: number;
  /** Two NULL fields. */
  nulls(out: OutBuffer): GeometryOutcome;
  /** A point of the layer's SRID: longitude and latitude, or easting and northing. */
  point(x: number, y: number, out: OutBuffer): GeometryOutcome;
  /** A GeoJSON geometry object, or `null`. */
  geojson(bytes: Uint8Array, start: number, end: number, out: OutBuffer): GeometryOutcome;
  /** Binary WKB or EWKB of either byte order. */
  wkb(bytes: Uint8Array, start: number, end: number, out: OutBuffer): GeometryOutcome;
  /** WKT, EWKT, hexadecimal WKB or EWKB, GeoJSON, or a KML geometry element; decided for every value, white space around it allowed. */
  text(bytes: Uint8Array, start: number, end: number, out: OutBuffer): GeometryOutcome;
}

export interface GeometryEncoderOptions {
  /** SRID of the layer's coordinates. */
  readonly srid: number;
  /** What `the_geom` keeps besides x and y; absent: nothing. The column must be of that kind. */
  readonly extra?: ExtraOrdinates | undefined;
  /** Counts geometries by what they have besides x and y, at `extraIndex`. */
  readonly counts?: Float64Array;
}

/** Parses one notation; `srid` is what the last value said of itself, 0 for nothing. */
interface Notation {
  readonly srid: number;
  /** Whether the last value had arcs, which are chords now. */
  readonly isCurved?: boolean;
  append(bytes: Uint8Array, start: number, end: number, srid: number, out: OutBuffer): boolean;
}

/**
 * An encoder for a layer whose coordinates are in `srid`. With 4326 and 3857 both fields are written, each coordinate
 * that was there bit for bit and the other computed. With any other SRID `the_geom` is in that SRID and
 * `the_geom_webmercator` NULL, to be transformed by the database. A value that names an SRID of its own is converted
 * between 4326 and 3857 and `otherSystem` otherwise. Z and M are kept in `the_geom` where `extra` says so, in
 * `the_geom_webmercator` never.
 *
 * Points beyond ±89 degrees have no `the_geom_webmercator`, lines and polygons only the part within: that is where the
 * original's trigger clips, for all kinds of geometry alike (wire contract 6.6, point 4). In a layer of 3857 the
 * coordinates were mercator already and stay as they are. The antimeridian is nowhere cut.
 */
export function createGeometryEncoder(options: GeometryEncoderOptions): GeometryEncoder {
  return new EwkbEncoder(options);
}

class EwkbEncoder implements GeometryEncoder {
  flattened = 0;
  misfits = 0;
  linearised = 0;
  closedRings = 0;
  ownSrid = 0;
  readonly outside = new Extent();
  readonly #srid: number;
  /** `extraIndex` of what is kept. */
  readonly #kept: number;
  readonly #counts: Float64Array;
  readonly #mercator = new Mercator();
  readonly #check = new GeometryCheck();
  readonly #geojson = new GeoJsonGeometry();
  readonly #wkb = new WkbGeometry();
  readonly #wkt = new WktGeometry();
  readonly #kml = new KmlGeometry();

  constructor({ srid, extra, counts }: GeometryEncoderOptions) {
    this.#srid = canonicalSrid(srid);
    this.#kept = extra === undefined ? 0 : { Z: 1, M: 2, ZM: 3 }[extra];
    this.#counts = counts ?? new Float64Array(4);
  }

  nulls(out: OutBuffer): GeometryOutcome {
    out.ensure(8);
    out.view.setInt32(out.length, -1);
    out.view.setInt32(out.length + 4, -1);
    out.length += 8;
    return GeometryOutcome.empty;
  }

  point(x: number, y: number, out: OutBuffer): GeometryOutcome {
    out.ensure(29);
    const at = out.length;
    out.view.setUint8(at + 4, 1);
    out.view.setUint32(at + 5, EwkbType.point + EwkbFlag.srid, true);
    out.view.setUint32(at + 9, this.#srid, true);
    out.view.setFloat64(at + 13, x, true);
    out.view.setFloat64(at + 21, y, true);
    if (Number.isNaN(x) || Number.isNaN(y)) return this.#refuse(at, GeometryOutcome.invalid, out);
    out.length = at + 29;
    return this.#finish(at, this.#srid, out);
  }

  geojson(bytes: Uint8Array, start: number, end: number, out: OutBuffer): GeometryOutcome {
    return isNull(bytes, start, end) ? this.nulls(out) : this.#parse(this.#geojson, bytes, start, end, out);
  }

  wkb(bytes: Uint8Array, start: number, end: number, out: OutBuffer): GeometryOutcome {
    return end <= start ? this.nulls(out) : this.#parse(this.#wkb, bytes, start, end, out);
  }

  text(bytes: Uint8Array, start: number, end: number, out: OutBuffer): GeometryOutcome {
    switch (geometryText(bytes, start, end)) {
      case GeometryText.none:
        return this.nulls(out);
      case GeometryText.geojson:
        return this.geojson(bytes, start, end, out);
      case GeometryText.kml:
        return this.#parse(this.#kml, bytes, start, end, out);
      case GeometryText.wkt:
        return this.#parse(this.#wkt, bytes, start, end, out);
      case GeometryText.hex: {
        const binary = decodeHex(bytes, start, end);
        return this.wkb(binary, 0, binary.length, out);
      }
      default:
        return this.#refuse(out.length, GeometryOutcome.invalid, out);
    }
  }

  #parse(notation: Notation, bytes: Uint8Array, start: number, end: number, out: OutBuffer): GeometryOutcome {
    const at = out.length;
    out.ensure(8);
    out.length = at + 4;
    this.ownSrid = 0;
    const isParsed = notation.append(bytes, start, end, this.#srid, out);
    if (!isParsed) return this.#refuse(at, GeometryOutcome.invalid, out);
    // A `crs` that is not understood.
    if (notation.srid < 0) return this.#refuse(at, GeometryOutcome.invalid, out);
    if (notation.isCurved === true) this.linearised++;
    this.ownSrid = canonicalSrid(notation.srid);
    const own = this.ownSrid === 0 ? this.#srid : this.ownSrid;
    const isConvertible = (srid: number): boolean => srid === 4326 || srid === 3857;
    if (own !== this.#srid && !(isConvertible(own) && isConvertible(this.#srid))) {
      return this.#refuse(at, GeometryOutcome.otherSystem, out);
    }
    return this.#finish(at, own, out);
  }

  #refuse(at: number, outcome: GeometryOutcome, out: OutBuffer): GeometryOutcome {
    out.length = at;
    this.nulls(out);
    return outcome;
  }

  /** Checks the EWKB that lies behind the length field at `at` up to the end of `out`, and writes the other field. */
  #finish(at: number, srid: number, out: OutBuffer): GeometryOutcome {
    const source = at + 4;
    let outcome = this.#check.run(out.view, source, srid === 4326);
    if (this.#check.hasOpenRing) {
      const rings = closeRings(out, source);
      outcome = this.#check.run(out.view, source, srid === 4326);
      if (outcome === GeometryOutcome.ok) this.closedRings += rings;
    }
    if (outcome === GeometryOutcome.outOfRange) this.outside.add(out.view, source);
    if (outcome !== GeometryOutcome.ok) return this.#refuse(at, outcome, out);
    const extra = extraIndex(out.view.getUint32(source + 1, true));
    this.#counts[extra]!++;
    if (extra !== this.#kept) {
      if (this.#kept !== 0) this.misfits++;
      else {
        flatten(out, source);
        this.flattened++;
      }
    }
    const length = out.length - source;
    out.view.setInt32(at, length);
    const second = out.length;
    out.ensure(4 + length);
    out.length += 4;
    if (srid !== 4326 && srid !== 3857) {
      out.view.setInt32(second, -1);
      return GeometryOutcome.ok;
    }
    if (srid === 4326 && this.#check.isBeyondMercator) {
      if (!appendWithinMercator(out.view, source, out)) {
        out.view.setInt32(second, -1);
        return GeometryOutcome.ok;
      }
    } else {
      out.bytes.copyWithin(second + 4, source, source + length);
      out.length += length;
    }
    if (this.#kept !== 0) flatten(out, second + 4);
    out.view.setInt32(second, out.length - second - 4);
    out.view.setUint32(source + 5, 4326, true);
    out.view.setUint32(second + 9, 3857, true);
    if (srid === 4326) {
      this.#project(out.view, second + 4, true);
      return GeometryOutcome.ok;
    }
    this.#project(out.view, source, false);
    const degrees = this.#check.run(out.view, source, true);
    if (degrees === GeometryOutcome.outOfRange) this.outside.add(out.view, source);
    return degrees === GeometryOutcome.ok ? degrees : this.#refuse(at, degrees, out);
  }

  /** Transforms all vertices of a geometry where it lies, and returns the position behind it. */
  #project(view: DataView, at: number, isForward: boolean): number {
    const type = view.getUint32(at + 1, true);
    const base = baseType(type);
    const stride = 8 * ordinates(type);
    let i = at + headLength(type);
    let count = 1;
    if (base !== EwkbType.point) {
      count = view.getUint32(i, true);
      i += 4;
    }
    if (base <= EwkbType.lineString) return this.#vertices(view, i, count, stride, isForward);
    for (let part = 0; part < count; part++) {
      i =
        base === EwkbType.polygon
          ? this.#vertices(view, i + 4, view.getUint32(i, true), stride, isForward)
          : this.#project(view, i, isForward);
    }
    return i;
  }

  #vertices(view: DataView, at: number, count: number, stride: number, isForward: boolean): number {
    if (isForward) this.#mercator.forward(view, at, count, stride);
    else this.#mercator.inverse(view, at, count, stride);
    return at + count * stride;
  }
}

function isNull(bytes: Uint8Array, start: number, end: number): boolean {
  return (
    end - start === 4 &&
    bytes[start] === 110 &&
    bytes[start + 1] === 117 &&
    bytes[start + 2] === 108 &&
    bytes[start + 3] === 108
  );
}
