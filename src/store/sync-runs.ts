/** SQL for `landfall.sync_runs` and `landfall.sync_tables`: what runs did, and which tables they write. */
import type { Queryable } from '../db/database.ts';
import { identifier, sql } from '../db/sql.ts';
import type { Warnings } from '../domain/import.ts';
import type { Drift } from '../domain/refresh.ts';
import type { SyncRun, SyncRunTable } from '../domain/sync.ts';

/** Runs of a synchronization that are remembered; older ones are forgotten with their imports. */
const REMEMBERED = 500;

interface RunRow {
  readonly id: string;
  readonly started_at: Date | string;
  readonly ended_at: Date | string | null;
  readonly outcome: SyncRun['outcome'];
  readonly trigger: SyncRun['trigger'];
  readonly bytes: string | number;
  readonly tables: readonly SyncRunTable[];
  readonly warnings: Warnings | null;
  readonly error_code: number | null;
  readonly error_message: string | null;
}

const toRun = (row: RunRow): SyncRun => ({
  id: row.id,
  startedAt: new Date(row.started_at),
  endedAt: row.ended_at === null ? null : new Date(row.ended_at),
  outcome: row.outcome,
  trigger: row.trigger,
  bytes: Number(row.bytes),
  tables: row.tables,
  warnings: row.warnings,
  error: row.error_code === null ? null : { code: row.error_code, text: row.error_message ?? '' },
});

/** Notes that a run was begun; `id` is that of its import. */
export async function insertRun(
  tx: Queryable,
  synchronizationId: string,
  id: string,
  trigger: SyncRun['trigger'],
  now: Date,
): Promise<void> {
  await tx.query(sql`
    insert into landfall.sync_runs (id, synchronization_id, trigger, started_at)
    values (${id}, ${synchronizationId}, ${trigger}, ${now.toISOString()}::timestamptz)`);
}

/** Notes how a run ended, and forgets the oldest runs of its synchronization beyond those that are remembered. */
export async function recordRunEnd(
  tx: Queryable,
  synchronizationId: string,
  id: string,
  end: Pick<SyncRun, 'outcome' | 'bytes' | 'tables' | 'warnings' | 'error'>,
  now: Date,
): Promise<void> {
  await tx.query(sql`
    update landfall.sync_runs set ended_at = ${now.toISOString()}::timestamptz, outcome = ${end.outcome},
      bytes = ${end.bytes}, tables = ${JSON.stringify(end.tables)}::jsonb,
      warnings = ${end.warnings === null ? null : JSON.stringify(end.warnings)}::jsonb,
      error_code = ${end.error?.code ?? null}, error_message = ${end.error?.text ?? null}
    where id = ${id}`);
  await tx.query(sql`
    with forgotten as (
      delete from landfall.sync_runs where id in (
        select id from landfall.sync_runs where synchronization_id = ${synchronizationId}
        order by started_at desc, id offset ${REMEMBERED})
      returning id)
    delete from landfall.imports i using forgotten
    where i.id = forgotten.id and i.state in ('complete', 'failure')`);
}

/** One page of the runs of a synchronization, newest first, and how many there are in all. */
export async function runsOf(
  db: Queryable,
  synchronizationId: string,
  page: { readonly skip: number; readonly most: number },
): Promise<{ readonly runs: readonly SyncRun[]; readonly total: number }> {
  const rows = await db.query<RunRow>(sql`
    select * from landfall.sync_runs where synchronization_id = ${synchronizationId}
    order by started_at desc, id offset ${page.skip} limit ${page.most}`);
  const counted = await db.query<{ total: number }>(sql`
    select count(*)::int as total from landfall.sync_runs where synchronization_id = ${synchronizationId}`);
  return { runs: rows.map(toRun), total: counted[0]?.total ?? 0 };
}

/** One run of a synchronization, or null. */
export async function findRun(db: Queryable, synchronizationId: string, id: string): Promise<SyncRun | null> {
  const rows = await db.query<RunRow>(sql`
    select * from landfall.sync_runs where synchronization_id = ${synchronizationId} and id = ${id}`);
  return rows[0] === undefined ? null : toRun(rows[0]);
}

