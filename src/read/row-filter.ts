// hot path: measured by npm run bench
/** Fingerprints of the rows of a pass, and which of the rows a table has already. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import {
  ENTRY_BYTES,
  ENTRY_WORDS,
  type Fingerprints,
  type FingerprintWish,
  MAX_FINGERPRINTS,
  shapeOf,
} from '../domain/fingerprints.ts';
import type { Layer } from '../domain/layer.ts';
import type { ReadOptions } from '../formats/format.ts';
import type { Plan } from '../infer/infer-schema.ts';
import { type EarlierPass, lineShape, readEarlier } from './earlier-pass.ts';
import { KnownRows } from './known-rows.ts';
import type { OutBuffer } from './out-buffer.ts';
import { RowHash } from './row-hash.ts';

/** Takes what a pass finds out, in pieces whose memory is used again. */
export interface FilterSink {
  entries(chunk: Buffer): void;
  gone(chunk: Buffer): void;
}

/** Entries that are handed on at once: 1 MB. */
const ENTRIES_AT_ONCE = 50_000;

/** What a filter is made of. */
interface FilterOptions {
  readonly key: string;
  readonly known: KnownRows | null;
  readonly sink: FilterSink;
  /** What the hashes are made of. */
  readonly shape: string;
  /** Whether they are of the lines of a source, and not of tuples. */
  readonly isOfLines: boolean;
  /** Whether nobody needs to look at rows that are known. */
  readonly leavesOut: boolean;
}

/** Looks at every row of one pass. */
export class RowFilter {
  readonly isOfLines: boolean;
  readonly #leavesOut: boolean;
  readonly #shape: string;
  readonly #hash: RowHash;
  readonly #known: KnownRows | null;
  readonly #sink: FilterSink;
  readonly #held = new Uint32Array(ENTRIES_AT_ONCE * ENTRY_WORDS);
  #lines: DataView = new DataView(new ArrayBuffer(0));
  #isLineKnown = false;
  #count = 0;
  #given = 0;
  #bytes = 0;
  #isOver = false;

  constructor({ key, known, sink, shape, isOfLines, leavesOut }: FilterOptions) {
    this.#hash = new RowHash(key);
    this.#known = known;
    this.#sink = sink;
    this.#shape = shape;
    this.isOfLines = isOfLines;
    this.#leavesOut = leavesOut;
  }

  /** Takes the line `bytes[from, to)` of a row. True where the table has the row already and nobody needs to look at it. */
  takeLine(bytes: Buffer, from: number, to: number, row: number): boolean {
    this.#bytes += to - from;
    if (this.#isOver) return false;
    const { buffer, byteOffset } = bytes;
    if (this.#lines.buffer !== buffer || this.#lines.byteOffset !== byteOffset) {
      this.#lines = new DataView(buffer, byteOffset, bytes.length);
    }
    this.#hash.hashBytes(this.#lines, from, to);
    this.#isLineKnown = this.#known?.take(this.#hash.words, row) === true;
    return this.#isLineKnown && this.#leavesOut;
  }

  /** Takes the tuple that begins at `at` and ends what was written. False where the table has it already. */
  take(out: OutBuffer, at: number, row: number): boolean {
    if (!this.isOfLines) this.#bytes += out.length - at;
    if (this.#isOver) return true;
    const { words } = this.#hash;
    if (this.isOfLines) {
      if (this.#isLineKnown) return false;
    } else {
      this.#hash.hash(out, at);
      if (this.#known?.take(words, row) === true) return false;
    }
    // One more than there may be tells that there are too many.
    if (this.#given > MAX_FINGERPRINTS || row > 0xffffffff) {
      this.#isOver = this.#known === null;
      return true;
    }
    const held = this.#held;
    const base = this.#count * ENTRY_WORDS;
    for (let i = 0; i < 4; i++) held[base + i] = words[i]!;
    held[base + 4] = row;
    this.#count++;
    this.#given++;
    if (this.#count === ENTRIES_AT_ONCE) this.#flush();
    return true;
  }

  #flush(): void {
    if (this.#count > 0) this.#sink.entries(Buffer.from(this.#held.buffer, 0, this.#count * ENTRY_BYTES));
    this.#count = 0;
  }

  /** Hands on what is left. null: there were too many rows for fingerprints. */
  end(): Omit<Fingerprints, 'entries' | 'gone' | 'reading'> | null {
    if (this.#isOver) return null;
    this.#flush();
    const gone = this.#known?.gone();
    if (gone !== undefined && gone.length > 0) this.#sink.gone(Buffer.from(gone.buffer));
    return { isDifference: this.#known !== null, bytes: this.#bytes, shape: this.#shape };
  }
}

/** How the rows of passes over a layer are compared with what is known. */
export interface Filters {
  /** For a pass that looks at all rows, read by a plan; null: they are not compared. */
  ofAll(plan: Plan, layer: Layer, options: ReadOptions): RowFilter | null;
  /** For a pass that relies on an earlier one for the rows that are known; null: it must look at all of them. */
  ofOthers(layer: Layer, options: ReadOptions): { readonly filter: RowFilter; readonly earlier: EarlierPass } | null;
}

/** Nothing is compared. */
export const noFilters: Filters = { ofAll: () => null, ofOthers: () => null };

/** Rows from which it is worth while not to look at those that are known. */
const LEAST_ROWS = 50_000;

/** Filters for the passes over a layer. Rows of a raster, and those with ids of their own, are not compared. */
export function filtersFor({ key, known }: FingerprintWish, sink: FilterSink, leastRows = LEAST_ROWS): Filters {
  return {
    ofAll(plan, layer, options) {
      const { schema } = plan;
      if (schema.raster !== undefined || schema.cartodbId === 'source') return null;
      const isOfLines = layer.lineForm !== undefined;
      const shape = isOfLines ? lineShape(plan, layer, options) : shapeOf(schema);
      const rows = known?.shape === shape ? readKnown(known.path) : null;
      return new RowFilter({ key, known: rows, sink, shape, isOfLines, leavesOut: false });
    },
    ofOthers(layer, options) {
      if (known === null || known.reading === null) return null;
      const earlier = readEarlier(known.reading);
      if (earlier === null) return null;
      const shape = lineShape(earlier.plan, layer, options);
      if (shape !== known.shape) return null;
      const rows = readKnown(known.path);
      if (rows.count < leastRows) return null;
      return { filter: new RowFilter({ key, known: rows, sink, shape, isOfLines: true, leavesOut: true }), earlier };
    },
  };
}

function readKnown(path: string): KnownRows {
  const { size } = statSync(path);
  const entries = new Uint32Array(Math.floor(size / ENTRY_BYTES) * ENTRY_WORDS);
  const file = openSync(path, 'r');
  const bytes = new Uint8Array(entries.buffer);
  for (let at = 0; at < bytes.length; ) {
    const read = readSync(file, bytes, at, bytes.length - at, at);
    if (read === 0) throw new Error('the known entries end early');
    at += read;
  }
  closeSync(file);
  return new KnownRows(entries);
}
