import type { Queryable } from '../db/database.ts';
import { sql } from '../db/sql.ts';

/** Least memory of a sort or a join while rows are compared; a server with more keeps it. */
const WORK_KILOBYTES = 64 * 1024;

/**
 * Settings of a transaction that writes into tables of users: locks wait for 2 s, a policy that would hide rows from
 * us is an error, and values as text are exact and the same on every server.
 */
export async function prepareSession(tx: Queryable): Promise<void> {
  await tx.query(sql`
    select set_config('lock_timeout', '2s', true), set_config('row_security', 'off', true),
      set_config('timezone', 'UTC', true), set_config('datestyle', 'ISO', true),
      set_config('intervalstyle', 'postgres', true), set_config('extra_float_digits', '1', true),
      set_config('bytea_output', 'hex', true), set_config('jit', 'off', true),
      set_config('work_mem', greatest(pg_size_bytes(current_setting('work_mem')) / 1024, ${WORK_KILOBYTES}::bigint) || 'kB', true)`);
}
