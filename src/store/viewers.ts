/** Who reads tables of an account, and which role of the database that is: all routes that read ask here. */
import type { Database, UserCursor } from '../db/database.ts';
import { identifier, sql } from '../db/sql.ts';
import type { Account } from '../domain/import.ts';
import { accountRoles, ensureGuest, guestRole } from './account-roles.ts';
import { QUERY_TIMEOUT_MS, type ResultWindow } from './user-query.ts';

/** Somebody who reads tables of an account. */
export interface Viewer {
  readonly account: Account;
  /** `reader`: the holder of the account's master key; `public`: everybody else. */
  readonly as: 'reader' | 'public';
  /** What came as the token of a link. It opens the one table that is shared by it. */
  readonly token?: string | null;
  /** Id of the restricted key that was sent. */
  readonly key?: string | null;
}

/** How long a query of those may work who hold no key of the account, in milliseconds. */
const PUBLIC_TIMEOUT_MS = 5_000;

/** The role of the table that the token opens at this moment, made and granted at its first use; null: none. */
async function linkRole(db: Database, account: Pick<Account, 'id' | 'name'>, token: string): Promise<string | null> {
  const [table] = await db.query<{ id: string; name: string }>(sql`
    select id, name from landfall.tables
    where account_id = ${account.id} and link_token = ${token} and privacy = 'link'`);
  if (table === undefined) return null;
  const role = await guestRole(db, 'link', table.id);
  const [found] = await db.query<{ isReady: boolean }>(sql`
    select pg_catalog.has_table_privilege(r.oid, c.oid, 'select') as "isReady"
    from pg_catalog.pg_roles r, pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where r.rolname = ${role} and n.nspname = ${account.name} and c.relname = ${table.name}`);
  if (found?.isReady === true) return role;
  const isThere = await db.transaction(async (tx) => {
    // A change of privacy waits, or has happened: a grant so never outlives it.
    const [held] = await tx.query(sql`
      select from landfall.tables where id = ${table.id} and link_token = ${token} and privacy = 'link' for update`);
    if (held === undefined) return false;
    await ensureGuest(tx, account, role);
    await tx.query(sql`grant select on ${identifier(account.name, table.name)} to ${identifier(role)}`);
    return true;
  });
  return isThere ? role : null;
}

/** The role that a viewer's queries run as. */
export async function viewerRole(
  db: Database,
  { account, as, token, key }: Omit<Viewer, 'account'> & { readonly account: Pick<Account, 'id' | 'name'> },
): Promise<string> {
  if (as === 'public' && key) return guestRole(db, 'key', key);
  const link = as === 'public' && token ? await linkRole(db, account, token) : null;
  return link ?? (await accountRoles(db, account.name))[as];
}

/** Opens a query as the viewer's role. Its errors are DatabaseErrors. */
export async function openViewerQuery(
  db: Database,
  viewer: Viewer,
  text: string,
  window: ResultWindow,
  signal?: AbortSignal,
): Promise<UserCursor> {
  return db.openUserCursor(text, {
    role: await viewerRole(db, viewer),
    schema: viewer.account.name,
    timeoutMs: viewer.as === 'reader' ? QUERY_TIMEOUT_MS : PUBLIC_TIMEOUT_MS,
    skipRows: window.skipRows,
    maxRows: window.maxRows ?? undefined,
    signal,
  });
}
