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
import type { TableSchema } from '../domain/schema.ts';
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

/** Looks at every row of one pass. */
export class RowFilter {
  readonly #hash: RowHash;
  readonly #known: KnownRows | null;
  readonly #sink: FilterSink;
  readonly #held = new Uint32Array(ENTRIES_AT_ONCE * ENTRY_WORDS);
  #count = 0;
  #given = 0;
  #bytes = 0;
  #isOver = false;

  constructor(key: string, known: KnownRows | null, sink: FilterSink) {
    this.#hash = new RowHash(key);
    this.#known = known;
    this.#sink = sink;
  }

  /** Takes the tuple that begins at `at` and ends what was written. False where the table has it already. */
  take(out: OutBuffer, at: number, row: number): boolean {
    this.#bytes += out.length - at;
    if (this.#isOver) return true;
    const { words } = this.#hash;
    this.#hash.hash(out, at);
    if (this.#known?.take(words, row) === true) return false;
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
  end(): Pick<Fingerprints, 'isDifference' | 'bytes'> | null {
    if (this.#isOver) return null;
    this.#flush();
    const gone = this.#known?.gone();
    if (gone !== undefined && gone.length > 0) this.#sink.gone(Buffer.from(gone.buffer));
    return { isDifference: this.#known !== null, bytes: this.#bytes };
  }
}

/** How a filter is made for a pass whose tuples are of this schema; null: there is none. */
export type MakeFilter = (schema: TableSchema) => RowFilter | null;

/** Filters for the passes over a layer. Rows of a raster, and those with ids of their own, are not compared. */
export const filterFor =
  (wish: FingerprintWish, sink: FilterSink): MakeFilter =>
  (schema) => {
    if (schema.raster !== undefined || schema.cartodbId === 'source') return null;
    const isSame = wish.known !== null && wish.known.shape === shapeOf(schema);
    return new RowFilter(wish.key, isSame && wish.known !== null ? readKnown(wish.known.path) : null, sink);
  };

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
