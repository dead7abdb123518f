import type { FastifyRequest } from 'fastify';
import type { HttpDeps } from './deps.ts';
import type { Parameters } from './parameters.ts';

/** A host as it may stand in a link: letters, digits, dots, hyphens or an IPv6 address, and a port. */
const plainHost = /^(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;

/**
 * The address of this server without a slash at the end, for links in answers: that of the settings, else the one that
 * the client itself used.
 */
export function ownAddress(deps: Pick<HttpDeps, 'config'>, request: FastifyRequest): string {
  const set = deps.config.LANDFALL_BASE_URL;
  if (set !== null) return set.replace(/\/+$/, '');
  const host = request.headers.host ?? '';
  const scheme = request.headers['x-forwarded-proto'] === 'https' ? 'https' : 'http';
  if (plainHost.test(host)) return `${scheme}://${host}`;
  return `http://127.0.0.1:${request.socket.localPort ?? 80}`;
}

/** What opens tables (`api_key`, or the token of a link) as it came in the query, for links that lead on: clients follow them as they stand. */
export function keyOf(parameters: Parameters): Readonly<Record<string, string>> {
  const sent = ['api_key', 'token', 'auth_token'].map((name) => [name, parameters.get(name)] as const);
  return Object.fromEntries(
    sent.filter((pair): pair is [string, string] => typeof pair[1] === 'string' && pair[1] !== ''),
  );
}
