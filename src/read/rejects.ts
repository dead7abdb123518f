import type { CellRecord } from '../domain/layer.ts';
import type { MaxRejects } from '../domain/reading.ts';
import { type Reject, TooManyRejects } from '../domain/report.ts';

/** Rejects of a layer that are kept; the others are only counted. */
const KEPT = 100_000;

/** Characters of one raw text that are kept. */
const RAW_CHARACTERS = 1000;

/** Characters that all raw texts of a layer may have together before later ones are cut shorter. */
const LONG_RAW_CHARACTERS = 8 * 1024 * 1024;
const SHORT_RAW_CHARACTERS = 100;

/** Rejects that the text of an error names. */
const NAMED = 5;

/** What of a layer could not be kept as it stands there, in the order of its records. */
export class Rejects {
  readonly #layer: string;
  readonly first: Reject[] = [];
  count = 0;
  #characters = 0;

  constructor(layer: string) {
    this.#layer = layer;
  }

  /** Notes one cell, or with `column` null a whole record. `raw` makes its text, and is called only while it is kept. */
  add(record: CellRecord, column: string | null, raw: () => string, rule: string): void {
    if (this.count++ >= KEPT) return;
    const most = this.#characters < LONG_RAW_CHARACTERS ? RAW_CHARACTERS : SHORT_RAW_CHARACTERS;
    const text = raw().slice(0, most);
    this.#characters += text.length;
    const offset = record.offset === undefined || record.offset < 0 ? null : record.offset;
    this.first.push({ layer: this.#layer, row: record.row, offset, column, raw: text, rule });
  }

  /** Throws tooManyRejects (2015) where there are more than `most` allows among so many rows. */
  check(most: MaxRejects | null, rows: number): void {
    if (most === null) return;
    const isTooMany = 'count' in most ? this.count > most.count : this.count * 100 > most.percent * rows;
    if (!isTooMany) return;
    const allowed = 'count' in most ? String(most.count) : `${most.percent}%`;
    const named = this.first
      .slice(0, NAMED)
      .map(
        ({ row, column, raw, rule }) =>
          `row ${row}${column === null ? '' : `, column ${column}`}: "${raw.slice(0, 100)}" (${rule})`,
      );
    const options = {
      detail: `Layer "${this.#layer}" has ${this.count} rejects in ${rows} rows; max_rejects allows ${allowed}. The first: ${named.join('; ')}.`,
      hint: 'Correct these cells, ask for other types, or allow more with max_rejects.',
    };
    throw new TooManyRejects(options, this.first, this.count);
  }
}
