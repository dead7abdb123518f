/** What runs did to the rows of a table: kept while they write, shown, and forgotten when they are too many. */
import type { Queryable } from '../db/database.ts';
import { identifier, sql } from '../db/sql.ts';
import type { Recorder } from './changes.ts';

/** How much is kept of each table. */
export interface HistoryLimits {
  /** Runs that changed rows. Rollbacks do not count, so that looking for the right one does not use it up. */
  readonly runs: number;
  /** Bytes of all their rows together. */
  readonly bytes: number;
}

/** Columns of a table whose values can be written again: all but those that PostgreSQL computes. */
export async function imageColumns(tx: Queryable, schema: string, table: string): Promise<readonly string[]> {
  const rows = await tx.query<{ name: string }>(sql`
    select attname as name from pg_attribute
    where attrelid = to_regclass(${identifier(schema, table).text}) and attnum > 0 and not attisdropped
      and attgenerated = '' order by attnum`);
  return rows.map(({ name }) => name);
}

/** A run that is about to change a table. */
export interface Refreshing {
  readonly tableId: string;
  readonly runId: string;
  readonly columns: readonly string[];
  /** Those that come from the source. */
  readonly imported: readonly string[];
  /** Whether its rows are kept: not those of a run that is over the limit by itself, or made the table. */
  readonly isKept: boolean;
}

/** Notes the run; returns where its rows are kept, or null. */
export async function beginRefresh(tx: Queryable, run: Refreshing): Promise<Recorder | null> {
  const rows = await tx.query<{ number: number }>(sql`
    insert into landfall.refreshes (table_id, run_id, columns, imported, is_kept)
    values (${run.tableId}, ${run.runId}, ${run.columns}::text[], ${run.imported}::text[], ${run.isKept})
    returning number::float8 as number`);
  const number = rows[0]?.number;
  return run.isKept && number !== undefined ? { refresh: number, columns: run.columns } : null;
}

/** Forgets rows of the oldest runs until what is left is within the limits. Runs that are too old to go back to go. */
export async function endRefresh(tx: Queryable, tableId: string, limits: HistoryLimits): Promise<void> {
  await tx.query(sql`
    update landfall.refreshes r set bytes = (
      select coalesce(sum(pg_column_size(c.*)), 0) from landfall.row_changes c where c.refresh = r.number)
    where r.table_id = ${tableId} and r.is_kept and r.bytes = 0`);
  await tx.query(sql`
    with kept as (
      select r.number, sum(r.bytes) over (order by r.number desc) as bytes,
        count(*) filter (where s.trigger is distinct from 'rollback') over (order by r.number desc) as place
      from landfall.refreshes r left join landfall.sync_runs s on s.id = r.run_id
      where r.table_id = ${tableId} and r.is_kept
    ), gone as (
      update landfall.refreshes r set is_kept = false, bytes = 0 from kept
      where kept.number = r.number and (kept.place > ${limits.runs} or kept.bytes > ${limits.bytes}::float8)
      returning r.number
    )
    delete from landfall.row_changes c using gone where c.refresh = gone.number`);
  await tx.query(sql`
    delete from landfall.refreshes where table_id = ${tableId} and number < (
      select max(number) from landfall.refreshes where table_id = ${tableId} and not is_kept)`);
}

/** One row that a run changed; values as PostgreSQL writes them, by column. */
export interface RowChange {
  /** Rises in the order in which rows were written. */
  readonly number: number;
  readonly kind: 'insert' | 'update' | 'delete';
  readonly cartodbId: number | bigint;
  /** null: the row was not there before. */
  readonly before: Readonly<Record<string, string | null>> | null;
  /** null: the row is gone. */
  readonly after: Readonly<Record<string, string | null>> | null;
}

/** A part of a run's changes: rows after the one of this number, at most so many. */
export interface ChangesPage {
  readonly after: number;
  readonly limit: number;
}

/**
 * The rows that a run changed in a table, page by page; the last page is shorter than its limit. null: nothing is
 * kept of that run, because it changed nothing, made the table, or is too long ago.
 */
export async function changesOf(
  db: Queryable,
  tableId: string,
  runId: string,
  page: ChangesPage,
): Promise<readonly RowChange[] | null> {
  const [refresh] = await db.query<{ number: number; columns: readonly string[] }>(sql`
    select number::float8 as number, to_json(columns) as columns from landfall.refreshes
    where table_id = ${tableId} and run_id = ${runId} and is_kept`);
  if (refresh === undefined) return null;
  const rows = await db.query<{
    number: number;
    kind: RowChange['kind'];
    cartodb_id: number | bigint;
    before: readonly (string | null)[] | null;
    after: readonly (string | null)[] | null;
  }>(sql`
    select number::float8 as number, kind, cartodb_id, to_json(before) as before, to_json(after) as after
    from landfall.row_changes where refresh = ${refresh.number}::bigint and number > ${page.after}::bigint
    order by number limit ${page.limit}`);
  const byColumn = (values: readonly (string | null)[] | null): RowChange['before'] =>
    values === null ? null : Object.fromEntries(refresh.columns.map((name, index) => [name, values[index] ?? null]));
  return rows.map(({ number, kind, cartodb_id, before, after }) => ({
    number,
    kind,
    cartodbId: cartodb_id,
    before: byColumn(before),
    after: byColumn(after),
  }));
}
