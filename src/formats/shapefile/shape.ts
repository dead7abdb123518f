// hot path: bench/load.bench.ts

import { type Ring, shellsOf } from '../rings.ts';
import { appendMultiPatch } from './multi-patch.ts';
import type { RecordBuffer } from './record-buffer.ts';

/** Shape types without their dimension: 1x is the same with Z (and perhaps M), 2x with M. */
const ShapeType = { none: 0, point: 1, polyLine: 3, polygon: 5, multiPoint: 8, multiPatch: 31 } as const;

/** Type codes of well-known binary, and PostGIS's bits for Z and M. */
export const Wkb = { point: 1, lineString: 2, polygon: 3, multiPoint: 4, multiLineString: 5, multiPolygon: 6 } as const;
export const WkbFlag = { z: 0x80000000, m: 0x40000000 } as const;

/** ESRI writes "no measure" as any number below this. */
const NO_MEASURE = -1e38;

/** What became of a shape. */
export const ShapeOutcome = {
  ok: 0,
  /** The shape is none. */
  none: 1,
  /** Its counts do not fit its length, or its type is unknown. */
  damaged: 2,
} as const;
export type ShapeOutcome = (typeof ShapeOutcome)[keyof typeof ShapeOutcome];

/** Turns the content of .shp records into well-known binary. One object is reused for all of a layer. */
export class ShapeReader {
  /** Lines of one vertex and rings of fewer than three, which are left out. */
  degenerateParts = 0;
  /** Counterclockwise rings that lie in no other: they have become polygons. */
  looseHoles = 0;
  readonly #hasMeasures: boolean;
  #source: DataView = new DataView(new ArrayBuffer(0));
  #bytes: Buffer = Buffer.alloc(0);
  /** Where x, z and m of the first vertex stand; 0 where there is none. */
  #xy = 0;
  #z = 0;
  #m = 0;
  #flags = 0;
  /** Taken again by the next shape of as many parts. */
  #firsts = new Uint32Array(2);

  /** `hasMeasures`: whether shapes with Z have measures as well (every one has room for them). */
  constructor(hasMeasures: boolean) {
    this.#hasMeasures = hasMeasures;
  }

  /** Appends the shape in `bytes[start, end)` as well-known binary, little-endian. Nothing unless `ok`. */
  append(bytes: Buffer, view: DataView, start: number, end: number, target: RecordBuffer): ShapeOutcome {
    this.#bytes = bytes;
    this.#source = view;
    if (end - start < 4) return ShapeOutcome.damaged;
    const type = view.getInt32(start, true);
    if (type === ShapeType.none) return ShapeOutcome.none;
    const before = target.length;
    const outcome =
      type === ShapeType.multiPatch
        ? this.#multiPatch(start, end, target)
        : this.#simple(type % 10, Math.floor(type / 10), start, end, target);
    if (outcome !== ShapeOutcome.ok) target.length = before;
    return outcome;
  }

  #simple(base: number, dimension: number, start: number, end: number, target: RecordBuffer): ShapeOutcome {
    if (dimension < 0 || dimension > 2) return ShapeOutcome.damaged;
    switch (base) {
      case ShapeType.point:
        return this.#point(dimension, start, end, target);
      case ShapeType.multiPoint: {
        if (end - start < 40) return ShapeOutcome.damaged;
        const count = this.#source.getUint32(start + 36, true);
        if (!this.#locate(dimension, start + 40, count, end)) return ShapeOutcome.damaged;
        return this.#multiPoint(count, target);
      }
      case ShapeType.polyLine:
      case ShapeType.polygon: {
        const parts = this.#parts(dimension, start, end, 4);
        if (parts === null) return ShapeOutcome.damaged;
        return base === ShapeType.polyLine ? this.#lines(parts, target) : this.#polygons(parts, target);
      }
      default:
        return ShapeOutcome.damaged;
    }
  }

