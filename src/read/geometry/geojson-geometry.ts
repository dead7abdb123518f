// hot path: measured by npm run bench
import { crsObjectSrid } from '../../domain/crs.ts';
import type { OutBuffer } from '../out-buffer.ts';
import { EwkbFlag, EwkbType, MAX_COLLECTION_DEPTH } from './ewkb.ts';
import { skipSpace, skipString, skipValue } from './json-skip.ts';
import { readNumber } from './number.ts';

const BYTE = { quote: 34, comma: 44, colon: 58, open: 91, close: 93, brace: 123, braceEnd: 125 } as const;

const typeCodes: ReadonlyMap<string, number> = new Map([
  ['Point', EwkbType.point],
  ['LineString', EwkbType.lineString],
  ['Polygon', EwkbType.polygon],
  ['MultiPoint', EwkbType.multiPoint],
  ['MultiLineString', EwkbType.multiLineString],
  ['MultiPolygon', EwkbType.multiPolygon],
  ['GeometryCollection', EwkbType.geometryCollection],
]);

/**
 * GeoJSON geometry text to EWKB, coordinates straight into the output. A geometry has Z if any of its positions has a
 * third number; positions without it then get 0, as PostGIS does. Numbers beyond the third are read and dropped (RFC
 * 7946, 3.1.1). The last geometry's ordinates are the first guess for the next; a wrong guess costs a second parse.
 */
export class GeoJsonGeometry {
  /** What the geometry's own `crs` member says: 0 where there is none, -1 where it is not understood. */
  srid = 0;
  #bytes: Uint8Array = new Uint8Array(0);
  #end = 0;
  #hasZ = false;
  #sawZ = false;
  #outermostSrid = 0;

