import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { HttpDeps } from '../deps.ts';
import { homePage } from '../home-page.ts';
import { PAGE_POLICY } from '../html.ts';

/**
 * What the web app may do: run its own scripts, and the map library its workers; load and ask nothing elsewhere; be
 * shown in no frame.
 */
const APP_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self' blob:",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The web app at `/` and under `/app`, and its files; where it was not built, a page that says how to go on. */
export async function appRoutes(app: FastifyInstance, deps: HttpDeps): Promise<void> {
  const hidden = { hide: true };
  const { webFolder } = deps;
  if (!existsSync(join(webFolder, 'index.html'))) {
    app.get('/', { schema: hidden }, async (request, reply) => {
      // Never the Host header: whoever sends the request chooses that.
      const { localAddress = '127.0.0.1', localPort, localFamily } = request.socket;
      const here = `http://${localFamily === 'IPv6' ? `[${localAddress}]` : localAddress}:${localPort}`;
      return reply
        .header('content-security-policy', PAGE_POLICY)
        .type('text/html; charset=utf-8')
        .send(homePage(deps.config.LANDFALL_BASE_URL ?? here));
    });
    return;
  }

  await app.register(fastifyStatic, { root: webFolder, serve: false, preCompressed: true });
  // The page itself is asked for anew each time, so that a new version is seen; its files carry their content's hash.
  const sendPage = (_request: unknown, reply: FastifyReply): FastifyReply =>
    reply
      .header('content-security-policy', APP_POLICY)
      .sendFile('index.html', { cacheControl: false })
      .header('cache-control', 'no-cache');
  app.get('/', { schema: hidden }, sendPage);
  app.get('/app/*', { schema: hidden }, sendPage);
  app.get<{ Params: { '*': string } }>('/assets/*', { schema: hidden }, (request, reply) =>
    reply.sendFile(`assets/${request.params['*']}`, { maxAge: '365d', immutable: true }),
  );
  app.get('/favicon.svg', { schema: hidden }, (_request, reply) => reply.sendFile('favicon.svg', { maxAge: '1d' }));
}
