import type { FastifyInstance } from 'fastify';

/** How long a client may go on sending a body that was answered early, in milliseconds. */
const LINGER_MS = 4_000;

/** How long running requests may go on once the server is told to close, in milliseconds; an upload may want hours. */
const DRAIN_MS = 10_000;

/** Ends `close()` in bounded time: what still runs then is cut off, and its client sends it again. */
export function boundClose(app: FastifyInstance): void {
  app.addHook('preClose', async () => {
    const timer = setTimeout(() => app.server.closeAllConnections(), DRAIN_MS);
    app.server.once('close', () => clearTimeout(timer));
  });
}

/**
 * An answer may come before the body was read: a wrong key, a file over the limit. Cutting the connection at once
 * would lose the answer in many clients, so the rest is thrown away for a moment, then the connection ends.
 */
export function lingerAfterEarlyAnswers(app: FastifyInstance): void {
  app.addHook('onResponse', async (request) => {
    const { raw } = request;
    if (raw.complete || raw.destroyed) return;
    const timer = setTimeout(() => raw.socket.destroy(), LINGER_MS);
    timer.unref();
    raw.once('end', () => clearTimeout(timer));
    raw.once('close', () => clearTimeout(timer));
    raw.on('error', () => clearTimeout(timer));
    raw.resume();
  });

  // Without this listener Node.js asks for the body before anybody has looked at the key.
  app.server.on('checkContinue', (request, response) => app.server.emit('request', request, response));
}
