/** What an account uses of what it may have. */
import type { Queryable } from '../db/database.ts';
import { sql } from '../db/sql.ts';
import type { Account } from '../domain/import.ts';

/** Sums over one account, at this moment. */
export interface Usage {
  readonly tables: number;
  /** On disk, with indexes. */
  readonly bytes: number;
  readonly imports: { readonly succeeded: number; readonly failed: number };
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
    synchronizations: number;
    created: Date | string;
  }>(sql`
    select (select count(*) from landfall.tables where account_id = a.id)::float8 as tables,
      (select coalesce(sum(pg_total_relation_size(c.oid)), 0) from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname = a.name and c.relkind in ('r', 'm'))::float8 as bytes,
      (select count(*) from landfall.imports where account_id = a.id and state = 'complete')::float8 as succeeded,
      (select count(*) from landfall.imports where account_id = a.id and state = 'failure')::float8 as failed,
      (select count(*) from landfall.synchronizations where account_id = a.id)::float8 as synchronizations,
      a.created_at as created
    from landfall.accounts a where a.id = ${account.id}`);
  return {
    tables: row?.tables ?? 0,
    bytes: row?.bytes ?? 0,
    imports: { succeeded: row?.succeeded ?? 0, failed: row?.failed ?? 0 },
    synchronizations: row?.synchronizations ?? 0,
    createdAt: new Date(row?.created ?? 0),
  };
}
