import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { requireAccount } from '../auth.ts';
import { datasetRequests } from '../dataset-requests.ts';
import type { HttpDeps } from '../deps.ts';
import { readCallback, sendJson } from '../jsonp.ts';
import { queryParameters, textOf } from '../parameters.ts';
import { asRemote } from '../present-viz.ts';
import { inDatasetWords, toTableChange, toVisualizationQuery } from '../viz-parameters.ts';
import {
  DatasetErrors,
  VisualizationChanges,
  type VisualizationList,
  VisualizationList as VisualizationListShape,
  VisualizationQueryShape,
  VisualizationView,
} from '../viz-wire.ts';
import { ApiKey, Empty } from '../wire.ts';

const tags = ['Datasets'];
const refused = Empty('No key, a wrong key, or the key of another account.');
const missing = Empty('The account has no such dataset.');
const params = Type.Object({ id: Type.String({ description: 'The dataset, by its id or the name of its table.' }) });

/** Datasets: tables with what their owner says of them (wire contract 1.13). */
export async function visualizationRoutes(app: FastifyInstance, deps: HttpDeps): Promise<void> {
  const { visualizations, library } = deps;
  const { sent, meant, seen, view } = datasetRequests(deps);

  app.route({
    method: 'GET',
    url: '/api/v1/viz',
    schema: {
      summary: 'List the datasets',
      description:
        'The tables of the account, or of the data library, one page at a time. The `id` of one of the library is a `remote_visualization_id` of imports.',
      tags,
      querystring: Type.Object({ ...ApiKey.properties, ...VisualizationQueryShape.properties }),
      response: { 200: VisualizationListShape, 400: DatasetErrors, 401: refused },
    },
    config: { curl: ['curl "$URL/api/v1/viz?type=table&per_page=50&order=name&api_key=$KEY"'] },
    handler: async (request, reply) => {
      const parameters = queryParameters(request);
      const account = await requireAccount(deps, request, parameters);
      readCallback(request, parameters);
      const { type, query } = await inDatasetWords(() => toVisualizationQuery(parameters));
      const found =
        type === 'table'
          ? { account, ...(await visualizations.list(account, query)) }
          : type === 'remote'
            ? await library.list(query)
            : { account: null, visualizations: [], total: 0 };
      const { account: owner, visualizations: shown, total } = found;
      const views =
        owner === null
          ? []
          : shown.map((one) => view({ account: owner, as: type === 'table' ? 'reader' : 'public' }, one));
      const body: VisualizationList = {
        visualizations: (await Promise.all(views)).map((one) => (type === 'remote' ? asRemote(one) : one)),
        total_entries: total,
        // Clients turn pages until they have as many: so it counts what the request asks for.
        total_user_entries: total,
        total_likes: 0,
        total_shared: 0,
      };
      return sendJson(request, reply, 200, body);
    },
  });

  app.route<{ Params: { id: string } }>({
    method: 'GET',
    url: '/api/v1/viz/:id',
    schema: {
      summary: 'A dataset',
      description:
        'One table with what its owner says of it; for everybody who may read the table. Its link and its synchronization are shown to the owner alone.',
      tags,
      params,
      querystring: ApiKey,
      response: { 200: VisualizationView, 401: refused, 404: missing },
    },
    config: { curl: ['curl "$URL/api/v1/viz/$ID?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const { viewer, one } = await seen(request, request.params.id, 'id');
      return sendJson(request, reply, 200, await view(viewer, one));
    },
  });

  for (const method of ['PUT', 'PATCH'] as const) {
    app.route<{ Params: { id: string } }>({
      method,
      url: '/api/v1/viz/:id',
      schema: {
        summary: 'Change a dataset',
        description:
          'Its name, which renames the table, its privacy, and what is said of it; all at once or nothing. Fields that cannot be changed are ignored. A synchronization follows the table under its new name.',
        tags,
        hide: method === 'PATCH',
        consumes: ['application/json', 'application/x-www-form-urlencoded'],
        params,
        querystring: ApiKey,
        body: VisualizationChanges,
        response: { 200: VisualizationView, 400: DatasetErrors, 401: refused, 404: missing, 409: DatasetErrors },
      },
      config: { curl: ['curl -X PUT --json \'{"privacy":"public"}\' "$URL/api/v1/viz/$ID?api_key=$KEY"'] },
      handler: async (request, reply) => {
        const { account, parameters } = await sent(request, reply);
        const found = await meant(account, request.params.id, 'id');
        const { name, privacy, words } = await inDatasetWords(() => toTableChange(parameters));
        // A client that sends back all it read does not mean the name of before as another one to show.
        const { displayName, ...others } = words;
        const isNew = displayName !== undefined && displayName !== found.name;
        await visualizations.change(account, found.name, {
          name,
          privacy,
          words: isNew ? { ...others, displayName } : others,
        });
        return sendJson(
          request,
          reply,
          200,
          await view({ account, as: 'reader' }, await meant(account, found.id, 'id')),
        );
      },
    });
  }

  app.route<{ Params: { id: string } }>({
    method: 'DELETE',
    url: '/api/v1/viz/:id',
    schema: {
      summary: 'Delete a dataset',
      description: 'Drops the table, and ends the synchronization that has no other table.',
      tags,
      params,
      querystring: Type.Object({
        ...ApiKey.properties,
        cascade: Type.Optional(
          Type.Boolean({ description: 'true: views and whatever else is built on the table goes with it.' }),
        ),
      }),
      response: { 204: Empty('It is gone.'), 401: refused, 404: missing, 409: DatasetErrors },
    },
    config: { curl: ['curl -X DELETE "$URL/api/v1/viz/$ID?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const { account, parameters } = await sent(request, reply);
      const found = await meant(account, request.params.id, 'id');
      await visualizations.drop(account, found.name, textOf(parameters, 'cascade') === 'true');
      request.jsonp = null;
      return sendJson(request, reply, 204, null);
    },
  });
}
