import type { FastifyInstance } from 'fastify';
import { authenticate, requireAccount, requireAddressed, toPresented } from '../auth.ts';
import { readParameterBody } from '../body.ts';
import type { HttpDeps } from '../deps.ts';
import { queryParameters, textOf } from '../parameters.ts';

/**
 * Signing in with a browser: the key is sent once, and a cookie that no script can read stands for it. For the web app
 * alone, so not in the documentation of the API.
 */
export async function sessionRoutes(app: FastifyInstance, deps: HttpDeps): Promise<void> {
  const hidden = { hide: true };

  app.post('/api/v1/session', { schema: hidden }, async (request, reply) => {
    await requireAddressed(deps, request);
    const parameters = await readParameterBody(request, reply);
    const key = toPresented({ key: textOf(parameters, 'api_key') ?? '', name: textOf(parameters, 'account') });
    const account = await authenticate(deps, request, key);
    if (key.keyHash !== null) reply.header('set-cookie', deps.sessions.open(request, key.keyHash));
    return reply.send({ account: account.name });
  });

  app.get('/api/v1/session', { schema: hidden }, async (request, reply) => {
    const account = await requireAccount(deps, request, queryParameters(request));
    const keyHash = deps.sessions.find(request);
    if (keyHash !== null) reply.header('set-cookie', deps.sessions.open(request, keyHash));
    return reply.send({ account: account.name });
  });

  app.delete('/api/v1/session', { schema: hidden }, async (request, reply) =>
    reply.code(204).header('set-cookie', deps.sessions.end(request)).send(),
  );
}
