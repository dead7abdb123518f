import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  ConnectorRefused,
  findProvider,
  type ProviderId,
  providerIds,
  providers,
  toConnection,
} from '../../domain/connector.ts';
import { ImportError } from '../../errors.ts';
import { requireAccount } from '../auth.ts';
import { readParameterBody } from '../body.ts';
import {
  ConnectAnswer,
  ConnectionQuery,
  ConnectorErrors,
  DatabaseList,
  DryRun,
  ProviderDetails,
  ProviderPath,
  Providers,
  TableList,
} from '../connector-wire.ts';
import type { HttpDeps } from '../deps.ts';
import { merged, type Parameters, queryParameters, textOf } from '../parameters.ts';
import { ApiKey, Empty } from '../wire.ts';
import { notFound, WireError } from '../wire-error.ts';

const unauthorized = Empty('No key, a wrong key, or the key of another account.');
const tags = ['Connectors'];

/** The provider of the path. Throws 422 for an unknown one. */
function providerOf(request: FastifyRequest): ProviderId {
  const { provider } = request.params as { provider: string };
  try {
    return findProvider(provider);
  } catch {
    throw new WireError(422, { errors: `Provider ${provider.slice(0, 100)} unknown` });
  }
}

/** What is wrong with a connection, in one sentence, as 400. */
const badConnection = (error: unknown): unknown => {
  if (error instanceof ConnectorRefused || error instanceof ImportError) {
    return new WireError(400, { errors: error.message });
  }
  return error;
};

/** What the provider cannot do is 422. */
function requireFeature(provider: ProviderId, feature: 'list_tables' | 'list_databases' | 'dry_run'): void {
  if (!providers[provider].features[feature]) {
    throw new WireError(422, { errors: `${feature} is not supported by provider ${provider}` });
  }
}

const ignored: ReadonlySet<string> = new Set(['api_key', 'callback', 'connection_id', 'sql_query', '_']);

