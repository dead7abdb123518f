// hot path: formats whose parsing costs more than reading its result again
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { CellKind, type CellRecord, GeometryKind, type Layer, newRecord, type OnRecord } from '../domain/layer.ts';
import type { ColumnType } from '../domain/schema.ts';
import { ImportError } from '../errors.ts';
import { type Shape, shapeToWkb } from './shape.ts';

/** A layer's records are written out in blocks of about this size. */
const BLOCK_BYTES = 1 << 18;
/** Most that the layers of one spool hold in memory together before all of it is written out. */
const PENDING_BYTES = 8 << 20;
const FIRST_BYTES = 1 << 10;
/** Largest record, in bytes of its text and geometry. */
const MAX_RECORD_BYTES = 128 << 20;
/** Most columns of one layer; PostgreSQL allows 1600 in a table, so that the loader's own message comes first. */
const MAX_COLUMNS = 2000;
/** Blocks that a sample looks at, spread over the layer. */
const SAMPLE_BLOCKS = 8;

/** Names and types of columns as they turn up. Layers of one file may share one set: each knows which it uses. */
export class SpoolColumns {
  readonly names: string[] = [];
  readonly types: (ColumnType | null)[] = [];
  readonly #byName = new Map<string, number>();

  /** The column of a name, made where there is none. Two different types of one name leave it to be inferred. */
  find(name: string, type: ColumnType | null): number {
    const known = this.#byName.get(name);
    if (known !== undefined) {
      if (this.types[known] !== type) this.types[known] = null;
      return known;
    }
    if (this.names.length === MAX_COLUMNS) {
      throw new ImportError('tooManyColumns', {
        detail: `The file has more than ${MAX_COLUMNS} different columns; the next is ${JSON.stringify(name.slice(0, 60))}.`,
        hint: 'Leave columns out, or split the file.',
      });
    }
    this.#byName.set(name, this.names.length);
    this.types.push(type);
    return this.names.push(name) - 1;
  }
}

/** One layer of a spool, while it is written. */
export class SpoolLayer {
  readonly name: string;
  readonly columns: SpoolColumns;
  /** Positions of the columns that this layer has. */
  readonly used = new Set<number>();
  /** Start and end of every block in the file, in pairs. */
  readonly blocks: number[] = [];
  rows = 0;
  hasGeometry = false;
  readonly #spool: RecordSpool;
  #bytes = Buffer.alloc(0);
  #length = 0;
  #start = 0;

  constructor(name: string, columns: SpoolColumns, spool: RecordSpool) {
    this.name = name;
    this.columns = columns;
    this.#spool = spool;
  }

