import type { Database } from '../db/database.ts';
import { type Sql, sql } from '../db/sql.ts';

/** How long one statement may take, in milliseconds. */
const TIMEOUT_MS = 120_000;

/** Memory for each sort and hash: cells of two million points fit. */
const MEMORY = '64MB';

/** Runs a statement that makes a part of an overview, in a transaction of its own. */
export const atWork = <Row extends object>(db: Database, statement: Sql): Promise<readonly Row[]> =>
  db.transaction(async (tx) => {
    await tx.query(sql`
      select set_config('statement_timeout', ${String(TIMEOUT_MS)}, true), set_config('work_mem', ${MEMORY}, true),
        set_config('jit', 'off', true)`);
    return tx.query<Row>(statement);
  });
