import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { Counter, Histogram, type Registry } from 'prom-client';

/** Keys whose values never reach a log, for the logger's `redact` option: at the top and two levels down. */
export const redactedPaths: readonly string[] = [
  'api_key',
  'password',
  'token',
  'secret',
  'authorization',
  'cookie',
].flatMap((key) => [key, `*.${key}`, `*.*.${key}`]);

/** The id of a request: the client's X-Request-ID where it is a plain word, else a new one. */
export function requestId(raw: IncomingMessage): string {
  const given = raw.headers['x-request-id'];
  return typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID();
}

/** The route as it was declared: what a client typed, and the key in it, stays out of logs and metrics. */
const routeOf = (request: FastifyRequest): string => request.routeOptions.url ?? '(none)';

/** Logs one line a request and counts it, by route template. */
export function observeRequests(app: FastifyInstance, logger: Logger, registry: Registry): void {
  const total = new Counter({
    name: 'http_requests_total',
    help: 'Answered requests.',
    labelNames: ['route', 'method', 'status'],
    registers: [registry],
  });
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Seconds from the request line to the last byte of the answer.',
    labelNames: ['route', 'method'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30, 300],
    registers: [registry],
  });

  app.addHook('onResponse', async (request, reply) => {
    const route = routeOf(request);
    const { method } = request;
    total.inc({ route, method, status: reply.statusCode });
    duration.observe({ route, method }, reply.elapsedTime / 1000);
    logger.info(
      {
        request_id: request.id,
        account_id: request.accountId,
        route,
        method,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
      },
      'request',
    );
  });
}