  /** Appends the geometry with room for an SRID in its head. False: not a geometry, and `out` is as before. */
  append(bytes: Uint8Array, start: number, end: number, srid: number, out: OutBuffer): boolean {
    this.#bytes = bytes;
    this.#end = end;
    this.#outermostSrid = srid;
    const before = out.length;
    for (let attempt = 0; attempt < 2; attempt++) {
      this.srid = 0;
      this.#sawZ = false;
      out.length = before;
      const after = this.#geometry(skipSpace(bytes, start), out, 0);
      if (after < 0 || after > end || skipSpace(bytes, after) < end) break;
      if (this.#sawZ === this.#hasZ) return true;
      this.#hasZ = this.#sawZ;
    }
    out.length = before;
    return false;
  }

  /** Returns the position behind the object, or -1. */
  #geometry(at: number, out: OutBuffer, depth: number): number {
    const bytes = this.#bytes;
    const end = this.#end;
    if (bytes[at] !== BYTE.brace) return -1;
    const before = out.length;
    let code = 0;
    let content = -1;
    let contentIsParts = false;
    let isWritten = false;
    let i = skipSpace(bytes, at + 1);
    if (bytes[i] === BYTE.braceEnd) return -1;
    while (i < end) {
      if (bytes[i] !== BYTE.quote) return -1;
      const keyEnd = skipString(bytes, i, end);
      if (keyEnd < 0) return -1;
      const key = memberOf(bytes, i + 1, keyEnd - 1);
      i = skipSpace(bytes, keyEnd);
      if (bytes[i] !== BYTE.colon) return -1;
      i = skipSpace(bytes, i + 1);
      const value = i;
      if (key === Member.coordinates || key === Member.geometries) {
        content = value;
        contentIsParts = key === Member.geometries;
        if (code !== 0 && contentIsParts === (code === EwkbType.geometryCollection)) {
          out.length = before;
          i = this.#content(value, code, out, depth);
          if (i < 0) return -1;
          isWritten = true;
        } else {
          i = skipValue(bytes, value, end);
          isWritten = false;
        }
      } else {
        i = skipValue(bytes, value, end);
        if (i < 0) return -1;
        if (key === Member.type) {
          if (bytes[value] !== BYTE.quote) return -1;
          const found =
            typeCodes.get(String.fromCharCode(...bytes.subarray(value + 1, Math.min(i - 1, value + 40)))) ?? 0;
          if (found !== code) isWritten = false;
          code = found;
        } else if (key === Member.crs) {
          this.srid = crsObjectSrid(Buffer.from(bytes.subarray(value, i)).toString('utf8'));
        }
      }
      if (i < 0) return -1;
      i = skipSpace(bytes, i);
      if (bytes[i] === BYTE.braceEnd) break;
      if (bytes[i] !== BYTE.comma) return -1;
      i = skipSpace(bytes, i + 1);
    }
    if (i >= end || code === 0 || content < 0) return -1;
    if (!isWritten) {
      if (contentIsParts !== (code === EwkbType.geometryCollection)) return -1;
      out.length = before;
      if (this.#content(content, code, out, depth) < 0) return -1;
    }
    return i + 1;
  }

  /** Writes head and content of a geometry whose `coordinates` or `geometries` begin at `at`. */
  #content(at: number, code: number, out: OutBuffer, depth: number): number {
    this.#head(code, out, depth === 0);
    if (isNull(this.#bytes, at)) return this.#nothing(at + 4, code, out);
    switch (code) {
      case EwkbType.point:
        if (this.#bytes[at] === BYTE.open) {
          const next = skipSpace(this.#bytes, at + 1);
          if (this.#bytes[next] === BYTE.close) return this.#nothing(next + 1, code, out);
        }
        out.ensure(24);
        return this.#position(at, out);
      case EwkbType.lineString:
        return this.#positions(at, out, 0);
      case EwkbType.polygon:
        return this.#rings(at, out);
      case EwkbType.multiPoint:
        return this.#positions(at, out, EwkbType.point);
      case EwkbType.multiLineString:
      case EwkbType.multiPolygon:
        return this.#parts(at, code - 3, out);
      default:
        return depth >= MAX_COLLECTION_DEPTH ? -1 : this.#geometries(at, out, depth);
    }
  }

  #head(code: number, out: OutBuffer, isOutermost: boolean): void {
    out.ensure(9);
    const at = out.length;
    const flags = this.#hasZ ? EwkbFlag.z : 0;
    out.view.setUint8(at, 1);
    out.view.setUint32(at + 1, isOutermost ? code + flags + EwkbFlag.srid : code + flags, true);
    if (isOutermost) out.view.setUint32(at + 5, this.#outermostSrid, true);
    out.length = at + (isOutermost ? 9 : 5);
  }

  /** Empty content: NaN ordinates for a point, a count of 0 for all else. */
  #nothing(after: number, code: number, out: OutBuffer): number {
    out.ensure(24);
    const count = code === EwkbType.point ? (this.#hasZ ? 3 : 2) : 0;
    for (let n = 0; n < count; n++) out.view.setFloat64(out.length + 8 * n, Number.NaN, true);
    if (count === 0) out.view.setUint32(out.length, 0, true);
    out.length += count === 0 ? 4 : 8 * count;
    return after;
  }

  #geometries(at: number, out: OutBuffer, depth: number): number {
    return this.#list(at, out, (i) => this.#geometry(i, out, depth + 1));
  }

  #parts(at: number, code: number, out: OutBuffer): number {
    return this.#list(at, out, (i) => {
      this.#head(code, out, false);
      return code === EwkbType.polygon ? this.#rings(i, out) : this.#positions(i, out, 0);
    });
  }

