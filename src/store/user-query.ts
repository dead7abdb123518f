import type { Database, UserCursor } from '../db/database.ts';
import type { Account } from '../domain/import.ts';
import { accountRoles } from './account-roles.ts';

/** How long one query of the holder of a key may work, in milliseconds (reliability 3.3). */
export const QUERY_TIMEOUT_MS = 15_000;

/** A part of a result, in rows. */
export interface ResultWindow {
  readonly skipRows: number;
  readonly maxRows: number | null;
}

/** Opens a query of the holder of the account's key, as the account's reader role. Its errors are DatabaseErrors. */
export async function openAccountQuery(
  db: Database,
  account: Pick<Account, 'name'>,
  text: string,
  window: ResultWindow,
  signal?: AbortSignal,
  timeoutMs = QUERY_TIMEOUT_MS,
): Promise<UserCursor> {
  const { reader } = await accountRoles(db, account.name);
  return db.openUserCursor(text, {
    role: reader,
    schema: account.name,
    timeoutMs,
    skipRows: window.skipRows,
    maxRows: window.maxRows ?? undefined,
    signal,
    isLong: timeoutMs > QUERY_TIMEOUT_MS,
  });
}
