import { type ConnectorRequest, connectorName } from '../../domain/connector.ts';
import type { ColumnType } from '../../domain/schema.ts';
import { ImportError } from '../../errors.ts';
import { loadOptional } from './optional-library.ts';
import { chosenColumns, conditionOf, relationOf } from './postgres.ts';
import { quoteName } from './postgres-columns.ts';
import {
  type Connection,
  type DatabaseSession,
  type Driver,
  MAX_LISTED,
  type ReadRows,
  type RowsSink,
} from './session.ts';
import { headerColumns, type TextColumn, writeTextRow } from './text-rows.ts';

/** The part of `snowflake-sdk` that is used, as its reference has it. */
interface SnowflakeLibrary {
  createConnection(options: object): SnowflakeConnection;
}
interface SnowflakeConnection {
  connect(done: (error: Error | undefined) => void): void;
  execute(options: object): unknown;
  destroy(done: () => void): void;
}
interface SnowflakeStatement {
  getColumns(): readonly { getName(): string; getType(): string }[];
  streamRows(): AsyncIterable<Readonly<Record<string, string | null>>>;
}

/** Servers of Snowflake. Its library has connections of its own, so no other name is taken. */
const HOST = /^([a-z0-9_.-]+)\.snowflakecomputing\.(com|cn)$/i;

/** Snowflake, read as one query whose values the service makes text of. */
export const snowflake: Driver = {
  async open(connection) {
    const account = HOST.exec((connection.server ?? '').trim())?.[1];
    if (account === undefined) {
      throw new ImportError('connectorParameters', {
        detail: 'server must be the host of a Snowflake account, such as xy12345.eu-west-1.snowflakecomputing.com.',
      });
    }
    const library = (await loadOptional('snowflake-sdk', 'Snowflake')) as { readonly default: SnowflakeLibrary };
    return connectSnowflake(library.default, account, connection);
  },
};

/** Connects by the library, to `account`, and reads as `snowflake` does. */
export async function connectSnowflake(
  library: SnowflakeLibrary,
  account: string,
  connection: Connection,
): Promise<DatabaseSession> {
  const { username, password, database, warehouse } = connection;
  const client = library.createConnection({
    account,
    username,
    password,
    database,
    warehouse,
    application: 'landfall',
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  client.connect((error) => (error ? reject(error) : resolve()));
  await promise;
  return {
    read: (request, sink) => readRows(client, request, sink),
    async newest(request, name) {
      const column = `q.${quoteName(name)}`;
      const statement = await run(client, `select to_varchar(max(${column})) as "v" ${fromOf(request)}`);
      let value: string | null = null;
      for await (const row of statement.streamRows()) value = row.v ?? null;
      return { value, column, isNumber: false };
    },
    async tables() {
      const query = `select table_schema as "s", table_name as "n" from information_schema.tables
        where table_schema <> 'INFORMATION_SCHEMA' order by 1, 2 limit ${MAX_LISTED}`;
      const tables: { schema: string; name: string }[] = [];
      for await (const row of (await run(client, query)).streamRows()) {
        tables.push({ schema: row.s ?? '', name: row.n ?? '' });
      }
      return tables;
    },
    databases: async () => [],
    async [Symbol.asyncDispose]() {
      const ended = Promise.withResolvers<void>();
      client.destroy(() => ended.resolve());
      await ended.promise;
    },
  };
}

function run(client: SnowflakeConnection, sqlText: string): Promise<SnowflakeStatement> {
  const { promise, resolve, reject } = Promise.withResolvers<SnowflakeStatement>();
  const complete = (error: Error | undefined, statement: SnowflakeStatement): void =>
    error ? reject(error) : resolve(statement);
  client.execute({ sqlText, streamResult: true, complete });
  return promise;
}

/** A column and the expression that makes text of it. */
export function planSnowflakeColumn(name: string, kind: string): TextColumn & { readonly expression: string } {
  const q = `q.${quoteName(name)}`;
  const as = (type: ColumnType | null, expression: string): TextColumn & { readonly expression: string } => ({
    name,
    type,
    expression,
  });
  switch (kind) {
    case 'fixed':
      return as('numeric', `to_varchar(${q})`);
    case 'real':
      return { ...as('double precision', `to_varchar(${q})`), toWords: (text) => floatWords.get(text) ?? text };
    case 'boolean':
      return as('boolean', `to_varchar(${q})`);
    case 'date':
      return as('date', `to_varchar(${q}, 'YYYY-MM-DD')`);
    case 'time':
      return as('time', `to_varchar(${q}, 'HH24:MI:SS.FF6')`);
    case 'timestamp_ntz':
      return as('timestamp', `to_varchar(${q}, 'YYYY-MM-DD HH24:MI:SS.FF6')`);
    case 'timestamp_ltz':
    case 'timestamp_tz':
      return as('timestamptz', `to_varchar(${q}, 'YYYY-MM-DD HH24:MI:SS.FF6TZH:TZM')`);
    case 'variant':
    case 'object':
    case 'array':
      return as('jsonb', `to_json(${q})`);
    case 'binary':
      return as('bytea', `to_varchar(${q}, 'HEX')`);
    case 'geography':
    case 'geometry':
      return as(null, `to_varchar(st_asewkb(${q}), 'HEX')`);
    default:
      return as('text', `to_varchar(${q})`);
  }
}

const floatWords: ReadonlyMap<string, string> = new Map([
  ['inf', 'Infinity'],
  ['-inf', '-Infinity'],
]);

const fromOf = (request: ConnectorRequest): string =>
  `from ${relationOf(request, request.schema ?? 'PUBLIC')} as q${conditionOf(request)}`;

async function readRows(client: SnowflakeConnection, request: ConnectorRequest, sink: RowsSink): Promise<ReadRows> {
  const from = fromOf(request);
  const described = await run(client, `select q.* ${from} limit 0`);
  const all = described.getColumns().map((column) => ({ name: column.getName(), kind: column.getType() }));
  const plans = chosenColumns(all, request).map(({ name, kind }) => planSnowflakeColumn(name, kind));
  const list = plans.map(({ expression }, i) => `${expression} as "c${i}"`).join(', ');
  const statement = await run(client, `select ${list} ${from}`);
  const hasGeometry = plans.some(({ type }) => type === null);
  const writer = sink.open({ name: connectorName(request), columns: headerColumns(plans), hasGeometry, srid: null });
  for await (const row of statement.streamRows()) {
    writeTextRow(
      writer,
      plans,
      plans.map((_, i) => row[`c${i}`] ?? null),
    );
  }
  return { writer, warnings: {} };
}
