/** Databases from which tables are imported: what is asked of them, and what a request may say (wire contract 10). */

export const providerIds = ['mysql', 'postgres', 'sqlserver', 'bigquery', 'snowflake', 'redshift'] as const;
export type ProviderId = (typeof providerIds)[number];

/** What a client may do with a provider besides importing, by the names of the wire (1.12). */
export interface ProviderFeatures {
  readonly sql_queries: boolean;
  readonly list_databases: boolean;
  readonly list_tables: boolean;
  readonly preview_table: boolean;
  readonly dry_run: boolean;
  readonly list_projects: boolean;
}

export interface Provider {
  readonly title: string;
  /** Keys of `connection`; true: required. */
  readonly connection: Readonly<Record<string, boolean>>;
  /** Keys of `connection` that are never shown. */
  readonly secrets: readonly string[];
  /** Keys of the request besides those that every provider has. */
  readonly more: readonly string[];
  readonly features: ProviderFeatures;
}

const ofServers: ProviderFeatures = {
  sql_queries: true,
  list_databases: true,
  list_tables: true,
  preview_table: false,
  dry_run: false,
  list_projects: false,
};

/** Published parameters (10.2), and `sslmode` and `ca`, which say how a server proves who it is. */
export const providers: Readonly<Record<ProviderId, Provider>> = {
  mysql: {
    title: 'MySQL',
    connection: {
      server: true,
      username: true,
      password: true,
      port: false,
      database: false,
      sslmode: false,
      ca: false,
    },
    secrets: ['password'],
    more: [],
    features: ofServers,
  },
  postgres: {
    title: 'PostgreSQL',
    connection: {
      server: true,
      username: true,
      database: true,
      password: false,
      port: false,
      sslmode: false,
      ca: false,
    },
    secrets: ['password'],
    more: [],
    features: ofServers,
  },
  sqlserver: {
    title: 'Microsoft SQL Server',
    connection: {
      server: true,
      database: true,
      username: true,
      password: true,
      port: false,
      sslmode: false,
      ca: false,
    },
    secrets: ['password'],
    more: [],
    features: ofServers,
  },
  bigquery: {
    title: 'Google BigQuery',
    connection: { billing_project: true, service_account: false, refresh_token: false, access_token: false },
    secrets: ['service_account', 'refresh_token', 'access_token'],
    more: ['project', 'dataset'],
    features: { ...ofServers, list_databases: false, dry_run: true },
  },
  snowflake: {
    title: 'Snowflake',
    connection: { server: true, database: true, username: true, password: true, warehouse: false },
    secrets: ['password'],
    more: [],
    features: { ...ofServers, list_databases: false },
  },
  redshift: {
    title: 'Amazon Redshift',
    connection: {
      cluster: true,
      database: true,
      username: true,
      password: true,
      port: false,
      sslmode: false,
      ca: false,
    },
    secrets: ['password'],
    more: [],
    features: ofServers,
  },
};

/** A table of a remote database. */
export interface RemoteTable {
  readonly schema: string;
  readonly name: string;
}

/** What is to be imported from which database. Texts are as the request has them; null: not said. */
export interface ConnectorRequest {
  readonly kind: 'connector';
  readonly provider: ProviderId;
  /** Parameters of the connection by lower-case name; empty where `connectionId` names a stored one. */
  readonly connection: Readonly<Record<string, string>>;
  readonly connectionId: string | null;
  readonly schema: string | null;
  readonly table: string | null;
  readonly sqlQuery: string | null;
  /** Name of what a query finds. */
  readonly importAs: string | null;
  /** Columns to take; empty: all. */
  readonly columns: readonly string[];
  /** Condition of the rows to take, in the words of the database. */
  readonly where: string | null;
  readonly encoding: string | null;
  /** Column whose values only rise: later runs of a synchronization take the rows from its last value on. Absent: none. */
  readonly cursor?: string;
  /** BigQuery's project of the table; null: the one that is billed. */
  readonly project: string | null;
  /** The request as JSON, sealed; its connection is then left out here. Absent: nothing was secret. */
  readonly sealed?: string;
}

/** The parameters of a connector are not as they should be; the text is the wire's (10.1). */
export class ConnectorRefused extends Error {
  override readonly name = 'ConnectorRefused';
}

/** Keys of a request that every provider takes. */
const common = [
  ...['provider', 'connection', 'connection_id', 'table', 'schema', 'sql_query', 'import_as'],
  ...['encoding', 'columns', 'where', 'sql_count', 'cursor'],
];

/** Name of the layer that a request makes, from which its table gets its own. */
export const connectorName = (request: ConnectorRequest): string =>
  request.importAs ?? request.table ?? request.provider;

type Loose = ReadonlyMap<string, unknown>;

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Keys in lower case; of two that are then equal the last one holds. */
const lowered = (value: object): Loose =>
  new Map(Object.entries(value).map(([name, one]) => [name.toLowerCase(), one]));

