/** SQL about keys that may use some tables of an account alone, each with a role of the database. */
import { type Database, DatabaseError, type Queryable } from '../db/database.ts';
import { identifier, join, sql, trusted } from '../db/sql.ts';
import type { Account } from '../domain/import.ts';
import { ensureGuest, guestRole } from './account-roles.ts';
import { accountById, hashKey, newKey } from './accounts.ts';
import { keepWebmercator } from './table-triggers.ts';

/** What a restricted key may do with a table. */
export const permissions = ['select', 'insert', 'update', 'delete'] as const;

/** One of them. */
export type Permission = (typeof permissions)[number];

/** A table by name, with what may be done with it: at least one thing. */
export interface TableGrant {
  readonly table: string;
  readonly permissions: readonly Permission[];
}

/** A restricted key as its owner sees it; the key itself is not stored. */
export interface RestrictedKey {
  readonly id: string;
  readonly name: string;
  /** What it may do beside reading the public tables, by name of the table. */
  readonly grants: readonly TableGrant[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A key that cannot be made, in words for the user. */
export class KeyRefused extends Error {
  override readonly name = 'KeyRefused';
}

/** The account of a restricted key with this SHA-256, and the id of the key; null where there is none. */
export async function keyByHash(
  db: Queryable,
  hash: Uint8Array,
): Promise<{ readonly account: Account; readonly id: string } | null> {
  const [row] = await db.query<{ id: string; account: string }>(sql`
    select id, account_id as account from landfall.api_keys where hash = ${Buffer.from(hash)} and kind = 'regular'`);
  const account = row === undefined ? null : await accountById(db, row.account);
  return row === undefined || account === null ? null : { account, id: row.id };
}

/** The restricted keys of an account, by name. */
async function keysOf(db: Queryable, account: Account): Promise<readonly RestrictedKey[]> {
  const rows = await db.query<RestrictedKey>(sql`
    select k.id, k.name, k.created_at as "createdAt", k.updated_at as "updatedAt",
      coalesce((select json_agg(json_build_object('table', t.name, 'permissions', g.permissions) order by t.name)
        from landfall.key_grants g join landfall.tables t on t.id = g.table_id where g.key_id = k.id), '[]') as grants
    from landfall.api_keys k where k.account_id = ${account.id} and k.kind = 'regular' order by k.name`);
  return rows.map((row) => ({ ...row, createdAt: new Date(row.createdAt), updatedAt: new Date(row.updatedAt) }));
}

/** Gives a role what a key may do with a table. */
async function grant(tx: Queryable, schema: string, { table, permissions: given }: TableGrant, role: string) {
  const verbs = join(permissions.filter((one) => given.includes(one)).map((one) => trusted(one)));
  if (given.some((one) => one !== 'select')) await keepWebmercator(tx, schema, table);
  await tx.query(sql`grant ${verbs} on ${identifier(schema, table)} to ${identifier(role)}`);
}

/** Makes a key with these rights. Throws KeyRefused for a taken name or an unknown table. */
async function createKey(
  db: Database,
  account: Account,
  name: string,
  grants: readonly TableGrant[],
): Promise<{ readonly key: string }> {
  const key = newKey();
  try {
    await db.transaction(async (tx) => {
      const [made] = await tx.query<{ id: string }>(sql`
        insert into landfall.api_keys (hash, account_id, name, kind)
        values (${hashKey(key)}, ${account.id}, ${name}, 'regular') returning id`);
      const role = await guestRole(tx, 'key', made?.id ?? '');
      await ensureGuest(tx, account, role);
      for (const given of grants) {
        const [found] = await tx.query<{ id: string }>(sql`
          select id from landfall.tables where account_id = ${account.id} and name = ${given.table} for share`);
        if (found === undefined) throw new KeyRefused(`There is no table "${given.table}" to grant.`);
        await tx.query(sql`
          insert into landfall.key_grants (key_id, table_id, permissions)
          values (${made?.id}, ${found.id}, ${given.permissions})`);
        await grant(tx, account.name, given, role);
      }
    });
  } catch (error) {
    if (error instanceof DatabaseError && error.code === '23505') {
      throw new KeyRefused(`There is a key called "${name}" already.`);
    }
    throw error;
  }
  return { key };
}

/** Gives a restricted key another secret; the old one ends. null where there is no such key. */
async function regenerateKey(db: Queryable, account: Account, name: string): Promise<{ readonly key: string } | null> {
  const key = newKey();
  const rows = await db.query(sql`
    update landfall.api_keys set hash = ${hashKey(key)}, updated_at = now()
    where account_id = ${account.id} and name = ${name} and kind = 'regular' returning id`);
  return rows.length === 0 ? null : { key };
}

/** Removes a restricted key with its role; whether there was one. */
async function dropKey(db: Database, account: Account, name: string): Promise<boolean> {
  return db.transaction(async (tx) => {
    const [gone] = await tx.query<{ id: string }>(sql`
      select id from landfall.api_keys
      where account_id = ${account.id} and name = ${name} and kind = 'regular' for update`);
    if (gone === undefined) return false;
    const role = await guestRole(tx, 'key', gone.id);
    const tables = await tx.query<{ name: string }>(sql`
      select t.name from landfall.key_grants g join landfall.tables t on t.id = g.table_id where g.key_id = ${gone.id}`);
    for (const table of tables) {
      await tx.query(sql`revoke all on ${identifier(account.name, table.name)} from ${identifier(role)}`);
    }
    await tx.query(sql`drop role ${identifier(role)}`);
    await tx.query(sql`delete from landfall.api_keys where id = ${gone.id}`);
    return true;
  });
}

/** Grants a table that was made anew under its id to the keys that may use it. */
export async function grantToKeys(tx: Queryable, account: { readonly name: string }, table: string): Promise<void> {
  const keys = await tx.query<{ id: string; permissions: readonly Permission[] }>(sql`
    select g.key_id as id, to_json(g.permissions) as permissions from landfall.key_grants g
    join landfall.tables t on t.id = g.table_id join landfall.accounts a on a.id = t.account_id
    where a.name = ${account.name} and t.name = ${table}`);
  for (const { id, permissions: given } of keys) {
    await grant(tx, account.name, { table, permissions: given }, await guestRole(tx, 'key', id));
  }
}

/** What the owner of an account does with its restricted keys. */
export interface KeyDesk {
  /** By name. */
  list(account: Account): Promise<readonly RestrictedKey[]>;
  /** Makes a key with these rights. Throws KeyRefused for a taken name or an unknown table. */
  create(account: Account, name: string, grants: readonly TableGrant[]): Promise<{ readonly key: string }>;
  /** Gives a key another secret; null where there is no such key. */
  regenerate(account: Account, name: string): Promise<{ readonly key: string } | null>;
  /** Whether there was one. */
  drop(account: Account, name: string): Promise<boolean>;
}

/** Binds the desk to a database. */
export const createKeyDesk = (db: Database): KeyDesk => ({
  list: (account) => keysOf(db, account),
  create: (account, name, grants) => createKey(db, account, name, grants),
  regenerate: (account, name) => regenerateKey(db, account, name),
  drop: (account, name) => dropKey(db, account, name),
});
