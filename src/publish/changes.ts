/** What is to be written into a table, as a list of places and rows, and writing it. */
import type { Queryable } from '../db/database.ts';
import { identifier, join, type Sql, sql, trusted } from '../db/sql.ts';

/**
 * The list: `place` is a row of the table (null: none yet), `id` the `cartodb_id` of the row that it becomes (null: it
 * goes). A temporary table, gone with the transaction.
 */
export const difference = trusted('pg_temp.landfall_difference');

/** Makes the list from a select of `place` and `id`. */
export async function listDifference(tx: Queryable, select: Sql): Promise<void> {
  await tx.query(sql`drop table if exists ${difference}`);
  await tx.query(sql`create temp table landfall_difference on commit drop as ${select}`);
  await tx.query(sql`analyze ${difference}`);
}

/** How many rows are listed. */
export async function listedRows(tx: Queryable): Promise<number> {
  const rows = await tx.query<{ count: number }>(sql`select count(*)::float8 as count from ${difference}`);
  return rows[0]?.count ?? 0;
}

/** A column and what is written into it, read from a row of the source named `s`. */
export interface Assignment {
  readonly name: string;
  readonly value: Sql;
}

/** Keeps the rows that are written, before and after; null: nobody asked. */
export interface Recorder {
  readonly refresh: number;
  /** Columns whose values are kept, in this order. */
  readonly columns: readonly string[];
}

export interface Writing {
  readonly target: Sql;
  /** The table that the rows come from. */
  readonly source: Sql;
  readonly update: readonly Assignment[];
  readonly insert: readonly Assignment[];
  /** What becomes of rows that go, where they are not deleted. */
  readonly instead?: Sql;
  readonly recorder: Recorder | null;
  /** Told the ids of inserted rows in the order of their source, 64 bits each, big-endian. Absent: nobody asked. */
  readonly onInserted?: (ids: Buffer) => void;
}

/** Rows written, by what was done to them. */
export interface Written {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

/** Writes the listed difference, and nothing else. The caller holds a lock that keeps other writers out. */
export async function applyDifference(tx: Queryable, writing: Writing): Promise<Written> {
  const { target, source, update, insert, instead, recorder, onInserted } = writing;
  const [listed] = await tx.query<{ inserts: boolean; updates: boolean; deletes: boolean }>(sql`
    select coalesce(bool_or(place is null), false) as inserts,
      coalesce(bool_or(place is not null and id is not null), false) as updates,
      coalesce(bool_or(id is null), false) as deletes from ${difference}`);
  const before = sql`${image('o', recorder)} as before`;
  const after = sql`${image('t', recorder)} as after`;
  const none = (side: 'before' | 'after'): Sql => sql`null::text[] as ${trusted(side)}`;
  // The row as it was stands beside the row as it becomes, which is all that `returning` shows.
  const old = recorder === null ? trusted('') : sql`join ${target} o on o.ctid = d.place`;
  let [inserted, updated, deleted] = [0, 0, 0];
  if (listed?.deletes === true) {
    const statement =
      instead === undefined
        ? sql`delete from ${target} t using ${difference} d where d.place = t.ctid and d.id is null
            returning t.cartodb_id, ${image('t', recorder)} as before, ${none('after')}`
        : sql`update ${target} t set ${instead} from ${difference} d ${old} where d.place = t.ctid and d.id is null
            returning t.cartodb_id, ${before}, ${after}`;
    deleted = (await write(tx, recorder, instead === undefined ? 'delete' : 'update', statement)).count;
  }
  if (listed?.updates === true) {
    const columns = join(update.map(({ name }) => identifier(name)));
    const values = join(update.map(({ value }) => value));
    const statement = sql`update ${target} t set (${columns}) = row(${values})
        from ${difference} d join ${source} s on s.cartodb_id = d.id ${old}
        where d.place = t.ctid returning t.cartodb_id, ${before}, ${after}`;
    updated = (await write(tx, recorder, 'update', statement)).count;
  }
  if (listed?.inserts === true) {
    const columns = join(insert.map(({ name }) => identifier(name)));
    const written = await write(
      tx,
      recorder,
      'insert',
      sql`insert into ${target} as t (${columns}) overriding system value select ${join(insert.map(({ value }) => value))}
        from ${source} s join ${difference} d on d.id = s.cartodb_id where d.place is null order by s.cartodb_id
        returning t.cartodb_id, ${none('before')}, ${after}`,
      onInserted !== undefined,
    );
    inserted = written.count;
    if (written.ids !== null) onInserted?.(written.ids);
  }
  return { inserted, updated, deleted };
}

/** The values of a row as PostgreSQL writes them: exact for every type. */
const image = (row: 'o' | 't', recorder: Recorder | null): Sql =>
  recorder === null
    ? trusted('null::text[]')
    : sql`array[${join(recorder.columns.map((name) => sql`${trusted(row)}.${identifier(name)}::text`))}]::text[]`;

/** Runs a statement that returns id and images of the rows it wrote, keeps them, and returns how many they are, and their ids. */
async function write(
  tx: Queryable,
  recorder: Recorder | null,
  kind: 'insert' | 'update' | 'delete',
  statement: Sql,
  tellsIds = false,
): Promise<{ readonly count: number; readonly ids: Buffer | null }> {
  const keep =
    recorder === null
      ? trusted('')
      : sql`, kept as (
          insert into landfall.row_changes (refresh, kind, cartodb_id, before, after)
          select ${recorder.refresh}::bigint, ${kind}::text, cartodb_id, before, after from written order by cartodb_id)`;
  const ids = tellsIds ? trusted("string_agg(int8send(cartodb_id), '')") : trusted('null');
  const rows = await tx.query<{ count: number; ids: Buffer | null }>(sql`
    with written as (${statement})${keep} select count(*)::float8 as count, ${ids} as ids from written`);
  return rows[0] ?? { count: 0, ids: null };
}
