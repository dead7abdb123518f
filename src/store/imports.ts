/** SQL for `landfall.imports`. Every write of a worker names its attempt: a worker thought dead cannot write. */
import type { Queryable } from '../db/database.ts';
import { sql, trusted } from '../db/sql.ts';
import type { Import, ImportedTable, ImportOptions, ImportRequest, NewImport, Warnings } from '../domain/import.ts';
import type { ImportState } from '../domain/import-state.ts';
import type { LocalFile } from '../domain/layer.ts';
import { defaultReading } from '../domain/reading.ts';
import { catalogue } from '../errors.ts';

interface ImportRow {
  readonly id: string;
  readonly purpose: 'import' | 'analysis';
  readonly account_id: string;
  readonly request: ImportRequest;
  readonly options: ImportOptions;
  readonly state: ImportState;
  readonly attempt: number;
  readonly table_id: string | null;
  readonly table_name: string | null;
  readonly tables_created_count: number | null;
  readonly error_code: number | null;
  readonly error_text: string | null;
  readonly warnings: Warnings | null;
  readonly tables: readonly ImportedTable[] | null;
  readonly user_defined_limits: string;
  readonly original_url: string;
  readonly display_name: string;
  readonly http_response_code: number | null;
  readonly synchronization_id: string | null;
  readonly visualization_id: string | null;
  readonly progress_rows: string | number;
  readonly progress_bytes: string | number;
  readonly created_at: Date | string;
  readonly updated_at: Date | string;
}

/** A request as it is stored; uploads of earlier versions have the path of their file, whose folder is the key. */
export function readRequest(stored: ImportRequest): ImportRequest {
  if (stored.kind !== 'upload' || 'key' in stored) return stored;
  const { path, ...file } = (stored as { readonly file: LocalFile }).file;
  return { kind: 'upload', key: path.split('/').at(-2) ?? '', file };
}

const toImport = (row: ImportRow): Import => ({
  id: row.id,
  ...(row.purpose === 'analysis' ? { purpose: row.purpose } : {}),
  accountId: row.account_id,
  request: readRequest(row.request),
  options: { ...defaultReading, ...row.options },
  state: row.state,
  attempt: row.attempt,
  tableId: row.table_id,
  tableName: row.table_name,
  tablesCreatedCount: row.tables_created_count,
  error: row.error_code === null ? null : { code: row.error_code, text: row.error_text ?? '' },
  warnings: row.warnings,
  tables: row.tables,
  userDefinedLimits: row.user_defined_limits,
  originalUrl: row.original_url,
  displayName: row.display_name,
  httpResponseCode: row.http_response_code,
  synchronizationId: row.synchronization_id,
  visualizationId: row.visualization_id,
  progress: { rows: Number(row.progress_rows), bytes: Number(row.progress_bytes) },
  createdAt: new Date(row.created_at),
  updatedAt: new Date(row.updated_at),
});

/** Serialises the creation of imports of one account until the transaction ends, so that counting them is exact. */
export async function lockImportsOf(tx: Queryable, accountId: string): Promise<void> {
  await tx.query(sql`select pg_advisory_xact_lock(hashtextextended('landfall.imports:' || ${accountId}::text, 0))`);
}

/** Imports of an account that have not ended; runs of synchronizations have a limit of their own. */
export async function countUnfinished(db: Queryable, accountId: string): Promise<number> {
  const rows = await db.query<{ count: number }>(sql`
    select count(*)::int as count from landfall.imports
    where account_id = ${accountId} and state not in ('complete', 'failure') and synchronization_id is null`);
  return rows[0]?.count ?? 0;
}

/** Inserts an import, `pending` or already failed; returns its id. */
export async function insertImport(tx: Queryable, accountId: string, input: NewImport): Promise<string> {
  const rows = await tx.query<{ id: string }>(sql`
    insert into landfall.imports (account_id, purpose, request, options, state, original_url, display_name,
      user_defined_limits, table_name, error_code, error_text, synchronization_id)
    values (${accountId}, ${input.purpose ?? 'import'}, ${JSON.stringify(input.request)}::jsonb,
      ${JSON.stringify(input.options)}::jsonb,
      ${input.failure === undefined ? 'pending' : 'failure'}, ${input.originalUrl}, ${input.displayName},
      ${input.userDefinedLimits}, ${input.tableName},
      ${input.failure === undefined ? null : catalogue[input.failure.kind].code}, ${input.failure?.text ?? null},
      ${input.synchronizationId ?? null})
    returning id`);
  return rows[0]?.id ?? '';
}

/** Ids of an account's unfinished imports of the last 24 hours, newest first (wire contract 1.4). */
export async function unfinishedImports(db: Queryable, accountId: string): Promise<readonly string[]> {
  const rows = await db.query<{ id: string }>(sql`
    select id from landfall.imports
    where account_id = ${accountId} and state not in ('complete', 'failure') and created_at > now() - interval '24 hours'
      and purpose = 'import'
    order by created_at desc`);
  return rows.map(({ id }) => id);
}

/** The last imports of an account that are no runs of synchronizations, newest first. */
export async function recentImports(db: Queryable, accountId: string, most: number): Promise<readonly Import[]> {
  const rows = await db.query<ImportRow>(sql`
    select * from landfall.imports
    where account_id = ${accountId} and purpose = 'import' and synchronization_id is null
      and created_at > now() - interval '7 days'
    order by created_at desc limit ${most}`);
  return rows.map(toImport);
}

