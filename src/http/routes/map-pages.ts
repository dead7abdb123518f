import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import type { HttpDeps } from '../deps.ts';
import { html, PAGE_POLICY, page } from '../html.ts';
import { mapFor } from '../map-access.ts';
import { queryParameters } from '../parameters.ts';
import { WireError } from '../wire-error.ts';

const compress = promisify(gzip);

/**
 * What the page of a map may do: run its own scripts and the map library its workers, load and ask nothing elsewhere. It may
 * be shown in a frame of any site: it shows, and changes nothing.
 */
const MAP_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self' blob:",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  'frame-ancestors *',
].join('; ');

/** Seconds for which browsers and proxies keep the land: it changes with the program alone. */
const LAND_SECONDS = 86_400;

/** The pages of maps, and the land that they lie on. */
export async function mapPageRoutes(app: FastifyInstance, deps: HttpDeps): Promise<void> {
  const hidden = { hide: true };
  const file = join(deps.webFolder, 'embed.html');
  const shell = existsSync(file) ? await readFile(file, 'utf8') : null;
  let land: Promise<Buffer> | null = null;

  app.get<{ Params: { id: string } }>('/maps/:id', { schema: hidden }, async (request, reply) => {
    reply.type('text/html; charset=utf-8').header('cache-control', 'private, no-cache');
    if (shell === null) {
      const text = html`<h1>Map</h1><p>The pages of maps were not built: run <code>npm run build</code>.</p>`;
      return reply.header('content-security-policy', PAGE_POLICY).send(page('Map', text));
    }
    reply.header('content-security-policy', MAP_POLICY);
    try {
      const { map } = await mapFor(deps, request, queryParameters(request), request.params.id);
      return reply.send(shell.replace('<title>Map</title>', () => html`<title>${map.name}</title>`.text));
    } catch (error) {
      // The page says so itself; nobody learns whether there is no such map or one that is closed.
      if (error instanceof WireError) return reply.code(404).send(shell);
      throw error;
    }
  });

  app.get('/maps/land.geojson', { schema: hidden }, async (_request, reply) => {
    land ??= deps.maps.land().then((text) => compress(text, { level: 9 }));
    reply.type('application/geo+json').header('cache-control', `public, max-age=${LAND_SECONDS}`);
    return reply.header('content-encoding', 'gzip').send(await land);
  });
}
