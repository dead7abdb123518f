// hot path: bench/load.bench.ts
/** Thrown where an offset or a length leads outside the bytes given; the reader knows where in the file that is. */
export class OutOfBounds extends Error {
  override readonly name = 'OutOfBounds';
}

/**
 * Reads FlatBuffers tables in a piece of a buffer and never outside of it. The package `flatbuffers` believes every
 * offset, and its accessors make an object a value.
 */
export class FlatTables {
  bytes: Buffer = Buffer.alloc(0);
  view: DataView = new DataView(new ArrayBuffer(0));
  #start = 0;
  #end = 0;
  /** Elements of the vector that `vector` found last. */
  length = 0;

  /** Looks at `bytes[start, end)` from now on, and returns where the root table is. */
  root(bytes: Buffer, start: number, end: number): number {
    if (this.bytes !== bytes) {
      this.bytes = bytes;
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    }
    this.#start = start;
    this.#end = end;
    return start + this.#uint32(start);
  }

  #check(at: number, count: number): void {
    if (at < this.#start || at + count > this.#end) throw new OutOfBounds();
  }

  #uint32(at: number): number {
    this.#check(at, 4);
    return this.view.getUint32(at, true);
  }

  /** Where the `index`-th field of a table is, 0 where the table does not have it; `count` bytes of it are there. */
  field(table: number, index: number, count: number): number {
    this.#check(table, 4);
    const vtable = table - this.view.getInt32(table, true);
    this.#check(vtable, 4);
    const slot = 4 + 2 * index;
    if (slot + 2 > this.view.getUint16(vtable, true)) return 0;
    this.#check(vtable + slot, 2);
    const offset = this.view.getUint16(vtable + slot, true);
    if (offset === 0) return 0;
    this.#check(table + offset, count);
    return table + offset;
  }

  /** A field of one byte, or `otherwise`. */
  uint8(table: number, index: number, otherwise: number): number {
    const at = this.field(table, index, 1);
    return at === 0 ? otherwise : this.view.getUint8(at);
  }

  /** Where the first element of a vector is, 0 where the table does not have it; `length` is set. */
  vector(table: number, index: number, elementBytes: number): number {
    this.length = 0;
    const at = this.field(table, index, 4);
    if (at === 0) return 0;
    const vector = at + this.view.getUint32(at, true);
    const length = this.#uint32(vector);
    this.#check(vector + 4, length * elementBytes);
    this.length = length;
    return vector + 4;
  }

  /** The table that the `index`-th element of a vector of tables stands for. */
  element(first: number, index: number): number {
    const at = first + 4 * index;
    return at + this.#uint32(at);
  }

  /** A table inside a table, 0 where there is none. */
  table(table: number, index: number): number {
    const at = this.field(table, index, 4);
    return at === 0 ? 0 : at + this.view.getUint32(at, true);
  }

  /** A text, '' where there is none. */
  string(table: number, index: number): string {
    const at = this.vector(table, index, 1);
    return this.bytes.toString('utf8', at, at + this.length);
  }
}
