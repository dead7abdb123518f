import { cellName } from './cell-name.ts';

/** Cases of each kind that are told in full; the others are only counted. */
const FIRST_CASES = 100;

/** Characters of a value that are told. */
const VALUE_CHARACTERS = 200;

interface Case {
  readonly cell: string;
  readonly value: string;
}

interface Count {
  count: number;
  readonly first: Case[];
}

/**
 * What one pass over a sheet met that must not go unsaid; keys are the wire's `warnings`. `error_cells`: #N/A and the
 * like, loaded as NULL. `invalid_dates`: numbers that are no day though their format is a date's, loaded as NULL.
 * `formulas_without_value`: formulas whose result was never stored, loaded as NULL. `merged_cells`: the value is in the
 * first cell, the others are NULL.
 */
export class SheetNotes {
  readonly #counts = new Map<string, Count>();

  /** Counts one case, by the name of its cell or its range of cells. */
  add(key: 'error_cells' | 'invalid_dates' | 'formulas_without_value' | 'merged_cells', cell: string, value: string) {
    const count = this.#counts.get(key) ?? { count: 0, first: [] };
    this.#counts.set(key, count);
    if (count.count++ < FIRST_CASES) count.first.push({ cell, value: value.slice(0, VALUE_CHARACTERS) });
  }

  /** Counts one case at a 0-based column and a 1-based row. */
  addCell(key: 'error_cells' | 'invalid_dates' | 'formulas_without_value', column: number, row: number, value: string) {
    this.add(key, cellName(column, row), value);
  }

  all(): Readonly<Record<string, unknown>> {
    return Object.fromEntries(this.#counts);
  }
}
