import type { Database } from '../db/database.ts';
import type { ProviderId, RemoteTable } from '../domain/connector.ts';
import type { Account, ImportRequest } from '../domain/import.ts';
import { objectStoreOf } from '../domain/object-store.ts';
import type { DatabaseSource } from '../sources/database/index.ts';
import {
  connectionsOf,
  findConnection,
  insertConnection,
  type NewConnection,
  removeConnection,
  type StoredConnection,
  updateConnection,
} from '../store/connections.ts';
import type { Seal } from '../util/seal.ts';
import { storedConnection } from './fetch-request.ts';

type Connection = Readonly<Record<string, string>>;

/** Looks into databases; errors are ImportErrors in the server's own words. */
export interface ConnectorDesk {
  check(provider: ProviderId, connection: Connection): Promise<void>;
  tables(provider: ProviderId, connection: Connection): Promise<readonly RemoteTable[]>;
  databases(provider: ProviderId, connection: Connection): Promise<readonly string[]>;
  /** Bytes that a query would read. */
  dryRun(provider: ProviderId, connection: Connection, sql: string): Promise<number>;
}

/** Stored connections of an account. */
export interface ConnectionDesk {
  list(accountId: string): Promise<readonly StoredConnection[]>;
  find(accountId: string, id: string): Promise<StoredConnection | null>;
  /** null: there is one of that name. */
  create(accountId: string, input: NewConnection): Promise<StoredConnection | null>;
  change(accountId: string, id: string, input: NewConnection): Promise<StoredConnection | null>;
  remove(accountId: string, id: string): Promise<boolean>;
  /** All parameters, its secrets too; null where the account has none of that id. */
  open(accountId: string, id: string): Promise<Connection | null>;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Binds the looks into databases to their source. */
export const createConnectorDesk = (source: DatabaseSource): ConnectorDesk => ({
  check: (provider, connection) => source.browse(provider, connection, async () => undefined),
  tables: (provider, connection) => source.browse(provider, connection, (session) => session.tables()),
  databases: (provider, connection) => source.browse(provider, connection, (session) => session.databases()),
  dryRun: (provider, connection, sql) =>
    source.browse(provider, connection, async (session) => (await session.dryRun?.(sql)) ?? 0),
});

/** Binds the stored connections to their table. */
export const createConnectionDesk = (db: Database, seal: Seal): ConnectionDesk => ({
  list: (accountId) => connectionsOf(db, accountId),
  find: (accountId, id) => findConnection(db, accountId, id),
  create: (accountId, input) => insertConnection(db, seal, accountId, input),
  change: (accountId, id, input) => updateConnection(db, seal, accountId, id, input),
  remove: (accountId, id) => removeConnection(db, accountId, id),
  async open(accountId, id) {
    const found = uuid.test(id) ? await findConnection(db, accountId, id) : null;
    return found === null ? null : storedConnection(db, seal, found.id);
  },
});

/** Whether a request may be stored: its `connection_id` names one of the account, to that provider or object store. */
export async function isConnectionKnown(db: Database, account: Account, request: ImportRequest): Promise<boolean> {
  if (request.kind !== 'connector' && request.kind !== 'url') return true;
  const { connectionId = null } = request;
  if (connectionId === null) return true;
  const found = uuid.test(connectionId) ? await findConnection(db, account.id, connectionId) : null;
  return found?.provider === (request.kind === 'url' ? objectStoreOf(request.url) : request.provider);
}
