import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ReadableTable } from '../../store/readable-table.ts';
import { tileColumns, tileKindOf, UnknownColumn } from '../../tiles/tile-columns.ts';
import type { HttpDeps } from '../deps.ts';
import { keyOf, ownAddress } from '../own-address.ts';
import { type Parameters, queryParameters, textOf } from '../parameters.ts';
import { requireTable } from '../read-access.ts';
import { addressOf, badTile, sendRasterTile, sendVectorTile, type TileDigits } from '../send-tile.ts';
import { toWireError } from '../sql-errors.ts';
import { TableParameters, TileErrors, TileJson, TileParameters, TileQuery } from '../tile-wire.ts';
import { Empty } from '../wire.ts';
import { notFound } from '../wire-error.ts';

/** Deepest level of vector tiles that TileJSON names: their units are 15 cm there. */
const MOST_ZOOM = 16;

type TablePath = { readonly account: string; readonly table: string };
type TilePath = TablePath & TileDigits;

/** The columns that are asked for; null: all. */
function columnsOf(parameters: Parameters): readonly string[] | null {
  if (!parameters.has('columns')) return null;
  const names = (textOf(parameters, 'columns') ?? '').split(',').filter((name) => name !== '');
  return [...new Set(names)];
}

/** Tables as tiles of web maps, and what maps want to know of them first. */
export async function tileRoutes(app: FastifyInstance, deps: HttpDeps): Promise<void> {
  const answers = {
    304: Empty('The version that the client has.'),
    400: TileErrors,
    401: Empty('A wrong key, or none where one is needed.'),
    404: Empty('No such table, or none that this key may read.'),
  };

  app.route<{ Params: TilePath }>({
    method: 'GET',
    url: '/tiles/:account/:table/:z/:x/:y.mvt',
    schema: {
      summary: 'A vector tile of a table',
      description:
        'Mapbox Vector Tile 2 with one layer, named as the table; features have `cartodb_id` as id. At levels where a tile would have too many features it is thinned to a grid; a point then says in `point_count` for how many it stands. 204 where nothing lies there.',
      tags: ['Maps and features'],
      params: TileParameters,
      querystring: TileQuery,
      response: { 204: Empty('Nothing lies there.'), ...answers },
    },
    config: { curl: ['curl -o tile.mvt "$URL/tiles/$NAME/$TABLE/0/0/0.mvt?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const address = addressOf(request.params);
      const parameters = queryParameters(request);
      const columns = columnsOf(parameters);
      const table = await requireTable(deps, request, parameters, request.params);
      if (!table.hasGeometry) throw notFound();
      return sendVectorTile(deps, request, reply, { table, address, columns });
    },
  });

  app.route<{ Params: TilePath }>({
    method: 'GET',
    url: '/tiles/:account/:table/:z/:x/:y.png',
    schema: {
      summary: 'A tile of a raster table',
      description: 'A picture of 256 by 256 pixels; 204 where the raster has nothing.',
      tags: ['Maps and features'],
      params: TileParameters,
      querystring: { type: 'object', properties: { api_key: TileQuery.properties.api_key, v: TileQuery.properties.v } },
      response: { 204: Empty('The raster has nothing there.'), ...answers },
    },
    config: { curl: ['curl -o tile.png "$URL/tiles/$NAME/$TABLE/0/0/0.png?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const address = addressOf(request.params);
      const table = await requireTable(deps, request, queryParameters(request), request.params);
      if (table.raster === null) throw notFound();
      return sendRasterTile(deps, request, reply, table, address);
    },
  });

  app.route<{ Params: TablePath }>({
    method: 'GET',
    url: '/tiles/:account/:table.json',
    schema: {
      summary: 'TileJSON of a table',
      description: 'Where its tiles are and what is in them, as MapLibre, QGIS and others read it.',
      tags: ['Maps and features'],
      params: TableParameters,
      querystring: {
        type: 'object',
        properties: { api_key: TileQuery.properties.api_key, columns: TileQuery.properties.columns },
      },
      response: { 200: TileJson, ...answers },
    },
    config: { curl: ['curl "$URL/tiles/$NAME/$TABLE.json?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const parameters = queryParameters(request);
      const table = await requireTable(deps, request, parameters, request.params);
      if (!table.hasGeometry && table.raster === null) throw notFound();
      const answer = await tileJson(request, table, parameters);
      reply.header('cache-control', 'private, no-cache');
      return reply.type('application/json; charset=utf-8').send(answer);
    },
  });

  async function tileJson(request: FastifyRequest, table: ReadableTable, parameters: Parameters): Promise<TileJson> {
    const asked = columnsOf(parameters);
    const { bounds, geometryType } = await deps.tiles.facts(table).catch((error: unknown) => {
      throw toWireError(error);
    });
    const query = new URLSearchParams({
      v: table.version,
      ...(asked === null ? {} : { columns: asked.join() }),
      ...keyOf(parameters),
    });
    const [west, south, east, north] = bounds ?? [-180, -85.051129, 180, 85.051129];
    const base = `${ownAddress(deps, request)}/tiles/${table.schema}/${encodeURIComponent(table.name)}`;
    const common = {
      tilejson: '3.0.0' as const,
      name: table.name,
      scheme: 'xyz' as const,
      tiles: [`${base}/{z}/{x}/{y}.${table.raster === null ? 'mvt' : 'png'}?${query}`],
      minzoom: 0,
      bounds: [west, south, east, north],
      center: [(west + east) / 2, (south + north) / 2, fittingZoom(east - west)],
    };
    if (table.raster !== null) return { ...common, maxzoom: Math.max(table.raster.zoom, 0) };
    try {
      const columns = tileColumns(table, asked);
      const fields = Object.fromEntries(columns.map((column) => [column.name, tileKindOf(column)]));
      return {
        ...common,
        maxzoom: MOST_ZOOM,
        vector_layers: [{ id: table.name, fields, geometry_type: geometryType }],
      };
    } catch (error) {
      throw error instanceof UnknownColumn ? badTile(error.message) : error;
    }
  }
}

/** The deepest level at which so many degrees of longitude fit into two tiles. */
const fittingZoom = (degrees: number): number =>
  Math.max(0, Math.min(MOST_ZOOM, Math.floor(Math.log2(720 / Math.max(degrees, 1e-9)))));
