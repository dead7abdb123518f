/** Who may write the rows of a published table. */
import type { Database, Queryable } from '../db/database.ts';
import { identifier, sql } from '../db/sql.ts';
import type { Account } from '../domain/import.ts';
import { ensureGuest, guestRole } from './account-roles.ts';
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

/**
 * The role by which statements of the holder of the master key write a table: it reads the account's tables, writes the
 * rows of this one, and can do nothing else. Made and granted at its first use.
 */
export async function writeRole(
  db: Database,
  account: Account,
  table: { readonly id: string; readonly name: string },
): Promise<string> {
  const role = await guestRole(db, 'write', table.id);
  const [found] = await db.query<{ isReady: boolean }>(sql`
    select bool_and(pg_catalog.has_table_privilege(r.oid, c.oid, p.privilege)) as "isReady"
    from pg_catalog.pg_roles r, pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace,
      unnest(array['insert', 'update', 'delete']) as p(privilege)
    where r.rolname = ${role} and n.nspname = ${account.name} and c.relname = ${table.name}`);
  if (found?.isReady === true) return role;
  await db.transaction(async (tx) => {
    await ensureGuest(tx, account, role, 'reader');
    await keepWebmercator(tx, account.name, table.name);
    const name = identifier(account.name, table.name);
    await tx.query(sql`grant insert, update, delete on ${name} to ${identifier(role)}`);
  });
  return role;
}

/** Notes that the rows of a table were changed outside an import; without `isCountKept` they are counted anew. */
export async function noteWritten(
  db: Queryable,
  account: Account,
  table: { readonly id: string; readonly name: string },
  isCountKept: boolean,
): Promise<void> {
  const count = isCountKept
    ? sql`row_count`
    : sql`(select pg_catalog.count(*) from only ${identifier(account.name, table.name)})`;
  await db.query(sql`update landfall.tables set row_count = ${count}, updated_at = now() where id = ${table.id}`);
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