  /** Where the ordinates of `count` vertices stand, of which the first x is at `xy`. False: they do not fit. */
  #locate(dimension: number, xy: number, count: number, end: number): boolean {
    this.#xy = xy;
    this.#z = 0;
    this.#m = 0;
    let at = xy + 16 * count;
    if (at > end) return false;
    if (dimension === 1) {
      this.#z = at + 16;
      at += 16 + 8 * count;
      if (at > end) return false;
    }
    const mayHaveMeasures = dimension === 2 || (dimension === 1 && this.#hasMeasures);
    if (mayHaveMeasures && at + 16 + 8 * count <= end) this.#m = at + 16;
    this.#setFlags(dimension === 1, mayHaveMeasures);
    return true;
  }

  #setFlags(hasZ: boolean, hasM: boolean): void {
    this.#flags = (hasZ ? WkbFlag.z : 0) + (hasM ? WkbFlag.m : 0);
  }

  /** First vertices of the parts and, last, their count; null where they do not fit. `perPart`: bytes in the table. */
  #parts(dimension: number, start: number, end: number, perPart: number): Uint32Array | null {
    if (end - start < 44) return null;
    const count = this.#source.getUint32(start + 36, true);
    const vertices = this.#source.getUint32(start + 40, true);
    const xy = start + 44 + perPart * count;
    if (xy > end || !this.#locate(dimension, xy, vertices, end)) return null;
    if (this.#firsts.length !== count + 1) this.#firsts = new Uint32Array(count + 1);
    const firsts = this.#firsts;
    for (let part = 0; part < count; part++) {
      const first = this.#source.getUint32(start + 44 + 4 * part, true);
      if (first > vertices || (part > 0 && first < firsts[part - 1]!)) return null;
      firsts[part] = first;
    }
    firsts[count] = vertices;
    return firsts;
  }

  #point(dimension: number, start: number, end: number, target: RecordBuffer): ShapeOutcome {
    if (end - start < 20 + (dimension === 1 ? 8 : 0)) return ShapeOutcome.damaged;
    this.#xy = start + 4;
    this.#z = dimension === 1 ? start + 20 : 0;
    const m = start + (dimension === 1 ? 28 : 20);
    const mayHaveMeasure = dimension === 2 || (dimension === 1 && this.#hasMeasures);
    this.#m = mayHaveMeasure && m + 8 <= end ? m : 0;
    this.#setFlags(dimension === 1, mayHaveMeasure);
    target.head(Wkb.point + this.#flags);
    this.#vertices(0, 1, target);
    return ShapeOutcome.ok;
  }

  #multiPoint(count: number, target: RecordBuffer): ShapeOutcome {
    target.head(Wkb.multiPoint + this.#flags);
    target.count(count);
    for (let vertex = 0; vertex < count; vertex++) {
      target.head(Wkb.point + this.#flags);
      this.#vertices(vertex, 1, target);
    }
    return count === 0 ? ShapeOutcome.none : ShapeOutcome.ok;
  }

  #lines(firsts: Uint32Array, target: RecordBuffer): ShapeOutcome {
    let lines = 0;
    for (let part = 0; part + 1 < firsts.length; part++) {
      if (firsts[part + 1]! - firsts[part]! > 1) lines++;
      else this.degenerateParts++;
    }
    if (lines === 0) return ShapeOutcome.none;
    if (lines > 1) {
      target.head(Wkb.multiLineString + this.#flags);
      target.count(lines);
    }
    for (let part = 0; part + 1 < firsts.length; part++) {
      const count = firsts[part + 1]! - firsts[part]!;
      if (count < 2) continue;
      target.head(Wkb.lineString + this.#flags);
      target.count(count);
      this.#vertices(firsts[part]!, count, target);
    }
    return ShapeOutcome.ok;
  }

  #polygons(firsts: Uint32Array, target: RecordBuffer): ShapeOutcome {
    if (firsts.length === 2 && firsts[1]! - firsts[0]! >= 3) {
      target.head(Wkb.polygon + this.#flags);
      target.count(1);
      return this.#ring(firsts[0]!, firsts[1]!, target) ? ShapeOutcome.ok : ShapeOutcome.none;
    }
    const rings: Ring[] = [];
    for (let part = 0; part + 1 < firsts.length; part++) {
      const [first, end] = [firsts[part]!, firsts[part + 1]!];
      if (this.#ringVertices(first, end) >= 4) rings.push({ first, end });
      else this.degenerateParts++;
    }
    const { shells, loose } = shellsOf(rings, this.#source, this.#xy);
    this.looseHoles += loose;
    if (shells.length === 0) return ShapeOutcome.none;
    if (shells.length > 1) {
      target.head(Wkb.multiPolygon + this.#flags);
      target.count(shells.length);
    }
    for (const shell of shells) {
      target.head(Wkb.polygon + this.#flags);
      target.count(shell.length);
      for (const { first, end } of shell) this.#ring(first, end, target);
    }
    return ShapeOutcome.ok;
  }

  #isClosed(first: number, end: number): boolean {
    const a = this.#xy + 16 * first;
    const b = this.#xy + 16 * (end - 1);
    return (
      this.#source.getFloat64(a, true) === this.#source.getFloat64(b, true) &&
      this.#source.getFloat64(a + 8, true) === this.#source.getFloat64(b + 8, true)
    );
  }

  /** Vertices of a ring once it is closed. */
  #ringVertices(first: number, end: number): number {
    return end - first < 3 ? 0 : end - first + (this.#isClosed(first, end) ? 0 : 1);
  }

  /** Appends a ring, closed. False: it has too few vertices. */
  #ring(first: number, end: number, target: RecordBuffer): boolean {
    const count = this.#ringVertices(first, end);
    if (count < 4) {
      this.degenerateParts++;
      return false;
    }
    target.count(count);
    this.#vertices(first, end - first, target);
    if (count > end - first) this.#vertices(first, 1, target);
    return true;
  }

  #vertices(first: number, count: number, target: RecordBuffer): void {
    const source = this.#source;
    const from = this.#xy + 16 * first;
    if (this.#flags === 0) {
      target.ensure(16 * count);
      this.#bytes.copy(target.bytes, target.length, from, from + 16 * count);
      target.length += 16 * count;
      return;
    }
    target.ensure(32 * count);
    const { view } = target;
    const hasM = (this.#flags & WkbFlag.m) !== 0;
    let at = target.length;
    for (let n = 0; n < count; n++) {
      view.setFloat64(at, source.getFloat64(from + 16 * n, true), true);
      view.setFloat64(at + 8, source.getFloat64(from + 16 * n + 8, true), true);
      at += 16;
      if (this.#z > 0) {
        view.setFloat64(at, source.getFloat64(this.#z + 8 * (first + n), true), true);
        at += 8;
      }
      if (hasM) {
        const measure = this.#m > 0 ? source.getFloat64(this.#m + 8 * (first + n), true) : Number.NaN;
        view.setFloat64(at, measure < NO_MEASURE ? Number.NaN : measure, true);
        at += 8;
      }
    }
    target.length = at;
  }

  #multiPatch(start: number, end: number, target: RecordBuffer): ShapeOutcome {
    const firsts = this.#parts(1, start, end, 8);
    if (firsts === null) return ShapeOutcome.damaged;
    this.#setFlags(true, false);
    const types = start + 44 + 4 * (firsts.length - 1);
    const kinds = Array.from({ length: firsts.length - 1 }, (_, part) => this.#source.getInt32(types + 4 * part, true));
    const append = (vertices: readonly number[]): void => {
      target.count(vertices.length);
      for (const vertex of vertices) this.#vertices(vertex, 1, target);
    };
    const { polygons, degenerate } = appendMultiPatch(firsts, kinds, target, append);
    this.degenerateParts += degenerate;
    return polygons === 0 ? ShapeOutcome.none : ShapeOutcome.ok;
  }
}
