import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createApiClient, isLandfall } from './api-client.ts';

const never = new AbortController().signal;

/** A server on a free port that answers as told; closed with the scope. */
async function answering(answer: (request: IncomingMessage, body: string, response: ServerResponse) => void) {
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    answer(request, body, response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return {
    url: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

test('a file is sent as its own bytes, with its name, its length and the key, and told as it goes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'landfall-cli-'));
  try {
    const path = join(folder, 'a b&ü.csv');
    const content = `x\n${'1234567\n'.repeat(100_000)}`;
    await writeFile(path, content);
    const seen: { body: string; url: URL; length: unknown; key: unknown }[] = [];
    await using server = await answering((request, body, response) => {
      const url = new URL(request.url ?? '', 'http://x');
      seen.push({ body, url, length: request.headers['content-length'], key: request.headers.authorization });
      response.end('{"item_queue_id":"i-1","success":true}');
    });
    await using client = createApiClient(server.url, 'k', never);
    const sent: number[] = [];
    assert.equal(await client.upload(path, { privacy: 'public' }, (bytes) => sent.push(bytes)), 'i-1');
    const [request] = seen;
    assert.equal(request?.body, content);
    assert.equal(request?.length, String(content.length));
    assert.equal(request?.key, 'Bearer k');
    assert.deepEqual(Object.fromEntries(request?.url.searchParams ?? []), { privacy: 'public', filename: 'a b&ü.csv' });
    assert.deepEqual([sent.at(0), sent.at(-1)], [0, content.length]);
    assert.deepEqual(
      sent,
      sent.toSorted((a, b) => a - b),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('a server that is busy is asked again after the time that it names', async () => {
  let asked = 0;
  await using server = await answering((_request, _body, response) => {
    asked++;
    if (asked === 1) response.writeHead(429, { 'retry-after': '1' }).end('{"errors":{"imports":"busy"}}');
    else response.end('{"item_queue_id":"i-2","success":true}');
  });
  await using client = createApiClient(server.url, 'k', never);
  const startedAt = performance.now();
  assert.equal(await client.importUrl('https://example.org/a.csv', {}), 'i-2');
  assert.equal(asked, 2);
  assert.ok(performance.now() - startedAt >= 990);
});

test('a refusal is told in the words of the server', async () => {
  const refusals: [number, string, RegExp][] = [
    [401, '', /does not know this API key/],
    [400, '{"errors":{"imports":"Invalid URL, cannot connect dataset: x"}}', /answered 400: Invalid URL/],
    [400, '{"error":["relation \\"x\\" does not exist"]}', /answered 400: relation "x" does not exist/],
    [502, '<html>bad gateway</html>', /answered 502: <html>bad gateway/],
    [200, 'not JSON', /answered 200: not JSON/],
  ];
  for (const [status, body, message] of refusals) {
    await using server = await answering((_request, _body, response) => response.writeHead(status).end(body));
    await using client = createApiClient(server.url, 'k', never);
    await assert.rejects(client.sql('select 1'), { message });
  }
});

test('a port where nothing listens is told from one where something else does', async () => {
  const gone = await answering((_request, _body, response) => response.end());
  await gone[Symbol.asyncDispose]();
  assert.equal(await isLandfall(gone.url, never), null);
  await using other = await answering((_request, _body, response) => response.writeHead(404).end());
  assert.equal(await isLandfall(other.url, never), false);
  await using landfall = await answering((_request, _body, response) => response.end('{"ok":true}'));
  assert.equal(await isLandfall(landfall.url, never), true);
});
