import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { CLASSES, classMethods } from '../../domain/map.ts';
import { datasetRequests } from '../dataset-requests.ts';
import type { HttpDeps } from '../deps.ts';
import { sendJson } from '../jsonp.ts';
import { ColumnStatsView, StatsQuery } from '../map-wire.ts';
import { textOf } from '../parameters.ts';
import { presentStats } from '../present-map.ts';
import { toWireError } from '../sql-errors.ts';
import { badDataset, wholeOf } from '../viz-parameters.ts';
import { DatasetErrors } from '../viz-wire.ts';
import { ApiKey, Empty } from '../wire.ts';
import { notFound } from '../wire-error.ts';

/** What columns hold: for paints, legends and charts. */
export async function columnStatsRoutes(app: FastifyInstance, deps: HttpDeps): Promise<void> {
  const { seen } = datasetRequests(deps);

  app.route<{ Params: { id: string; column: string } }>({
    method: 'GET',
    url: '/api/v1/tables/:id/columns/:column/stats',
    schema: {
      summary: 'What a column holds',
      description:
        'Counts, extremes, the most frequent values, a histogram, and the breaks between classes. Tables of more than 200,000 rows are sampled.',
      tags: ['Maps'],
      params: Type.Object({
        id: Type.String({ description: 'The table, by its id or its name.' }),
        column: Type.String({ description: 'The column.' }),
      }),
      querystring: Type.Object({ ...ApiKey.properties, ...StatsQuery.properties }),
      response: {
        200: ColumnStatsView,
        400: DatasetErrors,
        401: Empty('No key, a wrong key, or the key of another account.'),
        404: Empty('No such table or column.'),
      },
    },
    config: { curl: ['curl "$URL/api/v1/tables/$TABLE_ID/columns/height/stats?classes=7&api_key=$KEY"'] },
    handler: async (request, reply) => {
      const { viewer, one, parameters } = await seen(request, request.params.id, 'tableId');
      const classes = wholeOf(parameters, 'classes', { least: CLASSES.least, most: 1_000, otherwise: CLASSES.usual });
      if (classes > CLASSES.most)
        throw badDataset(`classes must be a whole number up to ${CLASSES.most}, not "${classes}"`);
      const asked = textOf(parameters, 'method');
      const methods = asked === null ? classMethods : classMethods.filter((method) => method === asked);
      if (methods.length === 0) throw badDataset(`method must be one of ${classMethods.join(', ')}, not "${asked}"`);
      const table = await deps.tables.find(viewer, one.name);
      const column = table?.columns.find(({ name }) => name === request.params.column);
      if (table === null || column === undefined) throw notFound();
      const stats = await deps.maps.stats(table, column, { classes, methods }).catch((error: unknown) => {
        throw toWireError(error);
      });
      return sendJson(request, reply, 200, presentStats(stats));
    },
  });
}
