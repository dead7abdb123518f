import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Result } from '../../export/format.ts';
import { exportFormats } from '../../export/formats.ts';
import { openResult } from '../../export/open-result.ts';
import type { SeenMap } from '../../maps/map-desk.ts';
import { writeCartoMap } from '../../maps/write-carto-map.ts';
import type { MapExport } from '../../store/map-exports.ts';
import type { Viewer } from '../../store/viewers.ts';
import { zipOf } from '../../util/zip-of.ts';
import { requireAccount } from '../auth.ts';
import { datasetRequests } from '../dataset-requests.ts';
import type { HttpDeps } from '../deps.ts';
import { exportContextOf } from '../export-context.ts';
import { readCallback, sendJson } from '../jsonp.ts';
import { ownMap } from '../map-access.ts';
import { ownAddress } from '../own-address.ts';
import { queryParameters, textOf } from '../parameters.ts';
import { presentTime } from '../present.ts';
import { uuid } from '../sync-requests.ts';
import { badDataset } from '../viz-parameters.ts';
import { DatasetErrors } from '../viz-wire.ts';
import { ApiKey, Empty } from '../wire.ts';
import { notFound } from '../wire-error.ts';

const tags = ['Maps'];
const refused = Empty('No key, a wrong key, or the key of another account.');
const missing = Empty('No such map, or no such export any more.');
const params = Type.Object({ id: Type.String({ format: 'uuid', description: 'The export.' }) });

const ExportView = Type.Object({
  id: Type.String({ format: 'uuid', description: 'The export.' }),
  visualization_id: Type.String({ format: 'uuid', description: 'The map.' }),
  user_id: Type.String({ format: 'uuid', description: 'The account.' }),
  state: Type.String({ description: '`pending` in the first answer, then `complete`.' }),
  url: Type.Union([Type.String(), Type.Null()], { description: 'Where the file is, for a day; it needs the key.' }),
  created_at: Type.String({ format: 'date-time', description: 'When it was asked for.' }),
  updated_at: Type.String({ format: 'date-time', description: 'The same.' }),
});

/** Characters of one table in a file: more than any file that an import takes. */
const MOST_LENGTH = Number.MAX_SAFE_INTEGER;

/** `Map (on 2026-01-31 at 12.00.00).carto`, as CARTO calls it (wire contract 4.9). */
const fileNameOf = (name: string, now: Date): string => {
  const [day = '', time = ''] = now.toISOString().slice(0, 19).split('T');
  return `${name} (on ${day} at ${time.replaceAll(':', '.')}).carto`;
};

