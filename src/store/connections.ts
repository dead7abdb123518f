/** SQL for `landfall.connections`: parameters of other databases under a name, their secrets sealed. */
import type { Queryable } from '../db/database.ts';
import { sql } from '../db/sql.ts';
import type { Seal } from '../util/seal.ts';

/** A stored connection as it may be shown. */
export interface StoredConnection {
  readonly id: string;
  readonly name: string;
  readonly provider: string;
  /** Parameters that are no secrets. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A connection to be stored. */
export interface NewConnection {
  readonly name: string;
  readonly provider: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** Names of parameters that are never shown. */
  readonly secrets: readonly string[];
}

interface ConnectionRow {
  readonly id: string;
  readonly name: string;
  readonly provider: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly created_at: Date | string;
  readonly updated_at: Date | string;
}

const toConnection = (row: ConnectionRow): StoredConnection => ({
  id: row.id,
  name: row.name,
  provider: row.provider,
  parameters: row.parameters,
  createdAt: new Date(row.created_at),
  updatedAt: new Date(row.updated_at),
});

const first = (rows: readonly ConnectionRow[]): StoredConnection | null =>
  rows[0] === undefined ? null : toConnection(rows[0]);

/** What a connection is sealed for: copied to another row it does not open. */
const contextOf = (id: string): string => `connection ${id}`;

const shown = ({ parameters, secrets }: NewConnection): string =>
  JSON.stringify(Object.fromEntries(Object.entries(parameters).filter(([name]) => !secrets.includes(name))));

/** Stores a connection; null where the account has one of that name. */
export async function insertConnection(
  db: Queryable,
  seal: Seal,
  accountId: string,
  input: NewConnection,
): Promise<StoredConnection | null> {
  const id = crypto.randomUUID();
  const sealed = seal.seal(JSON.stringify(input.parameters), contextOf(id));
  return first(
    await db.query<ConnectionRow>(sql`
      insert into landfall.connections (id, account_id, name, provider, parameters, sealed)
      values (${id}, ${accountId}, ${input.name}, ${input.provider}, ${shown(input)}::jsonb, ${sealed})
      on conflict (account_id, name) do nothing
      returning id, name, provider, parameters, created_at, updated_at`),
  );
}

/** Replaces name and parameters; null where it is gone, and where another of the account has that name. */
export async function updateConnection(
  db: Queryable,
  seal: Seal,
  accountId: string,
  id: string,
  input: NewConnection,
): Promise<StoredConnection | null> {
  const sealed = seal.seal(JSON.stringify(input.parameters), contextOf(id));
  return first(
    await db.query<ConnectionRow>(sql`
      update landfall.connections set name = ${input.name}, parameters = ${shown(input)}::jsonb, sealed = ${sealed},
        updated_at = now()
      where id = ${id} and account_id = ${accountId} and not exists (
        select from landfall.connections as other
        where other.account_id = ${accountId} and other.name = ${input.name} and other.id <> ${id})
      returning id, name, provider, parameters, created_at, updated_at`),
  );
}

/** Connections of an account, by name. */
export async function connectionsOf(db: Queryable, accountId: string): Promise<readonly StoredConnection[]> {
  const rows = await db.query<ConnectionRow>(sql`
    select id, name, provider, parameters, created_at, updated_at from landfall.connections
    where account_id = ${accountId} order by name`);
  return rows.map(toConnection);
}

/** A connection of the account, or null. */
export async function findConnection(db: Queryable, accountId: string, id: string): Promise<StoredConnection | null> {
  return first(
    await db.query<ConnectionRow>(sql`
      select id, name, provider, parameters, created_at, updated_at from landfall.connections
      where id = ${id} and account_id = ${accountId}`),
  );
}

/** Removes a connection of the account; false where there is none. */
export async function removeConnection(db: Queryable, accountId: string, id: string): Promise<boolean> {
  const rows = await db.query(sql`
    delete from landfall.connections where id = ${id} and account_id = ${accountId} returning id`);
  return rows.length === 1;
}

/**
 * All parameters of a connection, its secrets too; null where it is gone. Throws `SealBroken` where this server's secret is
 * another one.
 */
export async function openConnection(
  db: Queryable,
  seal: Seal,
  id: string,
): Promise<Readonly<Record<string, string>> | null> {
  const rows = await db.query<{ sealed: string }>(sql`select sealed from landfall.connections where id = ${id}`);
  const sealed = rows[0]?.sealed;
  // Only this file makes such a text.
  return sealed === undefined ? null : (JSON.parse(seal.open(sealed, contextOf(id))) as Record<string, string>);
}
