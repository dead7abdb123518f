// hot path: measured by npm run bench
import type { ColumnType } from '../domain/schema.ts';
import { DistinctSketch } from './distinct.ts';
import { NumericRange } from './numeric-range.ts';
import type { OutBuffer } from './out-buffer.ts';
import { shownBytes, shownDate, shownDouble, shownTime } from './shown-value.ts';

/** Rows of which every value is looked at for different ones; of later ones, one in 32 by chance. */
const ALL_ROWS = 4096;
const SAMPLE_BITS = 5;
/** 2^32 divided by the golden ratio: its multiples are spread evenly (Knuth). */
const GOLDEN = 0x9e3779b1;

/** Bytes of a text that are kept as the least or the greatest. */
const KEPT_BYTES = 1000;

/** How the fields of a type are compared. */
const Compare = { none: 0, integer: 1, double: 2, day: 3, boolean: 4, bytes: 5, numeric: 6 } as const;

const comparisons: Readonly<Record<ColumnType, number>> = {
  bigint: Compare.integer,
  timestamp: Compare.integer,
  timestamptz: Compare.integer,
  time: Compare.integer,
  'double precision': Compare.double,
  date: Compare.day,
  boolean: Compare.boolean,
  text: Compare.bytes,
  uuid: Compare.bytes,
  numeric: Compare.numeric,
  jsonb: Compare.none,
  bytea: Compare.none,
};

const TWO_32 = 4294967296;

/** Counts what is in the columns of a table, by the tuples that go into it. */
export class Statistics {
  readonly #types: readonly ColumnType[];
  readonly #compare: Uint8Array;
  readonly nulls: Float64Array;
  /**
   * The least and the greatest value of each column; of texts their first bytes. The encoder compares with them itself,
   * and calls `takeInteger` and `takeText` only for values that are not between them.
   */
  readonly min: Float64Array;
  readonly max: Float64Array;
  /** Exact values where `min` and `max` are integers. */
  readonly #least: BigInt64Array;
  readonly #greatest: BigInt64Array;
  readonly #first: (Buffer | null)[];
  readonly #last: (Buffer | null)[];
  readonly #numerics: readonly NumericRange[];
  readonly #sketches: readonly DistinctSketch[];
  rows = 0;

  constructor(types: readonly ColumnType[]) {
    const count = types.length;
    this.#types = types;
    this.#compare = Uint8Array.from(types, (type) => comparisons[type] ?? Compare.none);
    this.nulls = new Float64Array(count);
    this.min = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
    this.max = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
    this.#least = new BigInt64Array(count);
    this.#greatest = new BigInt64Array(count);
    this.#first = new Array<null>(count).fill(null);
    this.#last = new Array<null>(count).fill(null);
    this.#numerics = types.map(() => new NumericRange());
    this.#sketches = types.map(() => new DistinctSketch());
  }

  /** Ends a row, whose first column begins at `at` of what was written. */
  endRow(out: OutBuffer, at: number): void {
    const row = this.rows++;
    if (row < ALL_ROWS || Math.imul(row, GOLDEN) >>> (32 - SAMPLE_BITS) === 0) this.#sample(out, at);
  }

  /** Takes a field of any type, or NULL, that was written at `at`. */
  takeField(c: number, { view, bytes }: OutBuffer, at: number): void {
    const length = view.getInt32(at);
    const position = at + 4;
    if (length < 0) {
      this.nulls[c]!++;
      return;
    }
    switch (this.#compare[c]) {
      case Compare.bytes:
        this.takeText(c, bytes, position, position + length);
        break;
      case Compare.double:
        this.#takeNumber(c, view.getFloat64(position));
        break;
      case Compare.integer:
        this.takeInteger(c, view.getInt32(position) * TWO_32 + view.getUint32(position + 4), view, position);
        break;
      case Compare.day:
        this.#takeNumber(c, view.getInt32(position));
        break;
      case Compare.boolean:
        this.#takeNumber(c, bytes[position]!);
        break;
      case Compare.numeric:
        this.#numerics[c]!.take(view, position);
        break;
    }
  }

