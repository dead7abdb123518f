import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { Check, HttpDeps } from '../deps.ts';
import { sendJson } from '../jsonp.ts';
import { Readiness } from '../wire.ts';

/** A check that takes longer has failed, in milliseconds. */
const READY_MS = 2_000;

const tags = ['Operation'];

/** Liveness, readiness and metrics. They ask for no key: keep them from the public by the proxy if they matter. */
export async function healthRoutes(app: FastifyInstance, deps: HttpDeps): Promise<void> {
  app.route({
    method: 'GET',
    url: '/healthz',
    schema: {
      summary: 'Liveness',
      description: 'Answers as long as the process can answer at all.',
      tags,
      security: [],
      response: { 200: Type.Object({ ok: Type.Boolean({ description: 'Always true.' }) }) },
    },
    config: { curl: ['curl "$URL/healthz"'] },
    handler: async (request, reply) => sendJson(request, reply, 200, { ok: true }),
  });

  app.route({
    method: 'GET',
    url: '/readyz',
    schema: {
      summary: 'Readiness',
      description: '503 while the server drains, or where a check fails or takes longer than two seconds.',
      tags,
      security: [],
      response: { 200: Readiness, 503: Readiness },
    },
    config: { curl: ['curl "$URL/readyz"'] },
    handler: async (request, reply) => {
      const checks = await Promise.race([
        deps.ready(),
        delay(READY_MS, { checks: { ok: false, detail: `no answer in ${READY_MS} ms` } }, { ref: false }),
      ]).catch((error: unknown) => {
        request.log.error({ err: error, request_id: request.id }, 'readiness check failed');
        return { checks: { ok: false, detail: 'failed, see the log' } };
      });
      const isReady = Object.values<Check>(checks).every(({ ok }) => ok);
      reply.header('cache-control', 'no-store');
      return sendJson(request, reply, isReady ? 200 : 503, { ready: isReady, checks } satisfies Readiness);
    },
  });

  app.route({
    method: 'GET',
    url: '/metrics',
    schema: {
      summary: 'Metrics',
      description: 'In the text format of Prometheus.',
      tags,
      security: [],
      produces: ['text/plain'],
      response: { 200: Type.String() },
    },
    config: { curl: ['curl "$URL/metrics"'] },
    handler: async (_request, reply) => reply.type(deps.metrics.contentType).send(await deps.metrics.metrics()),
  });
}
