import { identifier, join, type Sql, sql, trusted } from '../db/sql.ts';
import type { Assignment } from './changes.ts';

/** The two sides of a comparison: rows `t` of the table, rows `s` of the staging table. */
export interface Sides {
  readonly target: Sql;
  readonly source: Sql;
  /** Values that are compared, in the same order on both sides. */
  readonly old: readonly Sql[];
  readonly new: readonly Sql[];
  /** Whether a row of the staging table has a value for columns that the table has only now; null: there are none. */
  readonly hasMore: Sql | null;
  /** Columns of the key and their values from the staging table. */
  readonly key: readonly Assignment[];
}

/** Whether `t` and `s` have the same key. */
export const matches = (sides: Sides): Sql =>
  join(
    sides.key.map(({ name, value }) => sql`t.${identifier(name)} = ${value}`),
    ' and ',
  );

/** `record_send` is the binary form of every column with its length: exact and unambiguous, EWKB for a geometry. */
export const bytesOf = (values: readonly Sql[]): Sql => sql`record_send(row(${join(values)}))`;

/** Whether the contents of `t` and `s` differ in anything. */
export const differs = (sides: Sides): Sql =>
  sql`(${bytesOf(sides.old)} <> ${bytesOf(sides.new)} or ${sides.hasMore ?? trusted('false')})`;