/** An import of the account, or null: another account's is not there. */
export async function findImport(db: Queryable, accountId: string, id: string): Promise<Import | null> {
  const rows = await db.query<ImportRow>(sql`
    select * from landfall.imports where id = ${id} and account_id = ${accountId} and purpose = 'import'`);
  return rows[0] === undefined ? null : toImport(rows[0]);
}

/** Begins an attempt; null where the import has ended. From here on earlier attempts cannot write. */
export async function claimImport(db: Queryable, id: string): Promise<Import | null> {
  const rows = await db.query<ImportRow>(sql`
    update landfall.imports set attempt = attempt + 1, state = 'uploading', progress_rows = 0, progress_bytes = 0,
      updated_at = now()
    where id = ${id} and state not in ('complete', 'failure')
    returning *`);
  return rows[0] === undefined ? null : toImport(rows[0]);
}

/** Enters a state; false where the attempt is no longer the import's own. */
export async function enterState(db: Queryable, id: string, attempt: number, state: ImportState): Promise<boolean> {
  const rows = await db.query(sql`
    update landfall.imports set state = ${state}, updated_at = now()
    where id = ${id} and attempt = ${attempt} and state not in ('complete', 'failure')
    returning id`);
  return rows.length === 1;
}

/** Records how far an attempt has come, in rows and bytes. */
export async function recordProgress(
  db: Queryable,
  id: string,
  attempt: number,
  progress: { rows: number; bytes: number },
): Promise<void> {
  await db.query(sql`
    update landfall.imports set progress_rows = ${progress.rows}, progress_bytes = ${progress.bytes}, updated_at = now()
    where id = ${id} and attempt = ${attempt} and state not in ('complete', 'failure')`);
}

export interface Failure {
  readonly code: number;
  readonly text: string;
  readonly httpStatus: number | null;
}

/** Ends an attempt as failed; false where the attempt is no longer the import's own. */
export async function failImport(db: Queryable, id: string, attempt: number, failure: Failure): Promise<boolean> {
  const rows = await db.query(sql`
    update landfall.imports set state = 'failure', error_code = ${failure.code}, error_text = ${failure.text},
      http_response_code = ${failure.httpStatus}, tables_created_count = null, table_id = null, table_name = null,
      tables = null, updated_at = now()
    where id = ${id} and attempt = ${attempt} and state not in ('complete', 'failure')
    returning id`);
  return rows.length === 1;
}

/** Ends an import of the account that has not ended, whoever works on it; false where there is none. */
export async function cancelImport(tx: Queryable, accountId: string, id: string): Promise<boolean> {
  const { code, text } = catalogue.cancelled;
  const rows = await tx.query(sql`
    update landfall.imports set state = 'failure', error_code = ${code}, error_text = ${text}, table_name = null, updated_at = now()
    where id = ${id} and account_id = ${accountId} and state not in ('complete', 'failure')
    returning id`);
  return rows.length === 1;
}

/** Puts an attempt that was interrupted by a shutdown back in the queue's hands. */
export async function releaseImport(db: Queryable, id: string, attempt: number): Promise<void> {
  await db.query(sql`
    update landfall.imports set state = 'pending', updated_at = now()
    where id = ${id} and attempt = ${attempt} and state not in ('complete', 'failure')`);
}

/** Imports that have not ended and on which nothing was written for `quietSeconds`. */
export async function quietImports(
  db: Queryable,
  quietSeconds: number,
): Promise<readonly { id: string; attempt: number }[]> {
  return db.query<{ id: string; attempt: number }>(sql`
    select id, attempt from landfall.imports
    where state not in ('complete', 'failure') and updated_at < now() - ${quietSeconds} * interval '1 second'`);
}

/** As the index `imports_upload_key` has it: the key, or of earlier versions the folder of the file. */
const uploadKey = trusted(
  "coalesce(request ->> 'key', reverse(split_part(reverse(request #>> '{file,path}'), '/', 2)))",
);

/**
 * Which of these uploads belong to imports, by their keys, and whether all of these have ended, so that nobody needs the
 * file. That of an analysis may be imported for an hour after its end; the second hour is for a request that came at the
 * end of the first.
 */
export async function knownUploads(db: Queryable, keys: readonly string[]): Promise<ReadonlyMap<string, boolean>> {
  const rows = await db.query<{ key: string; isEnded: boolean }>(sql`
    select ${uploadKey} as key, bool_and(state in ('complete', 'failure')
      and (purpose = 'import' or updated_at < now() - interval '2 hours')) as "isEnded"
    from landfall.imports where request ->> 'kind' = 'upload' and ${uploadKey} = any(${keys}::text[])
    group by 1`);
  return new Map(rows.map(({ key, isEnded }) => [key, isEnded]));
}

/** The import's own end, for whoever has to take note of it; null where it is gone. */
export async function importById(db: Queryable, id: string): Promise<Import | null> {
  const rows = await db.query<ImportRow>(sql`select * from landfall.imports where id = ${id}`);
  return rows[0] === undefined ? null : toImport(rows[0]);
}

/** Makes a run of a synchronization that has not ended an import of its own. */
export async function cutLoose(tx: Queryable, id: string): Promise<void> {
  await tx.query(sql`
    update landfall.imports set synchronization_id = null where id = ${id} and state not in ('complete', 'failure')`);
}
