import type { OutBuffer } from '../out-buffer.ts';
import { CurveType, linearise } from './curves.ts';
import { EwkbFlag, EwkbType, headLength, ordinates } from './ewkb.ts';

type Vertices = readonly (readonly number[])[];

/** Deepest nesting that a curve or surface has: a compound curve in a curve polygon in a multisurface. */
const MAX_DEPTH = 4;

/** What a curve or surface becomes. */
const simpleTypes: ReadonlyMap<number, number> = new Map([
  [CurveType.circularString, EwkbType.lineString],
  [CurveType.compoundCurve, EwkbType.lineString],
  [CurveType.curvePolygon, EwkbType.polygon],
  [CurveType.multiCurve, EwkbType.multiLineString],
  [CurveType.multiSurface, EwkbType.multiPolygon],
  [CurveType.polyhedralSurface, EwkbType.multiPolygon],
  [CurveType.tin, EwkbType.multiPolygon],
  [CurveType.triangle, EwkbType.polygon],
]);

/** The type that stands for a curve or surface; undefined where the number is none. */
export const simpleTypeOf = (base: number): number | undefined => simpleTypes.get(base);

/** Reads the parts of curves and surfaces in well-known binary and appends them as lines and polygons. */
export class CurveWkb {
  readonly #source: DataView;
  readonly #end: number;
  readonly #out: OutBuffer;
  /** Z and M flags that every part must have. */
  readonly #flags: number;
  #at = 0;

  constructor(source: DataView, end: number, out: OutBuffer, flags: number) {
    this.#source = source;
    this.#end = end;
    this.#out = out;
    this.#flags = flags;
  }

  /** Appends what stands behind the head of a geometry of type `base`; the position behind it, -1 where it is damaged. */
  append(base: number, at: number, isLittle: boolean): number {
    this.#at = at;
    return this.#content(base, isLittle, 0) ? this.#at : -1;
  }

  #content(base: number, isLittle: boolean, depth: number): boolean {
    if (depth > MAX_DEPTH) return false;
    const simple = simpleTypeOf(base) ?? base;
    if (simple === EwkbType.lineString) return this.#sequence(this.#curve(base, isLittle, depth));
    const count = this.#integer(isLittle);
    if (count === null) return false;
    this.#count(count);
    for (let part = 0; part < count; part++) {
      if (base === EwkbType.polygon || base === CurveType.triangle) {
        if (!this.#sequence(this.#vertices(isLittle))) return false;
        continue;
      }
      const head = this.#head();
      if (head === null) return false;
      if (simple === EwkbType.polygon) {
        if (!this.#sequence(this.#curve(head.base, head.isLittle, depth + 1))) return false;
        continue;
      }
      const partType = simple - 3;
      if ((simpleTypeOf(head.base) ?? head.base) !== partType) return false;
      this.#out.ensure(5);
      this.#out.view.setUint8(this.#out.length, 1);
      this.#out.view.setUint32(this.#out.length + 1, partType + this.#flags, true);
      this.#out.length += 5;
      if (!this.#content(head.base, head.isLittle, depth + 1)) return false;
    }
    return true;
  }

  #curve(base: number, isLittle: boolean, depth: number): Vertices | null {
    if (depth > MAX_DEPTH) return null;
    if (base === EwkbType.lineString) return this.#vertices(isLittle);
    if (base === CurveType.circularString) {
      const points = this.#vertices(isLittle);
      return points === null ? null : linearise(points);
    }
    if (base !== CurveType.compoundCurve) return null;
    const count = this.#integer(isLittle);
    if (count === null) return null;
    const joined: (readonly number[])[] = [];
    for (let part = 0; part < count; part++) {
      const head = this.#head();
      const vertices = head === null ? null : this.#curve(head.base, head.isLittle, depth + 1);
      if (vertices === null) return null;
      // The first vertex of each part is the last of the one before.
      for (let n = joined.length > 0 ? 1 : 0; n < vertices.length; n++) joined.push(vertices[n] ?? []);
    }
    return joined;
  }

  #head(): { readonly base: number; readonly isLittle: boolean } | null {
    if (this.#at + 9 > this.#end) return null;
    const isLittle = this.#source.getUint8(this.#at) === 1;
    const type = this.#source.getUint32(this.#at + 1, isLittle);
    this.#at += headLength(type);
    return { base: (type & ~EwkbFlag.all) % 1000, isLittle };
  }

  #integer(isLittle: boolean): number | null {
    if (this.#at + 4 > this.#end) return null;
    this.#at += 4;
    return this.#source.getUint32(this.#at - 4, isLittle);
  }

  #vertices(isLittle: boolean): Vertices | null {
    const count = this.#integer(isLittle);
    const width = ordinates(this.#flags);
    if (count === null || this.#at + 8 * width * count > this.#end) return null;
    const at = this.#at;
    this.#at += 8 * width * count;
    return Array.from({ length: count }, (_, n) =>
      Array.from({ length: width }, (_value, i) => this.#source.getFloat64(at + 8 * (n * width + i), isLittle)),
    );
  }

  #count(value: number): void {
    this.#out.ensure(4);
    this.#out.view.setUint32(this.#out.length, value, true);
    this.#out.length += 4;
  }

  #sequence(vertices: Vertices | null): boolean {
    if (vertices === null) return false;
    this.#count(vertices.length);
    this.#out.ensure(32 * vertices.length);
    for (const vertex of vertices) {
      for (const value of vertex) {
        this.#out.view.setFloat64(this.#out.length, value, true);
        this.#out.length += 8;
      }
    }
    return true;
  }
}
