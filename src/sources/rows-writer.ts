// hot path: bench/connectors
import { closeSync, openSync, writeSync } from 'node:fs';
import { CellKind, GeometryKind, type LocalFile } from '../domain/layer.ts';
import { maxRowBytes, type RowsHeader, rowsExtension, rowsMagic } from '../domain/rows-file.ts';
import { ImportError } from '../errors.ts';

const FLUSH_BYTES = 1 << 20;

/** Values up to this length are copied byte by byte, which is quicker than a call (bench: connectors). */
const LOOP_BYTES = 32;

/**
 * Writes fetched rows into a file of the job, to be read by the reader process as any other file. Of each row
 * `begin`, its geometry if it has one, then every column in order by one of `text`, `json`, `binary` or `null`. Text
 * of a declared column is in the words of its type.
 */
export class RowsWriter implements Disposable {
  readonly #path: string;
  readonly #header: RowsHeader;
  readonly #maxBytes: number;
  readonly #fd: number;
  #buffer = Buffer.allocUnsafe(2 * FLUSH_BYTES);
  #length = 0;
  #recordAt = 0;
  #hasGeometry = false;
  #cells = 0;
  /** Rows written so far, the one under way included. */
  rows = 0;
  /** Bytes written so far. */
  bytes = 0;

  /** Creates the file. More than `maxBytes` throw fileTooBig (6666). */
  constructor(path: string, header: RowsHeader, maxBytes: number) {
    this.#path = path;
    this.#header = header;
    this.#maxBytes = maxBytes;
    this.#fd = openSync(path, 'w', 0o600);
    const head = Buffer.from(`${rowsMagic}${JSON.stringify(header)}\n`);
    writeSync(this.#fd, head);
    this.bytes = head.length;
  }

  /** Appends a part of the tuples that the header announces; `rows` of them end in it. */
  tuples(bytes: Uint8Array, rows: number): void {
    if (this.#length + bytes.length > this.#buffer.length) this.#flush();
    if (bytes.length > this.#buffer.length) this.#buffer = Buffer.allocUnsafe(2 * bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
    this.rows += rows;
    if (this.#length >= FLUSH_BYTES) this.#flush();
  }

  /** Begins a row, ending the one before. */
  begin(): void {
    this.#endRecord();
    if (this.#length >= FLUSH_BYTES) this.#flush();
    this.rows++;
    this.#recordAt = this.#length;
    this.#length += 4;
    this.#hasGeometry = false;
    this.#cells = 0;
  }

  /** The geometry of the row as (E)WKB or as a GeoJSON geometry, before its columns; of `bytes` those in `[from, end)`. */
  geometry(kind: GeometryKind, bytes: Uint8Array, from = 0, end = bytes.length): void {
    this.#hasGeometry = true;
    this.#put(kind, bytes, from, end);
  }

  /** The next column as text. */
  text(value: string, kind: CellKind = CellKind.plain): void {
    this.#beginCell();
    this.#reserve(5 + 3 * value.length);
    const count = this.#putText(value, this.#length + 5);
    this.#buffer[this.#length] = kind;
    this.#buffer.writeUInt32LE(count, this.#length + 1);
    this.#length += 5 + count;
  }

  #putText(value: string, at: number): number {
    const buffer = this.#buffer;
    const { length } = value;
    if (length > LOOP_BYTES) return buffer.write(value, at);
    for (let i = 0; i < length; i++) {
      const unit = value.charCodeAt(i);
      if (unit > 127) return buffer.write(value, at);
      buffer[at + i] = unit;
    }
    return length;
  }

  /** The next column as text in the bytes `[from, end)`. */
  bytesOfText(bytes: Uint8Array, from: number, end: number, kind: CellKind = CellKind.plain): void {
    this.#beginCell();
    this.#put(kind, bytes, from, end);
  }

  /** The next column as bytes that are no text, of a column declared `bytea`; of `bytes` those in `[from, end)`. */
  binary(bytes: Uint8Array, from = 0, end = bytes.length): void {
    this.#beginCell();
    this.#put(CellKind.binary, bytes, from, end);
  }

  /** The next column has no value. */
  null(): void {
    this.#beginCell();
    this.#put(CellKind.null, nothing, 0, 0);
  }

  /** Ends the last row and the file, which the caller may hand on. */
  finish(): LocalFile {
    this.#endRecord();
    this.#flush();
    return {
      path: this.#path,
      name: `${this.#header.name}${rowsExtension}`,
      sizeBytes: this.bytes,
      mediaType: null,
    };
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }

  #beginCell(): void {
    if (!this.#hasGeometry) this.geometry(GeometryKind.none, nothing);
    this.#cells++;
  }

  #put(kind: number, bytes: Uint8Array, from: number, end: number): void {
    const length = end - from;
    this.#reserve(5 + length);
    const buffer = this.#buffer;
    const at = this.#length;
    buffer[at] = kind;
    buffer[at + 1] = length;
    buffer[at + 2] = length >>> 8;
    buffer[at + 3] = length >>> 16;
    buffer[at + 4] = length >>> 24;
    if (length > LOOP_BYTES) buffer.set(bytes.subarray(from, end), at + 5);
    else for (let i = from, to = at + 5; i < end; i++, to++) buffer[to] = bytes[i]!;
    this.#length = at + 5 + length;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed - this.#recordAt > maxRowBytes) {
      throw new ImportError('fileTooBig', {
        detail: `Row ${this.rows} of ${this.#header.name} is larger than ${maxRowBytes >> 20} MiB.`,
        hint: 'Leave its largest column out, or shorten it with a query.',
      });
    }
    if (needed <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(2 * needed);
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
  }

  #endRecord(): void {
    if (this.rows === 0 || this.#header.tuples !== undefined) return;
    if (!this.#hasGeometry) this.geometry(GeometryKind.none, nothing);
    if (this.#cells !== this.#header.columns.length) {
      throw new Error(`row ${this.rows} has ${this.#cells} of ${this.#header.columns.length} columns`);
    }
    this.#buffer.writeUInt32LE(this.#length - this.#recordAt - 4, this.#recordAt);
  }

  #flush(): void {
    writeSync(this.#fd, this.#buffer, 0, this.#length);
    this.bytes += this.#length;
    this.#length = 0;
    this.#recordAt = 0;
    if (this.bytes > this.#maxBytes) {
      throw new ImportError('fileTooBig', {
        detail: `${this.#header.name} has more than ${this.#maxBytes} bytes of rows, the most that one import may have.`,
        hint: 'Take fewer columns or rows, or ask for a higher limit.',
      });
    }
  }
}

const nothing = Buffer.alloc(0);
