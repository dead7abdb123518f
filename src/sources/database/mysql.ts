import { type ConnectorRequest, connectorName } from '../../domain/connector.ts';
import { ImportError } from '../../errors.ts';
import { type MysqlColumn, MysqlRows, MysqlUse, planMysqlColumn } from './mysql-columns.ts';
import { chosenColumns, conditionOf } from './postgres.ts';
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

/** MySQL and MariaDB, read row by row as the server sends them, in one read-only snapshot. */
export const mysql: Driver = {
  async open(connection, surroundings) {
    const mode = sslModeOf(connection, 'prefer');
    try {
      return await openWith(connection, surroundings, mode);
    } catch (error) {
      const isPlain = error instanceof Error && 'code' in error && error.code === 'HANDSHAKE_NO_SSL_SUPPORT';
      if (mode !== 'prefer' || !isPlain) throw error;
      return openWith(connection, surroundings, 'disable');
    }
  },
};

type Client = import('mysql2').Connection;
type Field = import('mysql2').FieldPacket;
type Row = readonly (Buffer | null)[];

/** Time for the handshake, in milliseconds (wire contract 11: 60 s to connect). */
const CONNECT_MS = 60_000;

/** Most columns of a table in MySQL and MariaDB; more come from no honest server. */
const MAX_COLUMNS = 4096;

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

/** The rows of a small answer. */
async function all(
  client: Client,
  statement: string,
  values: readonly (string | null)[] = [],
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  await stream(
    client,
    statement,
    values,
    () => undefined,
    (row) => void rows.push(row),
  );
  return rows;
}

