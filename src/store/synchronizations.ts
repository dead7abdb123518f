/** SQL for `landfall.synchronizations`. Moments are the caller's, so that a clock can be put in place of the true one. */
import type { Queryable } from '../db/database.ts';
import { sql, trusted } from '../db/sql.ts';
import type { ImportOptions, ImportRequest } from '../domain/import.ts';
import { defaultReading } from '../domain/reading.ts';
import type { SchemaPolicy, WriteMode } from '../domain/refresh.ts';
import type { NewSynchronization, Synchronization, SyncSettings, SyncState, Validators } from '../domain/sync.ts';
import { EARLY_SECONDS, EARLY_SHARE } from '../domain/sync-schedule.ts';

interface SyncRow {
  readonly id: string;
  readonly account_id: string;
  readonly name: string | null;
  readonly interval_seconds: number;
  readonly request: ImportRequest;
  readonly options: ImportOptions;
  readonly schema_policy: SchemaPolicy;
  readonly mode: WriteMode;
  readonly key_columns: readonly string[];
  readonly url: string;
  readonly service_name: string | null;
  readonly service_item_id: string | null;
  readonly from_external_source: boolean;
  readonly original_url: string;
  readonly display_name: string;
  readonly state: SyncState;
  readonly import_id: string;
  readonly runs: number;
  readonly run_at: Date | string;
  readonly ran_at: Date | string;
  readonly retried_times: number;
  readonly error_code: number | null;
  readonly error_message: string | null;
  readonly validators: Validators | null;
  readonly created_at: Date | string;
  readonly updated_at: Date | string;
  readonly visualization_id: string | null;
}

const toSynchronization = (row: SyncRow): Synchronization => ({
  id: row.id,
  accountId: row.account_id,
  name: row.name,
  interval: row.interval_seconds,
  request: row.request,
  options: { ...defaultReading, ...row.options },
  schemaPolicy: row.schema_policy,
  mode: row.mode,
  key: row.key_columns,
  url: row.url,
  serviceName: row.service_name,
  serviceItemId: row.service_item_id,
  fromExternalSource: row.from_external_source,
  originalUrl: row.original_url,
  displayName: row.display_name,
  state: row.state,
  visualizationId: row.visualization_id,
  importId: row.import_id,
  runs: row.runs,
  runAt: new Date(row.run_at),
  ranAt: new Date(row.ran_at),
  retriedTimes: row.retried_times,
  error: row.error_code === null ? null : { code: row.error_code, text: row.error_message ?? '' },
  validators: row.validators,
  createdAt: new Date(row.created_at),
  updatedAt: new Date(row.updated_at),
});

/** Everything of the synchronization `s`, with the dataset that its last run named. */
const columns = trusted(`s.*, (
  select t.visualization_id from landfall.sync_tables st join landfall.tables t on t.id = st.table_id
  where st.synchronization_id = s.id order by (t.name = s.name) desc nulls last, t.created_at desc, t.id limit 1
) as visualization_id`);

const first = (rows: readonly SyncRow[]): Synchronization | null =>
  rows[0] === undefined ? null : toSynchronization(rows[0]);

const moment = (date: Date) => sql`${date.toISOString()}::timestamptz`;
const after = (date: Date, seconds: number) => moment(new Date(date.getTime() + seconds * 1000));

/** Inserts a synchronization whose first import is there already; it is due one interval from `now`. */
export async function insertSynchronization(
  tx: Queryable,
  ids: { readonly id: string; readonly accountId: string; readonly importId: string },
  input: NewSynchronization,
  now: Date,
): Promise<Synchronization> {
  const rows = await tx.query<SyncRow>(sql`
    insert into landfall.synchronizations as s (id, account_id, import_id, name, interval_seconds, request, options,
      schema_policy, mode, key_columns, url, service_name, service_item_id, from_external_source, original_url,
      display_name, run_at, ran_at, created_at, updated_at)
    values (${ids.id}, ${ids.accountId}, ${ids.importId}, ${input.name}, ${input.interval},
      ${JSON.stringify(input.request)}::jsonb, ${JSON.stringify(input.options)}::jsonb, ${input.schemaPolicy},
      ${input.mode}, ${JSON.stringify(input.key)}::jsonb, ${input.url}, ${input.serviceName}, ${input.serviceItemId},
      ${input.fromExternalSource}, ${input.originalUrl}, ${input.displayName}, ${after(now, input.interval)},
      ${moment(now)}, ${moment(now)}, ${moment(now)})
    returning ${columns}`);
  const made = first(rows);
  if (made === null) throw new Error('the synchronization was not inserted');
  return made;
}

