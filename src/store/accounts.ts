import { createHash, randomBytes } from 'node:crypto';
import type { Database, Queryable } from '../db/database.ts';
import { DatabaseError } from '../db/database.ts';
import { sql } from '../db/sql.ts';
import type { Account } from '../domain/import.ts';
import { type AccountWarnings, accountRoles, dropRoles, ensureRoles, ensureSchema } from './account-roles.ts';

/** Longest name of an account: the names of its roles add 16 characters and end within PostgreSQL's 63. */
const MOST_NAME_LENGTH = 40;

const RESERVED = /^(pg_|landfall|public$|information_schema$|topology$|tiger|cartodb$|cdb_|crypto|extensions$)/;

/** Throws an Error that says what a name of an account may be. It is the name of a schema, and stands in addresses. */
export function checkAccountName(name: string): void {
  if (!/^[a-z][a-z0-9_-]*$/.test(name) || name.length > MOST_NAME_LENGTH) {
    throw new Error(
      `"${name}" cannot be the name of an account: small letters, digits, "_" and "-", a letter first, ` +
        `at most ${MOST_NAME_LENGTH} characters`,
    );
  }
  if (RESERVED.test(name)) throw new Error(`"${name}" cannot be the name of an account: it is reserved`);
}

/** Only this of a key is kept. Keys are random and long, so one round of SHA-256 is enough. */
export const hashKey = (key: string): Buffer => createHash('sha256').update(key).digest();

interface AccountRow {
  readonly id: string;
  readonly name: string;
  readonly max_file_bytes: number | null;
  readonly max_rows: number | null;
  readonly max_tables: number | null;
  readonly max_storage_bytes: number | null;
  readonly concurrent_imports: number | null;
  readonly max_maps: number | null;
  readonly max_public_tables: number | null;
}

const toAccount = (row: AccountRow): Account => ({
  id: row.id,
  name: row.name,
  limits: {
    maxFileBytes: row.max_file_bytes,
    maxRows: row.max_rows,
    maxTables: row.max_tables,
    maxStorageBytes: row.max_storage_bytes,
    concurrentImports: row.concurrent_imports,
    maxMaps: row.max_maps,
    maxPublicTables: row.max_public_tables,
  },
});

const one = async (rows: Promise<readonly AccountRow[]>): Promise<Account | null> => {
  const [row] = await rows;
  return row ? toAccount(row) : null;
};

/** The account whose master key has this SHA-256, or null. The comparison is an index lookup on the hash, not on the key. */
export const accountByKeyHash = (db: Queryable, hash: Uint8Array): Promise<Account | null> =>
  one(
    db.query<AccountRow>(sql`
      select a.* from landfall.api_keys k join landfall.accounts a on a.id = k.account_id
      where k.hash = ${Buffer.from(hash)} and k.kind = 'master' and (k.expires_at is null or k.expires_at > now())`),
  );

/** The account of this name, or null. */
export const accountByName = (db: Queryable, name: string): Promise<Account | null> =>
  one(db.query<AccountRow>(sql`select * from landfall.accounts where name = ${name}`));

/** The account of this id, or null. */
export const accountById = (db: Queryable, id: string): Promise<Account | null> =>
  one(db.query<AccountRow>(sql`select * from landfall.accounts where id = ${id}`));

/** All accounts, by name. */
export const listAccounts = async (db: Queryable): Promise<readonly Account[]> =>
  (await db.query<AccountRow>(sql`select * from landfall.accounts order by name`)).map(toAccount);

/** A new random key: 32 hexadecimal digits. */
export const newKey = (): string => randomBytes(16).toString('hex');

/**
 * Makes a new master key and gives it. The one before goes on for `overlapSeconds`, so that whoever uses it can be moved;
 * older ones end. Throws an Error where there is no such account.
 */
export async function rotateKey(db: Database, name: string, overlapSeconds = 0): Promise<{ readonly key: string }> {
  const key = newKey();
  return db.transaction(async (tx) => {
    const account = await accountByName(tx, name);
    if (!account) throw new Error(`there is no account "${name}"`);
    await tx.query(sql`
      delete from landfall.api_keys
      where account_id = ${account.id} and kind = 'master' and (expires_at is not null or ${overlapSeconds}::float8 <= 0)`);
    await tx.query(sql`
      update landfall.api_keys set expires_at = now() + make_interval(secs => ${overlapSeconds}::float8)
      where account_id = ${account.id} and kind = 'master'`);
    await tx.query(sql`insert into landfall.api_keys (hash, account_id) values (${hashKey(key)}, ${account.id})`);
    return { key };
  });
}

/**
 * The account of this name with its schema, roles and settings, made where something of it is missing; a key that is
 * given becomes its only one. May be run again at every start. Throws an Error for a name that cannot be.
 */
export async function ensureAccount(
  db: Database,
  input: { readonly name: string; readonly key?: string | undefined },
): Promise<{ readonly account: Account; readonly warnings: AccountWarnings }> {
  checkAccountName(input.name);
  return db.transaction(async (tx) => {
    await tx.query(sql`select pg_advisory_xact_lock(hashtextextended('landfall.account:' || ${input.name}::text, 0))`);
    await tx.query(sql`insert into landfall.accounts (name) values (${input.name}) on conflict (name) do nothing`);
    const account = await accountByName(tx, input.name);
    if (!account) throw new DatabaseError('the account was not stored', { code: 'P0002' });
    const roles = await accountRoles(tx, input.name);
    const warnings = await ensureRoles(tx, input.name, roles);
    await ensureSchema(tx, input.name, roles);
    if (input.key !== undefined) {
      const hash = hashKey(input.key);
      // One that was rotated keeps the time it was given.
      await tx.query(sql`
        delete from landfall.api_keys
        where account_id = ${account.id} and kind = 'master' and expires_at is null and hash <> ${hash}`);
      await tx.query(sql`
        insert into landfall.api_keys (hash, account_id) values (${hash}, ${account.id})
        on conflict (hash) do update set expires_at = null`);
    }
    return { account, warnings };
  });
}

/** A new account with `key`, or a new one, as its key; an Error where there is one of this name. */
export async function createAccount(
  db: Database,
  name: string,
  key = newKey(),
): Promise<{ readonly account: Account; readonly key: string; readonly warnings: AccountWarnings }> {
  if (await accountByName(db, name)) throw new Error(`there is an account "${name}" already`);
  return { ...(await ensureAccount(db, { name, key })), key };
}

/** Removes the account with its tables, keys and roles. */
export async function dropAccount(db: Database, name: string): Promise<void> {
  await db.transaction(async (tx) => {
    await dropRoles(tx, name);
    await tx.query(sql`delete from landfall.accounts where name = ${name}`);
  });
}