  #takeNumber(c: number, value: number): void {
    if (value < this.min[c]!) this.min[c] = value;
    if (value > this.max[c]!) this.max[c] = value;
  }

  /** Adds the values of the tuple to the sketches of their columns. */
  #sample({ view, bytes }: OutBuffer, at: number): void {
    let position = at;
    for (let c = 0; c < this.#compare.length; c++) {
      const length = view.getInt32(position);
      position += 4;
      if (length < 0) continue;
      this.#sketches[c]!.add(hashOf(bytes, position, position + length));
      position += length;
    }
  }

  /** Takes an integer of 64 bits at `position`, which `value` is about. */
  takeInteger(c: number, value: number, view: DataView, position: number): void {
    const exact = view.getBigInt64(position);
    if (value < this.min[c]! || exact < this.#least[c]!) {
      this.min[c] = value;
      this.#least[c] = exact;
    }
    if (value > this.max[c]! || exact > this.#greatest[c]!) {
      this.max[c] = value;
      this.#greatest[c] = exact;
    }
  }

  /** Takes the text, or the bytes of a UUID, `bytes[start, end)`. */
  takeText(c: number, bytes: Buffer, start: number, end: number): void {
    const first = this.#first[c]!;
    const last = this.#last[c]!;
    if (first === null || compareBytes(bytes, start, end - start, first) < 0) {
      this.#first[c] = kept(bytes, start, end);
      this.min[c] = start < end ? bytes[start]! : 0;
    }
    if (last === null || compareBytes(bytes, start, end - start, last) > 0) {
      this.#last[c] = kept(bytes, start, end);
      this.max[c] = start < end ? bytes[start]! : 0;
    }
  }

  /** The least and the greatest value of a column in the words of its type; null where there is none. */
  range(c: number): { readonly min: string | null; readonly max: string | null } {
    const isEmpty = this.nulls[c] === this.rows;
    if (isEmpty) return { min: null, max: null };
    return { min: this.#shown(c, true), max: this.#shown(c, false) };
  }

  #shown(c: number, isMin: boolean): string | null {
    const type = this.#types[c] ?? 'text';
    const number = (isMin ? this.min[c] : this.max[c]) ?? Number.NaN;
    const exact = (isMin ? this.#least[c] : this.#greatest[c]) ?? 0n;
    const bytes = isMin ? this.#first[c] : this.#last[c];
    switch (this.#compare[c]) {
      case Compare.integer:
        return type === 'bigint' ? String(exact) : shownTime(exact, type);
      case Compare.double:
        // Only NaN is neither less nor greater.
        return isMin && number > this.max[c]! ? 'NaN' : !isMin && number < this.min[c]! ? 'NaN' : shownDouble(number);
      case Compare.day:
        return shownDate(number);
      case Compare.boolean:
        return String(number === 1);
      case Compare.none:
        return null;
      case Compare.numeric:
        return this.#numerics[c]?.shown(isMin) ?? null;
      default:
        return bytes === null || bytes === undefined ? null : shownBytes(bytes, type);
    }
  }

  /** How many different values a column has, about. */
  distinct(c: number): number {
    return this.#sketches[c]?.estimate(this.rows - (this.nulls[c] ?? 0)) ?? 0;
  }
}

const kept = (bytes: Buffer, start: number, end: number): Buffer =>
  Buffer.from(bytes.subarray(start, Math.min(end, start + KEPT_BYTES)));

/** Less than 0 where a value comes before another by its bytes, as the collation C has it; 0 where they are equal. */
function compareBytes(bytes: Uint8Array, start: number, length: number, other: Uint8Array): number {
  const common = Math.min(length, other.length);
  for (let i = 0; i < common; i++) {
    const difference = bytes[start + i]! - other[i]!;
    if (difference !== 0) return difference;
  }
  return length - other.length;
}

/** FNV-1a of 32 bits, with the finish of MurmurHash3 so that all bits depend on all bytes. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
