import type { OutBuffer } from '../out-buffer.ts';
import { linearise } from './curves.ts';
import { EwkbFlag, EwkbType, MAX_COLLECTION_DEPTH, partType } from './ewkb.ts';
import { skipSpace } from './json-skip.ts';
import { readNumber } from './number.ts';

const typeCodes: ReadonlyMap<string, number> = new Map([
  ['POINT', EwkbType.point],
  ['LINESTRING', EwkbType.lineString],
  ['POLYGON', EwkbType.polygon],
  ['MULTIPOINT', EwkbType.multiPoint],
  ['MULTILINESTRING', EwkbType.multiLineString],
  ['MULTIPOLYGON', EwkbType.multiPolygon],
  ['GEOMETRYCOLLECTION', EwkbType.geometryCollection],
  ['TRIANGLE', EwkbType.polygon],
  ['TIN', EwkbType.multiPolygon],
  ['POLYHEDRALSURFACE', EwkbType.multiPolygon],
  ['CIRCULARSTRING', EwkbType.lineString],
  ['COMPOUNDCURVE', EwkbType.lineString],
  ['CURVEPOLYGON', EwkbType.polygon],
  ['MULTICURVE', EwkbType.multiLineString],
  ['MULTISURFACE', EwkbType.multiPolygon],
]);

/** Names of geometries that may have arcs, which become chords. */
const curveName = /CIRCULAR|CURVE|^MULTISURFACE/;

type Vertices = readonly (readonly number[])[];

const dimensionFlags: ReadonlyMap<string, number> = new Map([
  ['Z', EwkbFlag.z],
  ['M', EwkbFlag.m],
  ['ZM', EwkbFlag.z + EwkbFlag.m],
]);

const OPEN = 40;
const CLOSE = 41;
const COMMA = 44;

/**
 * Well-known text as OGC and PostGIS write it: any case, `POINT Z`, `POINTZ` or three numbers without a tag, `EMPTY`,
 * `MULTIPOINT` with or without inner parentheses, `SRID=4326;` in front. All parts must have the same ordinates. Curves
 * become lines, surfaces of triangles and polygons MultiPolygons.
 */
export class WktGeometry {
  /** What `SRID=` says: 0 where there is none. */
  srid = 0;
  /** Whether the last value had arcs. */
  isCurved = false;
  #bytes: Uint8Array = new Uint8Array(0);
  #end = 0;
  /** Z and M flags of the whole geometry; guessed first, then taken from the first tag or position that differs. */
  #flags = 0;
  /** What a tag or position says instead of `#flags`; -1 where nothing has. */
  #found = -1;
  #outermostSrid = 0;

