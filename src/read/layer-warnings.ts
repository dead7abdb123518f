import type { Warnings } from '../domain/import.ts';
import type { CellRecord } from '../domain/layer.ts';

/** Cases of each kind that are told in full; the others are only counted. */
const FIRST_CASES = 100;

/** Characters of a raw value that are told. */
const VALUE_CHARACTERS = 200;

interface Case {
  readonly row: number;
  readonly line: number;
  readonly column?: number;
  readonly value: string;
}

interface Count {
  count: number;
  readonly first: Case[];
}

/** Counts what did not fail a layer but must not go unsaid. Keys are the wire's. */
export class LayerWarnings {
  readonly #counts = new Map<string, Count>();
  /** NUL characters left out of JSON strings. */
  nulCharacters = 0;

  /** Counts one case; `value` makes its raw text, and is called for the first hundred only. */
  add(key: string, record: CellRecord, value: () => string, column?: number): void {
    const count = this.#counts.get(key) ?? { count: 0, first: [] };
    this.#counts.set(key, count);
    if (count.count++ >= FIRST_CASES) return;
    const raw = value();
    const cut = raw.length > VALUE_CHARACTERS ? `${raw.slice(0, VALUE_CHARACTERS)}…` : raw;
    const place = { row: record.row, line: record.line };
    count.first.push(column === undefined ? { ...place, value: cut } : { ...place, column, value: cut });
  }

  /** All counts, with those of the layer's own reading. */
  all(ofLayer: Warnings): Warnings {
    const all: Record<string, unknown> = { ...ofLayer, ...Object.fromEntries(this.#counts) };
    if (this.nulCharacters > 0) {
      const before = (ofLayer.nul_characters as { count: number } | undefined)?.count ?? 0;
      all.nul_characters = { count: before + this.nulCharacters };
    }
    return all;
  }
}
