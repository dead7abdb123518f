import { type ConnectorRequest, connectorName } from '../../domain/connector.ts';
import type { ColumnType } from '../../domain/schema.ts';
import { ImportError } from '../../errors.ts';
import { loadOptional } from './optional-library.ts';
import { chosenColumns, conditionOf } from './postgres.ts';
import {
  type Connection,
  type DatabaseSession,
  type Driver,
  MAX_LISTED,
  type ReadRows,
  type RowsSink,
} from './session.ts';
import { headerColumns, type TextColumn, writeTextRow } from './text-rows.ts';

/** The part of `@google-cloud/bigquery` that is used, as its reference has it. */
interface BigQueryLibrary {
  readonly BigQuery: new (options: object) => BigQueryClient;
  readonly auth?: unknown;
}
interface BigQueryClient {
  createQueryJob(options: object): Promise<readonly [BigQueryJob]>;
  query(options: object): Promise<readonly [readonly Readonly<Record<string, string | null>>[]]>;
}
interface BigQueryJob {
  readonly metadata: {
    readonly statistics: {
      readonly totalBytesProcessed?: string;
      readonly query?: {
        readonly schema?: { readonly fields?: readonly BigQueryField[] };
        readonly statementType?: string;
      };
    };
  };
  getQueryResultsStream(): AsyncIterable<Readonly<Record<string, string | null>>>;
}
interface BigQueryField {
  readonly name: string;
  readonly type: string;
  readonly mode?: string;
}

/** Google BigQuery, read as one query job whose values the service makes text of. */
export const bigquery: Driver = {
  async open(connection) {
    const library = (await loadOptional('@google-cloud/bigquery', 'Google BigQuery')) as BigQueryLibrary;
    return bigquerySession(new library.BigQuery(clientOptions(connection)), connection.billing_project ?? '');
  },
};

/** Only mail and key of a service account are taken: its file could name other servers to send them to. */
function clientOptions(connection: Connection): object {
  const projectId = connection.billing_project;
  if (connection.access_token !== undefined) return { projectId, token: connection.access_token };
  const account: unknown = parsed(connection.service_account ?? '');
  if (typeof account === 'object' && account !== null && 'client_email' in account && 'private_key' in account) {
    return { projectId, credentials: { client_email: account.client_email, private_key: account.private_key } };
  }
  throw new ImportError('connectorParameters', {
    detail: 'service_account must be the JSON of a service account, with client_email and private_key.',
    hint: 'Give it, or an access_token.',
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const quoted = (name: string): string => `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;

/** Reads by a client of the library; `billed` is the project of tables that name none. */
export function bigquerySession(client: BigQueryClient, billed: string): DatabaseSession {
  const dryRun = async (query: string): Promise<BigQueryJob['metadata']['statistics']> => {
    const [job] = await client.createQueryJob({ query, useLegacySql: false, dryRun: true });
    return job.metadata.statistics;
  };
  return {
    read: (request, sink) => readRows(client, billed, dryRun, request, sink),
    async newest(request, name) {
      const column = `q.${quoted(name)}`;
      const query = `select cast(max(${column}) as string) as v ${fromOf(request, billed)}`;
      const [rows] = await client.query({ query, useLegacySql: false });
      return { value: rows[0]?.v ?? null, column, isNumber: true };
    },
    async dryRun(sql) {
      return Number((await dryRun(sql)).totalBytesProcessed ?? 0);
    },
    async tables() {
      const query = `select table_schema, table_name from \`region-us\`.INFORMATION_SCHEMA.TABLES order by 1, 2 limit ${MAX_LISTED}`;
      const [rows] = await client.query({ query, useLegacySql: false });
      return rows.map((row) => ({ schema: row.table_schema ?? '', name: row.table_name ?? '' }));
    },
    databases: async () => [],
    [Symbol.asyncDispose]: async () => undefined,
  };
}

const types: Readonly<Record<string, ColumnType>> = {
  INTEGER: 'bigint',
  INT64: 'bigint',
  NUMERIC: 'numeric',
  BIGNUMERIC: 'numeric',
  FLOAT: 'double precision',
  FLOAT64: 'double precision',
  BOOLEAN: 'boolean',
  BOOL: 'boolean',
  DATE: 'date',
  DATETIME: 'timestamp',
  TIMESTAMP: 'timestamptz',
  TIME: 'time',
  BYTES: 'bytea',
};

const words: ReadonlyMap<string, string> = new Map([
  ['inf', 'Infinity'],
  ['-inf', '-Infinity'],
  ['nan', 'NaN'],
]);

/** A column and the expression that makes text of it. */
export function planBigQueryColumn({ name, type, mode }: BigQueryField): TextColumn & { readonly expression: string } {
  const q = `q.${quoted(name)}`;
  if (mode === 'REPEATED' || ['RECORD', 'STRUCT', 'JSON'].includes(type)) {
    return { name, type: 'jsonb', expression: `to_json_string(${q})` };
  }
  switch (type) {
    case 'GEOGRAPHY':
      return { name, type: null, expression: `to_hex(st_asbinary(${q}))` };
    case 'BYTES':
      return { name, type: 'bytea', expression: `to_hex(${q})` };
    case 'TIMESTAMP':
      return { name, type: 'timestamptz', expression: `format_timestamp('%F %H:%M:%E6S+00', ${q})` };
    case 'DATETIME':
      return { name, type: 'timestamp', expression: `format_datetime('%F %H:%M:%E6S', ${q})` };
    case 'FLOAT':
    case 'FLOAT64':
      return {
        name,
        type: 'double precision',
        expression: `cast(${q} as string)`,
        toWords: (text) => words.get(text) ?? text,
      };
    default:
      return { name, type: types[type] ?? 'text', expression: `cast(${q} as string)` };
  }
}

function fromOf(request: ConnectorRequest, billed: string): string {
  const table = [request.project ?? billed, request.schema, request.table].filter((part) => part !== null).join('.');
  const relation = request.sqlQuery === null ? quoted(table) : `(\n${request.sqlQuery.replace(/[\s;]+$/, '')}\n)`;
  return `from ${relation} as q${conditionOf(request)}`;
}

async function readRows(
  client: BigQueryClient,
  billed: string,
  dryRun: (query: string) => Promise<BigQueryJob['metadata']['statistics']>,
  request: ConnectorRequest,
  sink: RowsSink,
): Promise<ReadRows> {
  const from = fromOf(request, billed);
  const { query } = await dryRun(`select q.* ${from}`);
  const plans = chosenColumns(query?.schema?.fields ?? [], request).map(planBigQueryColumn);
  const list = plans.map(({ expression }, i) => `${expression} as c${i}`).join(', ');
  const [job] = await client.createQueryJob({ query: `select ${list} ${from}`, useLegacySql: false });
  const hasGeometry = plans.some(({ type }) => type === null);
  const writer = sink.open({
    name: connectorName(request),
    columns: headerColumns(plans),
    hasGeometry,
    srid: hasGeometry ? 4326 : null,
  });
  for await (const row of job.getQueryResultsStream()) {
    writeTextRow(
      writer,
      plans,
      plans.map((_, i) => row[`c${i}`] ?? null),
    );
  }
  return { writer, warnings: {} };
}
