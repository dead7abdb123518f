import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ImportError } from '../../src/errors.ts';
import { createUrlSource } from '../../src/sources/url/index.ts';
import { createAddressGuard } from '../../src/util/address-guard.ts';
import type { Resolve } from '../../src/util/guarded-connect.ts';
import { createHttpClient, type HttpClient } from '../../src/util/http-client.ts';
import { type Canary, PRIVATE_HOSTS, startCanary } from '../support/canary.ts';
import { startFetch } from '../support/fetch-context.ts';
import { type Origin, startOrigin } from '../support/origin.ts';

/** An origin on an address that is listed, at the same port as a canary on the addresses that are not. */
const ALLOWED = '127.7.7.7';

interface Stage extends AsyncDisposable {
  readonly canary: Canary;
  readonly origin: Origin;
  client(resolve?: Resolve): HttpClient;
}

async function startStage(): Promise<Stage> {
  const canary = await startCanary();
  const origin = await startOrigin({ host: ALLOWED, port: canary.port });
  const clients: HttpClient[] = [];
  return {
    canary,
    origin,
    client(resolve) {
      const client = createHttpClient({
        allowNetworks: [`${ALLOWED}/32`],
        connectTimeoutMs: 2000,
        headersTimeoutMs: 2000,
        ...(resolve === undefined ? {} : { resolve }),
      });
      clients.push(client);
      return client;
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) await client.close();
      await origin[Symbol.asyncDispose]();
      await canary[Symbol.asyncDispose]();
    },
  };
}

/** Fetches, and returns 'fetched' or the kind and text of the failure. */
async function outcome(client: HttpClient, url: string): Promise<[string, string]> {
  await using job = await startFetch();
  try {
    await createUrlSource({ client, limits: { retryDelayMs: 1 } }).fetch(url, job.context);
    return ['fetched', ''];
  } catch (error) {
    assert.ok(error instanceof ImportError, String(error));
    return [error.kind, error.message];
  }
}

const csv = { body: 'a,b\n1,2\n' };

test('the canary can be reached where its network is listed', async () => {
  await using canary = await startCanary();
  const client = createHttpClient({ allowNetworks: ['127.0.0.0/8'] });
  const loopback = PRIVATE_HOSTS.filter((host) => new URL(`http://${host}/`).hostname === '127.0.0.1');
  assert.ok(loopback.length >= 15);
  for (const host of loopback) {
    assert.deepEqual(await outcome(client, `http://${host}:${canary.port}/data.csv`), ['fetched', ''], host);
  }
  assert.equal(canary.hits(), loopback.length);
  await client.close();
});

test(`${PRIVATE_HOSTS.length} ways to write a private address reach nothing, straight and by redirect`, async () => {
  await using stage = await startStage();
  const client = stage.client();
  const unknown = await outcome(client, `http://no-such-host.invalid:${stage.canary.port}/data.csv`);
  assert.equal(unknown[0], 'unknownHost');

  for (const [i, host] of PRIVATE_HOSTS.entries()) {
    const target = `http://${host}:${stage.canary.port}/data.csv`;
    const started = performance.now();
    const [kind, text] = await outcome(client, target);
    assert.equal(kind, 'unknownHost', target);
    const shown = new URL(target);
    assert.equal(
      text.replace(shown.host, 'HOST'),
      unknown[1].replace(/no-such-host\.invalid:\d+/, 'HOST'),
      'the text is that of an unknown host',
    );
    const hop = stage.origin.serve(`/hop${i}`, { redirect: target });
    assert.equal((await outcome(client, hop))[0], 'unknownHost', `redirect to ${target}`);
    assert.ok(performance.now() - started < 2000, 'refused at once');
  }
  assert.equal(stage.canary.hits(), 0);
  assert.equal(stage.origin.requests.length, PRIVATE_HOSTS.length, 'each redirect was asked for');

  assert.deepEqual(await outcome(client, stage.origin.serve('/data.csv', csv)), ['fetched', '']);
  const hop = stage.origin.serve('/hop', { redirect: '/data.csv' });
  assert.deepEqual(await outcome(client, hop), ['fetched', ''], 'a redirect to a listed address is followed');
});

