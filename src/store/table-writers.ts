/** Who may add rows to a published table. */
import type { Database, Queryable } from '../db/database.ts';
import { identifier, sql } from '../db/sql.ts';
import type { Account } from '../domain/import.ts';
import { ensureGuest, guestRole } from './accounts.ts';
import { keepWebmercator } from './table-triggers.ts';
import { type Viewer, viewerRole } from './viewers.ts';

/**
 * The role by which somebody adds rows to a table: for the holder of the master key one that can do this alone, made
 * and granted at its first use; everybody else has the rights of the role they read with.
 */
export async function insertRole(
  db: Database,
  viewer: Viewer,
  table: { readonly id: string; readonly name: string },
): Promise<string> {
  const { account } = viewer;
  if (viewer.as !== 'reader') return viewerRole(db, viewer);
  const role = await guestRole(db, 'insert', table.id);
  const [found] = await db.query<{ isReady: boolean }>(sql`
    select pg_catalog.has_table_privilege(r.oid, c.oid, 'insert') as "isReady"
    from pg_catalog.pg_roles r, pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where r.rolname = ${role} and n.nspname = ${account.name} and c.relname = ${table.name}`);
  if (found?.isReady !== true) await db.transaction((tx) => letInsert(tx, account, table.name, role));
  return role;
}

async function letInsert(tx: Queryable, account: Account, table: string, role: string): Promise<void> {
  await ensureGuest(tx, account, role);
  await keepWebmercator(tx, account.name, table);
  await tx.query(sql`grant insert on ${identifier(account.name, table)} to ${identifier(role)}`);
}

/** Notes that rows were added to a table outside an import. */
export async function addRows(db: Queryable, tableId: string, rows: number): Promise<void> {
  await db.query(sql`
    update landfall.tables set row_count = row_count + ${rows}::bigint, updated_at = now() where id = ${tableId}`);
}
