import { createHash, randomBytes } from 'node:crypto';
import type { Database, Queryable } from '../db/database.ts';
import { DatabaseError } from '../db/database.ts';
import { rolePassword, roleSecret, scramVerifier } from '../db/role-password.ts';
import { identifier, literal, type Sql, sql, trusted } from '../db/sql.ts';
import type { Account } from '../domain/import.ts';

/** The three roles of an account: the owner of its tables, the holder of its key, and everybody else. */
export interface AccountRoles {
  readonly owner: string;
  readonly reader: string;
  readonly public: string;
}

/** What the login of the service could not do, in words for the operator. */
export type AccountWarnings = readonly string[];

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

async function installation(db: Queryable): Promise<string> {
  const [row] = await db.query<{ value: string }>(sql`select value from landfall.settings where name = 'installation'`);
  if (!row) throw new DatabaseError('landfall.settings holds no installation', { code: 'P0002' });
  return row.value;
}

/** The names of an account's roles; the installation's own word in them keeps two databases of one cluster apart. */
export async function accountRoles(db: Queryable, name: string): Promise<AccountRoles> {
  const word = await installation(db);
  const role = (kind: string) => `lf_${word}_${name}_${kind}`;
  return { owner: role('own'), reader: role('ro'), public: role('pub') };
}

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

/** Settings of the low roles (reliability 3.3); a superuser alone may give the last. */
const roleSettings = (schema: string, timeoutSeconds: number): readonly Sql[] => [
  sql`search_path = ${identifier(schema)}, public`,
  sql`default_transaction_read_only = on`,
  trusted(`statement_timeout = '${timeoutSeconds}s'`),
  sql`lock_timeout = '1s'`,
  sql`idle_in_transaction_session_timeout = '60s'`,
  sql`idle_session_timeout = '10min'`,
  sql`max_parallel_workers_per_gather = 0`,
  sql`jit = off`,
  sql`temp_file_limit = '256MB'`,
];

const roleExists = async (tx: Queryable, role: string): Promise<boolean> =>
  (await tx.query(sql`select from pg_catalog.pg_roles where rolname = ${role}`)).length > 0;

async function ensureRole(tx: Queryable, role: string, options: Sql): Promise<void> {
  const verb = trusted((await roleExists(tx, role)) ? 'alter' : 'create');
  await tx.query(sql`${verb} role ${identifier(role)} with ${options}`);
}

/** Runs a statement that this login may not be allowed; tells whether it was. */
async function attempt(tx: Queryable, statement: Sql): Promise<boolean> {
  await tx.query(sql`savepoint attempt`);
  try {
    await tx.query(statement);
    await tx.query(sql`release savepoint attempt`);
    return true;
  } catch (error) {
    if (!(error instanceof DatabaseError && error.code === '42501')) throw error;
    await tx.query(sql`rollback to savepoint attempt`);
    return false;
  }
}

async function ensureRoles(tx: Queryable, name: string, roles: AccountRoles): Promise<AccountWarnings> {
  const secret = await roleSecret(tx);
  const warnings: string[] = [];
  const [login] = await tx.query<{ isSuper: boolean }>(
    sql`select rolsuper as "isSuper" from pg_catalog.pg_roles where rolname = current_user`,
  );
  await ensureRole(tx, roles.owner, sql`nologin noinherit`);
  // Tables pass to the owner role, which takes a membership where the login is no superuser.
  if (login?.isSuper !== true) await tx.query(sql`grant ${identifier(roles.owner)} to current_user`);
  for (const [role, timeoutSeconds] of [
    [roles.reader, 15],
    [roles.public, PUBLIC_TIMEOUT_SECONDS],
  ] as const) {
    warnings.push(...(await ensureLogin(tx, { role, schema: name, timeoutSeconds, secret, inherits: false })));
  }
  return warnings;
}

/** How long a query of those may work who hold no key of the account, in seconds (reliability 3.3). */
const PUBLIC_TIMEOUT_SECONDS = 5;

async function ensureLogin(
  tx: Queryable,
  login: {
    readonly role: string;
    readonly schema: string;
    readonly timeoutSeconds: number;
    readonly secret: string;
    readonly inherits: boolean;
  },
): Promise<AccountWarnings> {
  const { role, schema, timeoutSeconds, secret } = login;
  const verifier = literal(scramVerifier(rolePassword(secret, role)));
  const inheritance = trusted(login.inherits ? 'inherit' : 'noinherit');
  // Two processes of four statements each (see USER_SLOTS).
  await ensureRole(tx, role, sql`login ${inheritance} connection limit 8 password ${verifier}`);
  const warnings: string[] = [];
  for (const setting of roleSettings(schema, timeoutSeconds)) {
    if (!(await attempt(tx, sql`alter role ${identifier(role)} set ${setting}`))) {
      warnings.push(`role ${role} runs without "${setting.text}": only a superuser may set it`);
    }
  }
  return warnings;
}

