import { type ConnectorRequest, connectorName } from '../../domain/connector.ts';
import { chosenColumns, conditionOf } from './postgres.ts';
import { serverAddress } from './server-address.ts';
import { type DatabaseSession, type Driver, MAX_LISTED, type ReadRows, type RowsSink } from './session.ts';
import { bracketed, planSqlServerColumn } from './sqlserver-columns.ts';
import { headerColumns, writeTextRow } from './text-rows.ts';
import { sslModeOf, tlsOptions } from './tls.ts';

type Pool = import('mssql').ConnectionPool;

const CONNECT_MS = 60_000;

/** SQL Server, read row by row as the server sends them; every value is made text by the server. */
export const sqlserver: Driver = {
  async open(connection, { openSocket, signal }) {
    const { default: mssql } = await import('mssql');
    const { host, port } = serverAddress(connection, 'server', 1433);
    const mode = sslModeOf(connection, 'require');
    const tls = tlsOptions(connection, mode);
    const pool = new mssql.ConnectionPool({
      server: host,
      port,
      user: connection.username ?? '',
      password: connection.password ?? '',
      database: connection.database ?? '',
      connectionTimeout: CONNECT_MS,
      requestTimeout: 0,
      pool: { max: 1, min: 0 },
      options: {
        encrypt: mode !== 'disable',
        trustServerCertificate: !tls.rejectUnauthorized,
        ...(tls.ca === undefined ? {} : { cryptoCredentialsDetails: { ca: tls.ca } }),
        appName: 'landfall',
        readOnlyIntent: true,
        connector: () => openSocket(host, port, signal),
      },
    });
    await pool.connect();
    return sqlserverSession(pool);
  },
};

const LIST_TABLES = `select top ${MAX_LISTED} table_schema, table_name from information_schema.tables order by 1, 2`;
const LIST_DATABASES = `select top ${MAX_LISTED} name from sys.databases where database_id > 4 order by 1`;

function sqlserverSession(pool: Pool): DatabaseSession {
  return {
    read: (request, sink) => readRows(pool, request, sink),
    async newest(request, name) {
      const column = `q.${bracketed(name)}`;
      // Style 126 is ISO 8601 for dates and times; numbers take no notice of it.
      const query = `select convert(nvarchar(200), max(${column}), 126) as value ${fromOf(request)}`;
      const { recordset } = await pool.request().query<{ value: string | null }>(query);
      return { value: recordset[0]?.value ?? null, column, isNumber: false };
    },
    async tables() {
      const { recordset } = await pool.request().query<{ table_schema: string; table_name: string }>(LIST_TABLES);
      return recordset.map((row) => ({ schema: row.table_schema, name: row.table_name }));
    },
    async databases() {
      const { recordset } = await pool.request().query<{ name: string }>(LIST_DATABASES);
      return recordset.map(({ name }) => name);
    },
    async [Symbol.asyncDispose]() {
      await pool.close().catch(() => undefined);
    },
  };
}

function fromOf(request: ConnectorRequest): string {
  const relation =
    request.sqlQuery === null
      ? `${bracketed(request.schema ?? 'dbo')}.${bracketed(request.table ?? '')}`
      : `(\n${request.sqlQuery.replace(/[\s;]+$/, '')}\n)`;
  return `from ${relation} as q${conditionOf(request)}`;
}

async function readRows(pool: Pool, request: ConnectorRequest, sink: RowsSink): Promise<ReadRows> {
  const from = fromOf(request);
  const described = await pool
    .request()
    .input('tsql', `select q.* ${from}`)
    .execute<{ name: string | null; system_type_name: string | null; user_type_name: string | null }>(
      'sp_describe_first_result_set',
    );
  const all = described.recordset.map((column) => ({
    name: column.name ?? '',
    type: column.system_type_name ?? column.user_type_name ?? '',
  }));
  const plans = chosenColumns(all, request).map(planSqlServerColumn);
  const spatial = plans.find(({ type }) => type === null);
  const srid = spatial === undefined ? null : await firstSrid(pool, spatial.name, from);
  const writer = sink.open({
    name: connectorName(request),
    columns: headerColumns(plans),
    hasGeometry: spatial !== undefined,
    srid,
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const reading = pool.request();
  reading.stream = true;
  reading.arrayRowMode = true;
  reading.on('row', (row: readonly (string | null)[]) => {
    try {
      writeTextRow(writer, plans, row);
    } catch (error) {
      reject(error instanceof Error ? error : new Error(String(error)));
      reading.cancel();
    }
  });
  reading.on('error', reject);
  reading.on('done', () => resolve());
  reading.query(`select ${plans.map(({ expression }, i) => `${expression} as c${i}`).join(', ')} ${from}`);
  await promise;
  return { writer, warnings: {} };
}

async function firstSrid(pool: Pool, column: string, from: string): Promise<number | null> {
  const name = bracketed(column);
  const { recordset } = await pool
    .request()
    .query<{ srid: number }>(
      `select top 1 g.${name}.STSrid as srid from (select q.${name} ${from}) as g where g.${name} is not null`,
    );
  const srid = recordset[0]?.srid ?? 0;
  return srid > 0 ? srid : null;
}
