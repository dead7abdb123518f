/** SQL about keys that read some tables of an account alone, each with a role of the database. */
import { type Database, DatabaseError, type Queryable } from '../db/database.ts';
import { identifier, sql } from '../db/sql.ts';
import type { Account } from '../domain/import.ts';
import { accountById, ensureGuest, guestRole, hashKey, newKey } from './accounts.ts';

/** A restricted key as its owner sees it; the key itself is not stored. */
export interface RestrictedKey {
  readonly id: string;
  readonly name: string;
  /** Names of the tables that it reads beside the public ones. */
  readonly tables: readonly string[];
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
      to_json(array(select t.name from landfall.key_grants g join landfall.tables t on t.id = g.table_id
        where g.key_id = k.id order by t.name)) as tables
    from landfall.api_keys k where k.account_id = ${account.id} and k.kind = 'regular' order by k.name`);
  return rows.map((row) => ({ ...row, createdAt: new Date(row.createdAt), updatedAt: new Date(row.updatedAt) }));
}

/** Makes a key that reads these tables and the public ones. Throws KeyRefused for a taken name or an unknown table. */
async function createKey(
  db: Database,
  account: Account,
  name: string,
  tables: readonly string[],
): Promise<{ readonly key: string }> {
  const key = newKey();
  try {
    await db.transaction(async (tx) => {
      const [made] = await tx.query<{ id: string }>(sql`
        insert into landfall.api_keys (hash, account_id, name, kind)
        values (${hashKey(key)}, ${account.id}, ${name}, 'regular') returning id`);
      const role = await guestRole(tx, 'key', made?.id ?? '');
      await ensureGuest(tx, account, role);
      for (const table of new Set(tables)) {
        const [found] = await tx.query<{ id: string }>(sql`
          select id from landfall.tables where account_id = ${account.id} and name = ${table} for share`);
        if (found === undefined) throw new KeyRefused(`There is no table "${table}" to grant.`);
        await tx.query(sql`insert into landfall.key_grants (key_id, table_id) values (${made?.id}, ${found.id})`);
        await tx.query(sql`grant select on ${identifier(account.name, table)} to ${identifier(role)}`);
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
      await tx.query(sql`revoke select on ${identifier(account.name, table.name)} from ${identifier(role)}`);
    }
    await tx.query(sql`drop role ${identifier(role)}`);
    await tx.query(sql`delete from landfall.api_keys where id = ${gone.id}`);
    return true;
  });
}

/** Grants a table that was made anew under its id to the keys that read it. */
export async function grantToKeys(tx: Queryable, account: { readonly name: string }, table: string): Promise<void> {
  const keys = await tx.query<{ id: string }>(sql`
    select g.key_id as id from landfall.key_grants g
    join landfall.tables t on t.id = g.table_id join landfall.accounts a on a.id = t.account_id
    where a.name = ${account.name} and t.name = ${table}`);
  for (const { id } of keys) {
    const role = await guestRole(tx, 'key', id);
    await tx.query(sql`grant select on ${identifier(account.name, table)} to ${identifier(role)}`);
  }
}

/** What the owner of an account does with its restricted keys. */
export interface KeyDesk {
  /** By name. */
  list(account: Account): Promise<readonly RestrictedKey[]>;
  /** Makes a key that reads these tables and the public ones. Throws KeyRefused for a taken name or an unknown table. */
  create(account: Account, name: string, tables: readonly string[]): Promise<{ readonly key: string }>;
  /** Gives a key another secret; null where there is no such key. */
  regenerate(account: Account, name: string): Promise<{ readonly key: string } | null>;
  /** Whether there was one. */
  drop(account: Account, name: string): Promise<boolean>;
}

/** Binds the desk to a database. */
export const createKeyDesk = (db: Database): KeyDesk => ({
  list: (account) => keysOf(db, account),
  create: (account, name, tables) => createKey(db, account, name, tables),
  regenerate: (account, name) => regenerateKey(db, account, name),
  drop: (account, name) => dropKey(db, account, name),
});
