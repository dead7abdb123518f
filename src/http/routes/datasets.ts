import type { FastifyInstance } from 'fastify';
import type { Dataset } from '../../store/datasets.ts';
import { requireAccount } from '../auth.ts';
import type { HttpDeps } from '../deps.ts';
import { queryParameters } from '../parameters.ts';
import { presentTime } from '../present.ts';
import { notFound } from '../wire-error.ts';

const present = (one: Dataset) => ({
  id: one.id,
  name: one.name,
  privacy: one.privacy,
  is_raster: one.isRaster,
  rows: one.rows,
  bytes: one.bytes,
  synchronization_id: one.synchronizationId,
  created_at: presentTime(one.createdAt),
  updated_at: presentTime(one.updatedAt),
});

/** Tables as the web app shows them. For it alone, so not in the documentation of the API: that has `/api/v1/viz`. */
export async function datasetRoutes(app: FastifyInstance, deps: HttpDeps): Promise<void> {
  const hidden = { hide: true };

  app.get('/api/v1/datasets', { schema: hidden }, async (request, reply) => {
    const account = await requireAccount(deps, request, queryParameters(request));
    return reply.send({ datasets: (await deps.datasets.list(account.id)).map(present) });
  });

  app.get<{ Params: { name: string } }>('/api/v1/datasets/:name', { schema: hidden }, async (request, reply) => {
    const account = await requireAccount(deps, request, queryParameters(request));
    const found = await deps.datasets.find(account, request.params.name);
    if (found === null) throw notFound();
    return reply.send({
      ...present(found),
      geometry_type: found.geometryType,
      columns: found.columns,
      imports: found.imports.map(({ createdAt, ...one }) => ({ ...one, created_at: presentTime(createdAt) })),
    });
  });
}
