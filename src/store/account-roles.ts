/** The roles of accounts and of their guests in the database. */
import { DatabaseError, type Queryable } from '../db/database.ts';
import { rolePassword, roleSecret, scramVerifier } from '../db/role-password.ts';
import { identifier, literal, type Sql, sql, trusted } from '../db/sql.ts';

/** The three roles of an account: the owner of its tables, the holder of its key, and everybody else. */
export interface AccountRoles {
  readonly owner: string;
  readonly reader: string;
  readonly public: string;
}

/** What the login of the service could not do, in words for the operator. */
export type AccountWarnings = readonly string[];

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

/** Makes the roles of an account where they are missing, and sets them as they must be. */
export async function ensureRoles(tx: Queryable, name: string, roles: AccountRoles): Promise<AccountWarnings> {
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

/** Makes the schema of an account. Throws an Error where somebody else has one of its name. */
export async function ensureSchema(tx: Queryable, name: string, roles: AccountRoles): Promise<void> {
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

/** Removes the schema of an account with all that is in it, and its roles and guests. */
export async function dropRoles(tx: Queryable, name: string): Promise<void> {
  const roles = await accountRoles(tx, name);
  await tx.query(sql`drop schema if exists ${identifier(name)} cascade`);
  const [database] = await tx.query<{ name: string }>(sql`select current_database()::text as name`);
  for (const { role } of await guestsOf(tx, { name })) await tx.query(sql`drop role ${identifier(role)}`);
  for (const role of [roles.public, roles.reader, roles.owner]) {
    if (!(await roleExists(tx, role))) continue;
    await tx.query(sql`revoke connect on database ${identifier(database?.name ?? '')} from ${identifier(role)}`);
    await tx.query(sql`drop role ${identifier(role)}`);
  }
}
