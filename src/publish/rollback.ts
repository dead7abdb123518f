/** A table as it was after an earlier run. */
import type { Queryable } from '../db/database.ts';
import { identifier, join, type Sql, sql, trusted } from '../db/sql.ts';
import type { RowChanges } from '../domain/refresh.ts';
import { ImportError } from '../errors.ts';
import { columnsOf } from './catalog.ts';
import { applyDifference, listDifference, listedRows } from './changes.ts';
import { refreshViews, viewsOn } from './dependents.ts';
import { refuseHeirs } from './heirs.ts';
import { beginRefresh, endRefresh, type HistoryLimits, imageColumns } from './history.ts';
import { refusedByTable } from './overwrite.ts';
import { prepareSession } from './session.ts';

export interface Rollback {
  readonly schema: string;
  readonly table: string;
  readonly tableId: string;
  /** The table becomes as it was when this run had ended. */
  readonly toRun: string;
  /** The run that the rollback itself is: its changes are kept as those of any other, so that it can be taken back. */
  readonly runId: string;
  readonly limits: HistoryLimits;
}

/**
 * Restores the rows that later runs changed, byte for byte, and no others. Columns of the owner keep their values in
 * rows that are still there. A table that a later run made stays as it is. Throws `cannotOverwrite` where a later run's rows are no longer kept, or where the
 * database refuses; a DatabaseError where trying again can help.
 */
export async function rollback(tx: Queryable, wish: Rollback): Promise<RowChanges> {
  await prepareSession(tx);
  return refusedByTable(wish.table, () => restore(tx, wish));
}

async function restore(tx: Queryable, wish: Rollback): Promise<RowChanges> {
  const target = identifier(wish.schema, wish.table);
  await tx.query(sql`lock table ${target} in share row exclusive mode`);
  await refuseHeirs(tx, wish.schema, wish.table);
  if (await isYounger(tx, wish)) return nothingWritten(tx, target);
  const last = await lastRefresh(tx, wish);
  const existing = await columnsOf(tx, wish.schema, wish.table);
  const columns = await imageColumns(tx, wish.schema, wish.table);
  const [later] = await tx.query<{ imported: readonly string[]; rows: number }>(sql`
    select to_json(array(select distinct unnest(imported) from landfall.refreshes
        where table_id = ${wish.tableId} and number > ${last}::bigint)) as imported,
      (select count(*)::float8 from landfall.row_changes c join landfall.refreshes r on r.number = c.refresh
        where r.table_id = ${wish.tableId} and r.number > ${last}::bigint) as rows`);
  if (later === undefined || later.rows === 0) return nothingWritten(tx, target);

  // Of several changes of a row the first tells what it was.
  const typed = existing.filter(({ name }) => name !== 'cartodb_id' && columns.includes(name));
  const values = typed.map(
    ({ name, type }) =>
      sql`(c.before[array_position(r.columns, ${name}::text)])::${trusted(type)} as ${identifier(name)}`,
  );
  await tx.query(sql`drop table if exists pg_temp.landfall_earlier`);
  await tx.query(sql`
    create temp table landfall_earlier on commit drop as
    select distinct on (c.cartodb_id) c.cartodb_id, c.kind <> 'insert' as "#was", ${join(values)}
    from landfall.row_changes c join landfall.refreshes r on r.number = c.refresh
    where r.table_id = ${wish.tableId} and r.number > ${last}::bigint
    order by c.cartodb_id, c.refresh, c.number`);
  const restored = typed.filter(({ name }) => later.imported.includes(name)).map(({ name }) => identifier(name));
  await listDifference(
    tx,
    sql`select t.ctid as place, case when s."#was" then s.cartodb_id end as id
      from pg_temp.landfall_earlier s left join ${target} t on t.cartodb_id = s.cartodb_id
      where case when t.cartodb_id is null then s."#was" else not s."#was"
        or record_send(row(${join(restored.map((name) => sql`t.${name}`))}))
          <> record_send(row(${join(restored.map((name) => sql`s.${name}`))})) end`,
  );

  if ((await listedRows(tx)) === 0) return nothingWritten(tx, target);
  const recorder = await beginRefresh(tx, {
    tableId: wish.tableId,
    runId: wish.runId,
    columns,
    imported: later.imported,
    isKept: true,
  });
  const assign = ({ name }: { readonly name: string }) => ({ name, value: sql`s.${identifier(name)}` });
  const written = await applyDifference(tx, {
    target,
    source: trusted('pg_temp.landfall_earlier'),
    update: typed.filter(({ name }) => later.imported.includes(name)).map(assign),
    insert: [{ name: 'cartodb_id' }, ...typed].map(assign),
    recorder,
  });
  await endRefresh(tx, wish.tableId, wish.limits);
  const [counted] = await tx.query<{ rows: number }>(sql`
    update landfall.tables set row_count = (select count(*) from ${target}), updated_at = now()
    where id = ${wish.tableId} returning row_count::float8 as rows`);
  await refreshViews(tx, await viewsOn(tx, wish.schema, wish.table), false);
  return { ...written, unchanged: Math.max(0, (counted?.rows ?? 0) - written.inserted - written.updated) };
}

async function nothingWritten(tx: Queryable, target: Sql): Promise<RowChanges> {
  const rows = await tx.query<{ count: number }>(sql`select count(*)::float8 as count from ${target}`);
  return { inserted: 0, updated: 0, deleted: 0, unchanged: rows[0]?.count ?? 0 };
}

/** Whether a later run made the table, for a layer that the source did not have before. */
async function isYounger(tx: Queryable, { tableId, toRun }: Rollback): Promise<boolean> {
  const rows = await tx.query(sql`
    select from landfall.tables t, landfall.refreshes r join landfall.sync_runs made on made.id = r.run_id,
      landfall.sync_runs wanted
    where t.id = ${tableId} and r.table_id = t.id and r.columns = '{}' and not r.is_kept and wanted.id = ${toRun}
      and made.started_at > wanted.started_at and t.created_at > coalesce(wanted.ended_at, wanted.started_at)`);
  return rows.length > 0;
}

/** The last change of the table that stays: that of the run, or of the last one before the run ended. */
async function lastRefresh(tx: Queryable, { table, tableId, toRun }: Rollback): Promise<number> {
  const [row] = await tx.query<{ number: number | null; gap: boolean }>(sql`
    with stays as (
      select coalesce(
        (select number from landfall.refreshes where table_id = ${tableId} and run_id = ${toRun}),
        (select max(r.number) from landfall.refreshes r join landfall.sync_runs s on s.id = ${toRun}
          where r.table_id = ${tableId} and r.made_at <= coalesce(s.ended_at, s.started_at))) as number
    )
    select stays.number::float8 as number, exists (select from landfall.refreshes r
      where r.table_id = ${tableId} and r.number > stays.number and not r.is_kept) as gap
    from stays`);
  if (row === undefined || row.number === null || row.gap) {
    throw new ImportError('cannotOverwrite', {
      detail: `The table ${table} cannot be taken back to that run: what later runs changed is not kept any more.`,
      hint: 'Choose a later run; LANDFALL_HISTORY_RUNS and LANDFALL_HISTORY_BYTES say how much is kept.',
    });
  }
  return row.number;
}
