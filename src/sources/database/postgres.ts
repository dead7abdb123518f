import { isIP, type Socket } from 'node:net';
import { type ConnectorRequest, connectorName } from '../../domain/connector.ts';
import { ImportError } from '../../errors.ts';
import { CopyWalk } from './copy-walk.ts';
import { geometryColumn, type PostgresColumn, planColumn, quoteName, sridOf } from './postgres-columns.ts';
import { serverAddress } from './server-address.ts';
import {
  type Connection,
  type DatabaseSession,
  type Driver,
  MAX_LISTED,
  type Newest,
  type ReadRows,
  type RowsSink,
  type Surroundings,
} from './session.ts';
import { type SslMode, sslModeOf, tlsOptions } from './tls.ts';
import { type ControlWatch, watchControl } from './watch-control.ts';

/** PostgreSQL, read with COPY in one read-only snapshot. */
export const postgres: Driver = {
  async open(connection, surroundings) {
    const mode = sslModeOf(connection, 'require');
    try {
      return await openWith(connection, surroundings, mode);
    } catch (error) {
      const isPlain = mode === 'prefer' && error instanceof Error && /does not support SSL/.test(error.message);
      if (!isPlain) throw error;
      return openWith(connection, surroundings, 'disable');
    }
  },
};

async function openWith(connection: Connection, surroundings: Surroundings, mode: SslMode): Promise<DatabaseSession> {
  return postgresSession(
    await connectPostgres(connection, serverAddress(connection, 'server', 5432), surroundings, mode),
  );
}

type Client = import('pg').Client;

/** A connection, and what its server sent so far. */
export interface PostgresConnection {
  readonly client: Client;
  readonly watch: ControlWatch;
}

/** pg connects its stream itself; this one is connected already. */
const asConnected = (socket: Socket): Socket =>
  Object.assign(socket, {
    connect: () => {
      process.nextTick(() => socket.emit('connect'));
      return socket;
    },
  });

/** A client of a server that speaks PostgreSQL's protocol. Its settings come from here alone, not from `PG*` variables. */
export async function connectPostgres(
  connection: Connection,
  { host, port }: { readonly host: string; readonly port: number },
  { openSocket, signal }: Surroundings,
  mode: SslMode,
): Promise<PostgresConnection> {
  const { default: pg } = await import('pg');
  const socket = await openSocket(host, port, signal);
  const watch = watchControl(socket);
  const client = new pg.Client({
    host,
    port,
    user: connection.username ?? '',
    password: connection.password ?? '',
    database: connection.database ?? '',
    application_name: 'landfall',
    stream: () => asConnected(socket),
    // A name is sent to the server and checked; an address is only checked (RFC 6066, 3).
    ssl:
      mode === 'disable'
        ? false
        : { ...tlsOptions(connection, mode), ...(isIP(host) === 0 ? { servername: host } : { host }) },
    connectionTimeoutMillis: CONNECT_MS,
  });
  // A connection that breaks between statements fails the next one.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    socket.destroy();
    throw error;
  }
  return { client, watch };
}

/** Time for the handshake, in milliseconds (wire contract 11: 60 s to connect). */
const CONNECT_MS = 60_000;

/**
 * What a session of reading begins with: one snapshot, nothing written, values in the words that the reader knows.
 */
const settings = [
  'begin isolation level repeatable read read only',
  "set local datestyle = 'ISO, YMD'",
  "set local intervalstyle = 'postgres'",
  "set local timezone = 'UTC'",
  'set local extra_float_digits = 3',
  "set local client_encoding = 'UTF8'",
] as const;

/** Most columns of a table in PostgreSQL; more come from no honest server. */
const MAX_COLUMNS = 1664;

/** Bytes of a CopyData message before its row. */
const MESSAGE_HEAD = 5;

const LIST_TABLES = `
  select table_schema, table_name from information_schema.tables
  where table_schema not in ('pg_catalog', 'information_schema') and table_type <> 'LOCAL TEMPORARY'
  order by 1, 2 limit ${MAX_LISTED}`;
const LIST_DATABASES = `
  select datname from pg_catalog.pg_database where datallowconn and not datistemplate order by 1 limit ${MAX_LISTED}`;

/** What there is to import, as information_schema and pg_database have it. */
export const listings = (client: Client): Pick<DatabaseSession, 'tables' | 'databases'> => ({
  async tables() {
    const { rows } = await client.query<[string, string]>({ text: LIST_TABLES, rowMode: 'array' });
    return rows.map(([schema, name]) => ({ schema, name }));
  },
  async databases() {
    const { rows } = await client.query<[string]>({ text: LIST_DATABASES, rowMode: 'array' });
    return rows.map(([name]) => name);
  },
});

function postgresSession({ client, watch }: PostgresConnection): DatabaseSession {
  return {
    async read(request, sink) {
      await begin(client);
      return copyOut({ client, watch }, request, sink);
    },
    async newest(request, name) {
      await begin(client);
      const newest = await newestOf(client, request, name);
      await client.query('rollback');
      return newest;
    },
    ...listings(client),
    async [Symbol.asyncDispose]() {
      await client.end().catch(() => undefined);
    },
  };
}

async function begin(client: Client): Promise<void> {
  for (const statement of settings) await client.query(statement);
}

