import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { type MapDesk, tileColumnsOf } from '../../maps/map-desk.ts';
import { MapRefused } from '../../maps/settle-paint.ts';
import { requireAccount } from '../auth.ts';
import { datasetRequests } from '../dataset-requests.ts';
import type { HttpDeps } from '../deps.ts';
import { readCallback, sendJson } from '../jsonp.ts';
import { ownMap, seenMap } from '../map-access.ts';
import { toMapWish } from '../map-parameters.ts';
import {
  MapAccess,
  MapChanges,
  type MapList,
  MapList as MapListShape,
  MapQueryShape,
  MapView,
  PictureQuery,
} from '../map-wire.ts';
import { keyOf, ownAddress } from '../own-address.ts';
import { queryParameters, textOf } from '../parameters.ts';
import { presentMap } from '../present-map.ts';
import { addressOf, sendRasterTile, sendVectorTile, type TileDigits } from '../send-tile.ts';
import { toWireError } from '../sql-errors.ts';
import { badDataset, inDatasetWords, wholeOf } from '../viz-parameters.ts';
import { DatasetErrors } from '../viz-wire.ts';
import { ApiKey, Empty } from '../wire.ts';
import { notFound } from '../wire-error.ts';

const tags = ['Maps'];
const refused = Empty('No key, a wrong key, or the key of another account.');
const closed = Empty('No key and no token that opens it, or a wrong key.');
const missing = Empty('No such map, or none that may be seen.');
const params = Type.Object({ id: Type.String({ format: 'uuid', description: 'The map.' }) });

/** A change to a map, with what stands in its way as a 400. */
const told = <T>(change: Promise<T>): Promise<T> =>
  change.catch((error: unknown) => {
    throw error instanceof MapRefused ? badDataset(error.message) : toWireError(error);
  });