  #rings(at: number, out: OutBuffer): number {
    return this.#list(at, out, (i) => this.#positions(i, out, 0));
  }

  /** A JSON array whose items are written by `item`, behind their count. */
  #list(at: number, out: OutBuffer, item: (at: number) => number): number {
    const bytes = this.#bytes;
    if (bytes[at] !== BYTE.open) return -1;
    out.ensure(4);
    const countAt = out.length;
    out.length += 4;
    let count = 0;
    let i = skipSpace(bytes, at + 1);
    if (bytes[i] !== BYTE.close) {
      for (;;) {
        i = item(i);
        if (i < 0 || i >= this.#end) return -1;
        count++;
        i = skipSpace(bytes, i);
        if (bytes[i] === BYTE.close) break;
        if (bytes[i] !== BYTE.comma) return -1;
        i = skipSpace(bytes, i + 1);
      }
    }
    out.view.setUint32(countAt, count, true);
    return i + 1;
  }

  /** An array of positions, each with a head of its own where `part` is not 0. */
  #positions(at: number, out: OutBuffer, part: number): number {
    const bytes = this.#bytes;
    if (bytes[at] !== BYTE.open) return -1;
    out.ensure(4);
    const countAt = out.length;
    out.length += 4;
    let count = 0;
    let i = skipSpace(bytes, at + 1);
    if (bytes[i] !== BYTE.close) {
      for (;;) {
        out.ensure(32);
        if (part !== 0) this.#head(part, out, false);
        i = this.#position(i, out);
        if (i < 0 || i >= this.#end) return -1;
        count++;
        if (bytes[i]! <= 32) i = skipSpace(bytes, i);
        if (bytes[i] === BYTE.close) break;
        if (bytes[i] !== BYTE.comma) return -1;
        i++;
        if (bytes[i]! <= 32) i = skipSpace(bytes, i);
      }
    }
    out.view.setUint32(countAt, count, true);
    return i + 1;
  }

  /** One position; the caller has made room for 24 bytes. */
  #position(at: number, out: OutBuffer): number {
    const bytes = this.#bytes;
    const view = out.view;
    const o = out.length;
    if (bytes[at] !== BYTE.open) return -1;
    let i = at + 1;
    if (bytes[i]! <= 32) i = skipSpace(bytes, i);
    i = readNumber(bytes, i, view, o);
    if (i < 0) return -1;
    if (bytes[i]! <= 32) i = skipSpace(bytes, i);
    if (bytes[i] !== BYTE.comma) return -1;
    i++;
    if (bytes[i]! <= 32) i = skipSpace(bytes, i);
    i = readNumber(bytes, i, view, o + 8);
    if (i < 0) return -1;
    if (bytes[i]! <= 32) i = skipSpace(bytes, i);
    if (bytes[i] === BYTE.close) {
      if (this.#hasZ) view.setFloat64(o + 16, 0, true);
    } else {
      i = this.#moreNumbers(i, view, o + 16);
      if (i < 0) return -1;
    }
    out.length = o + (this.#hasZ ? 24 : 16);
    return i + 1;
  }

  /** Third and further numbers of a position, from the comma to the closing bracket. */
  #moreNumbers(at: number, view: DataView, o: number): number {
    const bytes = this.#bytes;
    this.#sawZ = true;
    let i = at;
    let height = 0;
    for (let n = 0; bytes[i] !== BYTE.close; n++) {
      if (bytes[i] !== BYTE.comma) return -1;
      i = readNumber(bytes, skipSpace(bytes, i + 1), view, o);
      if (i < 0) return -1;
      if (n === 0) height = view.getFloat64(o, true);
      i = skipSpace(bytes, i);
    }
    view.setFloat64(o, height, true);
    return i;
  }
}

const Member = { other: 0, type: 1, coordinates: 2, geometries: 3, crs: 4 } as const;

function memberOf(bytes: Uint8Array, start: number, end: number): number {
  switch (end - start) {
    case 3:
      return is(bytes, start, 'crs') ? Member.crs : Member.other;
    case 4:
      return is(bytes, start, 'type') ? Member.type : Member.other;
    case 10:
      return is(bytes, start, 'geometries') ? Member.geometries : Member.other;
    case 11:
      return is(bytes, start, 'coordinates') ? Member.coordinates : Member.other;
    default:
      return Member.other;
  }
}

function is(bytes: Uint8Array, start: number, word: string): boolean {
  for (let i = 0; i < word.length; i++) if (bytes[start + i] !== word.charCodeAt(i)) return false;
  return true;
}

function isNull(bytes: Uint8Array, at: number): boolean {
  return is(bytes, at, 'null');
}