/** The rows asked for as a relation: a table by its quoted name, or a query in parentheses. */
export function relationOf(request: ConnectorRequest, schema: string | null): string {
  if (request.sqlQuery !== null) return `(\n${request.sqlQuery.replace(/[\s;]+$/, '')}\n)`;
  const table = quoteName(request.table ?? '');
  return schema === null ? table : `${quoteName(schema)}.${table}`;
}

/** The condition of the rows on lines of its own: a comment in it ends there. */
export const conditionOf = ({ where }: ConnectorRequest): string => (where === null ? '' : ` where (\n${where}\n)`);

/** The columns of `all` that a request names, in its order; all where it names none. Throws connectorFailed for an unknown one. */
export function chosenColumns<C extends { readonly name: string }>(
  all: readonly C[],
  { columns }: ConnectorRequest,
): readonly C[] {
  if (columns.length === 0) return all;
  return columns.map((name) => {
    const found =
      all.find((one) => one.name === name) ?? all.find((one) => one.name.toLowerCase() === name.toLowerCase());
    if (found !== undefined) return found;
    throw new ImportError('connectorFailed', {
      detail: `There is no column "${name.slice(0, 100)}". Its columns are: ${all
        .slice(0, 50)
        .map((one) => one.name)
        .join(', ')}.`,
      hint: 'Correct the list in columns.',
    });
  });
}

async function copyOut(
  { client, watch }: PostgresConnection,
  request: ConnectorRequest,
  sink: RowsSink,
): Promise<ReadRows> {
  const relation = relationOf(request, request.schema ?? 'public');
  const from = `from ${relation} as q${conditionOf(request)}`;
  const columns = chosenColumns(await describe(client, from), request);
  const spatial = geometryColumn(columns);
  const postgis = columns.some(({ type }) => type === 'geometry' || type === 'geography')
    ? await findPostgis(client)
    : '';
  const plans = columns.map((column, index) => planColumn(column, index === spatial, postgis));
  const geometry = plans[spatial];
  const others = plans.filter((_, index) => index !== spatial);
  const ordered = geometry === undefined ? others : [geometry, ...others];
  const geometryOf = columns[spatial];
  const srid =
    geometryOf === undefined ? null : (sridOf(geometryOf) ?? (await firstSrid(client, geometryOf, from, postgis)));

  const writer = sink.open({
    name: connectorName(request),
    columns: others.map(({ name, type }) => ({ name, type })),
    hasGeometry: geometry !== undefined,
    srid,
    tuples: ordered.map(({ use }) => use),
  });
  const walk = new CopyWalk(ordered.length);
  const { to } = await import('pg-copy-streams');
  const list = ordered.map(({ expression }) => expression).join(', ');
  const stream = client.query(to(`copy (select ${list} ${from}) to stdout (format binary)`));
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    writer.tuples(chunk, walk.push(chunk));
    watch.taken = bytes + MESSAGE_HEAD * writer.rows;
  }
  walk.finish();
  return { writer, warnings: {} };
}

/** The greatest value of a column. A named statement, as `describe` has it. */
export async function newestOf(client: Client, request: ConnectorRequest, name: string): Promise<Newest> {
  const column = `q.${quoteName(name)}`;
  const from = `from ${relationOf(request, request.schema ?? 'public')} as q${conditionOf(request)}`;
  const { rows } = await client.query<[string | null]>({
    name: 'newest',
    text: `select max(${column})::text ${from}`,
    rowMode: 'array',
  });
  return { value: rows[0]?.[0] ?? null, column, isNumber: false };
}

/** Columns of a relation. A named statement goes by the extended protocol, which takes one and no more:
 * text of a user stays one query. */
async function describe(client: Client, from: string): Promise<readonly PostgresColumn[]> {
  const { fields } = await client.query<unknown[]>({
    name: 'describe',
    text: `select q.* ${from} limit 0`,
    rowMode: 'array',
  });
  if (fields.length > MAX_COLUMNS) {
    throw new ImportError('tooManyColumns', { detail: `The server announces ${fields.length} columns.` });
  }
  const oids = [...new Set(fields.map(({ dataTypeID }) => dataTypeID))];
  const { rows } = await client.query<[string, string, string]>({
    text: 'select oid::text, typname::text, typcategory::text from pg_catalog.pg_type where oid = any($1::oid[])',
    values: [oids],
    rowMode: 'array',
  });
  const types = new Map(rows.map(([oid, type, category]) => [Number(oid), { type, category }]));
  return fields.map(({ name, dataTypeID, dataTypeModifier }) => ({
    name,
    type: types.get(dataTypeID)?.type ?? '',
    category: types.get(dataTypeID)?.category ?? '',
    modifier: dataTypeModifier,
  }));
}

/** The quoted schema of PostGIS's functions. */
async function findPostgis(client: Client): Promise<string> {
  const { rows } = await client.query<[string]>({
    text: `select n.nspname::text from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace
      where e.extname = 'postgis'`,
    rowMode: 'array',
  });
  return quoteName(rows[0]?.[0] ?? 'public');
}

/** The SRID of the first geometry there is, where the column does not declare one; null where it has none either. */
async function firstSrid(
  client: Client,
  column: PostgresColumn,
  from: string,
  postgis: string,
): Promise<number | null> {
  const name = quoteName(column.name);
  const { rows } = await client.query<[number | null]>({
    text: `select ${postgis}.st_srid(g.${name}) from (select q.${name} ${from}) as g where g.${name} is not null limit 1`,
    rowMode: 'array',
  });
  const srid = rows[0]?.[0] ?? 0;
  return srid > 0 ? srid : null;
}
