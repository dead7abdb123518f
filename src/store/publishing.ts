/** The statements by which publishing is serialised and fenced. */
import type { Queryable } from '../db/database.ts';
import { sql } from '../db/sql.ts';
import type { ImportedTable, ImportFailure, Warnings } from '../domain/import.ts';

/**
 * Lets one import of an account publish at a time, until the transaction ends. A row lock and not an advisory one:
 * SQL of users can take advisory locks. `no key update` does not stand in the way of rows that refer to the account.
 */
export async function lockAccount(tx: Queryable, accountId: string): Promise<void> {
  await tx.query(sql`select 1 from landfall.accounts where id = ${accountId} for no key update`);
}

/** Whether the attempt is still the import's own; nobody can take it over until the transaction ends. */
export async function lockAttempt(tx: Queryable, importId: string, attempt: number): Promise<boolean> {
  const rows = await tx.query(sql`
    select 1 from landfall.imports
    where id = ${importId} and attempt = ${attempt} and state not in ('complete', 'failure') for no key update`);
  return rows.length === 1;
}

export interface Completion {
  readonly tableId: string | null;
  readonly tableName: string | null;
  readonly tablesCreated: number;
  readonly tables: readonly ImportedTable[];
  /** Set where the import is complete without a table (1022), or without some of its files. */
  readonly failure: ImportFailure | null;
  readonly warnings: Warnings | null;
  readonly rows: number;
}

/** Ends an import as complete; the caller has locked its attempt in this transaction. */
export async function completeImport(tx: Queryable, importId: string, end: Completion): Promise<void> {
  await tx.query(sql`
    update landfall.imports set state = 'complete', table_id = ${end.tableId}, table_name = ${end.tableName},
      tables_created_count = ${end.tablesCreated}, error_code = ${end.failure?.code ?? null},
      error_text = ${end.failure?.text ?? null},
      warnings = ${end.warnings === null ? null : JSON.stringify(end.warnings)}::jsonb,
      tables = ${JSON.stringify(end.tables)}::jsonb, progress_rows = ${end.rows}, updated_at = now()
    where id = ${importId}`);
}

/** Tells the map that an import made, and what there is to say of it, beside its other warnings. */
export async function recordMap(tx: Queryable, importId: string, mapId: string, warnings: Warnings): Promise<void> {
  const more = Object.keys(warnings).length === 0 ? null : JSON.stringify(warnings);
  await tx.query(sql`
    update landfall.imports set visualization_id = ${mapId}::uuid,
      warnings = case when ${more}::text is null then warnings else coalesce(warnings, '{}'::jsonb) || ${more}::jsonb end
    where id = ${importId}`);
}
