import { timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Account } from '../../domain/import.ts';
import { type AccountLimits, AccountRefused, limitNames } from '../../store/account-limits.ts';
import { findCredentials, hashKey } from '../auth.ts';
import { readParameterBody } from '../body.ts';
import type { HttpDeps } from '../deps.ts';
import { type Parameters, queryParameters, textOf } from '../parameters.ts';
import { presentTime } from '../present.ts';
import { notFound, unauthorized, WireError } from '../wire-error.ts';

const refuse = (message: string): WireError => new WireError(422, { errors: [message] });

/** Longest overlap of two keys, in hours: a month. */
const MOST_HOURS = 744;

const limit = (description: string, minimum = 1) =>
  Type.Optional(Type.Union([Type.Integer({ minimum }), Type.Null()], { description }));

const Limits = {
  max_file_bytes: limit('Bytes of one file; null: LANDFALL_MAX_FILE_BYTES.'),
  max_rows: limit('Rows of one import; null: LANDFALL_MAX_ROWS.'),
  max_tables: limit('Tables; null: LANDFALL_MAX_TABLES.'),
  max_storage_bytes: limit('Bytes of all tables; null: LANDFALL_MAX_STORAGE_BYTES.'),
  concurrent_imports: limit('Unfinished imports at once; null: LANDFALL_CONCURRENT_IMPORTS.'),
  max_maps: limit('Maps; null: any number.', 0),
  max_public_tables: limit('Tables open to everybody; null: any number.', 0),
};

/** The limits that a body names. Throws 422. */
function limitsOf(parameters: Parameters): Partial<AccountLimits> {
  const named = limitNames.filter(({ wire }) => parameters.has(wire));
  return Object.fromEntries(
    named.map(({ wire, name, least }) => {
      const value = parameters.get(wire);
      const number = value === null || value === '' ? null : Number(value);
      if (number !== null && !(Number.isSafeInteger(number) && number >= least)) {
        throw refuse(`${wire} must be a whole number from ${least}, or null`);
      }
      return [name, number];
    }),
  );
}

/** Accounts, for whoever runs the server; without LANDFALL_OPERATOR_KEY there is nothing at these addresses. */
export async function operatorRoutes(app: FastifyInstance, deps: HttpDeps): Promise<void> {
  const { operator } = deps;
  const keyHash = deps.config.LANDFALL_OPERATOR_KEY === null ? null : hashKey(deps.config.LANDFALL_OPERATOR_KEY);
  if (keyHash === null) return;

  const check = (request: FastifyRequest, parameters: Parameters): void => {
    const sent = findCredentials(request.headers.authorization, parameters);
    if (sent === null || !timingSafeEqual(hashKey(sent.key), keyHash)) throw unauthorized();
  };
  const named = async (name: string): Promise<Account> => {
    const account = name.includes('\0') ? null : await operator.find(name.toWellFormed());
    if (account === null) throw notFound();
    return account;
  };
  const body = async (request: FastifyRequest, reply: FastifyReply): Promise<Parameters> => {
    check(request, queryParameters(request));
    return readParameterBody(request, reply);
  };
  const told = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      throw error instanceof AccountRefused ? refuse(error.message) : error;
    });
  const present = async (account: Account) => {
    const usage = await deps.usage(account);
    return {
      id: account.id,
      name: account.name,
      ...Object.fromEntries(limitNames.map(({ wire, name }) => [wire, account.limits[name]])),
      table_count: usage.tables,
      db_size_in_bytes: usage.bytes,
      created_at: presentTime(usage.createdAt),
    };
  };
  const schema = { hide: true, tags: ['Operator'] };

  app.get('/api/v1/operator/accounts', { schema }, async (request, reply) => {
    check(request, queryParameters(request));
    return reply.send({ accounts: await Promise.all((await operator.list()).map(present)) });
  });

  app.post(
    '/api/v1/operator/accounts',
    { schema: { ...schema, body: Type.Object({ name: Type.String(), ...Limits }) } },
    async (request, reply) => {
      const parameters = await body(request, reply);
      const limits = limitsOf(parameters);
      const { account, key } = await told(operator.create(textOf(parameters, 'name') ?? '', limits));
      return reply.code(201).send({ ...(await present(account)), api_key: key });
    },
  );

  app.get<{ Params: { name: string } }>('/api/v1/operator/accounts/:name', { schema }, async (request, reply) => {
    check(request, queryParameters(request));
    return reply.send(await present(await named(request.params.name)));
  });

  app.patch<{ Params: { name: string } }>('/api/v1/operator/accounts/:name', { schema }, async (request, reply) => {
    const limits = limitsOf(await body(request, reply));
    const { name } = await named(request.params.name);
    await operator.limit(name, limits);
    return reply.send(await present(await named(name)));
  });

  app.delete<{ Params: { name: string } }>('/api/v1/operator/accounts/:name', { schema }, async (request, reply) => {
    const query = queryParameters(request);
    check(request, query);
    const { name } = await named(request.params.name);
    if (textOf(query, 'confirm') !== name) {
      throw refuse(`this removes the account with all of its tables: confirm it with ?confirm=${name}`);
    }
    await told(operator.drop(name));
    return reply.code(204).send();
  });

  app.post<{ Params: { name: string } }>(
    '/api/v1/operator/accounts/:name/rotate-key',
    { schema },
    async (request, reply) => {
      const parameters = await body(request, reply);
      const { name } = await named(request.params.name);
      const hours = Number(textOf(parameters, 'overlap_hours') ?? 0);
      if (!(hours >= 0 && hours <= MOST_HOURS)) throw refuse(`overlap_hours must be a number from 0 to ${MOST_HOURS}`);
      const { key } = await told(operator.rotate(name, hours * 3600));
      return reply.send({ name, api_key: key });
    },
  );
}
