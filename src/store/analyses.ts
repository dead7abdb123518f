/** SQL for analyses: imports that make no table, and what they came to. */
import type { Database, Queryable } from '../db/database.ts';
import { sql } from '../db/sql.ts';
import type { Analysis } from '../domain/analysis.ts';
import type { ImportOptions, ImportRequest } from '../domain/import.ts';
import { type ImportState, isFinal } from '../domain/import-state.ts';
import { defaultReading } from '../domain/reading.ts';
import { readRequest } from './imports.ts';
import { lockAttempt } from './publishing.ts';
import { storableJson } from './storable-text.ts';

/** An analysis as its account sees it. */
export interface AnalysisRecord {
  readonly id: string;
  readonly request: ImportRequest;
  readonly options: ImportOptions;
  readonly displayName: string;
  readonly originalUrl: string;
  readonly state: ImportState;
  readonly error: { readonly code: number; readonly text: string } | null;
  /** null until it is complete. */
  readonly result: Analysis | null;
  readonly endedAt: Date | null;
}

interface AnalysisRow {
  readonly id: string;
  readonly request: ImportRequest;
  readonly options: ImportOptions;
  readonly display_name: string;
  readonly original_url: string;
  readonly state: ImportState;
  readonly error_code: number | null;
  readonly error_text: string | null;
  readonly result: Analysis | null;
  readonly updated_at: Date | string;
}

/** An analysis of the account, or null; imports are none. */
export async function findAnalysis(db: Queryable, accountId: string, id: string): Promise<AnalysisRecord | null> {
  const [row] = await db.query<AnalysisRow>(sql`
    select i.id, i.request, i.options, i.display_name, i.original_url, i.state, i.error_code, i.error_text, i.updated_at,
      a.result
    from landfall.imports i left join landfall.analyses a on a.import_id = i.id
    where i.id = ${id} and i.account_id = ${accountId} and i.purpose = 'analysis'`);
  if (row === undefined) return null;
  return {
    id: row.id,
    request: readRequest(row.request),
    options: { ...defaultReading, ...row.options },
    displayName: row.display_name,
    originalUrl: row.original_url,
    state: row.state,
    error: row.error_code === null ? null : { code: row.error_code, text: row.error_text ?? '' },
    result: row.result,
    endedAt: isFinal(row.state) ? new Date(row.updated_at) : null,
  };
}

/** Whether an analysis has ended: asked often, so without its result. */
export async function isAnalysisEnded(db: Queryable, id: string): Promise<boolean> {
  const rows = await db.query(sql`
    select 1 from landfall.imports where id = ${id} and state in ('complete', 'failure')`);
  return rows.length > 0;
}

/** Ends an attempt at an analysis; false where it is no longer the analysis's own. */
export async function completeAnalysis(
  db: Database,
  job: { readonly id: string; readonly attempt: number },
  result: Analysis,
): Promise<boolean> {
  return db.transaction(async (tx) => {
    if (!(await lockAttempt(tx, job.id, job.attempt))) return false;
    await tx.query(sql`
      insert into landfall.analyses (import_id, result) values (${job.id}, ${storableJson(result)}::jsonb)
      on conflict (import_id) do update set result = excluded.result`);
    await tx.query(sql`update landfall.imports set state = 'complete', updated_at = now() where id = ${job.id}`);
    return true;
  });
}

/** Removes analyses that ended so many seconds ago. */
export async function expireAnalyses(db: Queryable, seconds: number): Promise<void> {
  await db.query(sql`
    delete from landfall.imports
    where purpose = 'analysis' and state in ('complete', 'failure')
      and updated_at < now() - ${seconds} * interval '1 second'`);
}
