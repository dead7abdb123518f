/** Which row of a table each row of a staging table has become. */
import type { Queryable } from '../db/database.ts';
import { join, type Sql, sql } from '../db/sql.ts';
import { difference } from './changes.ts';
import type { Sides } from './sides.ts';

/** Rows of the source by their numbers, and the ids of their rows in the table. A row that is not named has its number as its id. */
export interface PlacedRows {
  readonly numbers: Float64Array;
  readonly ids: Float64Array;
}

/**
 * Of the rows that stay or are updated, by the listed difference, before it is written; `stays` selects `id` and `was`
 * of rows that stay.
 */
export async function rowsThatStay(tx: Queryable, target: Sql, stays: Sql): Promise<PlacedRows> {
  const [row] = await tx.query<{ pairs: Buffer | null }>(sql`
    select string_agg(int8send(id) || int8send(was), '') as pairs from (
      ${stays} union all
      select d.id, t.cartodb_id from ${difference} d join ${target} t on t.ctid = d.place where d.id is not null) b`);
  const pairs = numbersOf(row?.pairs ?? null);
  return {
    numbers: pairs.filter((_, index) => index % 2 === 0),
    ids: pairs.filter((_, index) => index % 2 === 1),
  };
}

/** Numbers of the rows that the listed difference inserts, in their order. */
export async function rowsToInsert(tx: Queryable): Promise<Float64Array> {
  const [row] = await tx.query<{ ids: Buffer | null }>(sql`
    select string_agg(int8send(id), '' order by id) as ids from ${difference} where place is null`);
  return numbersOf(row?.ids ?? null);
}

/**
 * Whether every row of the source is, in its place, as it was sent, by the values of the two sides. After it was
 * written a trigger or a foreign key may have made it another, or may have left it out.
 */
export async function areAsSent(
  tx: Queryable,
  { target, source, old, new: sent }: Pick<Sides, 'target' | 'source' | 'old' | 'new'>,
  { numbers, ids }: PlacedRows,
): Promise<boolean> {
  // Counted, and not asked whether there is one: for that the server goes through the pairs once more for each row.
  const [row] = await tx.query<{ others: number }>(sql`
    select count(*)::float8 as others from ${source} s
    left join unnest(${`{${numbers.join(',')}}`}::bigint[], ${`{${ids.join(',')}}`}::bigint[]) p (number, id)
      on p.number = s.cartodb_id
    left join ${target} t on t.cartodb_id = coalesce(p.id, s.cartodb_id)
    where t.cartodb_id is null or not record_image_eq(row(${join(old)}), row(${join(sent)}))`);
  return row?.others === 0;
}

/** Integers of 64 bits, big-endian, as numbers. */
export function numbersOf(bytes: Buffer | null): Float64Array {
  const numbers = new Float64Array((bytes?.length ?? 0) / 8);
  for (let i = 0; i < numbers.length; i++) numbers[i] = Number(bytes?.readBigInt64BE(8 * i));
  return numbers;
}
