import { type ColumnHint, columnHint } from './column-hints.ts';

/** Values of one text column in rows of a sample; null where a row has none. */
export interface SampledColumn {
  /** Its name in the table. */
  readonly name: string;
  readonly hint: ColumnHint;
  readonly values: readonly (string | null)[];
  /** How many different values there are. */
  readonly distinct: number;
}

/** A column of a sample; empty and blank values are none. */
export function sampledColumn(name: string, source: string, values: readonly (string | null)[]): SampledColumn {
  const kept = values.map((value) => (value === null || value.trim() === '' ? null : value.trim()));
  const hint = columnHint(source) === 'open' ? columnHint(name) : columnHint(source);
  return { name, hint, values: kept, distinct: new Set(kept.filter((value) => value !== null)).size };
}

/** Share of a column's values of which something holds; 0 for an empty column. */
export function share(column: SampledColumn, holds: (value: string, row: number) => boolean): number {
  let all = 0;
  let held = 0;
  column.values.forEach((value, row) => {
    if (value === null) return;
    all++;
    if (holds(value, row)) held++;
  });
  return all === 0 ? 0 : held / all;
}

/**
 * How evenly a column's values are spread: Shannon's entropy over the greatest it could be with as many different
 * values, from 0 for a constant to 1.
 */
export function evenness(column: SampledColumn): number {
  const counts = new Map<string, number>();
  for (const value of column.values) if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
  if (counts.size < 2) return 0;
  const entropy = [...counts.values()].reduce((sum, count) => sum - (count / all) * Math.log(count / all), 0);
  return entropy / Math.log(counts.size);
}
