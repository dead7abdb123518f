import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ConnectorRefused, findProvider, providers, toConnection } from '../../domain/connector.ts';
import { findObjectStore, objectStores } from '../../domain/object-store.ts';
import type { NewConnection, StoredConnection } from '../../store/connections.ts';
import { requireAccount } from '../auth.ts';
import { readParameterBody } from '../body.ts';
import {
  ConnectAnswer,
  ConnectionBody,
  ConnectionList,
  ConnectionMade,
  ConnectionPath,
  ConnectionView,
  ConnectorErrors,
} from '../connector-wire.ts';
import type { HttpDeps } from '../deps.ts';
import { parseJsonText } from '../parameter-values.ts';
import { merged, type Parameters, queryParameters, textOf } from '../parameters.ts';
import { presentTime } from '../present.ts';
import { ApiKey, Empty } from '../wire.ts';
import { notFound, WireError } from '../wire-error.ts';
import { tried } from './connectors.ts';

const unauthorized = Empty('No key, a wrong key, or the key of another account.');
const absent = Empty('No connection of this account has this id.');
const tags = ['Connectors'];
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const refused = (message: string): WireError => new WireError(422, { errors: message });

const nameTaken = (): WireError => refused('There is a connection of this name already');

const present = (one: StoredConnection) => ({
  id: one.id,
  name: one.name,
  connector: one.provider,
  type: findObjectStore(one.provider) === null ? ('db-connector' as const) : ('object-store' as const),
  parameters: one.parameters,
  created_at: presentTime(one.createdAt),
  updated_at: presentTime(one.updatedAt),
});

/** What a body says of a connection. Throws 422. */
function toNewConnection(parameters: Parameters): NewConnection {
  const name = textOf(parameters, 'name');
  if (name === null) throw refused('Missing required parameters name');
  const given = parameters.get('parameters');
  try {
    const wanted = textOf(parameters, 'connector') ?? textOf(parameters, 'provider');
    const store = findObjectStore(wanted);
    const provider = store ?? findProvider(wanted);
    const kind = store === null ? providers[findProvider(wanted)] : objectStores[store];
    const values = toConnection(kind, typeof given === 'string' ? parseJsonText('parameters', given) : given);
    return { name: name.slice(0, 200), provider, parameters: values, secrets: kind.secrets };
  } catch (error) {
    throw error instanceof ConnectorRefused ? refused(error.message) : error;
  }
}

/** Connections that are kept under a name (wire contract 1.12, v4). */
export async function connectionRoutes(app: FastifyInstance, deps: HttpDeps): Promise<void> {
  const { connections } = deps;
  const idOf = (request: FastifyRequest): string => {
    const { id } = request.params as { id: string };
    if (!uuid.test(id)) throw notFound();
    return id.toLowerCase();
  };
  const sent = async (request: FastifyRequest, reply: FastifyReply) => {
    const parameters = merged(await readParameterBody(request, reply), queryParameters(request));
    return { account: await requireAccount(deps, request, parameters), parameters };
  };
  const own = async (request: FastifyRequest) => {
    const account = await requireAccount(deps, request, queryParameters(request));
    const found = await connections.find(account.id, idOf(request));
    if (found === null) throw notFound();
    return { account, found };
  };

  app.route({
    method: 'GET',
    url: '/api/v4/connections',
    schema: {
      summary: 'List the stored connections',
      description: 'By name, without their passwords and tokens.',
      tags,
      querystring: ApiKey,
      response: { 200: ConnectionList, 401: unauthorized },
    },
    config: { curl: ['curl "$URL/api/v4/connections?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const account = await requireAccount(deps, request, queryParameters(request));
      return reply.send((await connections.list(account.id)).map(present));
    },
  });

  app.route({
    method: 'POST',
    url: '/api/v4/connections',
    schema: {
      summary: 'Store a connection',
      description: 'Its parameters are sealed; imports name it with `connection_id`.',
      tags,
      body: ConnectionBody,
      response: { 201: ConnectionMade, 401: unauthorized, 422: ConnectorErrors },
    },
    config: {
      curl: [
        'curl --json \'{"name":"shop","connector":"postgres","parameters":{"server":"db.example.org","database":"shop","username":"reader","password":"secret"}}\' "$URL/api/v4/connections?api_key=$KEY"',
      ],
    },
    handler: async (request, reply) => {
      const { account, parameters } = await sent(request, reply);
      const made = await connections.create(account.id, toNewConnection(parameters));
      if (made === null) throw nameTaken();
      return reply.code(201).send({ id: made.id });
    },
  });

  app.route({
    method: 'GET',
    url: '/api/v4/connections/:id',
    schema: {
      summary: 'A stored connection',
      description: 'Without its passwords and tokens.',
      tags,
      params: ConnectionPath,
      querystring: ApiKey,
      response: { 200: ConnectionView, 401: unauthorized, 404: absent },
    },
    config: { curl: ['curl "$URL/api/v4/connections/$ID?api_key=$KEY"'] },
    handler: async (request, reply) => reply.send(present((await own(request)).found)),
  });

  app.route({
    method: 'PUT',
    url: '/api/v4/connections/:id',
    schema: {
      summary: 'Change a stored connection',
      description: 'Replaces its name and all its parameters; what its imports and synchronizations use from then on.',
      tags,
      params: ConnectionPath,
      body: ConnectionBody,
      response: { 204: Empty('It is changed.'), 401: unauthorized, 404: absent, 422: ConnectorErrors },
    },
    config: {
      curl: [
        'curl -X PUT --json \'{"name":"shop","connector":"postgres","parameters":{"server":"db.example.org","database":"shop","username":"reader","password":"new"}}\' "$URL/api/v4/connections/$ID?api_key=$KEY"',
      ],
    },
    handler: async (request, reply) => {
      const { account, parameters } = await sent(request, reply);
      const found = await connections.find(account.id, idOf(request));
      if (found === null) throw notFound();
      const input = toNewConnection(new Map([['name', found.name], ['connector', found.provider], ...parameters]));
      if (input.provider !== found.provider) throw refused('The connector of a connection stays as it is');
      if ((await connections.change(account.id, found.id, input)) === null) {
        throw (await connections.find(account.id, found.id)) === null ? notFound() : nameTaken();
      }
      return reply.code(204).send();
    },
  });

  app.route({
    method: 'DELETE',
    url: '/api/v4/connections/:id',
    schema: {
      summary: 'Remove a stored connection',
      description: 'Synchronizations that use it fail from then on.',
      tags,
      params: ConnectionPath,
      querystring: ApiKey,
      response: { 204: Empty('It is gone.'), 401: unauthorized, 404: absent },
    },
    config: { curl: ['curl -X DELETE "$URL/api/v4/connections/$ID?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const { account, found } = await own(request);
      await connections.remove(account.id, found.id);
      return reply.code(204).send();
    },
  });

  app.route({
    method: 'GET',
    url: '/api/v4/connections/:id/connect',
    schema: {
      summary: 'Try a stored connection',
      description: 'Connects and closes.',
      tags,
      params: ConnectionPath,
      querystring: ApiKey,
      response: { 200: ConnectAnswer, 401: unauthorized, 404: absent, 422: ConnectorErrors },
    },
    config: { curl: ['curl "$URL/api/v4/connections/$ID/connect?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const { account, found } = await own(request);
      if (findObjectStore(found.provider) !== null) {
        throw refused('A connection to an object store names no bucket to try: import an object with it');
      }
      const parameters = await connections.open(account.id, found.id);
      if (parameters === null) throw notFound();
      return reply.send(await tried(deps, findProvider(found.provider), parameters));
    },
  });
}