/** Hands on columns, then each row of a statement. Rejects with what the server says, or what a callback throws. */
function stream(
  client: Client,
  statement: string,
  values: readonly (string | null)[],
  onFields: (fields: readonly Field[]) => void,
  onRow: (row: Row) => void,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // An exception in an event of the driver would end the process.
  const guarded =
    <T>(take: (value: T) => void) =>
    (value: T): void => {
      try {
        take(value);
      } catch (error) {
        client.destroy();
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    };
  const query = client.query({ sql: statement, values: [...values], rowsAsArray: true, typeCast: false });
  query.on(
    'fields',
    guarded((fields: readonly Field[] | undefined) => onFields(fields ?? [])),
  );
  query.on(
    'result',
    guarded((row: unknown) => {
      if (Array.isArray(row)) onRow(row as Row);
    }),
  );
  query.on('error', reject);
  query.on('end', () => resolve());
  const onEnd = (): void => reject(new Error('the server closed the connection'));
  client.once('error', reject);
  client.once('end', onEnd);
  return promise.finally(() => {
    client.off('error', reject);
    client.off('end', onEnd);
  });
}

const quoteName = (name: string): string => `\`${name.replaceAll('`', '``')}\``;

async function copyRows(
  client: Client,
  watch: ControlWatch,
  request: ConnectorRequest,
  schema: string | null,
  sink: RowsSink,
): Promise<ReadRows> {
  const kinds = request.table === null ? noTypes : await dataTypes(client, request.table, schema);
  const statement = request.sqlQuery === null ? await tableQuery(client, request, schema) : queryOf(request);
  let begin: Begin | null = null;
  let rows: MysqlRows | null = null;
  let held: Row[] = [];
  const release = (to: Begin): MysqlRows => {
    rows = to.rows(held);
    for (const row of held) rows.push(row);
    held = [];
    return rows;
  };
  await stream(
    client,
    statement,
    [],
    (fields) => {
      begin = beginOf(
        fields.map((field) => columnOf(field, kinds)),
        request,
        sink,
      );
    },
    (row) => {
      if (begin === null) throw new Error('rows without columns');
      if (rows !== null) {
        rows.push(row);
        watch.taken = rows.taken;
        return;
      }
      held.push(row);
      if (begin.isTold(row) || held.length >= MAX_HELD) release(begin);
    },
  );
  if (begin === null) throw noSelect();
  const { writer, zeroDates } = rows ?? release(begin);
  return { writer, warnings: zeroDates === 0 ? {} : { zero_dates: zeroDates } };
}

/** A query as it was given; only a condition needs another one around it. */
const queryOf = (request: ConnectorRequest): string =>
  request.where === null ? (request.sqlQuery ?? '') : `select * from ${derived(request)}${conditionOf(request)}`;

const derived = ({ sqlQuery }: ConnectorRequest): string => `(\n${(sqlQuery ?? '').replace(/[\s;]+$/, '')}\n) as q`;

async function newestOf(
  client: Client,
  request: ConnectorRequest,
  schema: string | null,
  name: string,
): Promise<Newest> {
  const column = quoteName(name);
  const relation = request.sqlQuery === null ? tableName(request.table ?? '', schema) : derived(request);
  const columns: MysqlColumn[] = [];
  const note = (found: readonly Field[]): void => void columns.push(...found.map((field) => columnOf(field, noTypes)));
  const rows: Row[] = [];
  const statement = `select max(${column}) from ${relation}${conditionOf(request)}`;
  await stream(client, statement, [], note, (row) => void rows.push(row));
  const { use, type } = columns.map(planMysqlColumn)[0] ?? { use: MysqlUse.text, type: null };
  if (use === MysqlUse.float) throw noCursor(name);
  const isNumber = type === 'bigint' || type === 'numeric' || type === 'double precision';
  return { value: rows[0]?.[0]?.toString() ?? null, column, isNumber };
}

/** Numbers of single precision are printed with fewer digits than they have: rows would be left out. */
const noCursor = (name: string): ImportError =>
  new ImportError('connectorFailed', {
    detail: `The column "${name.slice(0, 100)}" cannot be the cursor: its numbers are of single precision.`,
    hint: 'Take a column of whole numbers, dates or times that only rises, or leave cursor out.',
  });

const noSelect = (): ImportError =>
  new ImportError('connectorFailed', {
    detail: 'The statement finds no rows: it is no SELECT.',
    hint: 'Give one SELECT in sql_query.',
  });

/** Rows that wait for the first geometry, which says the SRID of the layer. */
const MAX_HELD = 10_000;

const noTypes: ReadonlyMap<string, string> = new Map();

/** How the file of rows begins, once it is known in which system the geometries are. */
interface Begin {
  /** Whether a row says it, or there is nothing to say. */
  isTold(row: Row): boolean;
  rows(held: readonly Row[]): MysqlRows;
}

function beginOf(columns: readonly MysqlColumn[], request: ConnectorRequest, sink: RowsSink): Begin {
  if (columns.length > MAX_COLUMNS) {
    throw new ImportError('tooManyColumns', { detail: `The server announces ${columns.length} columns.` });
  }
  if (columns.length === 0) throw noSelect();
  const plans = columns.map(planMysqlColumn);
  const named = columns.findIndex(({ name }, i) => name === 'the_geom' && plans[i]?.use === MysqlUse.geometry);
  const geometry = named >= 0 ? named : plans.findIndex(({ use }) => use === MysqlUse.geometry);
  const sridOf = (row: Row): number => {
    const value = row[geometry];
    return value != null && value.length > SRID_BYTES ? value.readUInt32LE(0) : 0;
  };
  return {
    isTold: (row) => geometry < 0 || (row[geometry]?.length ?? 0) > SRID_BYTES,
    rows(held) {
      const srid = held.map(sridOf).find((one) => one > 0) ?? 0;
      const writer = sink.open({
        name: connectorName(request),
        columns: columns
          .map(({ name }, i) => ({ name, type: plans[i]?.type ?? null }))
          .filter((_, i) => i !== geometry),
        hasGeometry: geometry >= 0,
        srid: srid === 0 ? null : srid,
      });
      return new MysqlRows(
        writer,
        plans,
        columns.map(({ length }) => length),
        geometry,
      );
    },
  };
}

/** Length of the SRID before a geometry. */
const SRID_BYTES = 4;

function columnOf(field: Field, kinds: ReadonlyMap<string, string>): MysqlColumn {
  return {
    name: field.name,
    type: field.columnType ?? -1,
    charset: field.characterSet ?? 0,
    length: field.columnLength ?? 0,
    dataType: kinds.get(field.name) ?? null,
  };
}

const tableName = (table: string, schema: string | null): string =>
  schema === null ? quoteName(table) : `${quoteName(schema)}.${quoteName(table)}`;

/** A query of the columns that are asked for. Numbers of single precision come as doubles: as text they lose digits. */
async function tableQuery(client: Client, request: ConnectorRequest, schema: string | null): Promise<string> {
  const from = `from ${tableName(request.table ?? '', schema)}`;
  let fields: readonly MysqlColumn[] = [];
  const note = (found: readonly Field[]): void => {
    fields = found.map((field) => columnOf(field, noTypes));
  };
  await stream(client, `select * ${from} limit 0`, [], note, () => undefined);
  const list = chosenColumns(fields, request).map(({ name, type, charset, length }) => {
    const isFloat = planMysqlColumn({ name, type, charset, length, dataType: null }).use === MysqlUse.float;
    return isFloat ? `${quoteName(name)} + 0e0 as ${quoteName(name)}` : quoteName(name);
  });
  return `select ${list.join(', ')} ${from}${conditionOf(request)}`;
}

/** Types of a table's columns in the words of information_schema; MariaDB's JSON is text with a check. */
async function dataTypes(client: Client, table: string, schema: string | null): Promise<ReadonlyMap<string, string>> {
  const where = 'table_schema = coalesce(?, database()) and table_name = ?';
  const types = await all(client, `select column_name, data_type from information_schema.columns where ${where}`, [
    schema,
    table,
  ]);
  const map = new Map(types.map(([name, type]) => [String(name), String(type).toLowerCase()]));
  if (![...map.values()].includes('longtext')) return map;
  // MySQL's own view has neither the table nor any such check.
  const checks = await all(
    client,
    `select check_clause from information_schema.check_constraints
     where constraint_schema = coalesce(?, database()) and table_name = ?`,
    [schema, table],
  ).catch(() => []);
  for (const [clause] of checks) {
    const name = /^json_valid\(`(.+)`\)$/.exec(String(clause))?.[1];
    if (name !== undefined) map.set(name, 'json');
  }
  return map;
}