/** Databases from which tables can be imported: what there is, and looks into one (wire contract 1.12). */
export async function connectorRoutes(app: FastifyInstance, deps: HttpDeps): Promise<void> {
  /** The connection that a request names, by its parameters or by the id of a stored one. */
  async function connectionOf(accountId: string, provider: ProviderId, parameters: Parameters) {
    const id = textOf(parameters, 'connection_id');
    if (id !== null) {
      const stored = await deps.connections.open(accountId, id);
      if (stored === null) throw notFound();
      return stored;
    }
    try {
      return toConnection(
        providers[provider],
        Object.fromEntries([...parameters].filter(([name]) => !ignored.has(name))),
      );
    } catch (error) {
      throw badConnection(error);
    }
  }

  async function asked(request: FastifyRequest, parameters: Parameters = queryParameters(request)) {
    const account = await requireAccount(deps, request, parameters);
    const provider = providerOf(request);
    return { provider, connection: () => connectionOf(account.id, provider, parameters) };
  }

  app.route({
    method: 'GET',
    url: '/api/v1/connectors',
    schema: {
      summary: 'The databases that can be imported from',
      description: 'Providers by name.',
      tags,
      querystring: ApiKey,
      response: { 200: Providers, 401: unauthorized },
    },
    config: { curl: ['curl "$URL/api/v1/connectors?api_key=$KEY"'] },
    handler: async (request, reply) => {
      await requireAccount(deps, request, queryParameters(request));
      const shown = providerIds.map((id) => [id, { name: providers[id].title, description: null, enabled: true }]);
      return reply.send(Object.fromEntries(shown));
    },
  });

  app.route({
    method: 'GET',
    url: '/api/v1/connectors/:provider',
    schema: {
      summary: 'What a provider takes',
      description: 'Its features and parameters.',
      tags,
      params: ProviderPath,
      querystring: ApiKey,
      response: { 200: ProviderDetails, 401: unauthorized, 422: ConnectorErrors },
    },
    config: { curl: ['curl "$URL/api/v1/connectors/postgres?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const { provider } = await asked(request);
      const { features, connection, more } = providers[provider];
      const optional = ['table', 'schema', 'sql_query', 'import_as', 'encoding', 'columns', 'where', ...more];
      return reply.send({
        features,
        parameters: {
          ...Object.fromEntries(optional.map((name) => [name, { required: false }])),
          connection: Object.fromEntries(Object.entries(connection).map(([name, required]) => [name, { required }])),
        },
      });
    },
  });

  app.route({
    method: 'GET',
    url: '/api/v1/connectors/:provider/connect',
    schema: {
      summary: 'Try a connection',
      description: 'Takes the parameters of the connection in the query, or `connection_id`.',
      tags,
      params: ProviderPath,
      querystring: ConnectionQuery,
      response: { 200: ConnectAnswer, 400: ConnectorErrors, 401: unauthorized, 422: ConnectorErrors },
    },
    config: { curl: ['curl "$URL/api/v1/connectors/postgres/connect?connection_id=$ID&api_key=$KEY"'] },
    handler: async (request, reply) => {
      const { provider, connection } = await asked(request);
      return reply.send(await tried(deps, provider, await connection()));
    },
  });

  app.route({
    method: 'GET',
    url: '/api/v1/connectors/:provider/tables',
    schema: {
      summary: 'Tables of a database',
      description: 'At most 500, by schema and name. The connection is named as in `connect`.',
      tags,
      params: ProviderPath,
      querystring: ConnectionQuery,
      response: { 200: TableList, 400: ConnectorErrors, 401: unauthorized, 422: ConnectorErrors },
    },
    config: { curl: ['curl "$URL/api/v1/connectors/postgres/tables?connection_id=$ID&api_key=$KEY"'] },
    handler: async (request, reply) => {
      const { provider, connection } = await asked(request);
      requireFeature(provider, 'list_tables');
      return reply.send(await inWords(provider, deps.connectors.tables(provider, await connection())));
    },
  });

  app.route({
    method: 'POST',
    url: '/api/v1/connectors/:provider/tables',
    schema: {
      summary: 'Tables of a database, with the password in the body',
      description: 'The same, where no log of addresses sees the connection.',
      tags,
      consumes: ['application/json', 'application/x-www-form-urlencoded'],
      params: ProviderPath,
      querystring: ConnectionQuery,
      response: { 200: TableList, 400: ConnectorErrors, 401: unauthorized, 422: ConnectorErrors },
    },
    config: {
      curl: [
        'curl --json \'{"server":"db.example.org","database":"shop","username":"reader","password":"secret"}\' "$URL/api/v1/connectors/postgres/tables?api_key=$KEY"',
      ],
    },
    handler: async (request, reply) => {
      const parameters = merged(await readParameterBody(request, reply), queryParameters(request));
      const { provider, connection } = await asked(request, parameters);
      requireFeature(provider, 'list_tables');
      return reply.send(await inWords(provider, deps.connectors.tables(provider, await connection())));
    },
  });

  app.route({
    method: 'GET',
    url: '/api/v1/connectors/:provider/databases',
    schema: {
      summary: 'Databases of a server',
      description: 'At most 500, by name. The connection is named as in `connect`.',
      tags,
      params: ProviderPath,
      querystring: ConnectionQuery,
      response: { 200: DatabaseList, 400: ConnectorErrors, 401: unauthorized, 422: ConnectorErrors },
    },
    config: { curl: ['curl "$URL/api/v1/connectors/postgres/databases?connection_id=$ID&api_key=$KEY"'] },
    handler: async (request, reply) => {
      const { provider, connection } = await asked(request);
      requireFeature(provider, 'list_databases');
      const names = await inWords(provider, deps.connectors.databases(provider, await connection()));
      return reply.send(names.map((name) => ({ name })));
    },
  });

  app.route({
    method: 'POST',
    url: '/api/v1/connectors/:provider/dryrun',
    schema: {
      summary: 'What a query would cost',
      description: 'Takes `sql_query` and the connection. BigQuery alone can tell.',
      tags,
      params: ProviderPath,
      querystring: ConnectionQuery,
      response: { 200: DryRun, 400: ConnectorErrors, 401: unauthorized, 422: ConnectorErrors },
    },
    config: {
      curl: [
        'curl --json \'{"connection_id":"\'$ID\'","sql_query":"select 1"}\' "$URL/api/v1/connectors/bigquery/dryrun?api_key=$KEY"',
      ],
    },
    handler: async (request, reply) => dryRun(request, reply),
  });

  async function dryRun(request: FastifyRequest, reply: FastifyReply) {
    const parameters = merged(await readParameterBody(request, reply), queryParameters(request));
    const { provider, connection } = await asked(request, parameters);
    requireFeature(provider, 'dry_run');
    const sql = textOf(parameters, 'sql_query');
    if (sql === null) throw new WireError(400, { errors: 'Missing required parameters sql_query' });
    const bytes = await inWords(provider, deps.connectors.dryRun(provider, await connection(), sql));
    return reply.send({ total_bytes_processed: bytes });
  }
}

/** Whether a connection can be made, and why not. */
export async function tried(
  deps: HttpDeps,
  provider: ProviderId,
  connection: Readonly<Record<string, string>>,
): Promise<{ readonly connected: boolean; readonly errors?: string }> {
  try {
    await deps.connectors.check(provider, connection);
    return { connected: true };
  } catch (error) {
    if (!(error instanceof ImportError)) throw error;
    return { connected: false, errors: error.message };
  }
}

/** What a remote database refuses is 400, in the contract's words. */
async function inWords<T>(provider: ProviderId, run: Promise<T>): Promise<T> {
  try {
    return await run;
  } catch (error) {
    if (!(error instanceof ImportError)) throw error;
    throw new WireError(400, { errors: `Error connecting to provider ${provider}, ${error.message}` });
  }
}