/** A synchronization of any account, or null; the caller compares the account. */
export async function findSynchronization(db: Queryable, id: string): Promise<Synchronization | null> {
  return first(await db.query<SyncRow>(sql`select ${columns} from landfall.synchronizations s where id = ${id}`));
}

/** All synchronizations of an account, oldest first. */
export async function synchronizationsOf(db: Queryable, accountId: string): Promise<readonly Synchronization[]> {
  const rows = await db.query<SyncRow>(sql`
    select ${columns} from landfall.synchronizations s where account_id = ${accountId} order by created_at, id`);
  return rows.map(toSynchronization);
}

/** The synchronization, locked until the transaction ends; null where it is gone. */
export async function lockSynchronization(tx: Queryable, id: string): Promise<Synchronization | null> {
  return first(
    await tx.query<SyncRow>(sql`select ${columns} from landfall.synchronizations s where id = ${id} for update of s`),
  );
}

/** Keeps a synchronization from being removed until the transaction ends; false where it is gone already. */
export async function holdSynchronization(tx: Queryable, id: string): Promise<boolean> {
  return (await tx.query(sql`select from landfall.synchronizations where id = ${id} for key share`)).length > 0;
}

/** Changes settings; with `replan` the next run is one interval from `now`. null where it is gone. */
export async function changeSettings(
  db: Queryable,
  id: string,
  settings: SyncSettings,
  replan: boolean,
  now: Date,
): Promise<Synchronization | null> {
  return first(
    await db.query<SyncRow>(sql`
      update landfall.synchronizations s set interval_seconds = ${settings.interval},
        schema_policy = ${settings.schemaPolicy}, mode = ${settings.mode},
        key_columns = ${JSON.stringify(settings.key)}::jsonb,
        run_at = case when ${replan} then ${after(now, settings.interval)} else run_at end
      where id = ${id} returning ${columns}`),
  );
}

/** Removes a synchronization and its history; its tables stay. */
export async function removeSynchronization(tx: Queryable, id: string): Promise<void> {
  await tx.query(sql`delete from landfall.synchronizations where id = ${id}`);
}

/** Runs of an account that wait or run. First imports do not count: nothing limits those (wire contract 1.7). */
export async function countRunning(db: Queryable, accountId: string): Promise<number> {
  const rows = await db.query<{ count: number }>(sql`
    select count(*)::int as count from landfall.synchronizations
    where account_id = ${accountId} and state in ('queued', 'syncing') and runs > 1`);
  return rows[0]?.count ?? 0;
}

/**
 * Synchronizations whose time has come, those that waited longest first, of each account only as many as it may run
 * more. A regular run comes a little early, by an amount that is each one's own.
 */
export async function dueSynchronizations(
  db: Queryable,
  now: Date,
  perAccount: number,
  most: number,
): Promise<readonly { readonly id: string; readonly accountId: string }[]> {
  return db.query<{ id: string; accountId: string }>(sql`
    select id, account_id as "accountId" from (
      select s.id, s.account_id, s.ran_at, row_number() over (partition by s.account_id order by s.ran_at, s.id) as place,
        (select count(*) from landfall.synchronizations r
         where r.account_id = s.account_id and r.state in ('queued', 'syncing') and r.runs > 1) as running
      from landfall.synchronizations s
      where s.state in ('success', 'failure') and s.run_at <= ${after(now, EARLY_SECONDS)}
        and s.run_at <= ${moment(now)} + case when s.state = 'failure' then interval '0' else
          interval '1 second' * least(s.interval_seconds * ${EARLY_SHARE}::float8, ${EARLY_SECONDS}::float8)
          * ((hashtext(s.id::text || s.runs) & 1023) / 1023.0) end) due
    where place + running <= ${perAccount}
    order by ran_at, id limit ${most}`);
}

