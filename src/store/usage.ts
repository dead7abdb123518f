/** What an account uses of what it may have. */
import type { Queryable } from '../db/database.ts';
import { sql } from '../db/sql.ts';
import type { Account } from '../domain/import.ts';

/** Sums over one account, at this moment. */
export interface Usage {
  readonly tables: number;
  /** On disk, with indexes. */
  readonly bytes: number;
  /** Of all time; neither looks before an import nor runs of synchronizations are among them. */
  readonly imports: { readonly succeeded: number; readonly failed: number; readonly running: number };
  readonly synchronizations: number;
  readonly createdAt: Date;
}

/** Asks for the usage of an account that exists. */
export async function usageOf(db: Queryable, account: Account): Promise<Usage> {
  const [row] = await db.query<{
    tables: number;
    bytes: number;
    succeeded: number;
    failed: number;
    running: number;
    synchronizations: number;
    created: Date | string;
  }>(sql`
    select (select count(*) from landfall.tables where account_id = a.id)::float8 as tables,
      (select coalesce(sum(pg_total_relation_size(c.oid)), 0) from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname = a.name and c.relkind in ('r', 'm'))::float8 as bytes,
      i.succeeded, i.failed, i.running,
      (select count(*) from landfall.synchronizations where account_id = a.id)::float8 as synchronizations,
      a.created_at as created
    from landfall.accounts a, (
      select count(*) filter (where state = 'complete')::float8 as succeeded,
        count(*) filter (where state = 'failure')::float8 as failed,
        count(*) filter (where state not in ('complete', 'failure'))::float8 as running
      from landfall.imports where account_id = ${account.id} and purpose = 'import' and synchronization_id is null) i
    where a.id = ${account.id}`);
  return {
    tables: row?.tables ?? 0,
    bytes: row?.bytes ?? 0,
    imports: { succeeded: row?.succeeded ?? 0, failed: row?.failed ?? 0, running: row?.running ?? 0 },
    synchronizations: row?.synchronizations ?? 0,
    createdAt: new Date(row?.created ?? 0),
  };
}
