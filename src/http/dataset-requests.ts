import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Account } from '../domain/import.ts';
import type { Visualization, VisualizationKey } from '../store/visualizations.ts';
import { authenticate, findKey, requireAddressed } from './auth.ts';
import { readParameterBody } from './body.ts';
import type { HttpDeps } from './deps.ts';
import { readCallback } from './jsonp.ts';
import { merged, type Parameters, queryParameters } from './parameters.ts';
import { presentVisualization } from './present-viz.ts';
import { type Reading, viewerOf } from './read-access.ts';
import { uuid } from './sync-requests.ts';
import { inDatasetWords } from './viz-parameters.ts';
import type { VisualizationView } from './viz-wire.ts';
import { notFound, unauthorized, WireError } from './wire-error.ts';

/** What the routes of datasets find out about a request first, and how they show a dataset. */
export interface DatasetRequests {
  /** Account and parameters of a request with a body, in which the key may stand too. */
  sent(
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<{ readonly account: Account; readonly parameters: Parameters }>;
  /** The dataset of a path: an id of the kind, or a name, also behind that of the account and a dot. Throws 404. */
  meant(account: Account, idOrName: string, idKind: 'id' | 'tableId'): Promise<Visualization>;
  /** The same where a request only reads, for everybody who may read the table: 401 without a key, else 404. */
  seen(
    request: FastifyRequest,
    idOrName: string,
    idKind: 'id' | 'tableId',
  ): Promise<{ readonly viewer: Reading; readonly one: Visualization; readonly parameters: Parameters }>;
  /** Link and synchronization are shown to the owner alone. */
  view(viewer: Reading, one: Visualization): Promise<VisualizationView>;
}

/** Binds them to the store. */
export function datasetRequests(deps: HttpDeps): DatasetRequests {
  async function meant(account: Account, idOrName: string, idKind: 'id' | 'tableId'): Promise<Visualization> {
    const text = idOrName.toWellFormed();
    if (text.includes('\0')) throw notFound();
    const name = text.startsWith(`${account.name}.`) ? text.slice(account.name.length + 1) : text;
    const key: VisualizationKey = uuid.test(text) ? { by: idKind, id: text.toLowerCase() } : { by: 'name', name };
    const found = await deps.visualizations.find(account, key);
    if (found === null) throw notFound();
    return found;
  }

  return {
    async sent(request, reply) {
      await requireAddressed(deps, request);
      const query = queryParameters(request);
      // A key in header or query is looked at first: a stranger's body is not read.
      const early = findKey(deps, request, query);
      const known = early === null ? null : await authenticate(deps, request, early);
      const parameters = merged(await inDatasetWords(() => readParameterBody(request, reply)), query);
      const account = known ?? (await authenticate(deps, request, findKey(deps, request, parameters)));
      readCallback(request, parameters);
      return { account, parameters };
    },

    meant,

    async seen(request, idOrName, idKind) {
      const parameters = queryParameters(request);
      const viewer = await viewerOf(deps, request, parameters);
      readCallback(request, parameters);
      if (viewer.as === 'reader') return { viewer, one: await meant(viewer.account, idOrName, idKind), parameters };
      // Nobody learns whether there is no such table or one that is closed.
      const one = await meant(viewer.account, idOrName, idKind).catch((error: unknown) => {
        throw error instanceof WireError && error.status === 404 ? unauthorized() : error;
      });
      if ((await deps.tables.find(viewer, one.name)) === null) throw unauthorized();
      return { viewer, one, parameters };
    },

    async view({ account, as }, one) {
      const isOwner = as === 'reader';
      const { synchronizationId } = one;
      const sync = synchronizationId === null || !isOwner ? null : await deps.synchronizations.find(synchronizationId);
      return presentVisualization(account, one, sync, { baseUrl: deps.config.LANDFALL_BASE_URL ?? '', isOwner });
    },
  };
}
