import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { requireAccount } from '../auth.ts';
import type { HttpDeps } from '../deps.ts';
import { readCallback, sendJson } from '../jsonp.ts';
import { librarySource } from '../library-source.ts';
import { toBoolean } from '../parameter-values.ts';
import { queryParameters, textOf } from '../parameters.ts';
import { parkedSource } from '../parked-source.ts';
import { presentNewSync, presentSync } from '../present-sync.ts';
import { withStoredRecipe } from '../stored-recipe.ts';
import { inSyncWords, toNewSynchronization, toSyncSettings } from '../sync-parameters.ts';
import { syncRequests } from '../sync-requests.ts';
import {
  SyncAccepted,
  SyncChanges,
  SyncErrors,
  SyncList,
  SyncNowAnswer,
  SyncNowQuery,
  SyncNowState,
  SyncParameters,
  SyncView,
} from '../sync-wire.ts';
import { ApiKey, Empty } from '../wire.ts';
import { notFound } from '../wire-error.ts';

const tags = ['Synchronizations'];
const refused = Empty('No key, a wrong key, or the synchronization of another account.');
const missing = Empty('There is no synchronization with this id.');
const params = Type.Object({ id: Type.String({ format: 'uuid', description: 'The synchronization.' }) });

/** Parameters of a body that say nothing about the synchronization. */
const addressing: ReadonlySet<string> = new Set(['api_key', 'callback']);

/** The synchronizations API (wire contract 1.7 to 1.10). */
export async function synchronizationRoutes(app: FastifyInstance, deps: HttpDeps): Promise<void> {
  const { synchronizations, config } = deps;
  const shortest = config.LANDFALL_SYNC_MIN_INTERVAL;

  const { own, asked, sent } = syncRequests(deps);

  app.route({
    method: 'POST',
    url: '/api/v1/synchronizations',
    schema: {
      summary: 'Import a URL and keep its table up to date',
      description:
        'The first import begins at once; then the source is looked at every `interval` seconds, and what changed there is written into the table. Takes every parameter of `POST /api/v1/imports` that says how files are read.',
      tags,
      consumes: ['application/json', 'application/x-www-form-urlencoded', 'multipart/form-data'],
      querystring: ApiKey,
      body: SyncParameters,
      response: { 200: SyncAccepted, 400: SyncErrors, 401: Empty('No key or a wrong key.') },
    },
    config: {
      curl: [
        'curl --json \'{"url":"https://example.org/data.csv","interval":3600}\' "$URL/api/v1/synchronizations?api_key=$KEY"',
      ],
    },
    handler: async (request, reply) => {
      const { account, parameters: given } = await sent(request, reply);
      const parameters = await inSyncWords(() => withStoredRecipe(deps, account, given));
      const parked = await inSyncWords(() => parkedSource(deps, account, parameters));
      const input =
        (await inSyncWords(() => librarySource(deps, request, parameters))) ??
        (await inSyncWords(() =>
          toNewSynchronization(parameters, { validateUrl: deps.validateUrl, shortest, parked }),
        ));
      const made = await inSyncWords(() => synchronizations.create(account, input));
      return sendJson(request, reply, 200, presentNewSync(made));
    },
  });

  app.route({
    method: 'GET',
    url: '/api/v1/synchronizations',
    schema: {
      summary: 'List the synchronizations',
      description: 'All of the account, on one page.',
      tags,
      querystring: ApiKey,
      response: { 200: SyncList, 401: Empty('No key or a wrong key.') },
    },
    config: { curl: ['curl "$URL/api/v1/synchronizations?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const parameters = queryParameters(request);
      const account = await requireAccount(deps, request, parameters);
      readCallback(request, parameters);
      const all = await synchronizations.list(account.id);
      return sendJson(request, reply, 200, {
        synchronizations: all.map(presentSync),
        total_entries: all.length,
      });
    },
  });

  app.route({
    method: 'GET',
    url: '/api/v1/synchronizations/:id',
    schema: {
      summary: 'A synchronization',
      description: 'Its settings, its state, and how its last run ended.',
      tags,
      params,
      querystring: ApiKey,
      response: { 200: SyncView, 401: refused, 404: missing },
    },
    config: { curl: ['curl "$URL/api/v1/synchronizations/$ID?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const { sync } = await asked(request);
      return sendJson(request, reply, 200, presentSync(sync));
    },
  });

  app.route({
    method: 'PUT',
    url: '/api/v1/synchronizations/:id',
    schema: {
      summary: 'Change a synchronization',
      description:
        'A new `interval` counts from now. Fields that cannot be changed are ignored. Without any parameter it is the same as a forced run, with the same limits, and shows the synchronization.',
      tags,
      consumes: ['application/json', 'application/x-www-form-urlencoded'],
      params,
      querystring: ApiKey,
      body: SyncChanges,
      response: { 200: SyncView, 400: SyncErrors, 401: refused, 404: missing },
    },
    config: { curl: ['curl -X PUT --json \'{"interval":7200}\' "$URL/api/v1/synchronizations/$ID?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const { account, parameters } = await sent(request, reply);
      const sync = await own(request, account);
      const isEmpty = [...parameters.keys()].every((name) => addressing.has(name));
      if (isEmpty) await synchronizations.force(sync.id);
      const settings = await inSyncWords(() => toSyncSettings(parameters, sync, shortest));
      const changed = isEmpty
        ? await synchronizations.find(sync.id)
        : await synchronizations.change(sync.id, settings, textOf(parameters, 'interval') !== null);
      if (changed === null) throw notFound();
      return sendJson(request, reply, 200, presentSync(changed));
    },
  });

  app.route({
    method: 'DELETE',
    url: '/api/v1/synchronizations/:id',
    schema: {
      summary: 'Stop synchronizing',
      description: 'The table stays as it is.',
      tags,
      params,
      querystring: ApiKey,
      response: { 204: Empty('It is gone.'), 401: refused, 404: missing },
    },
    config: { curl: ['curl -X DELETE "$URL/api/v1/synchronizations/$ID?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const { account } = await sent(request, reply);
      const sync = await own(request, account);
      await synchronizations.remove(sync.id);
      request.jsonp = null;
      return sendJson(request, reply, 204, null);
    },
  });

  app.route({
    method: 'GET',
    url: '/api/v1/synchronizations/:id/sync_now',
    schema: {
      summary: 'Whether a synchronization runs',
      description: 'Its state alone.',
      tags,
      params,
      querystring: ApiKey,
      response: { 200: SyncNowState, 401: refused, 404: missing },
    },
    config: { curl: ['curl "$URL/api/v1/synchronizations/$ID/sync_now?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const { sync } = await asked(request);
      return sendJson(request, reply, 200, { state: sync.state });
    },
  });

  app.route({
    method: 'PUT',
    url: '/api/v1/synchronizations/:id/sync_now',
    schema: {
      summary: 'Run a synchronization now',
      description: 'Looks at the source at once, and makes `retried_times` 0.',
      tags,
      params,
      querystring: SyncNowQuery,
      response: { 200: SyncNowAnswer, 401: refused, 404: missing },
    },
    config: {
      curl: ['curl -X PUT -H "Content-Length: 0" "$URL/api/v1/synchronizations/$ID/sync_now?api_key=$KEY"'],
    },
    handler: async (request, reply) => {
      const { account, parameters } = await sent(request, reply);
      const sync = await own(request, account);
      const enqueued = await synchronizations.force(sync.id, toBoolean(parameters.get('full'), false));
      return sendJson(request, reply, 200, { enqueued, synchronization_id: sync.id });
    },
  });
}
