import { columnNames } from '../domain/naming.ts';
import type { ColumnWish } from '../domain/reading.ts';

/** What is said of each column, by position, and what is said of none. */
export interface MatchedWishes {
  readonly byColumn: readonly (ColumnWish | undefined)[];
  readonly unmatched: readonly ColumnWish[];
}

/**
 * Finds the column that each wish is about: the first of that name in the source, else the one that would have the name
 * in the table. Of two wishes about one column the first holds.
 */
export function matchWishes(columns: readonly string[], wishes: readonly ColumnWish[]): MatchedWishes {
  const byColumn: (ColumnWish | undefined)[] = new Array<undefined>(columns.length).fill(undefined);
  if (wishes.length === 0) return { byColumn, unmatched: [] };
  const bySource = new Map(columns.map((name, i) => [name, i] as const).toReversed());
  const byName = new Map(columnNames(columns).map((name, i) => [name, i]));
  const unmatched = wishes.filter((wish) => {
    const column = bySource.get(wish.name) ?? byName.get(wish.name);
    if (column !== undefined) byColumn[column] ??= wish;
    return column === undefined;
  });
  return { byColumn, unmatched };
}
