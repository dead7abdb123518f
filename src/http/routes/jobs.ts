import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Account } from '../../domain/import.ts';
import { addressedName, authenticate, findKey, requireAddressed } from '../auth.ts';
import { readParameterBody } from '../body.ts';
import type { HttpDeps } from '../deps.ts';
import { JobView, NewJob, presentJob } from '../job-wire.ts';
import { readCallback, sendJson } from '../jsonp.ts';
import { merged, type Parameters, queryParameters } from '../parameters.ts';
import { badQuery } from '../sql-parameters.ts';
import { inSqlShape } from '../sql-shape.ts';
import { SqlErrors } from '../sql-wire.ts';
import { uuid } from '../sync-requests.ts';
import { ApiKey, Empty } from '../wire.ts';
import { WireError } from '../wire-error.ts';

/** Most bytes of the statements of one job (CARTO's number). */
const MOST_BYTES = 16 * 1024;

const tags = ['SQL'];
const params = Type.Object({ id: Type.String({ format: 'uuid', description: 'The job.' }) });
const denied = (status: number) => new WireError(status, { error: ['permission denied'] });
const failures = {
  400: SqlErrors,
  401: Empty('No key or a wrong key: `error` with one sentence.'),
  403: Empty('A restricted key: the same.'),
};

/** The statements of a request. Throws a 400 in CARTO's words. */
function toQueries(parameters: Parameters): { readonly queries: readonly string[]; readonly isList: boolean } {
  const given = parameters.get('query');
  const isList = Array.isArray(given);
  const values: readonly unknown[] = isList ? given : [given];
  const queries = values.filter((value) => typeof value === 'string' && value.trim() !== '').map(String);
  if (queries.length === 0 || queries.length !== values.length) throw badQuery('You must indicate a valid SQL');
  if (queries.some((query) => query.includes('\0'))) throw badQuery('a statement must not contain a NUL character');
  const bytes = queries.reduce((sum, query) => sum + Buffer.byteLength(query), 0);
  if (bytes > MOST_BYTES) {
    throw badQuery(
      `Your payload is too large: ${bytes} bytes. Max size allowed is ${MOST_BYTES} bytes (16kb). Rows are imported, or sent to copyfrom`,
    );
  }
  return { queries: queries.map((query) => query.toWellFormed()), isList };
}

/** Batch queries, as CARTO's SQL API has them: statements that run in the background. */
export async function jobRoutes(app: FastifyInstance, deps: HttpDeps): Promise<void> {
  const { jobs } = deps;

  /** The holder of a master key; 403 for that of a restricted one. */
  async function requireMaster(request: FastifyRequest, parameters: Parameters): Promise<Account> {
    const key = findKey(deps, request, parameters);
    const guest = key?.keyHash ? await deps.accounts.guestByKeyHash(key.keyHash) : null;
    const names = [addressedName(deps, request), key?.name ?? null];
    if (guest !== null && names.every((name) => name === null || name === guest.account.name)) throw denied(403);
    return authenticate(deps, request, key);
  }
  async function asked(request: FastifyRequest): Promise<Account> {
    await requireAddressed(deps, request);
    const parameters = queryParameters(request);
    const account = await requireMaster(request, parameters);
    readCallback(request, parameters);
    return account;
  }
  const idIn = (request: FastifyRequest): string => {
    const { id } = request.params as { id: string };
    if (!uuid.test(id)) throw missing(id);
    return id.toLowerCase();
  };
  const missing = (id: string) => badQuery(`Job with id ${id.slice(0, 100).toWellFormed()} not found`);
  const told =
    (work: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>) =>
    (request: FastifyRequest, reply: FastifyReply): Promise<unknown> =>
      work(request, reply).catch((error: unknown) => {
        throw error instanceof WireError && error.status === 401 ? denied(401) : inSqlShape(error);
      });

  for (const version of ['v2', 'v1']) {
    const hide = version === 'v1';
    app.route({
      method: 'POST',
      url: `/api/${version}/sql/job`,
      schema: {
        summary: 'Run statements in the background',
        description:
          'Reads, makes, writes and drops tables of the account: `SELECT`, `CREATE TABLE … AS`, `INSERT`, `UPDATE`, `DELETE`, `ALTER TABLE … RENAME TO`, `DROP TABLE`. With the master key. One job of an account runs at a time.',
        tags,
        consumes: ['application/json', 'application/x-www-form-urlencoded'],
        querystring: ApiKey,
        body: NewJob,
        response: { 201: JobView, ...failures },
        hide,
      },
      config: {
        curl: [
          'curl --json \'{"query":"update data set n = n + 1 where n is not null"}\' "$URL/api/v2/sql/job?api_key=$KEY"',
        ],
      },
      handler: told(async (request, reply) => {
        await requireAddressed(deps, request);
        const query = queryParameters(request);
        // A key in header or query is looked at first: a stranger's body is not read.
        const early = findKey(deps, request, query) === null ? null : await requireMaster(request, query);
        const parameters = merged(await readParameterBody(request, reply), query);
        const account = early ?? (await requireMaster(request, parameters));
        readCallback(request, parameters);
        const { queries, isList } = toQueries(parameters);
        return sendJson(request, reply, 201, presentJob(account, await jobs.create(account, queries, isList)));
      }),
    });
    app.route({
      method: 'GET',
      url: `/api/${version}/sql/job`,
      schema: {
        summary: 'List the jobs',
        description: 'The last hundred of the account, newest first. Jobs that ended are kept for 30 days.',
        tags,
        querystring: ApiKey,
        response: {
          200: Type.Array(JobView, { description: 'Jobs, each as it is shown by its id.' }),
          401: failures[401],
          403: failures[403],
        },
        hide,
      },
      config: { curl: ['curl "$URL/api/v2/sql/job?api_key=$KEY"'] },
      handler: told(async (request, reply) => {
        const account = await asked(request);
        const found = await jobs.list(account.id);
        return sendJson(
          request,
          reply,
          200,
          found.map((job) => presentJob(account, job)),
        );
      }),
    });
    app.route({
      method: 'GET',
      url: `/api/${version}/sql/job/:id`,
      schema: {
        summary: 'How a job goes',
        description: 'Ask again until `status` is neither `pending` nor `running`.',
        tags,
        params,
        querystring: ApiKey,
        response: { 200: JobView, ...failures },
        hide,
      },
      config: { curl: ['curl "$URL/api/v2/sql/job/$ID?api_key=$KEY"'] },
      handler: told(async (request, reply) => {
        const account = await asked(request);
        const id = idIn(request);
        const job = await jobs.find(account.id, id);
        if (job === null) throw missing(id);
        return sendJson(request, reply, 200, presentJob(account, job));
      }),
    });
    app.route({
      method: 'DELETE',
      url: `/api/${version}/sql/job/:id`,
      schema: {
        summary: 'Cancel a job',
        description: 'What waits is not run, and what runs is ended without effect. A job that has ended stays: 400.',
        tags,
        params,
        querystring: ApiKey,
        response: { 200: JobView, ...failures },
        hide,
      },
      config: { curl: ['curl -X DELETE "$URL/api/v2/sql/job/$ID?api_key=$KEY"'] },
      handler: told(async (request, reply) => {
        const account = await asked(request);
        const id = idIn(request);
        const job = await jobs.cancel(account.id, id);
        if (job === null) throw missing(id);
        return sendJson(request, reply, 200, presentJob(account, job));
      }),
    });
  }
}