/** Maps: kept, changed, and shown to others. */
export async function mapRoutes(app: FastifyInstance, deps: HttpDeps): Promise<void> {
  const maps: MapDesk = deps.maps;
  const { sent } = datasetRequests(deps);

  app.route({
    method: 'GET',
    url: '/api/v1/maps',
    schema: {
      summary: 'List the maps',
      description: 'The maps of the account, one page at a time, the last changed first.',
      tags,
      querystring: Type.Object({ ...ApiKey.properties, ...MapQueryShape.properties }),
      response: { 200: MapListShape, 400: DatasetErrors, 401: refused },
    },
    config: { curl: ['curl "$URL/api/v1/maps?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const parameters = queryParameters(request);
      const account = await requireAccount(deps, request, parameters);
      readCallback(request, parameters);
      const page = wholeOf(parameters, 'page', { least: 1, most: 1_000_000, otherwise: 1 });
      const take = wholeOf(parameters, 'per_page', { least: 1, most: 500, otherwise: 20 });
      const text = await inDatasetWords(() => textOf(parameters, 'q'));
      const order = { order: 'updated_at', isDescending: true };
      const found = await maps.list(account, {
        text,
        privacy: null,
        tags: [],
        ...order,
        skip: (page - 1) * take,
        take,
      });
      const base = ownAddress(deps, request);
      const body: MapList = { maps: [], total: found.total };
      for (const map of found.maps) body.maps.push(presentMap(await maps.see(map, 'owner'), base, 'owner'));
      return sendJson(request, reply, 200, body);
    },
  });

  app.route({
    method: 'POST',
    url: '/api/v1/maps',
    schema: {
      summary: 'Make a map',
      description:
        'What is not said of a layer is chosen by what its table holds: its colour, its sizes, the columns of its popup. Stops of a paint by a column are computed of the rows.',
      tags,
      consumes: ['application/json'],
      querystring: ApiKey,
      body: MapChanges,
      response: { 201: MapView, 400: DatasetErrors, 401: refused },
    },
    config: {
      curl: ['curl --json \'{"name":"Sightings","layers":[{"table":"sightings"}]}\' "$URL/api/v1/maps?api_key=$KEY"'],
    },
    handler: async (request, reply) => {
      const { account, parameters } = await sent(request, reply);
      const map = await told(maps.create(account, toMapWish(parameters)));
      const body = presentMap(await maps.see(map, 'owner'), ownAddress(deps, request), 'owner');
      return sendJson(request, reply, 201, body);
    },
  });

  app.route<{ Params: { id: string } }>({
    method: 'GET',
    url: '/api/v1/maps/:id',
    schema: {
      summary: 'A map',
      description:
        'For everybody who may see it. Others than the owner see the layers whose tables are as open as the map: a map opens no table.',
      tags,
      params,
      querystring: MapAccess,
      response: { 200: MapView, 401: closed, 404: missing },
    },
    config: { curl: ['curl "$URL/api/v1/maps/$MAP_ID?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const parameters = queryParameters(request);
      const { seen, onlooker } = await seenMap(deps, request, parameters, request.params.id);
      readCallback(request, parameters);
      reply.header('cache-control', 'private, no-store');
      return sendJson(request, reply, 200, presentMap(seen, ownAddress(deps, request), onlooker));
    },
  });

  app.route<{ Params: { id: string } }>({
    method: 'PATCH',
    url: '/api/v1/maps/:id',
    schema: {
      summary: 'Change a map',
      description:
        'What is not sent stays as it is; `layers` puts these in the place of all, and of a layer whose id the map has, what is not sent stays too. Sending stops as null computes them anew. A change of privacy holds at once, and gives the map another token.',
      tags,
      consumes: ['application/json'],
      params,
      querystring: ApiKey,
      body: MapChanges,
      response: { 200: MapView, 400: DatasetErrors, 401: refused, 404: missing },
    },
    config: { curl: ['curl -X PATCH --json \'{"privacy":"link"}\' "$URL/api/v1/maps/$MAP_ID?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const { account, parameters } = await sent(request, reply);
      const map = await ownMap(deps, account, request.params.id);
      const changed = await told(maps.change(account, map, toMapWish(parameters)));
      if (changed === null) throw notFound();
      const body = presentMap(await maps.see(changed, 'owner'), ownAddress(deps, request), 'owner');
      return sendJson(request, reply, 200, body);
    },
  });

  app.route<{ Params: { id: string } }>({
    method: 'DELETE',
    url: '/api/v1/maps/:id',
    schema: {
      summary: 'Delete a map',
      description: 'Its tables stay.',
      tags,
      params,
      querystring: ApiKey,
      response: { 204: Empty('It is gone.'), 401: refused, 404: missing },
    },
    config: { curl: ['curl -X DELETE "$URL/api/v1/maps/$MAP_ID?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const { account } = await sent(request, reply);
      await maps.drop(await ownMap(deps, account, request.params.id));
      request.jsonp = null;
      return sendJson(request, reply, 204, null);
    },
  });

  app.route<{ Params: { id: string } }>({
    method: 'GET',
    // As all of the API, with `.json` behind it too: so links name it.
    url: '/api/v1/maps/:id/style',
    schema: {
      summary: 'The style of a map',
      description:
        'As MapLibre GL and others read it, with sources, layers and the view to begin with. The addresses in it work for whoever asked, and name no other server. `metadata` has titles, legends and columns of popups. `style.json` is the same.',
      tags,
      params,
      querystring: MapAccess,
      response: {
        200: Type.Unsafe<object>({ type: 'object', description: 'A style of version 8.' }),
        401: closed,
        404: missing,
      },
    },
    config: { curl: ['curl "$URL/api/v1/maps/$MAP_ID/style.json?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const parameters = queryParameters(request);
      const { seen } = await seenMap(deps, request, parameters, request.params.id);
      const base = ownAddress(deps, request);
      const key = keyOf(parameters);
      const style = maps.style(seen, {
        land: `${base}/maps/land.geojson`,
        tiles: ({ layer, maxZoom, version }) => {
          const at = `${base}/api/v1/maps/${seen.map.id}/tiles/${layer.id}`;
          return `${at}/{z}/{x}/{y}.${maxZoom === null ? 'mvt' : 'png'}?${new URLSearchParams({ v: version, ...key })}`;
        },
      });
      reply.header('cache-control', 'private, no-store');
      return sendJson(request, reply, 200, style);
    },
  });

  app.route<{ Params: { id: string } }>({
    method: 'GET',
    url: '/api/v1/maps/:id/preview.png',
    schema: {
      summary: 'The picture of a map',
      description:
        'Drawn of the same tiles as its page, over the land of the world. It follows the map and its tables.',
      tags,
      params,
      querystring: PictureQuery,
      response: { 304: Empty('The picture that the client has.'), 400: DatasetErrors, 401: closed, 404: missing },
    },
    config: { curl: ['curl -o map.png "$URL/api/v1/maps/$MAP_ID/preview.png?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const parameters = queryParameters(request);
      const sides = { least: 16, most: 1200 };
      const width = wholeOf(parameters, 'width', { ...sides, otherwise: 600 });
      const height = wholeOf(parameters, 'height', { ...sides, otherwise: 400 });
      const { seen } = await seenMap(deps, request, parameters, request.params.id);
      const tag = `"${seen.version}-${width}x${height}"`;
      // No proxy may keep what its owner can make private at any time.
      reply.header('etag', tag).header('cache-control', 'private, no-cache').header('vary', 'Authorization, Cookie');
      if ((request.headers['if-none-match'] ?? '').split(/,\s*/).includes(tag)) return reply.code(304).send();
      const picture = await maps.picture(seen, { width, height }).catch((error: unknown) => {
        throw toWireError(error);
      });
      return reply.type('image/png').send(picture);
    },
  });

  const tileParams = Type.Object({
    ...params.properties,
    layer: Type.String({ description: 'The layer.' }),
    z: Type.Integer({ description: 'The zoom level, 0 to 24.' }),
    x: Type.Integer({ description: 'Columns from the west.' }),
    y: Type.Integer({ description: 'Rows from the north.' }),
  });
  for (const ending of ['mvt', 'png'] as const) {
    const isVector = ending === 'mvt';
    app.route<{ Params: { id: string; layer: string } & TileDigits }>({
      method: 'GET',
      url: `/api/v1/maps/:id/tiles/:layer/:z/:x/:y.${ending}`,
      schema: {
        summary: isVector ? 'A vector tile of a layer' : 'A tile of a raster layer',
        description: isVector
          ? 'As `/tiles/NAME/TABLE` has it, with the columns that the layer uses: that of its paint and those of its popup. 204 where nothing lies there.'
          : 'A picture of 256 by 256 pixels; 204 where the raster has nothing.',
        tags,
        params: tileParams,
        querystring: Type.Object({
          ...MapAccess.properties,
          v: Type.Optional(Type.String({ description: 'The version of the table, as the style links it.' })),
        }),
        response: {
          204: Empty('Nothing lies there.'),
          304: Empty('The version that the client has.'),
          400: DatasetErrors,
          401: closed,
          404: missing,
        },
      },
      config: {
        curl: [`curl -o tile.${ending} "$URL/api/v1/maps/$MAP_ID/tiles/$LAYER/0/0/0.${ending}?api_key=$KEY"`],
      },
      handler: async (request, reply) => {
        const address = addressOf(request.params);
        const parameters = queryParameters(request);
        const { seen } = await seenMap(deps, request, parameters, request.params.id);
        const one = seen.layers.find(({ layer }) => layer.id === request.params.layer);
        if (one === undefined || (one.table.raster === null) !== isVector) throw notFound();
        if (!isVector) return sendRasterTile(deps, request, reply, one.table, address);
        if (!one.table.hasGeometry) return reply.code(204).send();
        return sendVectorTile(deps, request, reply, { table: one.table, address, columns: tileColumnsOf(one) });
      },
    });
  }
}
