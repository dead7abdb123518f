import { type ConnectorRequest, connectorName } from '../../domain/connector.ts';
import type { ColumnType } from '../../domain/schema.ts';
import {
  chosenColumns,
  conditionOf,
  connectPostgres,
  listings,
  newestOf,
  type PostgresConnection,
  relationOf,
} from './postgres.ts';
import { quoteName } from './postgres-columns.ts';
import { serverAddress } from './server-address.ts';
import type { DatabaseSession, Driver, ReadRows, RowsSink } from './session.ts';
import { headerColumns, type TextColumn, writeTextRow } from './text-rows.ts';
import { sslModeOf } from './tls.ts';

/** Amazon Redshift, which speaks PostgreSQL's protocol but not its COPY: read through a cursor. */
export const redshift: Driver = {
  async open(connection, surroundings) {
    const address = serverAddress(connection, 'cluster', 5439);
    const opened = await connectPostgres(connection, address, surroundings, sslModeOf(connection, 'require'));
    await opened.client.query("set datestyle to 'ISO, YMD'");
    await opened.client.query("set timezone to 'UTC'");
    return redshiftSession(opened);
  },
};

/** Rows of one FETCH; a leader node of one small node gives at most 1000. */
const FETCH_ROWS = 1000;

function redshiftSession(opened: PostgresConnection): DatabaseSession {
  return {
    ...listings(opened.client),
    async read(request, sink) {
      await opened.client.query('begin read only');
      return fetchRows(opened, request, sink);
    },
    newest: (request, name) => newestOf(opened.client, request, name),
    async [Symbol.asyncDispose]() {
      await opened.client.end().catch(() => undefined);
    },
  };
}

/** Types by their number in pg_type; Redshift's own (SUPER, GEOMETRY, GEOGRAPHY, VARBYTE) are above 2000. */
const types: ReadonlyMap<number, ColumnType | null> = new Map<number, ColumnType | null>([
  [16, 'boolean'],
  [20, 'bigint'],
  [21, 'bigint'],
  [23, 'bigint'],
  [700, 'double precision'],
  [701, 'double precision'],
  [1082, 'date'],
  [1083, 'time'],
  [1114, 'timestamp'],
  [1184, 'timestamptz'],
  [1700, 'numeric'],
  [3000, null],
  [3001, null],
  [4000, 'jsonb'],
  [6551, 'bytea'],
]);

/** A column by the number of its type, and how its text becomes that of the column's type. */
export const planRedshiftColumn = ({
  name,
  dataTypeID,
}: {
  readonly name: string;
  readonly dataTypeID: number;
}): TextColumn => {
  const type = types.get(dataTypeID);
  const column = { name, type: type === undefined ? 'text' : type };
  return type === 'boolean' ? { ...column, toWords: (text) => (text === 't' ? 'true' : 'false') } : column;
};

async function fetchRows(
  { client, watch }: PostgresConnection,
  request: ConnectorRequest,
  sink: RowsSink,
): Promise<ReadRows> {
  const from = `from ${relationOf(request, request.schema ?? 'public')} as q${conditionOf(request)}`;
  const asText = { getTypeParser: () => (text: string) => text };
  const { fields } = await client.query({ name: 'describe', text: `select q.* ${from} limit 0`, rowMode: 'array' });
  const chosen = chosenColumns(fields, request);
  const columns = chosen.map(planRedshiftColumn);
  const list = chosen.map(({ name }) => `q.${quoteName(name)}`).join(', ');
  await client.query(`declare landfall cursor for select ${list} ${from}`);
  const hasGeometry = columns.some(({ type }) => type === null);
  const writer = sink.open({ name: connectorName(request), columns: headerColumns(columns), hasGeometry, srid: null });
  for (;;) {
    const { rows } = await client.query<(string | null)[]>({
      text: `fetch ${FETCH_ROWS} from landfall`,
      rowMode: 'array',
      types: asText,
    });
    for (const row of rows) {
      writeTextRow(writer, columns, row);
      watch.taken += row.reduce((sum, value) => sum + 4 + (value?.length ?? 0), 7);
    }
    if (rows.length < FETCH_ROWS) return { writer, warnings: {} };
  }
}
