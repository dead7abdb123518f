// hot path: bench/connectors

import { CellKind, GeometryKind } from '../../domain/layer.ts';
import { maxRowBytes } from '../../domain/rows-file.ts';
import type { RowsWriter } from '../rows-writer.ts';

/** How a field of COPY BINARY becomes part of a row. */
export const FieldUse = { text: 1, json: 2, binary: 3, geometry: 4 } as const;
export type FieldUse = (typeof FieldUse)[keyof typeof FieldUse];

/** Signature, flags and length of the extension (PostgreSQL manual, COPY, binary format). */
const HEAD_BYTES = 19;
const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');

/** The bytes of a COPY are not what its format promises. */
export class CopyMalformed extends Error {
  override readonly name = 'CopyMalformed';
}

const BRACE = 123;
const BRACKET = 91;

/** Objects and lists are JSON; a scalar stays the text that it is. */
export const kindOfJson = (value: Uint8Array): CellKind =>
  value[0] === BRACE || value[0] === BRACKET ? CellKind.json : CellKind.plain;

/**
 * Takes the chunks of a COPY in binary format and writes its tuples as rows. The geometry, where there is one, is the
 * first field. Throws `CopyMalformed` where lengths are not possible.
 */
export class CopyRows {
  readonly #writer: RowsWriter;
  readonly #uses: readonly FieldUse[];
  #rest: Buffer = Buffer.alloc(0);
  /** Bytes that the tuple at the start of `#rest` has at least. */
  #needed = HEAD_BYTES;
  #isStarted = false;
  #isEnded = false;

  constructor(writer: RowsWriter, uses: readonly FieldUse[]) {
    this.#writer = writer;
    this.#uses = uses;
  }

  push(chunk: Buffer): void {
    if (this.#isEnded) return;
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = bytes;
    if (bytes.length < this.#needed) return;
    let at = 0;
    if (!this.#isStarted) {
      if (!bytes.subarray(0, SIGNATURE.length).equals(SIGNATURE)) throw new CopyMalformed('no COPY in binary format');
      const extension = bytes.readUInt32BE(15);
      if (extension !== 0) throw new CopyMalformed('an unknown extension of COPY');
      at = HEAD_BYTES;
      this.#isStarted = true;
    }
    while (!this.#isEnded) {
      const next = this.#tuple(bytes, at);
      if (next < 0) break;
      at = next;
    }
    this.#rest = bytes.subarray(at);
  }

  /** Throws where the data ended before its end mark. */
  finish(): void {
    if (!this.#isEnded) throw new CopyMalformed('the rows end in the middle');
  }

  /** Writes the tuple at `start`; where it ends, or -1 where it is not all there. */
  #tuple(bytes: Buffer, start: number): number {
    const end = this.#endOf(bytes, start);
    if (end < 0 || this.#isEnded) return -1;
    const writer = this.#writer;
    const uses = this.#uses;
    writer.begin();
    let at = start + 2;
    for (let field = 0; field < uses.length; field++) {
      const length = bytes.readInt32BE(at);
      at += 4;
      const use = uses[field]!;
      if (length < 0) {
        if (use !== FieldUse.geometry) writer.null();
        continue;
      }
      const value = bytes.subarray(at, at + length);
      at += length;
      if (use === FieldUse.text) writer.bytesOfText(value);
      else if (use === FieldUse.geometry) writer.geometry(GeometryKind.wkb, value);
      else if (use === FieldUse.json) writer.bytesOfText(value, kindOfJson(value));
      else writer.binary(value);
    }
    return end;
  }

  /** Where the tuple at `start` ends, or -1 where it is not all there. */
  #endOf(bytes: Buffer, start: number): number {
    this.#needed = 2;
    if (bytes.length - start < 2) return -1;
    const count = bytes.readInt16BE(start);
    if (count === -1) {
      this.#isEnded = true;
      return -1;
    }
    if (count !== this.#uses.length) throw new CopyMalformed(`a row has ${count} of ${this.#uses.length} columns`);
    let at = start + 2;
    for (let field = 0; field < count; field++) {
      if (bytes.length - at < 4) {
        this.#needed = at + 4 - start;
        return -1;
      }
      const length = bytes.readInt32BE(at);
      at += 4 + Math.max(0, length);
      if (length < -1 || at - start > maxRowBytes) throw new CopyMalformed(`a row is longer than ${maxRowBytes} bytes`);
    }
    if (bytes.length < at) {
      this.#needed = at - start;
      return -1;
    }
    return at;
  }
}