/** Maps with their tables as files, as CARTO's clients ask for them. */
export async function mapExportRoutes(app: FastifyInstance, deps: HttpDeps): Promise<void> {
  const { sent } = datasetRequests(deps);
  const present = (request: FastifyRequest, accountId: string, one: MapExport, isNew: boolean) => ({
    id: one.id,
    visualization_id: one.mapId,
    user_id: accountId,
    state: isNew ? 'pending' : 'complete',
    url: isNew ? null : `${ownAddress(deps, request)}/api/v3/visualization_exports/${one.id}/download`,
    created_at: presentTime(one.createdAt),
    updated_at: presentTime(one.createdAt),
  });

  app.route({
    method: 'POST',
    url: '/api/v3/visualization_exports',
    schema: {
      summary: 'Ask for a map as a file',
      description:
        'A `.carto` file: the map, and each of its tables as a GeoPackage. It is made while it is downloaded, of the rows of then.',
      tags,
      consumes: ['application/json', 'application/x-www-form-urlencoded'],
      querystring: ApiKey,
      body: Type.Object({ visualization_id: Type.String({ format: 'uuid', description: 'The map.' }) }),
      response: { 201: ExportView, 400: DatasetErrors, 401: refused, 404: missing },
    },
    config: {
      curl: ['curl --json \'{"visualization_id":"\'$MAP_ID\'"}\' "$URL/api/v3/visualization_exports?api_key=$KEY"'],
    },
    handler: async (request, reply) => {
      const { account, parameters } = await sent(request, reply);
      const id = textOf(parameters, 'visualization_id');
      if (id === null) throw badDataset('visualization_id must name a map');
      const map = await ownMap(deps, account, id);
      const made = await deps.maps.wantFile(map, fileNameOf(map.name, deps.now()));
      return sendJson(request, reply, 201, present(request, account.id, made, true));
    },
  });

  app.route<{ Params: { id: string } }>({
    method: 'GET',
    url: '/api/v3/visualization_exports/:id',
    schema: {
      summary: 'Whether the file of a map is ready',
      description: 'With its address.',
      tags,
      params,
      querystring: ApiKey,
      response: { 200: ExportView, 401: refused, 404: missing },
    },
    config: { curl: ['curl "$URL/api/v3/visualization_exports/$ID?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const { account, one } = await wanted(request, request.params.id);
      return sendJson(request, reply, 200, present(request, account.id, one, false));
    },
  });

  app.route<{ Params: { id: string } }>({
    method: 'GET',
    url: '/api/v3/visualization_exports/:id/download',
    schema: {
      summary: 'The file of a map',
      description:
        'It can be imported here and elsewhere: with `create_vis=true` the map comes with its tables. Rasters are left out.',
      tags,
      params,
      querystring: ApiKey,
      response: { 401: refused, 404: missing },
    },
    config: { curl: ['curl -OJ "$URL/api/v3/visualization_exports/$ID/download?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const { account, one } = await wanted(request, request.params.id);
      const seen = await deps.maps.see(await ownMap(deps, account, one.mapId), 'owner');
      const gone = new AbortController();
      reply.raw.once('close', () => {
        if (!reply.raw.writableFinished) gone.abort();
      });
      const ascii = one.fileName.replace(/[^\w().\- ]/g, '_');
      reply
        .type('application/zip')
        .header('cache-control', 'private, no-store')
        .header(
          'content-disposition',
          `attachment; filename="${ascii}"; filename*=UTF-8''${encodeURIComponent(one.fileName).replaceAll("'", '%27')}`,
        );
      return reply.send(Readable.from(fileOf(seen, { account, as: 'reader' }, gone.signal), { objectMode: false }));
    },
  });

  async function wanted(request: FastifyRequest, id: string) {
    const parameters = queryParameters(request);
    const account = await requireAccount(deps, request, parameters);
    readCallback(request, parameters);
    const one = uuid.test(id) ? await deps.maps.findFile(account, id.toLowerCase()) : null;
    if (one === null) throw notFound();
    return { account, one };
  }

  /** The map and its tables, each made when its turn comes. */
  function fileOf({ map, layers }: SeenMap, viewer: Viewer, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const written = layers.filter(({ table }) => table.raster === null);
    const tables = [...new Set(written.map(({ table }) => table.name))];
    const text = writeCartoMap(
      map,
      written.map(({ layer }) => layer),
    );
    return zipOf([
      { name: `${map.id}/${map.id}.carto.json`, content: [Buffer.from(text)] },
      ...tables.map((table) => ({ name: `${map.id}/${table}.gpkg`, content: geopackageOf(table, viewer, signal) })),
    ]);
  }

  async function* geopackageOf(
    table: string,
    viewer: Viewer,
    signal: AbortSignal,
  ): AsyncGenerator<string | Uint8Array> {
    const query = `select * from "${table.replaceAll('"', '""')}"`;
    const open = async (): Promise<Result> =>
      openResult(await deps.openQuery(viewer, query, { skipRows: 0, maxRows: null }, signal), ['the_geom_webmercator']);
    const wishes = {
      name: table,
      decimals: null,
      safeCells: false,
      startedMs: performance.now(),
      maxLength: MOST_LENGTH,
    };
    yield* exportFormats.gpkg.write(open, exportContextOf(deps, viewer, wishes, signal));
  }
}
