import type { FastifyError, FastifyInstance } from 'fastify';
import { ImportError } from '../errors.ts';
import { sendJson } from './jsonp.ts';
import { WireError } from './wire-error.ts';

/** Classes of SQLSTATE that say the database cannot answer now: connection lost, too little of something, stopping. */
const isUnavailable = (error: Error): boolean =>
  error.name === 'DatabaseError' && 'code' in error && /^(08|53|57P)/.test(String(error.code));

/** When a client may ask again after a 503, in seconds. */
const RETRY_AFTER_SECONDS = 5;

/** The one place where an error becomes an answer. What nobody foresaw is a 500 with the request's id, and logged. */
export function renderErrors(app: FastifyInstance): void {
  app.setNotFoundHandler((request, reply) => {
    if (request.url.startsWith('/api/')) return sendJson(request, reply, 404, null);
    return sendJson(request, reply, 404, { errors: ['There is nothing at this address. See /docs'] });
  });

  app.setErrorHandler((error: FastifyError | WireError | ImportError, request, reply) => {
    if (error instanceof WireError) {
      reply.headers(error.headers);
      return sendJson(request, reply, error.status, error.body);
    }
    const status = 'statusCode' in error ? (error.statusCode ?? 500) : 500;
    if (status >= 400 && status < 500) return sendJson(request, reply, status, { errors: [error.message] });
    request.log.error({ err: error, request_id: request.id, route: request.routeOptions.url }, 'request failed');
    if (isUnavailable(error)) {
      reply.header('retry-after', String(RETRY_AFTER_SECONDS));
      return sendJson(request, reply, 503, {
        errors: ['The database does not answer at the moment. Please try again'],
      });
    }
    if (error instanceof ImportError && error.kind === 'ioError') {
      reply.header('retry-after', String(RETRY_AFTER_SECONDS));
      return sendJson(request, reply, 503, { errors: { imports: error.text }, error_code: error.code });
    }
    return sendJson(request, reply, 500, {
      errors: [`The server failed to answer. Please try again; the log has more under request ${request.id}`],
    });
  });
}