  /** Appends the geometry with `srid` in its head. False: not well-known text, and `out` is as before. */
  append(bytes: Uint8Array, start: number, end: number, srid: number, out: OutBuffer): boolean {
    this.#bytes = bytes;
    this.#end = end;
    this.#outermostSrid = srid;
    const before = out.length;
    this.isCurved = false;
    this.#flags = 0;
    for (let attempt = 0; attempt < 2; attempt++) {
      this.#found = -1;
      const after = this.#geometry(this.#prefix(start), out, 0);
      if (after >= 0 && after <= end && this.#space(after) >= end) return true;
      out.length = before;
      if (this.#found < 0) return false;
      this.#flags = this.#found;
    }
    return false;
  }

  #space(at: number): number {
    return Math.min(skipSpace(this.#bytes, at), Math.max(at, this.#end));
  }

  /** Reads `SRID=n;` and returns the position of the geometry. */
  #prefix(start: number): number {
    const at = this.#space(start);
    this.srid = 0;
    const head = String.fromCharCode(...this.#bytes.subarray(at, Math.min(at + 24, this.#end)));
    const match = /^SRID\s*=\s*(\d{1,6})\s*;\s*/i.exec(head);
    if (match === null) return at;
    this.srid = Number(match[1]);
    return at + match[0].length;
  }

  #word(at: number): number {
    let i = at;
    while (i < this.#end && isLetter(this.#bytes[i]!)) i++;
    return i;
  }

  #upper(start: number, end: number): string {
    return end - start > 20 ? '' : String.fromCharCode(...this.#bytes.subarray(start, end)).toUpperCase();
  }

  #geometry(at: number, out: OutBuffer, depth: number): number {
    let i = this.#word(at);
    let name = this.#upper(at, i);
    let flags = -1;
    if (!typeCodes.has(name)) {
      const tag = /^(.*[^ZM])(Z|M|ZM)$/.exec(name);
      if (tag === null) return -1;
      name = tag[1]!;
      flags = dimensionFlags.get(tag[2]!)!;
    }
    const code = typeCodes.get(name);
    if (code === undefined) return -1;
    i = this.#space(i);
    let wordEnd = this.#word(i);
    const tagFlags = flags < 0 ? dimensionFlags.get(this.#upper(i, wordEnd)) : undefined;
    if (tagFlags !== undefined) {
      flags = tagFlags;
      i = this.#space(wordEnd);
      wordEnd = this.#word(i);
    }
    if (flags >= 0 && flags !== this.#flags) {
      this.#found = flags;
      return -1;
    }
    this.#head(code, out, depth === 0);
    if (wordEnd > i) return this.#upper(i, wordEnd) === 'EMPTY' ? this.#nothing(wordEnd, code, out) : -1;
    return curveName.test(name) ? this.#curved(i, name, out, depth) : this.#content(i, code, out, depth);
  }

  #content(at: number, code: number, out: OutBuffer, depth: number): number {
    switch (code) {
      case EwkbType.point: {
        if (this.#bytes[at] !== OPEN) return -1;
        const end = this.#space(this.#position(this.#space(at + 1), out));
        return this.#bytes[end] === CLOSE ? end + 1 : -1;
      }
      case EwkbType.lineString:
        return this.#positions(at, out);
      case EwkbType.polygon:
        return this.#list(at, out, (i) => this.#positions(i, out));
      case EwkbType.multiPoint:
        return this.#list(at, out, (i) => this.#part(i, code, out, () => this.#barePoint(i, out)));
      case EwkbType.multiLineString:
      case EwkbType.multiPolygon:
        return this.#list(at, out, (i) => this.#part(i, code, out, () => this.#content(i, partType(code), out, depth)));
      default:
        if (depth >= MAX_COLLECTION_DEPTH) return -1;
        return this.#list(at, out, (i) => this.#geometry(i, out, depth + 1));
    }
  }

  /** The position of the parenthesis behind a type's name, which may have a tag of its own. */
  #behindTag(at: number): number {
    const i = this.#space(at);
    const end = this.#word(i);
    return dimensionFlags.has(this.#upper(i, end)) ? this.#space(end) : i;
  }

  /** What stands in the parentheses of a geometry that may have arcs. */
  #curved(at: number, name: string, out: OutBuffer, depth: number): number {
    this.isCurved = true;
    switch (name) {
      case 'CURVEPOLYGON':
        return this.#list(at, out, (i) => this.#curve(i, '', out, 0));
      case 'MULTICURVE':
        return this.#list(at, out, (i) => {
          this.#head(EwkbType.lineString, out, false);
          return this.#curve(i, '', out, 0);
        });
      case 'MULTISURFACE':
        return this.#list(at, out, (i) => {
          const end = this.#word(i);
          const part = this.#upper(i, end);
          this.#head(EwkbType.polygon, out, false);
          const inside = this.#behindTag(end);
          if (part === 'CURVEPOLYGON') return this.#curved(inside, part, out, depth);
          return part === '' || part === 'POLYGON' ? this.#content(inside, EwkbType.polygon, out, depth) : -1;
        });
      default:
        return this.#curve(at, name, out, 0);
    }
  }

  /** Appends a line, an arc or several of both joined, as one sequence of positions. */
  #curve(at: number, name: string, out: OutBuffer, depth: number): number {
    const before = out.length;
    const width = 2 + (this.#flags & EwkbFlag.z ? 1 : 0) + (this.#flags & EwkbFlag.m ? 1 : 0);
    const read = (i: number, kind: string, level: number): { readonly end: number; readonly vertices: Vertices } => {
      const nothing = { end: -1, vertices: [] };
      if (level > 2) return nothing;
      const wordEnd = this.#word(i);
      if (wordEnd > i) return kind === '' ? read(this.#behindTag(wordEnd), this.#upper(i, wordEnd), level) : nothing;
      if (kind === 'COMPOUNDCURVE') {
        const vertices: (readonly number[])[] = [];
        let end = i;
        do {
          const part =
            this.#bytes[end] === (end === i ? OPEN : COMMA) ? read(this.#space(end + 1), '', level + 1) : nothing;
          if (part.end < 0) return nothing;
          for (let n = vertices.length > 0 ? 1 : 0; n < part.vertices.length; n++)
            vertices.push(part.vertices[n] ?? []);
          end = this.#space(part.end);
        } while (this.#bytes[end] === COMMA);
        return end < this.#end && this.#bytes[end] === CLOSE ? { end: end + 1, vertices } : nothing;
      }
      if (kind !== '' && kind !== 'LINESTRING' && kind !== 'CIRCULARSTRING') return nothing;
      const end = this.#positions(i, out);
      const vertices = end < 0 ? [] : readVertices(out, before, width);
      out.length = before;
      return { end, vertices: kind === 'CIRCULARSTRING' ? linearise(vertices) : vertices };
    };
    const { end, vertices } = read(at, name, depth);
    if (end < 0) return -1;
    out.ensure(4 + 8 * width * vertices.length);
    out.view.setUint32(out.length, vertices.length, true);
    out.length += 4;
    for (const value of vertices.flat()) {
      out.view.setFloat64(out.length, value, true);
      out.length += 8;
    }
    return end;
  }

  /** A part of a Multi* geometry, which may be EMPTY. */
  #part(at: number, code: number, out: OutBuffer, content: () => number): number {
    this.#head(partType(code), out, false);
    const wordEnd = this.#word(at);
    if (wordEnd === at) return content();
    return this.#upper(at, wordEnd) === 'EMPTY' ? this.#nothing(wordEnd, partType(code), out) : -1;
  }

  #barePoint(at: number, out: OutBuffer): number {
    return this.#bytes[at] === OPEN ? this.#content(at, EwkbType.point, out, 0) : this.#position(at, out);
  }

  #positions(at: number, out: OutBuffer): number {
    return this.#list(at, out, (i) => this.#position(i, out));
  }

  #list(at: number, out: OutBuffer, item: (at: number) => number): number {
    if (this.#bytes[at] !== OPEN) return -1;
    out.ensure(4);
    const countAt = out.length;
    out.length += 4;
    let count = 0;
    let i = at;
    do {
      i = item(this.#space(i + 1));
      if (i < 0 || i >= this.#end) return -1;
      count++;
      i = this.#space(i);
    } while (this.#bytes[i] === COMMA);
    if (i >= this.#end || this.#bytes[i] !== CLOSE) return -1;
    out.view.setUint32(countAt, count, true);
    return i + 1;
  }

  #position(at: number, out: OutBuffer): number {
    out.ensure(40);
    const base = out.length;
    let i = at;
    let count = 0;
    while (count < 5 && i >= 0 && i < this.#end && isNumberStart(this.#bytes[i]!)) {
      i = readNumber(this.#bytes, i, out.view, base + 8 * count);
      if (i < 0 || i > this.#end) return -1;
      count++;
      const next = this.#space(i);
      if (next === i && isNumberStart(this.#bytes[i] ?? 0) && i < this.#end) return -1;
      i = next;
    }
    const wanted = 2 + (this.#flags & EwkbFlag.z ? 1 : 0) + (this.#flags & EwkbFlag.m ? 1 : 0);
    if (count !== wanted) {
      if (this.#flags === 0 && count === 3) this.#found = EwkbFlag.z;
      if (this.#flags === 0 && count === 4) this.#found = EwkbFlag.z + EwkbFlag.m;
      return -1;
    }
    out.length = base + 8 * count;
    return i;
  }

  #head(code: number, out: OutBuffer, isOutermost: boolean): void {
    out.ensure(9);
    const at = out.length;
    out.view.setUint8(at, 1);
    out.view.setUint32(at + 1, code + this.#flags + (isOutermost ? EwkbFlag.srid : 0), true);
    if (isOutermost) out.view.setUint32(at + 5, this.#outermostSrid, true);
    out.length = at + (isOutermost ? 9 : 5);
  }

  #nothing(after: number, code: number, out: OutBuffer): number {
    out.ensure(40);
    if (code === EwkbType.point) {
      const width = 2 + (this.#flags & EwkbFlag.z ? 1 : 0) + (this.#flags & EwkbFlag.m ? 1 : 0);
      for (let n = 0; n < width; n++, out.length += 8) out.view.setFloat64(out.length, Number.NaN, true);
    } else {
      out.view.setUint32(out.length, 0, true);
      out.length += 4;
    }
    return after;
  }
}

function readVertices(out: OutBuffer, at: number, width: number): Vertices {
  return Array.from({ length: out.view.getUint32(at, true) }, (_, n) =>
    Array.from({ length: width }, (_value, i) => out.view.getFloat64(at + 4 + 8 * (n * width + i), true)),
  );
}

const isLetter = (byte: number): boolean => (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122);
const isNumberStart = (byte: number): boolean => (byte >= 48 && byte <= 57) || byte === 45 || byte === 46;