const guestKinds = ['link', 'key', 'insert', 'write'] as const;

/**
 * What a guest may do beyond what everybody may: read one table shared by link, what its restricted key names, add
 * rows to one table, or read all tables and write the rows of one.
 */
export type GuestKind = (typeof guestKinds)[number];

/** Name of the role of a guest: `id` is that of the table or of the key. */
export async function guestRole(db: Queryable, kind: GuestKind, id: string): Promise<string> {
  return `lf_${await installation(db)}_${kind}_${id.replaceAll('-', '').slice(0, 16)}`;
}

/** Makes the role of a guest, who may do what everybody may, or the reader; what else is granted by the caller. */
export async function ensureGuest(
  tx: Queryable,
  account: { readonly name: string },
  role: string,
  readsAs: 'public' | 'reader' = 'public',
): Promise<void> {
  await tx.query(sql`select pg_advisory_xact_lock(hashtextextended('landfall.account:' || ${account.name}::text, 0))`);
  if (await roleExists(tx, role)) return;
  const roles = await accountRoles(tx, account.name);
  const secret = await roleSecret(tx);
  await ensureLogin(tx, {
    role,
    schema: account.name,
    timeoutSeconds: PUBLIC_TIMEOUT_SECONDS,
    secret,
    inherits: true,
  });
  await tx.query(sql`grant ${identifier(roles.public)} to ${identifier(role)}`);
  if (readsAs === 'reader') await tx.query(sql`grant ${identifier(roles.reader)} to ${identifier(role)}`);
}

/** The roles of guests of an account, with what they are. */
export async function guestsOf(
  db: Queryable,
  account: { readonly name: string },
): Promise<readonly { readonly role: string; readonly kind: GuestKind }[]> {
  const roles = await accountRoles(db, account.name);
  const prefix = `lf_${await installation(db)}_`;
  const rows = await db.query<{ role: string }>(sql`
    select distinct r.rolname::text as role from pg_catalog.pg_auth_members m
    join pg_catalog.pg_roles r on r.oid = m.member join pg_catalog.pg_roles p on p.oid = m.roleid
    where p.rolname = ${roles.public} and starts_with(r.rolname::text, ${prefix}::text)`);
  return rows.flatMap(({ role }) => {
    const kind = guestKinds.find((one) => role.startsWith(`${prefix}${one}_`));
    return kind === undefined ? [] : [{ role, kind }];
  });
}

async function ensureSchema(tx: Queryable, name: string, roles: AccountRoles): Promise<void> {
  const [found] = await tx.query<{ owner: string }>(
    sql`select nspowner::regrole::text as owner from pg_catalog.pg_namespace where nspname = ${name}`,
  );
  if (!found) await tx.query(sql`create schema ${identifier(name)} authorization ${identifier(roles.owner)}`);
  else if (found.owner.replaceAll('"', '') !== roles.owner) {
    throw new Error(`the schema "${name}" is there already and belongs to ${found.owner}: choose another account name`);
  }
  const both = sql`${identifier(roles.reader)}, ${identifier(roles.public)}`;
  await tx.query(sql`grant usage on schema ${identifier(name)} to ${both}`);
  const [database] = await tx.query<{ name: string }>(sql`select current_database()::text as name`);
  if (database) await tx.query(sql`grant connect on database ${identifier(database.name)} to ${both}`);
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
    const roles = await accountRoles(tx, name);
    await tx.query(sql`drop schema if exists ${identifier(name)} cascade`);
    const [database] = await tx.query<{ name: string }>(sql`select current_database()::text as name`);
    for (const { role } of await guestsOf(tx, { name })) await tx.query(sql`drop role ${identifier(role)}`);
    for (const role of [roles.public, roles.reader, roles.owner]) {
      if (!(await roleExists(tx, role))) continue;
      await tx.query(sql`revoke connect on database ${identifier(database?.name ?? '')} from ${identifier(role)}`);
      await tx.query(sql`drop role ${identifier(role)}`);
    }
    await tx.query(sql`delete from landfall.accounts where name = ${name}`);
  });
}
