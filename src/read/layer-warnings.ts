import type { Warnings } from '../domain/import.ts';
import type { CellRecord } from '../domain/layer.ts';
import type { Rejects } from './rejects.ts';

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

/** Warnings of which every case is a reject too, and the rule that it broke. */
const rules = new Map([
  ['invalid_geometries', 'geometry'],
  ['other_reference_system', 'geometry'],
  ['out_of_range_coordinates', 'geometry'],
]);

/** Counts what did not fail a layer but must not go unsaid. Keys are the wire's. */
export class LayerWarnings {
  readonly #counts = new Map<string, Count>();
  readonly #rejects: Rejects;
  /** What a reject for a geometry names as its column. */
  readonly #geometryColumn: string;
  /** NUL characters left out of JSON strings. */
  nulCharacters = 0;

  constructor(rejects: Rejects, geometryColumn: string) {
    this.#rejects = rejects;
    this.#geometryColumn = geometryColumn;
  }

  /** Counts one case; `value` makes its raw text, and is called for the first hundred only. */
  add(key: string, record: CellRecord, value: () => string, column?: number): void {
    const rule = rules.get(key);
    if (rule !== undefined) this.#rejects.add(record, this.#geometryColumn, value, rule);
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
