import type { OutBuffer } from '../out-buffer.ts';
import { CurveWkb, simpleTypeOf } from './curve-wkb.ts';
import { CurveType } from './curves.ts';
import { baseType, EwkbFlag, EwkbType, MAX_COLLECTION_DEPTH, ordinates } from './ewkb.ts';

/** From so many on, copying them at once is quicker than one by one. */
const MANY_NUMBERS = 32;

/**
 * Well-known binary of any writer (either byte order, ISO's thousands or PostGIS's flags for Z and M, an SRID at any
 * level) to the one form of `ewkb.ts`, curves as lines and surfaces as polygons. It never reads outside the value, whatever its counts say.
 */
export class WkbGeometry {
  /** What the value says of itself: 0 where it says nothing. */
  srid = 0;
  /** Whether the last value had arcs, which are chords now. */
  isCurved = false;
  #bytes: Uint8Array = new Uint8Array(0);
  #source: DataView = new DataView(new ArrayBuffer(0));
  #end = 0;

  /** Appends the geometry with `srid` in its head. False: not well-known binary, and `out` is as before. */
  append(bytes: Uint8Array, start: number, end: number, srid: number, out: OutBuffer): boolean {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#source = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    this.#end = Math.min(end, bytes.length);
    this.srid = 0;
    this.isCurved = false;
    const before = out.length;
    if (this.#geometry(start, srid, out, 0) === this.#end) return true;
    out.length = before;
    return false;
  }

  #geometry(at: number, srid: number, out: OutBuffer, depth: number): number {
    if (at + 5 > this.#end || depth > MAX_COLLECTION_DEPTH) return -1;
    const order = this.#source.getUint8(at);
    if (order > 1) return -1;
    const isLittle = order === 1;
    const written = this.#source.getUint32(at + 1, isLittle);
    let i = at + 5;
    if ((written & EwkbFlag.srid) !== 0) {
      if (i + 4 > this.#end) return -1;
      if (depth === 0) this.srid = this.#source.getInt32(i, isLittle);
      i += 4;
    }
    const code = baseType(written);
    const dimension = Math.floor(code / 1000);
    const named = code % 1000;
    const simple = simpleTypeOf(named);
    const base = simple ?? named;
    if (dimension > 3 || base < EwkbType.point || base > EwkbType.geometryCollection) return -1;
    const hasZ = (written & EwkbFlag.z) !== 0 || dimension === 1 || dimension === 3;
    const hasM = (written & EwkbFlag.m) !== 0 || dimension >= 2;
    const type = (base | (hasZ ? EwkbFlag.z : 0) | (hasM ? EwkbFlag.m : 0) | (depth === 0 ? EwkbFlag.srid : 0)) >>> 0;
    out.ensure(9);
    out.view.setUint8(out.length, 1);
    out.view.setUint32(out.length + 1, type, true);
    out.length += 5;
    if (depth === 0) {
      out.view.setUint32(out.length, srid, true);
      out.length += 4;
    }
    if (simple !== undefined) {
      this.isCurved ||= named < CurveType.polyhedralSurface;
      return new CurveWkb(this.#source, this.#end, out, (type & (EwkbFlag.z | EwkbFlag.m)) >>> 0).append(
        named,
        i,
        isLittle,
      );
    }
    const width = ordinates(type);
    if (base === EwkbType.point) return this.#numbers(i, width, isLittle, out);
    const count = this.#count(i, isLittle, out);
    if (count < 0) return -1;
    i += 4;
    if (base === EwkbType.lineString) return this.#numbers(i, count * width, isLittle, out);
    for (let part = 0; part < count && i >= 0; part++) {
      if (base === EwkbType.polygon) {
        const vertices = this.#count(i, isLittle, out);
        i = vertices < 0 ? -1 : this.#numbers(i + 4, vertices * width, isLittle, out);
      } else {
        i = this.#geometry(i, srid, out, depth + 1);
      }
    }
    return i;
  }

  #count(at: number, isLittle: boolean, out: OutBuffer): number {
    if (at + 4 > this.#end) return -1;
    const count = this.#source.getUint32(at, isLittle);
    out.ensure(4);
    out.view.setUint32(out.length, count, true);
    out.length += 4;
    return count;
  }

  #numbers(at: number, count: number, isLittle: boolean, out: OutBuffer): number {
    const end = at + 8 * count;
    if (end > this.#end) return -1;
    out.ensure(8 * count);
    const { view, length } = out;
    if (isLittle && count >= MANY_NUMBERS) out.bytes.set(this.#bytes.subarray(at, end), length);
    else for (let i = at; i < end; i += 8) view.setFloat64(length + i - at, this.#source.getFloat64(i, isLittle), true);
    out.length = length + 8 * count;
    return end;
  }
}
