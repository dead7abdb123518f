import type { FastifyInstance } from 'fastify';

/** `type/subtype` of RFC 9110, with or without parameters. */
const mediaType = /^\s*[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+\s*(;|$)/;

/**
 * Headers of every answer. Any page may call the API with a key of its own (CORS without credentials: no cookie ever
 * counts); no answer is sniffed, and no address, which may carry a key, goes on as a referrer.
 */
export function addHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({
      'access-control-allow-origin': '*',
      'access-control-expose-headers':
        'Retry-After, Carto-Rate-Limit-Limit, Carto-Rate-Limit-Remaining, Carto-Rate-Limit-Reset, X-Request-ID, Location, Content-Crs, Tus-Resumable, Tus-Version, Tus-Extension, Upload-Offset, Upload-Length',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'x-request-id': request.id,
    });
    // With `?filename=` the type means nothing, so one that is no media type must not be refused before the route.
    const type = request.raw.headers['content-type'];
    if (type !== undefined && !mediaType.test(type)) request.raw.headers['content-type'] = 'application/octet-stream';
    if (request.method !== 'OPTIONS') return;
    return reply
      .code(204)
      .headers({
        'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS',
        'access-control-allow-headers':
          'Authorization, Content-Type, X-Request-ID, X-Requested-With, Tus-Resumable, Upload-Length, Upload-Metadata, Upload-Offset',
        'tus-resumable': '1.0.0',
        'tus-version': '1.0.0',
        'tus-extension': 'creation,termination',
        'access-control-max-age': '86400',
      })
      .send();
  });
}
