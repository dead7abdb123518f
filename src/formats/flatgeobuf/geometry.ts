// hot path: bench/load.bench.ts
import type { RecordWriter } from '../record-writer.ts';
import { type FlatTables, OutOfBounds } from './flat-table.ts';

/** Types of `GeometryType` whose parts are geometries; the others are vertices, those of rings and lines with ends. */
const hasParts = (type: number): boolean =>
  type === 6 || type === 7 || (type >= 9 && type <= 12) || type === 15 || type === 16;
const POINT = 1;
const POLYGON = 3;
const MULTI_POINT = 4;
const MULTI_LINE_STRING = 5;
const MULTI_POLYGON = 6;
const TRIANGLE = 17;

/** Deeper nesting is no geometry of this world. */
const MAX_DEPTH = 32;

/** Writes geometries of FlatGeobuf as little-endian ISO well-known binary into a record. */
export class GeometryWriter {
  readonly #tables: FlatTables;
  readonly #writer: RecordWriter;
  readonly #hasZ: boolean;
  readonly #hasM: boolean;
  /** Parts may be told many times over by offsets alone: more bytes than these are no honest feature. */
  #budget = 0;

  constructor(tables: FlatTables, writer: RecordWriter, hasZ: boolean, hasM: boolean) {
    this.#tables = tables;
    this.#writer = writer;
    this.#hasZ = hasZ;
    this.#hasM = hasM;
  }

  /** Writes the geometry of a table as the record's; `type` is the header's, 0 for the geometry's own. Throws OutOfBounds. */
  write(table: number, type: number, featureBytes: number): void {
    this.#budget = 2 * featureBytes + 64;
    const start = this.#writer.reserve(0);
    this.#geometry(table, type, 0);
    this.#writer.wkbFrom(start);
  }

  #reserve(count: number): number {
    this.#budget -= count;
    if (this.#budget < 0) throw new OutOfBounds();
    return this.#writer.reserve(count);
  }

  #uint32(value: number): void {
    const at = this.#reserve(4);
    this.#writer.view.setUint32(at, value, true);
  }

  #head(type: number): void {
    const at = this.#reserve(5);
    this.#writer.view.setUint8(at, 1);
    this.#writer.view.setUint32(at + 1, type + (this.#hasZ ? 1000 : 0) + (this.#hasM ? 2000 : 0), true);
  }

  #geometry(table: number, given: number, depth: number): void {
    if (depth > MAX_DEPTH) throw new OutOfBounds();
    const tables = this.#tables;
    const type = given === 0 ? tables.uint8(table, 6, 0) : given;
    this.#head(type);
    if (hasParts(type)) {
      const first = tables.vector(table, 7, 4);
      const count = tables.length;
      this.#uint32(count);
      for (let i = 0; i < count; i++) {
        this.#geometry(tables.element(first, i), type === MULTI_POLYGON ? POLYGON : 0, depth + 1);
      }
      return;
    }
    const xy = tables.vector(table, 1, 8);
    const vertices = tables.length >> 1;
    const z = this.#hasZ ? this.#ordinate(table, 2, vertices) : 0;
    const m = this.#hasM ? this.#ordinate(table, 3, vertices) : 0;
    if (type === POINT) {
      if (vertices > 0) this.#vertices(xy, z, m, 0, 1);
      else this.#nowhere();
    } else if (type === MULTI_POINT) {
      this.#uint32(vertices);
      for (let i = 0; i < vertices; i++) {
        this.#head(POINT);
        this.#vertices(xy, z, m, i, i + 1);
      }
    } else if (type === POLYGON || type === MULTI_LINE_STRING || type === TRIANGLE) {
      this.#rings(table, type, xy, z, m, vertices);
    } else {
      this.#uint32(vertices);
      this.#vertices(xy, z, m, 0, vertices);
    }
  }

  #rings(table: number, type: number, xy: number, z: number, m: number, vertices: number): void {
    const tables = this.#tables;
    const ends = tables.vector(table, 0, 4);
    const count = tables.length === 0 ? Math.min(vertices, 1) : tables.length;
    const hasEnds = tables.length > 0;
    this.#uint32(count);
    for (let ring = 0, from = 0; ring < count; ring++) {
      const to = hasEnds ? tables.view.getUint32(ends + 4 * ring, true) : vertices;
      if (to < from || to > vertices) throw new OutOfBounds();
      if (type === MULTI_LINE_STRING) this.#head(2);
      this.#uint32(to - from);
      this.#vertices(xy, z, m, from, to);
      from = to;
    }
  }

  /** Where the ordinates of a third or fourth dimension are, 0 where there are fewer than vertices. */
  #ordinate(table: number, index: number, vertices: number): number {
    const at = this.#tables.vector(table, index, 8);
    return this.#tables.length >= vertices ? at : 0;
  }

  #nowhere(): void {
    const width = 2 + (this.#hasZ ? 1 : 0) + (this.#hasM ? 1 : 0);
    const at = this.#reserve(8 * width);
    for (let i = 0; i < width; i++) this.#writer.view.setFloat64(at + 8 * i, Number.NaN, true);
  }

  #vertices(xy: number, z: number, m: number, from: number, to: number): void {
    const source = this.#tables.view;
    if (!this.#hasZ && !this.#hasM) {
      const at = this.#reserve(16 * (to - from));
      this.#tables.bytes.copy(this.#writer.bytes, at, xy + 16 * from, xy + 16 * to);
      return;
    }
    const stride = 16 + (this.#hasZ ? 8 : 0) + (this.#hasM ? 8 : 0);
    let at = this.#reserve(stride * (to - from));
    const { view } = this.#writer;
    for (let i = from; i < to; i++) {
      view.setFloat64(at, source.getFloat64(xy + 16 * i, true), true);
      view.setFloat64(at + 8, source.getFloat64(xy + 16 * i + 8, true), true);
      if (this.#hasZ) view.setFloat64(at + 16, z === 0 ? 0 : source.getFloat64(z + 8 * i, true), true);
      if (this.#hasM) view.setFloat64(at + stride - 8, m === 0 ? 0 : source.getFloat64(m + 8 * i, true), true);
      at += stride;
    }
  }
}
