import type { FastifyInstance } from 'fastify';

/**
 * Headers of every answer. Any page may call the API with a key of its own (CORS without credentials: no cookie ever
 * counts); no answer is sniffed, and no address, which may carry a key, goes on as a referrer.
 */
export function addHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({
      'access-control-allow-origin': '*',
      'access-control-expose-headers':
        'Retry-After, Carto-Rate-Limit-Limit, Carto-Rate-Limit-Remaining, Carto-Rate-Limit-Reset, X-Request-ID',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'x-request-id': request.id,
    });
    if (request.method !== 'OPTIONS') return;
    return reply
      .code(204)
      .headers({
        'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS',
        'access-control-allow-headers': 'Authorization, Content-Type, X-Request-ID, X-Requested-With',
        'access-control-max-age': '86400',
      })
      .send();
  });
}
