import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Account } from '../domain/import.ts';
import type { Synchronization } from '../domain/sync.ts';
import { authenticate, findKey, requireAccount, requireAddressed } from './auth.ts';
import type { HttpDeps } from './deps.ts';
import { readCallback } from './jsonp.ts';
import { type Parameters, queryParameters } from './parameters.ts';
import { inSyncWords, readSyncParameters } from './sync-parameters.ts';
import { notFound, unauthorized } from './wire-error.ts';

/** An id as the wire has it. */
export const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What the routes of synchronizations find out about a request first. */
export interface SyncRequests {
  /** The synchronization of the path. Throws 404 where there is none, 401 where it is another account's (1.8). */
  own(request: FastifyRequest, account: Account): Promise<Synchronization>;
  /** Synchronization and parameters of a request that has them in the query alone. */
  asked(request: FastifyRequest): Promise<{ readonly sync: Synchronization; readonly parameters: Parameters }>;
  /** Account and parameters of a request with a body, in which the key may stand too. */
  sent(
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<{ readonly account: Account; readonly parameters: Parameters }>;
}

/** Binds them to the store. */
export function syncRequests(deps: HttpDeps): SyncRequests {
  async function own(request: FastifyRequest, account: Account): Promise<Synchronization> {
    const { id } = request.params as { id: string };
    const found = uuid.test(id) ? await deps.synchronizations.find(id.toLowerCase()) : null;
    if (found === null) throw notFound();
    if (found.accountId !== account.id) throw unauthorized();
    return found;
  }

  async function asked(request: FastifyRequest): Promise<{ sync: Synchronization; parameters: Parameters }> {
    const parameters = queryParameters(request);
    const account = await requireAccount(deps, request, parameters);
    readCallback(request, parameters);
    return { sync: await own(request, account), parameters };
  }

  async function sent(
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<{ account: Account; parameters: Parameters }> {
    await requireAddressed(deps, request);
    const query = queryParameters(request);
    // A key in header or query is looked at first: a stranger's body is not read.
    const early = findKey(deps, request, query);
    const known = early === null ? null : await authenticate(deps, request, early);
    const parameters = await inSyncWords(() => readSyncParameters(request, reply, query));
    const account = known ?? (await authenticate(deps, request, findKey(deps, request, parameters)));
    readCallback(request, parameters);
    return { account, parameters };
  }
  return { own, asked, sent };
}
