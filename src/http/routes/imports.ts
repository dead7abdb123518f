import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { requireAccount } from '../auth.ts';
import type { HttpDeps } from '../deps.ts';
import { sendJson } from '../jsonp.ts';
import { queryParameters } from '../parameters.ts';
import { presentImport } from '../present.ts';
import { receiveImport } from '../receive-import.ts';
import { ApiKey, Empty, ImportAccepted, ImportErrors, ImportList, ImportParameters, ImportStatus } from '../wire.ts';
import { notFound } from '../wire-error.ts';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const unauthorized = Empty('No key, a wrong key, or the key of another account.');
const tags = ['Imports'];

/** The imports API (wire contract 1.3 to 1.5). */
export async function importRoutes(app: FastifyInstance, deps: HttpDeps): Promise<void> {
  const { imports } = deps;

  app.route({
    method: 'POST',
    url: '/api/v1/imports',
    schema: {
      summary: 'Import a file or a URL',
      description:
        'Parameters may stand in the query, in a form, in multipart fields or in JSON. A request without any source is accepted and fails with 1010; limits on size and rows show as failed imports, not here.',
      tags,
      consumes: ['multipart/form-data', 'application/json', 'application/x-www-form-urlencoded'],
      querystring: ApiKey,
      body: ImportParameters,
      response: { 200: ImportAccepted, 400: ImportErrors, 401: unauthorized, 429: ImportErrors },
    },
    config: {
      curl: [
        'curl -F file=@data.csv "$URL/api/v1/imports?api_key=$KEY"',
        'curl --json \'{"url":"https://example.org/data.csv"}\' "$URL/api/v1/imports?api_key=$KEY"',
        'curl --data-binary @data.csv "$URL/api/v1/imports?filename=data.csv&api_key=$KEY"',
      ],
    },
    handler: async (request, reply) => {
      const { id } = await receiveImport(deps, request, reply, 'import');
      return sendJson(request, reply, 200, { item_queue_id: id, success: true } satisfies ImportAccepted);
    },
  });

  app.route({
    method: 'GET',
    url: '/api/v1/imports',
    schema: {
      summary: 'List the unfinished imports',
      description: 'Ids only, newest first, of the last 24 hours.',
      tags,
      querystring: ApiKey,
      response: { 200: ImportList, 401: unauthorized },
    },
    config: { curl: ['curl "$URL/api/v1/imports?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const account = await requireAccount(deps, request, queryParameters(request));
      const ids = await imports.unfinished(account.id);
      return sendJson(request, reply, 200, { imports: [...ids], success: true } satisfies ImportList);
    },
  });

  app.route({
    method: 'GET',
    url: '/api/v1/imports/:id',
    schema: {
      summary: 'The state of an import',
      description: 'Ask every second or two until `state` is `complete` or `failure`.',
      tags,
      params: Type.Object({ id: Type.String({ format: 'uuid', description: 'The `item_queue_id` of the POST.' }) }),
      querystring: ApiKey,
      response: { 200: ImportStatus, 401: unauthorized, 404: Empty('No import of this account has this id.') },
    },
    config: { curl: ['curl "$URL/api/v1/imports/$ID?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const account = await requireAccount(deps, request, queryParameters(request));
      const { id } = request.params as { id: string };
      const found = uuid.test(id) ? await imports.find(account.id, id.toLowerCase()) : null;
      if (found === null) throw notFound();
      return sendJson(request, reply, 200, presentImport(found));
    },
  });

  app.route({
    method: 'DELETE',
    url: '/api/v1/imports/:id',
    schema: {
      summary: 'Cancel an import',
      description:
        'Ends an import that has not ended, with error 6672; nothing of it is kept. One that has ended stays as it is.',
      tags,
      params: Type.Object({ id: Type.String({ format: 'uuid', description: 'The `item_queue_id` of the POST.' }) }),
      querystring: ApiKey,
      response: {
        204: Empty('It has ended.'),
        401: unauthorized,
        404: Empty('No import of this account has this id.'),
      },
    },
    config: { curl: ['curl -X DELETE "$URL/api/v1/imports/$ID?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const account = await requireAccount(deps, request, queryParameters(request));
      const { id } = request.params as { id: string };
      if (!uuid.test(id) || (await imports.find(account.id, id.toLowerCase())) === null) throw notFound();
      await imports.cancel(account, id.toLowerCase());
      return reply.code(204).send();
    },
  });
}