test('a name whose answers alternate reaches the listed address only', async () => {
  await using stage = await startStage();
  stage.origin.serve('/data.csv', csv);
  let asked = 0;
  const client = stage.client(async () => {
    asked += 1;
    return asked % 2 === 1 ? [ALLOWED] : ['127.0.0.1'];
  });
  const kinds = new Map<string, number>();
  for (let i = 0; i < 200; i++) {
    const [kind] = await outcome(client, `http://rebind.test:${stage.canary.port}/data.csv`);
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  assert.equal(stage.canary.hits(), 0);
  assert.equal(asked, 200, 'a name is resolved once for each connection');
  assert.deepEqual(Object.fromEntries(kinds), { fetched: 100, unknownHost: 100 });
  assert.equal(stage.origin.requests.length, 100);
});

test('a name with one refused address among its answers is refused, in whatever order', async () => {
  await using stage = await startStage();
  stage.origin.serve('/data.csv', csv);
  const answers = [
    ['127.0.0.1', ALLOWED],
    [ALLOWED, '127.0.0.1'],
    [ALLOWED, '::1'],
    ['::1', ALLOWED],
    [ALLOWED, '::ffff:127.0.0.1'],
    [ALLOWED, 'rebind.test'],
    [],
  ];
  for (const answer of answers) {
    const client = stage.client(async () => answer);
    assert.equal(
      (await outcome(client, `http://mixed.test:${stage.canary.port}/data.csv`))[0],
      'unknownHost',
      `${answer}`,
    );
  }
  assert.equal(stage.canary.hits(), 0);
  const control = stage.client(async () => [ALLOWED, ALLOWED]);
  assert.equal((await outcome(control, `http://good.test:${stage.canary.port}/data.csv`))[0], 'fetched');
  assert.equal(stage.origin.requests.at(-1)?.headers.host, `good.test:${stage.canary.port}`, 'Host keeps the name');
});

test('a redirect to another scheme goes nowhere', async () => {
  await using stage = await startStage();
  const client = stage.client();
  for (const target of ['file:///etc/passwd', 'ftp://127.0.0.1/x', 'data:,a', 'gopher://127.0.0.1/']) {
    assert.equal((await outcome(client, stage.origin.serve('/hop', { redirect: target })))[0], 'unknownHost', target);
  }
  const broken = stage.origin.serve('/hop', { redirect: 'http://:80/' });
  assert.equal((await outcome(client, broken))[0], 'downloadFailed');
});

test('whenever a connection is made, its address is on a listed network', async () => {
  await using origin = await startOrigin({ host: '0.0.0.0' });
  origin.serve('/data.csv', csv);
  const octet = fc.constantFrom(0, 1, 2, 7, 128, 255);
  const loopback = fc.tuple(octet, octet, fc.constantFrom(1, 2, 3, 254)).map((rest) => `127.${rest.join('.')}`);
  const network = fc.tuple(loopback, fc.integer({ min: 8, max: 32 })).map(([address, bits]) => `${address}/${bits}`);
  let connections = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(network, { maxLength: 3 }),
      fc.array(loopback, { minLength: 1, maxLength: 3 }),
      async (allowNetworks, answer) => {
        const client = createHttpClient({ allowNetworks, resolve: async () => answer });
        const guard = createAddressGuard(allowNetworks);
        const before = origin.requests.length;
        const [kind] = await outcome(client, `http://any.test:${origin.port}/data.csv`);
        await client.close();
        for (const request of origin.requests.slice(before)) {
          connections += 1;
          assert.equal(guard.classify(request.localAddress), 'listed', request.localAddress);
          assert.ok(answer.includes(request.localAddress));
        }
        const isAllowed = answer.every((address) => guard.classify(address) === 'listed');
        assert.equal(kind, isAllowed ? 'fetched' : 'unknownHost');
      },
    ),
    { numRuns: 200, seed: 20 },
  );
  assert.ok(connections >= 20, `${connections} connections were made`);
});
