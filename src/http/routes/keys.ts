import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Account } from '../../domain/import.ts';
import { KeyRefused, type RestrictedKey } from '../../store/keys.ts';
import { findCredentials, requireAccount } from '../auth.ts';
import { datasetRequests } from '../dataset-requests.ts';
import type { HttpDeps } from '../deps.ts';
import { sendJson } from '../jsonp.ts';
import { badKey, toNewKey } from '../key-parameters.ts';
import { KeyErrors, KeyList, KeyView, NewKey } from '../key-wire.ts';
import { type Parameters, queryParameters } from '../parameters.ts';
import { presentTime } from '../present.ts';
import { ApiKey, Empty } from '../wire.ts';
import { notFound } from '../wire-error.ts';

const tags = ['Keys'];
const refused = Empty('No key, or one that is not the master key of the account.');
const missing = Empty('The account has no such key.');
const params = Type.Object({ name: Type.String({ description: 'The name of the key.' }) });

const apis = { type: 'apis', apis: ['sql', 'maps'] } as const;

/** A restricted key as the wire has it; `token` where it is known. */
const present = (account: Account, key: RestrictedKey, token: string | null) => ({
  name: key.name,
  type: 'regular',
  token,
  user: { username: account.name },
  grants: [
    apis,
    {
      type: 'database',
      tables: key.grants.map(({ table, permissions }) => ({ schema: account.name, name: table, permissions })),
    },
  ],
  created_at: presentTime(key.createdAt),
  updated_at: presentTime(key.updatedAt),
});

/** The two keys that each account has. */
const standing = (account: Account, master: string | null) =>
  [
    ['Master', 'master', master],
    ['Default public', 'default', 'default_public'],
  ].map(([name, type, token]) => ({
    name,
    type,
    token,
    user: { username: account.name },
    grants: [apis],
    created_at: null,
    updated_at: null,
  }));

/** Restricted keys, as CARTO's Auth API has them; with the master key alone. */
export async function keyRoutes(app: FastifyInstance, deps: HttpDeps): Promise<void> {
  const { sent } = datasetRequests(deps);
  const keyIn = (request: FastifyRequest, parameters: Parameters) =>
    findCredentials(request.headers.authorization, parameters)?.key ?? null;
  const find = async (account: Account, name: string): Promise<RestrictedKey> => {
    const found = (await deps.keys.list(account)).find((key) => key.name === name);
    if (found === undefined) throw notFound();
    return found;
  };

  app.route({
    method: 'GET',
    url: '/api/v3/api_keys',
    schema: {
      summary: 'List the keys',
      description:
        'All keys of the account. Of a key only the hash is stored, so `token` is shown of the one that was sent.',
      tags,
      querystring: ApiKey,
      response: { 200: KeyList, 401: refused },
    },
    config: { curl: ['curl "$URL/api/v3/api_keys?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const parameters = queryParameters(request);
      const account = await requireAccount(deps, request, parameters);
      const own = (await deps.keys.list(account)).map((key) => present(account, key, null));
      const result = [...standing(account, keyIn(request, parameters)), ...own];
      return sendJson(request, reply, 200, { total: result.length, count: result.length, result });
    },
  });

  app.route({
    method: 'POST',
    url: '/api/v3/api_keys',
    schema: {
      summary: 'Make a restricted key',
      description:
        'It may do with the named tables what their permissions say, and read the public ones. It is shown once, as `token`.',
      tags,
      consumes: ['application/json'],
      querystring: ApiKey,
      body: NewKey,
      response: { 201: KeyView, 401: refused, 422: KeyErrors },
    },
    config: {
      curl: [
        'curl --json \'{"name":"map","grants":[{"type":"database","tables":[{"name":"towns","permissions":["select"]}]}]}\' "$URL/api/v3/api_keys?api_key=$KEY"',
      ],
    },
    handler: async (request, reply) => {
      const { account, parameters } = await sent(request, reply);
      const { name, grants } = toNewKey(parameters, account.name);
      const { key } = await deps.keys.create(account, name, grants).catch((error: unknown) => {
        throw error instanceof KeyRefused ? badKey(error.message) : error;
      });
      return sendJson(request, reply, 201, present(account, await find(account, name), key));
    },
  });

  app.route<{ Params: { name: string } }>({
    method: 'POST',
    url: '/api/v3/api_keys/:name/token/regenerate',
    schema: {
      summary: 'Change a restricted key',
      description: 'Gives it another secret, shown once. The old one ends within a second.',
      tags,
      params,
      querystring: ApiKey,
      response: { 200: KeyView, 401: refused, 404: missing },
    },
    config: { curl: ['curl -X POST "$URL/api/v3/api_keys/$NAME/token/regenerate?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const { account } = await sent(request, reply);
      const made = await deps.keys.regenerate(account, request.params.name.replaceAll('\0', '').toWellFormed());
      if (made === null) throw notFound();
      return sendJson(request, reply, 200, present(account, await find(account, request.params.name), made.key));
    },
  });

  app.route<{ Params: { name: string } }>({
    method: 'DELETE',
    url: '/api/v3/api_keys/:name',
    schema: {
      summary: 'Remove a restricted key',
      description: 'It ends within a second.',
      tags,
      params,
      querystring: ApiKey,
      response: { 200: KeyView, 401: refused, 404: missing },
    },
    config: { curl: ['curl -X DELETE "$URL/api/v3/api_keys/$NAME?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const { account } = await sent(request, reply);
      const found = await find(account, request.params.name);
      if (!(await deps.keys.drop(account, found.name))) throw notFound();
      return sendJson(request, reply, 200, present(account, found, null));
    },
  });
}
