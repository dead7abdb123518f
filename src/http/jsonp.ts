import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Parameters } from './parameters.ts';
import { WireError } from './wire-error.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Name of the function that the answer is wrapped in; null: plain JSON. */
    jsonp: string | null;
  }
}

/** Takes `callback` from the parameters for the answer. Throws 400 where it is no plain name (wire contract 1.1). */
export function readCallback(request: FastifyRequest, parameters: Parameters): void {
  const callback = parameters.get('callback');
  if (callback === undefined || callback === null || callback === '') return;
  if (typeof callback !== 'string' || !/^[$a-z_][0-9a-z_$]*$/i.test(callback)) {
    throw new WireError(400, { errors: { callback: 'Invalid callback format' } });
  }
  request.jsonp = callback;
}

/** U+2028 and U+2029 end a line in old JavaScript, though not in JSON. */
export const asScript = (json: string): string => json.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');

/** Sends a body as JSON, or as JSONP where the request asked for it; null sends an empty body. */
export function sendJson(
  request: FastifyRequest,
  reply: FastifyReply,
  status: number,
  body: object | null,
): FastifyReply {
  reply.code(status);
  if (body === null) return reply.send();
  const json = JSON.stringify(body);
  if (request.jsonp === null) return reply.type('application/json; charset=utf-8').send(json);
  return reply.type('text/javascript; charset=utf-8').send(`${request.jsonp}(${asScript(json)})`);
}