/** A value as text, null where it is absent or empty. */
function textAt(values: Loose, name: string): string | null {
  const value = values.get(name);
  if (value === undefined || value === null || value === '') return null;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text.includes('\0')) throw new ConnectorRefused(`Invalid parameters: ${name} has a NUL character`);
  return text.toWellFormed();
}

function check(values: Loose, accepted: readonly string[], required: readonly string[]): readonly string[] {
  const missing = required.filter((name) => textAt(values, name) === null);
  const unknown = [...values.keys()].filter((name) => !accepted.includes(name)).map((name) => name.slice(0, 100));
  return [
    ...(missing.length > 0 ? [`Missing required parameters ${missing.join(',')}`] : []),
    ...(unknown.length > 0 ? [`Invalid parameters: ${unknown.join(', ')}`] : []),
  ];
}

/** The provider of that name. Throws `ConnectorRefused` for any other, and for none. */
export function findProvider(name: string | null): ProviderId {
  if (name === null) throw new ConnectorRefused('Missing required parameters provider');
  const id = providerIds.find((one) => one === name.toLowerCase());
  if (id === undefined) throw new ConnectorRefused(`Invalid provider Provider: ${name.slice(0, 100)}`);
  return id;
}

/** Parameters of a connection by lower-case name. Throws `ConnectorRefused` where one is missing or unknown. */
export function toConnection(
  { connection: known }: Pick<Provider, 'connection'>,
  value: unknown,
): Readonly<Record<string, string>> {
  const given = lowered(isObject(value) ? value : {});
  const names = Object.keys(known);
  const wrong = check(
    given,
    names,
    names.filter((name) => known[name] === true),
  );
  if (wrong.length > 0) throw new ConnectorRefused(wrong.join('\n'));
  return Object.fromEntries(
    names.flatMap((name) => {
      const text = textAt(given, name);
      return text === null ? [] : [[name, text]];
    }),
  );
}

function toColumns(values: Loose): readonly string[] {
  const given = values.get('columns');
  const parts = typeof given === 'string' ? given.split(',') : (given ?? []);
  if (!Array.isArray(parts) || !parts.every((one) => typeof one === 'string')) {
    throw new ConnectorRefused('Invalid parameters: columns is no list of names');
  }
  return parts.map((one) => one.trim()).filter((one) => one !== '');
}

/**
 * What a `connector` asks for: an object, or the JSON text of one. Keys count in any case. Throws `ConnectorRefused` with
 * the sentences of the wire contract (10.1).
 */
export function toConnectorRequest(value: unknown): ConnectorRequest {
  const object = typeof value === 'string' ? parsed(value) : value;
  if (!isObject(object)) throw new ConnectorRefused('Invalid parameters: connector is no object');
  const given = lowered(object);
  const provider = findProvider(textAt(given, 'provider'));
  const connectionId = textAt(given, 'connection_id');
  const { more } = providers[provider];
  const wrong = check(given, [...common, ...more], connectionId === null ? ['connection'] : []);
  if (wrong.length > 0) throw new ConnectorRefused(wrong.join('\n'));
  const connection =
    connectionId === null ? toConnection(providers[provider], parsedObject(given.get('connection'))) : {};
  const table = textAt(given, 'table');
  const sqlQuery = textAt(given, 'sql_query');
  const importAs = textAt(given, 'import_as') ?? (sqlQuery === null ? null : table);
  if (sqlQuery === null && table === null) {
    throw new ConnectorRefused('The table parameter is required if no sql_query parameter is provided');
  }
  if (sqlQuery !== null && importAs === null) {
    throw new ConnectorRefused('The import_as parameter is required to name the sql_query results');
  }
  const cursor = textAt(given, 'cursor');
  return {
    kind: 'connector',
    ...(cursor === null ? {} : { cursor }),
    provider,
    connection,
    connectionId,
    schema: textAt(given, 'schema') ?? textAt(given, 'dataset'),
    table: sqlQuery === null ? table : null,
    sqlQuery,
    importAs,
    columns: toColumns(given),
    where: textAt(given, 'where'),
    encoding: textAt(given, 'encoding'),
    project: textAt(given, 'project'),
  };
}

const parsedObject = (value: unknown): unknown => (typeof value === 'string' ? parsed(value) : value);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** What may be shown of a request: everything but secrets, in the words of the wire. */
export function publicConnector(request: ConnectorRequest): Readonly<Record<string, unknown>> {
  const { secrets } = providers[request.provider];
  const shown = Object.entries(request.connection).filter(([name]) => !secrets.includes(name));
  const said = {
    schema: request.schema,
    table: request.table,
    sql_query: request.sqlQuery,
    import_as: request.importAs,
    columns: request.columns.length === 0 ? null : request.columns,
    where: request.where,
    encoding: request.encoding,
    project: request.project,
    cursor: request.cursor ?? null,
  };
  return {
    provider: request.provider,
    ...(request.connectionId === null
      ? { connection: Object.fromEntries(shown) }
      : { connection_id: request.connectionId }),
    ...Object.fromEntries(Object.entries(said).filter(([, value]) => value !== null)),
  };
}
