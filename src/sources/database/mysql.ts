import type { Connection as Client } from 'mysql2';
import { copyRows } from './mysql-copy.ts';
import { newestOf } from './mysql-query.ts';
import { all } from './mysql-stream.ts';
import { serverAddress } from './server-address.ts';
import { type Connection, type DatabaseSession, type Driver, MAX_LISTED, type Surroundings } from './session.ts';
import { type SslMode, sslModeOf, tlsOptions } from './tls.ts';
import { type ControlWatch, watchControl } from './watch-control.ts';

/** MySQL and MariaDB, read row by row as the server sends them, in one read-only snapshot. */
export const mysql: Driver = {
  async open(connection, surroundings) {
    // Where nothing is said, a server that can encrypt has to prove who it is, and others are taken as they are.
    const mode = sslModeOf(connection, 'require');
    const mayBePlain = connection.sslmode === undefined || mode === 'prefer';
    try {
      return await openWith(connection, surroundings, mode);
    } catch (error) {
      const isPlain = error instanceof Error && 'code' in error && error.code === 'HANDSHAKE_NO_SSL_SUPPORT';
      if (!mayBePlain || !isPlain) throw error;
      return openWith(connection, surroundings, 'disable');
    }
  },
};

/** Time for the handshake, in milliseconds (wire contract 11: 60 s to connect). */
const CONNECT_MS = 60_000;

async function openWith(connection: Connection, surroundings: Surroundings, mode: SslMode): Promise<DatabaseSession> {
  const { createConnection } = await import('mysql2');
  const { host, port } = serverAddress(connection, 'server', 3306);
  const socket = await surroundings.openSocket(host, port, surroundings.signal);
  const watch = watchControl(socket);
  const client = createConnection({
    host,
    port,
    user: connection.username ?? '',
    password: connection.password ?? '',
    database: connection.database ?? '',
    stream: socket,
    charset: 'utf8mb4',
    connectTimeout: CONNECT_MS,
    multipleStatements: false,
    // A server may answer any statement by asking for a file of ours: it gets an error and no byte.
    flags: ['-LOCAL_FILES'],
    ...(mode === 'disable'
      ? {}
      : { ssl: { ...tlsOptions(connection, mode), verifyIdentity: mode !== 'prefer' && mode !== 'no-verify' } }),
  });
  // A connection that breaks between statements fails the next one.
  client.on('error', () => undefined);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  client.connect((error) => (error === null ? resolve() : reject(error)));
  socket.once('close', () => reject(new Error('the server closed the connection')));
  try {
    await promise;
  } catch (error) {
    client.destroy();
    throw error;
  }
  return mysqlSession(client, watch, connection.database ?? null);
}

/** What a session of reading begins with: one snapshot, nothing written, times of UTC. */
const settings = [
  "set session time_zone = '+00:00'",
  'set session net_write_timeout = 3600',
  'set session transaction isolation level repeatable read',
  'set session transaction read only',
  'start transaction with consistent snapshot, read only',
] as const;

const LIST_TABLES = `select table_schema, table_name from information_schema.tables
  where table_schema not in ('information_schema', 'mysql', 'performance_schema', 'sys')
    and (table_schema = ? or ? is null) order by 1, 2 limit ${MAX_LISTED}`;
const LIST_DATABASES = `select schema_name from information_schema.schemata
  where schema_name not in ('information_schema', 'mysql', 'performance_schema', 'sys') order by 1 limit ${MAX_LISTED}`;

function mysqlSession(client: Client, watch: ControlWatch, database: string | null): DatabaseSession {
  return {
    async read(request, sink) {
      for (const statement of settings) await all(client, statement);
      return copyRows(client, watch, request, request.schema ?? database, sink);
    },
    async newest(request, name) {
      await all(client, settings[0]);
      return newestOf(client, request, request.schema ?? database, name);
    },
    async tables() {
      const rows = await all(client, LIST_TABLES, [database, database]);
      return rows.map(([schema, name]) => ({ schema: String(schema), name: String(name) }));
    },
    async databases() {
      return (await all(client, LIST_DATABASES)).map(([name]) => String(name));
    },
    async [Symbol.asyncDispose]() {
      client.destroy();
    },
  };
}
