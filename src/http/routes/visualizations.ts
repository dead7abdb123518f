import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { MOST_DESCRIPTION, MOST_NAME } from '../../domain/map.ts';
import type { MapWish } from '../../maps/map-desk.ts';
import type { StoredMap } from '../../store/maps.ts';
import type { VisualizationQuery } from '../../store/visualizations.ts';
import { requireAccount } from '../auth.ts';
import { datasetRequests } from '../dataset-requests.ts';
import type { HttpDeps } from '../deps.ts';
import { readCallback, sendJson } from '../jsonp.ts';
import { mapFor, ownMap } from '../map-access.ts';
import { queryParameters, textOf } from '../parameters.ts';
import { inOrder, presentMapVisualization } from '../present-map-viz.ts';
import { asRemote } from '../present-viz.ts';
import { uuid } from '../sync-requests.ts';
import { badDataset, inDatasetWords, toListRequest, toTableChange } from '../viz-parameters.ts';
import {
  DatasetErrors,
  VisualizationChanges,
  type VisualizationList,
  VisualizationList as VisualizationListShape,
  VisualizationQueryShape,
  VisualizationView,
} from '../viz-wire.ts';
import { ApiKey, Empty } from '../wire.ts';
import { notFound } from '../wire-error.ts';

const tags = ['Datasets'];
const refused = Empty('No key, a wrong key, or the key of another account.');
const missing = Empty('The account has no such dataset.');
const params = Type.Object({ id: Type.String({ description: 'The dataset, by its id or the name of its table.' }) });

/** What a change to a dataset is to a map. Throws 400 for texts that are too long. */
function mapWishOf({ name, privacy, words }: ReturnType<typeof toTableChange>): MapWish {
  const { description, tags } = words;
  if ((name ?? '').length > MOST_NAME) throw badDataset(`the name of a map has at most ${MOST_NAME} characters`);
  if ((description ?? '').length > MOST_DESCRIPTION) {
    throw badDataset(`the description of a map has at most ${MOST_DESCRIPTION} characters`);
  }
  return {
    ...(name === undefined ? {} : { name }),
    ...(privacy === undefined ? {} : { privacy }),
    ...(description === undefined ? {} : { description }),
    ...(tags === undefined ? {} : { tags }),
  };
}

/** Datasets: tables with what their owner says of them (wire contract 1.13). */
export async function visualizationRoutes(app: FastifyInstance, deps: HttpDeps): Promise<void> {
  const { visualizations, library } = deps;
  const { sent, meant, seen, view } = datasetRequests(deps);
  const mapView = (map: StoredMap, isOwner: boolean) =>
    presentMapVisualization(map, { baseUrl: deps.config.LANDFALL_BASE_URL ?? '', isOwner });
  /** Maps are meant by their ids alone: names of them may be there twice. */
  const isMap = async (id: string): Promise<boolean> =>
    uuid.test(id) && (await deps.maps.find(id.toLowerCase())) !== null;

  async function libraryPage(query: VisualizationQuery): Promise<VisualizationList> {
    const { account, visualizations: shown, total } = await library.list(query);
    const views = account === null ? [] : await Promise.all(shown.map((one) => view({ account, as: 'public' }, one)));
    const totals = { total_entries: total, total_user_entries: total, total_likes: 0, total_shared: 0 };
    return { visualizations: views.map(asRemote), ...totals };
  }

  app.route({
    method: 'GET',
    url: '/api/v1/viz',
    schema: {
      summary: 'List the datasets and maps',
      description:
        'The tables of the account and its maps, or the tables of the data library, one page at a time. The `id` of one of the library is a `remote_visualization_id` of imports.',
      tags,
      querystring: Type.Object({ ...ApiKey.properties, ...VisualizationQueryShape.properties }),
      response: { 200: VisualizationListShape, 400: DatasetErrors, 401: refused },
    },
    config: { curl: ['curl "$URL/api/v1/viz?type=table&per_page=50&order=name&api_key=$KEY"'] },
    handler: async (request, reply) => {
      const parameters = queryParameters(request);
      const account = await requireAccount(deps, request, parameters);
      readCallback(request, parameters);
      const { query, hasTables, hasMaps, isRemote } = await inDatasetWords(() => toListRequest(parameters));
      if (isRemote) return sendJson(request, reply, 200, await libraryPage(query));
      const { skip, take, order, isDescending } = query;
      // Of two lists in one order, the first so many of both are among the first so many of each.
      const part = hasTables && hasMaps ? { ...query, skip: 0, take: skip + take } : query;
      const datasets = hasTables ? await visualizations.list(account, part) : { visualizations: [], total: 0 };
      const maps = hasMaps ? await deps.maps.list(account, part) : { maps: [], total: 0 };
      const both = inOrder(
        [...datasets.visualizations.map((dataset) => ({ dataset })), ...maps.maps.map((map) => ({ map }))],
        order,
        isDescending,
      );
      const listed = hasTables && hasMaps ? both.slice(skip, skip + take) : both;
      const total = datasets.total + maps.total;
      const body: VisualizationList = {
        visualizations: await Promise.all(
          listed.map((one) => ('map' in one ? mapView(one.map, true) : view({ account, as: 'reader' }, one.dataset))),
        ),
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
        'One table, or a map, with what its owner says of it; for everybody who may read it. Its link and its synchronization are shown to the owner alone.',
      tags,
      params,
      querystring: ApiKey,
      response: { 200: VisualizationView, 401: refused, 404: missing },
    },
    config: { curl: ['curl "$URL/api/v1/viz/$ID?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const parameters = queryParameters(request);
      if (await isMap(request.params.id)) {
        const { map, onlooker } = await mapFor(deps, request, parameters, request.params.id);
        readCallback(request, parameters);
        return sendJson(request, reply, 200, mapView(map, onlooker === 'owner'));
      }
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
        const { name, privacy, words } = await inDatasetWords(() => toTableChange(parameters));
        if (await isMap(request.params.id)) {
          const map = await ownMap(deps, account, request.params.id);
          const wish = mapWishOf({ name, privacy, words });
          const changed = await deps.maps.change(account, map, wish);
          if (changed === null) throw notFound();
          return sendJson(request, reply, 200, mapView(changed, true));
        }
        const found = await meant(account, request.params.id, 'id');
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
      if (await isMap(request.params.id)) {
        await deps.maps.drop(await ownMap(deps, account, request.params.id));
        request.jsonp = null;
        return sendJson(request, reply, 204, null);
      }
      const found = await meant(account, request.params.id, 'id');
      await visualizations.drop(account, found.name, textOf(parameters, 'cascade') === 'true');
      request.jsonp = null;
      return sendJson(request, reply, 204, null);
    },
  });
}
