// hot path: bench/connectors
import { GeometryKind } from '../../domain/layer.ts';
import { kindOfJson } from '../../domain/rows-file.ts';
import { shortestFloat } from '../../util/shortest-float.ts';
import type { RowsWriter } from '../rows-writer.ts';
import { ewkbOf, type MysqlPlan, MysqlUse, SRID_BYTES, unpacked } from './mysql-columns.ts';

/** How the length of a value begins where it is not itself the first byte (MySQL protocol, "Length-encoded integers"). */
const Length = { null: 0xfb, of2: 0xfc, of3: 0xfd, of8: 0xfe } as const;

/** A row is not what the text protocol promises. */
export class RowMalformed extends Error {
  override readonly name = 'RowMalformed';
}

/** Where the values of a row stand in its bytes, which are used again for the next row. */
export class RowFields {
  /** Where each begins; -1: NULL. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;

  constructor(count: number) {
    this.starts = new Int32Array(count);
    this.ends = new Int32Array(count);
  }

  /** Finds the values of the row in `[from, end)`. Throws `RowMalformed` where they are not within it. */
  find(bytes: Buffer, from: number, end: number): void {
    const { starts, ends } = this;
    let at = from;
    for (let i = 0; i < starts.length; i++) {
      if (at >= end) throw new RowMalformed(`a row has ${i} of ${starts.length} values`);
      let size = bytes[at++]!;
      if (size === Length.null) {
        starts[i] = -1;
        continue;
      }
      if (size > Length.null) {
        const width = size === Length.of2 ? 2 : size === Length.of3 ? 3 : 8;
        if (at + width > end) throw new RowMalformed('a row ends in a length');
        size = width === 8 ? Number(bytes.readBigUInt64LE(at)) : bytes.readUIntLE(at, width);
        at += width;
      }
      if (size > end - at) throw new RowMalformed(`a value of ${size} bytes is longer than its row`);
      starts[i] = at;
      at += size;
      ends[i] = at;
    }
  }
}

/** Writes rows of the text protocol. `geometry` is the position of the column that becomes `the_geom`, or -1. */
export class MysqlRows {
  readonly writer: RowsWriter;
  readonly #plans: readonly MysqlPlan[];
  readonly #lengths: readonly number[];
  readonly #geometry: number;
  readonly #fields: RowFields;
  readonly #scratch = Buffer.alloc(64);
  /** Dates that became NULL. */
  zeroDates = 0;

  constructor(writer: RowsWriter, plans: readonly MysqlPlan[], lengths: readonly number[], geometry: number) {
    this.writer = writer;
    this.#plans = plans;
    this.#lengths = lengths;
    this.#geometry = geometry;
    this.#fields = new RowFields(plans.length);
  }

  /** Writes the row in `[from, end)`. Throws `RowMalformed`. */
  push(bytes: Buffer, from: number, end: number): void {
    const { writer } = this;
    const { starts, ends } = this.#fields;
    this.#fields.find(bytes, from, end);
    writer.begin();
    if (this.#geometry >= 0) this.#putGeometry(bytes, starts[this.#geometry]!, ends[this.#geometry]!);
    for (let i = 0; i < starts.length; i++) {
      if (i === this.#geometry) continue;
      const start = starts[i]!;
      if (start < 0) writer.null();
      else if (this.#plans[i]!.use === MysqlUse.text) writer.bytesOfText(bytes, start, ends[i]!);
      else this.#putOther(bytes, start, ends[i]!, i);
    }
  }

  #putGeometry(bytes: Buffer, start: number, end: number): void {
    if (start < 0 || end - start <= SRID_BYTES) return;
    if (bytes.readUInt32LE(start) === 0) this.writer.geometry(GeometryKind.wkb, bytes, start + SRID_BYTES, end);
    else this.writer.geometry(GeometryKind.wkb, ewkbOf(bytes.subarray(start, end)));
  }

  #putOther(bytes: Buffer, start: number, end: number, i: number): void {
    const { writer } = this;
    const { use } = this.#plans[i]!;
    switch (use) {
      case MysqlUse.date:
      case MysqlUse.instant:
        if (isZeroDate(bytes, start, end)) {
          this.zeroDates++;
          writer.null();
        } else if (use === MysqlUse.date) writer.bytesOfText(bytes, start, end);
        else this.#putInstant(bytes, start, end);
        return;
      case MysqlUse.json:
        writer.bytesOfText(bytes, start, end, kindOfJson(bytes[start]));
        return;
      case MysqlUse.binary:
        writer.binary(bytes, start, end);
        return;
      case MysqlUse.geometry:
        writer.text(ewkbOf(bytes.subarray(start, end)).toString('hex'));
        return;
      case MysqlUse.float:
        writer.text(String(shortestFloat(Number(bytes.toString('latin1', start, end)))));
        return;
      case MysqlUse.packedDouble:
        writer.text(wordsOf(unpacked(bytes, start, end)));
        return;
      case MysqlUse.packedFloat:
        writer.text(wordsOf(shortestFloat(unpacked(bytes, start, end))));
        return;
      case MysqlUse.bits: {
        const length = this.#lengths[i]!;
        const bits = bitsOf(bytes.subarray(start, end), length);
        writer.text(length === 1 ? String(bits === '1') : bits);
        return;
      }
      default:
        writer.bytesOfText(bytes, start, end);
    }
  }

  /** Moments are asked for in UTC, and do not say so. */
  #putInstant(bytes: Buffer, start: number, end: number): void {
    const length = end - start;
    if (length > MAX_INSTANT) throw new RowMalformed('a timestamp is no timestamp');
    bytes.copy(this.#scratch, 0, start, end);
    this.#scratch.write('+00', length, 'latin1');
    this.writer.bytesOfText(this.#scratch, 0, length + 3);
  }
}

/** A number in the fewest digits that give it back. MySQL has none that is not finite. */
function wordsOf(value: number): string {
  if (!Number.isFinite(value)) throw new RowMalformed('a number is no number');
  return Object.is(value, -0) ? '-0' : String(value);
}

/** Longest timestamp, in bytes: that of six digits of a second has 26. */
const MAX_INSTANT = 32;

/** Length of `0000-00-00`. */
const DATE_BYTES = 10;
const ZERO = 48;
const MINUS = 45;

/** Dates of MySQL that no calendar has: `0000-00-00`, and those with a month or a day 0. */
const isZeroDate = (bytes: Buffer, at: number, end: number): boolean =>
  end - at >= DATE_BYTES &&
  ((bytes[at + 5] === ZERO && bytes[at + 6] === ZERO && bytes[at + 7] === MINUS) ||
    (bytes[at + 8] === ZERO && bytes[at + 9] === ZERO));

/** Digits of a bit string of `length`, the highest first. */
function bitsOf(value: Buffer, length: number): string {
  let digits = '';
  for (const byte of value) digits += byte.toString(2).padStart(8, '0');
  return digits.slice(-length).padStart(length, '0');
}
