import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A request that a receiver of webhooks got. */
export interface ReceivedHook {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** The signature that the headers and the body ought to have under a secret. */
  signature(secret: string): string;
}

/** A receiver of webhooks on loopback. Closes itself with `await using`. */
export interface HookReceiver extends AsyncDisposable {
  readonly url: string;
  /** All requests, oldest first. */
  readonly received: readonly ReceivedHook[];
  /** Statuses of the next answers; 200 where there is none. 0: the connection is cut. null: it never answers. */
  readonly next: (number | null)[];
  /** Headers of all answers. */
  readonly headers: Record<string, string>;
  /** Waits until so many requests have come. Throws after 20 seconds. */
  until(count: number): Promise<readonly ReceivedHook[]>;
}

/** Starts it. */
export async function startHookReceiver(): Promise<HookReceiver> {
  const received: ReceivedHook[] = [];
  const next: (number | null)[] = [];
  const headers: Record<string, string> = {};
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await Array.fromAsync(request)).toString();
    const timestamp = String(request.headers['x-landfall-timestamp']);
    received.push({
      path: request.url ?? '',
      headers: request.headers,
      body,
      signature: (secret) => `sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`,
    });
    const status = next.length === 0 ? 200 : next.shift();
    if (status === null || status === undefined) return;
    if (status === 0) request.socket.destroy();
    else response.writeHead(status, headers).end('thank you');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    next,
    headers,
    async until(count) {
      for (let waited = 0; received.length < count; waited++) {
        if (waited === 2000) throw new Error(`${received.length} of ${count} requests came`);
        await sleep(10);
      }
      return received;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