  #reserve(count: number): number {
    const at = this.#length;
    const needed = at + count;
    if (needed - this.#start > MAX_RECORD_BYTES) {
      throw new ImportError('fileTooBig', {
        detail: `${this.#spool.file}, row ${this.rows} of ${this.name}: it is larger than ${MAX_RECORD_BYTES >> 20} MiB.`,
        hint: 'Split its geometry or its longest value, for instance by dividing the feature.',
      });
    }
    if (needed > this.#bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(needed, FIRST_BYTES, Math.min(2 * needed, needed + BLOCK_BYTES)));
      this.#bytes.copy(grown, 0, 0, at);
      this.#spool.pending += grown.length - this.#bytes.length;
      this.#bytes = grown;
    }
    this.#length = needed;
    return at;
  }

  /** Begins a record, which stands in `line` of the file. Throws tooManyRows. */
  begin(line: number): void {
    if (++this.rows > this.#spool.maxRows) {
      throw new ImportError('tooManyRows', {
        detail: `${this.#spool.file} has more than ${this.#spool.maxRows} rows in ${this.name}.`,
        hint: 'Split the file, or ask the operator for a higher limit of rows.',
      });
    }
    this.#start = this.#length;
    const at = this.#reserve(8);
    this.#bytes.writeUInt32LE(line, at + 4);
  }

  /** Writes a cell of the record, of a column that `columns.find` gave. */
  cell(column: number, value: string, kind: CellKind = CellKind.plain): void {
    this.used.add(column);
    const at = this.#reserve(7 + 3 * value.length);
    const count = this.#bytes.write(value, at + 7);
    this.#head(at, column, kind, count);
  }

  /** Writes the geometry of the record. */
  geometry(shape: Shape): void {
    this.hasGeometry = true;
    const wkb = shapeToWkb(shape);
    const at = this.#reserve(7 + wkb.length);
    this.#bytes.set(wkb, at + 7);
    this.#head(at, GEOMETRY, 0, wkb.length);
  }

  #head(at: number, column: number, kind: number, count: number): void {
    this.#bytes.writeUInt16LE(column, at);
    this.#bytes[at + 2] = kind;
    this.#bytes.writeUInt32LE(count, at + 3);
    this.#length = at + 7 + count;
  }

  /** Ends the record. */
  end(): void {
    this.#bytes.writeUInt32LE(this.#length - this.#start, this.#start);
    if (this.#length >= BLOCK_BYTES) this.flush();
    else this.#spool.relieve();
  }

  /** Writes out what is held in memory. */
  flush(): void {
    if (this.#length > 0) this.blocks.push(...this.#spool.write(this.#bytes.subarray(0, this.#length)));
    this.#length = this.#start = 0;
  }

  /** Writes out and gives the memory back. */
  release(): void {
    this.flush();
    this.#spool.pending -= this.#bytes.length;
    this.#bytes = Buffer.alloc(0);
  }
}

/** Stands for the geometry where the number of a column is written. */
const GEOMETRY = 0xffff;

/**
 * The records of a file, parsed once and kept in a file of the job's folder, layer by layer: where parsing is slow
 * (XML) and one pass meets the rows of several tables, reading them back costs a hundredth. Memory is bounded whatever
 * the file holds.
 */
export class RecordSpool implements Disposable {
  readonly layers: SpoolLayer[] = [];
  /** Name of the file that is parsed, for messages. */
  readonly file: string;
  readonly maxRows: number;
  /** Bytes that layers hold in memory. */
  pending = 0;
  readonly #path: string;
  readonly #handle: number;
  #end = 0;

  /** `path` is where the records are kept; `file` what they come from. */
  constructor(path: string, file: string, maxRows: number) {
    this.#path = path;
    this.file = file;
    this.maxRows = maxRows;
    this.#handle = openSync(path, 'w');
  }

  [Symbol.dispose](): void {
    closeSync(this.#handle);
  }

  /** A new layer of the file. */
  add(name: string, columns: SpoolColumns): SpoolLayer {
    const layer = new SpoolLayer(name, columns, this);
    this.layers.push(layer);
    return layer;
  }

  /** Writes everything out where much is held in memory. */
  relieve(): void {
    if (this.pending > PENDING_BYTES) this.flush();
  }

  /** Writes everything out; due before a layer is read. */
  flush(): void {
    for (const layer of this.layers) layer.release();
  }

  /** Appends bytes to the file and returns where they begin and end. */
  write(bytes: Buffer): readonly [number, number] {
    const start = this.#end;
    for (let written = 0; written < bytes.length; ) written += writeSync(this.#handle, bytes, written);
    this.#end += bytes.length;
    return [start, this.#end];
  }

  /** The layer that holds the records of one or several layers that share their columns, under a name. */
  open(name: string, parts: readonly SpoolLayer[]): Layer {
    const all = parts[0]?.columns ?? new SpoolColumns();
    const used = [...new Set(parts.flatMap((part) => [...part.used]))].toSorted((a, b) => a - b);
    const blocks = parts.flatMap((part) => part.blocks);
    const reader = new SpoolReader(this.#path, used, blocks);
    return {
      name,
      srid: 4326,
      columns: used.map((column) => all.names[column]!),
      types: used.map((column) => all.types[column]!),
      hasGeometry: parts.some((part) => part.hasGeometry),
      sample: (onRecord) => reader.read(onRecord, Math.max(1, Math.floor(blocks.length / 2 / SAMPLE_BLOCKS))),
      read: (onRecord) => reader.read(onRecord, 1),
    };
  }
}

/** Reads blocks back into one reused record. */
class SpoolReader {
  readonly #path: string;
  readonly #blocks: readonly number[];
  /** Position in the record of each column of the spool, -1 for those that the layer has not. */
  readonly #positions = new Int16Array(MAX_COLUMNS).fill(-1);
  readonly #width: number;

  constructor(path: string, used: readonly number[], blocks: readonly number[]) {
    this.#path = path;
    this.#blocks = blocks;
    this.#width = used.length;
    used.forEach((column, position) => {
      this.#positions[column] = position;
    });
  }

  /** Hands over the records of every `step`-th block. */
  async read(onRecord: OnRecord, step: number): Promise<void> {
    const record = newRecord(this.#width);
    record.count = this.#width;
    const file = openSync(this.#path, 'r');
    try {
      for (let block = 0; block < this.#blocks.length; block += 2 * step) {
        const start = this.#blocks[block]!;
        const length = this.#blocks[block + 1]! - start;
        if (length > record.bytes.length) record.bytes = Buffer.allocUnsafeSlow(length);
        for (let done = 0; done < length; ) done += readSync(file, record.bytes, done, length - done, start + done);
        for (let at = 0; at < length; ) {
          at = this.#record(record, at);
          onRecord(record);
        }
        await setImmediate();
      }
    } finally {
      closeSync(file);
    }
  }

  /** Fills the record from the bytes at `at`, and returns the position behind it. */
  #record(record: CellRecord, at: number): number {
    const { bytes } = record;
    const end = at + bytes.readUInt32LE(at);
    record.row++;
    record.line = bytes.readUInt32LE(at + 4);
    record.geometryKind = GeometryKind.none;
    record.kinds.fill(CellKind.null);
    for (let i = at + 8; i < end; ) {
      const column = bytes.readUInt16LE(i);
      const start = i + 7;
      const kind = bytes[i + 2]!;
      i = start + bytes.readUInt32LE(i + 3);
      if (column === GEOMETRY) {
        record.geometryKind = GeometryKind.wkb;
        record.geometryStart = start;
        record.geometryEnd = i;
        continue;
      }
      const position = this.#positions[column]!;
      record.kinds[position] = kind;
      record.starts[position] = start;
      record.ends[position] = i;
    }
    return end;
  }
}
