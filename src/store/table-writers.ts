/** Who may write a published table, and what keeps its geometry right while they do. */
import type { Database, Queryable } from '../db/database.ts';
import { identifier, sql } from '../db/sql.ts';
import type { Account } from '../domain/import.ts';
import { ensureGuest, guestRole } from './accounts.ts';
import { type Viewer, viewerRole } from './viewers.ts';

const TRIGGERS = ['landfall_fill_webmercator', 'landfall_refill_webmercator'] as const;

/**
 * Makes a table fill `the_geom_webmercator` of rows that come without it, and again where `the_geom` alone changes, as
 * CARTO's tables do. A table without the two columns stays as it is. May be run again.
 */
export async function keepWebmercator(tx: Queryable, schema: string, table: string): Promise<void> {
  const name = identifier(schema, table);
  const [found] = await tx.query<{ columns: number; triggers: number }>(sql`
    select (select count(*)::int from pg_catalog.pg_attribute a join pg_catalog.pg_type y on y.oid = a.atttypid
        where a.attrelid = c.oid and a.attname in ('the_geom', 'the_geom_webmercator') and y.typname = 'geometry') as columns,
      (select count(*)::int from pg_catalog.pg_trigger t where t.tgrelid = c.oid and t.tgname = any(${TRIGGERS})) as triggers
    from pg_catalog.pg_class c where c.oid = ${name.text}::regclass`);
  if (found?.columns !== 2 || found.triggers === TRIGGERS.length) return;
  await tx.query(sql`create or replace trigger ${identifier(TRIGGERS[0])} before insert on ${name} for each row
    when (new.the_geom is not null and new.the_geom_webmercator is null) execute function landfall.fill_webmercator()`);
  await tx.query(sql`create or replace trigger ${identifier(TRIGGERS[1])} before update on ${name} for each row
    when (new.the_geom is distinct from old.the_geom
      and new.the_geom_webmercator is not distinct from old.the_geom_webmercator)
    execute function landfall.fill_webmercator()`);
}

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