/** How the run of this import ended; null where there is none, or it runs. */
export async function outcomeOf(db: Queryable, id: string): Promise<SyncRun['outcome']> {
  const rows = await db.query<Pick<RunRow, 'outcome'>>(sql`select outcome from landfall.sync_runs where id = ${id}`);
  return rows[0]?.outcome ?? null;
}

/** How the run before this one ended, rollbacks left out; null: there was none. */
export async function outcomeBefore(db: Queryable, synchronizationId: string, id: string): Promise<SyncRun['outcome']> {
  const rows = await db.query<Pick<RunRow, 'outcome'>>(sql`
    select outcome from landfall.sync_runs
    where synchronization_id = ${synchronizationId} and id <> ${id} and trigger <> 'rollback' and ended_at is not null
    order by started_at desc, ended_at desc limit 1`);
  return rows[0]?.outcome ?? null;
}

/** A table that a synchronization writes. */
export interface SyncTarget {
  readonly layer: string;
  readonly tableId: string;
  readonly schema: string;
  /** As it is registered. */
  readonly name: string;
  /** Whether there still is a table of the registered name. */
  readonly exists: boolean;
  /** How the columns of the layer differed from the table's when it was last written; null: nothing is known of it. */
  readonly drift: Drift | null;
}

/** The tables that a synchronization writes; those that the owner has removed from the account are not among them. */
export async function targetsOf(db: Queryable, synchronizationId: string): Promise<readonly SyncTarget[]> {
  return db.query<SyncTarget>(sql`
    select s.layer, s.table_id as "tableId", a.name as schema, t.name, c.oid is not null as exists, s.drift
    from landfall.sync_tables s
    join landfall.tables t on t.id = s.table_id
    join landfall.accounts a on a.id = t.account_id
    left join pg_namespace n on n.nspname = a.name
    left join pg_class c on c.relnamespace = n.oid and c.relname = t.name
    where s.synchronization_id = ${synchronizationId} order by s.layer`);
}

/** The values of a column of whole numbers, of every row; null where the table has none such, or a row no value. */
export async function idsIn(
  db: Queryable,
  { schema, name }: Pick<SyncTarget, 'schema' | 'name'>,
  column: string,
): Promise<readonly number[] | null> {
  const [found] = await db.query<{ there: boolean }>(sql`
    select exists (select from pg_attribute
      where attrelid = to_regclass(format('%I.%I', ${schema}::text, ${name}::text)) and attname = ${column}
        and atttypid = 'bigint'::regtype and not attisdropped) as there`);
  if (found?.there !== true) return null;
  const [all] = await db.query<{ rows: number; ids: string | null }>(sql`
    select count(*)::float8 as rows, string_agg(${identifier(column)}::text, ',') as ids from ${identifier(schema, name)}`);
  const ids = all?.ids ? all.ids.split(',').map(Number) : [];
  return ids.length === all?.rows && ids.every(Number.isSafeInteger) ? ids : null;
}

/** Notes into which tables the layers of a run went. A layer that the source does not have any more keeps its table. */
export async function rememberTargets(
  tx: Queryable,
  synchronizationId: string,
  tables: readonly { readonly layer: string; readonly id: string; readonly standing: Drift }[],
): Promise<void> {
  for (const { layer, id, standing } of tables) {
    await tx.query(sql`
      insert into landfall.sync_tables (synchronization_id, layer, table_id, drift)
      values (${synchronizationId}, ${layer}, ${id}, ${JSON.stringify(standing)}::jsonb)
      on conflict (synchronization_id, layer) do update set table_id = excluded.table_id, drift = excluded.drift`);
  }
  // The one layer of a source under another name: its table has one layer, the newest.
  await tx.query(sql`
    delete from landfall.sync_tables
    where synchronization_id = ${synchronizationId} and table_id = any(${tables.map(({ id }) => id)}::uuid[])
      and not (layer = any(${tables.map(({ layer }) => layer)}::text[]))`);
}