/** Seconds since the synchronization that waits longest for a run was due to begin; 0 where none waits. */
export async function longestLag(db: Queryable, now: Date): Promise<number> {
  const rows = await db.query<{ seconds: number }>(sql`
    select greatest(0, extract(epoch from ${moment(now)} - min(run_at)))::float8 as seconds
    from landfall.synchronizations where state in ('success', 'failure')`);
  return rows[0]?.seconds ?? 0;
}

/** Makes an import the run under way; the caller has locked the synchronization. */
export async function startRun(
  tx: Queryable,
  id: string,
  importId: string,
  resetRetries: boolean,
  now: Date,
): Promise<void> {
  await tx.query(sql`
    update landfall.synchronizations set state = 'queued', import_id = ${importId}, runs = runs + 1, error_code = null,
      error_message = null, retried_times = case when ${resetRetries} then 0 else retried_times end,
      updated_at = ${moment(now)}
    where id = ${id}`);
}

/** Shows that a worker has the run: `syncing`, and `queued` while it is the first import. */
export async function showRunning(db: Queryable, id: string, importId: string): Promise<void> {
  await db.query(sql`
    update landfall.synchronizations set state = case when runs > 1 then 'syncing' else 'queued' end
    where id = ${id} and import_id = ${importId} and state in ('created', 'queued')`);
}

/** Forgets what the last run found: the next one reads the source whatever it says. */
export async function forgetValidators(tx: Queryable, id: string): Promise<void> {
  await tx.query(sql`update landfall.synchronizations set validators = null where id = ${id}`);
}

export interface SyncSuccess {
  /** null: it keeps the one it has. */
  readonly name: string | null;
  readonly validators: Validators | null;
}

/**
 * Ends the run under way well; the caller has locked the synchronization. After the first import the next run is when
 * the POST said, later one interval from `now`.
 */
export async function succeed(tx: Queryable, id: string, end: SyncSuccess, now: Date): Promise<void> {
  await tx.query(sql`
    update landfall.synchronizations set state = 'success', name = coalesce(${end.name}, name), retried_times = 0,
      error_code = null, error_message = null,
      validators = ${end.validators === null ? null : JSON.stringify(end.validators)}::jsonb,
      run_at = case when runs > 1 then ${moment(now)} + interval_seconds * interval '1 second' else run_at end,
      ran_at = case when runs > 1 then ${moment(now)} else ran_at end,
      service_item_id = case when runs > 1 and service_name is null then url else service_item_id end,
      updated_at = ${moment(now)}
    where id = ${id}`);
}

/** Ends the run under way as failed; it is tried again in `delay` seconds. The caller has locked the synchronization. */
export async function failRun(
  tx: Queryable,
  id: string,
  error: { readonly code: number; readonly message: string },
  delay: number,
  now: Date,
): Promise<void> {
  await tx.query(sql`
    update landfall.synchronizations set state = 'failure', error_code = ${error.code},
      error_message = ${error.message}, retried_times = retried_times + case when runs > 1 then 1 else 0 end,
      run_at = ${after(now, delay)}, ran_at = case when runs > 1 then ${moment(now)} else ran_at end,
      updated_at = ${moment(now)}
    where id = ${id}`);
}

/** Runs under way whose import has ended or is gone: whoever ended it could not say so here. */
export async function orphanedRuns(
  db: Queryable,
): Promise<readonly { readonly id: string; readonly importId: string }[]> {
  return db.query<{ id: string; importId: string }>(sql`
    select s.id, s.import_id as "importId" from landfall.synchronizations s
    left join landfall.imports i on i.id = s.import_id
    where s.state in ('created', 'queued', 'syncing') and (i.id is null or i.state in ('complete', 'failure'))`);
}
