import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { type ErrorKind, ImportError } from '../../src/errors.ts';
import { createHttpClient, type HttpClient, type HttpClientOptions } from '../../src/util/http-client.ts';
import { originCertificate, startOrigin } from '../support/origin.ts';

interface TestClient extends AsyncDisposable {
  /** Status and body of an address. */
  get(url: string, headers?: Record<string, string>): Promise<[number, string]>;
  /** The failure of an address, which has to be of this kind. */
  fail(url: string, kind: ErrorKind, signal?: AbortSignal): Promise<ImportError>;
}

function startClient(options: Partial<HttpClientOptions> = {}): TestClient {
  const client: HttpClient = createHttpClient({ allowNetworks: ['127.0.0.0/8'], ...options });
  const forever = new AbortController().signal;
  return {
    async get(url, headers = {}) {
      const response = await client.get(new URL(url), { headers, signal: forever });
      return [response.status, Buffer.concat(await Array.fromAsync(response.body)).toString()];
    },
    async fail(url, kind, signal = forever) {
      const error = await client.get(new URL(url), { signal }).then(
        () => assert.fail(`${url} was answered`),
        (found: unknown) => found,
      );
      assert.ok(error instanceof ImportError, String(error));
      assert.equal(error.kind, kind, error.message);
      return error;
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}

test('five redirects are followed, six are not', async () => {
  await using origin = await startOrigin();
  await using client = startClient();
  origin.serve('/0', { body: 'here' });
  for (let i = 1; i <= 6; i++)
    origin.serve(`/${i}`, { redirect: `/${i - 1}`, status: [301, 302, 303, 307, 308][i % 5] ?? 302 });
  assert.deepEqual(await client.get(`${origin.url}/5`), [200, 'here']);
  const error = await client.fail(`${origin.url}/6`, 'downloadFailed');
  assert.match(error.message, /^127\.0\.0\.1:\d+\/6 redirects more than 5 times\.$/);
});

test('a redirect to itself ends, and so does one that needs a cookie when it gets it', async () => {
  await using origin = await startOrigin();
  await using client = startClient();
  await client.fail(origin.serve('/loop', { redirect: '/loop' }), 'downloadFailed');
  const gate = origin.serve('/gate', ({ headers }) =>
    headers.cookie === 'a=1; b=2'
      ? { body: 'in' }
      : {
          redirect: '/gate',
          headers: { 'set-cookie': 'a=1; Expires=Mon, 01 Jan 2040 00:00:00 GMT; Path=/, b=2; HttpOnly' },
        },
  );
  assert.deepEqual(await client.get(gate), [200, 'in']);
});

test('relative, protocol-relative and non-ASCII Locations are followed', async () => {
  await using origin = await startOrigin();
  await using client = startClient();
  origin.serve('/d/data.csv', { body: 'x' });
  origin.serve('/d/caf%C3%A9.csv', { body: 'é' });
  for (const [location, body] of [
    ['data.csv', 'x'],
    ['../d/./data.csv', 'x'],
    [`//127.0.0.1:${origin.port}/d/data.csv`, 'x'],
    [`${origin.url}/d/data.csv#part`, 'x'],
    ['/d/café.csv', 'é'],
  ] as const) {
    assert.deepEqual(await client.get(origin.serve('/d/hop', { redirect: location })), [200, body], location);
  }
});

test('credentials of an address stay with its origin', async () => {
  await using first = await startOrigin();
  await using second = await startOrigin();
  await using client = startClient();
  const secret = 'us er:pä:ss';
  first.serve('/data.csv', { basic: secret, body: 'x' });
  first.serve('/hop', { basic: secret, redirect: '/data.csv', headers: { 'set-cookie': 'session=1' } });
  first.serve('/out', { redirect: second.serve('/open.csv', { body: 'y' }), headers: { 'set-cookie': 'session=1' } });
  const withUser = (path: string) => `http://us%20er:p%C3%A4%3Ass@127.0.0.1:${first.port}${path}`;

  assert.deepEqual(await client.get(withUser('/data.csv')), [200, 'x']);
  assert.deepEqual(await client.get(withUser('/hop')), [200, 'x'], 'within the origin they are kept');
  assert.equal((await client.get(`${first.url}/data.csv`))[0], 401);
  assert.deepEqual(await client.get(withUser('/out'), { authorization: 'Bearer t', cookie: 'c=1' }), [200, 'y']);
  const [request] = second.requests;
  assert.equal(request?.headers.authorization, undefined);
  assert.equal(request?.headers.cookie, undefined);
});

test('TLS certificates are verified, for their authority and for their name', async () => {
  await using origin = await startOrigin({ tls: true });
  const url = origin.serve('/data.csv', { body: 'x' });
  await using distrusting = startClient();
  assert.match((await distrusting.fail(url, 'downloadFailed')).message, /not signed by a known authority/);

  const ca = await originCertificate();
  await using trusting = startClient({ ca, resolve: async () => ['127.0.0.1'] });
  assert.deepEqual(await trusting.get(url), [200, 'x']);
  assert.deepEqual(await trusting.get(`https://127.0.0.1:${origin.port}/data.csv`), [200, 'x']);
  assert.deepEqual(await trusting.get(`https://origin.test:${origin.port}/data.csv`), [200, 'x'], 'SNI keeps the name');
  const other = await trusting.fail(`https://other.test:${origin.port}/data.csv`, 'downloadFailed');
  assert.match(other.message, /certificate is for another name/);
});

test('https leads to https only', async () => {
  await using secure = await startOrigin({ tls: true });
  await using plain = await startOrigin();
  await using client = startClient({ ca: await originCertificate() });
  const target = plain.serve('/data.csv', { body: 'x' });
  const error = await client.fail(secure.serve('/hop', { redirect: target }), 'downloadFailed');
  assert.match(error.message, /from https to http/);
  assert.equal(plain.requests.length, 0);

  const upward = plain.serve('/up', { redirect: secure.serve('/data.csv', { body: 'y' }) });
  assert.deepEqual(await client.get(upward), [200, 'y']);
});

test('a server that is not there, or speaks no HTTP, is told from one that is unknown', async () => {
  await using client = startClient({ resolve: async () => Promise.reject(new Error('ENOTFOUND')) });
  assert.match(
    (await client.fail('http://127.0.0.1:1/a?key=secret', 'downloadFailed')).message,
    /refused the connection/,
  );
  assert.match(
    (await client.fail('http://nowhere.test/a?key=secret', 'unknownHost')).message,
    /^The server of nowhere/,
  );

  const server = createServer((socket) =>
    socket
      .on('error', () => {})
      .resume()
      .end('220 smtp.example.org ESMTP\r\n'),
  );
  await using _closed = { [Symbol.asyncDispose]: async () => void server.close() };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  assert.match((await client.fail(`http://127.0.0.1:${address.port}/a`, 'downloadFailed')).message, /is not HTTP/);
});

test('a resolver or a server that does not answer is given up in time', async () => {
  await using origin = await startOrigin();
  const silent = origin.serve('/silent', { headersAfterMs: Infinity });
  await using client = startClient({
    resolve: () => new Promise(() => {}),
    connectTimeoutMs: 200,
    headersTimeoutMs: 200,
  });
  const started = performance.now();
  assert.match((await client.fail(silent, 'downloadTimeout')).message, /\/silent did not answer in time\.$/);
  assert.match(
    (await client.fail('http://slow.test/', 'downloadTimeout')).message,
    /could not be connected to in time/,
  );
  assert.ok(performance.now() - started < 2000);
});

test("the caller's signal ends a request with the caller's reason", async () => {
  await using origin = await startOrigin();
  await using client = startClient();
  const reason = new ImportError('importTimeout');
  const silent = origin.serve('/silent', { headersAfterMs: Infinity });
  const controller = new AbortController();
  setTimeout(() => controller.abort(reason), 50);
  assert.equal(await client.fail(silent, 'importTimeout', controller.signal), reason);
});

test('messages name host and path, and neither credentials nor query', async () => {
  await using origin = await startOrigin();
  await using client = startClient({ resolve: async () => [], connectTimeoutMs: 100, headersTimeoutMs: 100 });
  const secret = 'S3CR3T';
  const host = `user:${secret}@127.0.0.1:${origin.port}`;
  origin.serve(`/loop?k=${secret}`, { redirect: `/loop?k=${secret}` });
  origin.serve(`/silent?k=${secret}`, { headersAfterMs: Infinity });
  for (const error of [
    await client.fail(`http://${host}/loop?k=${secret}#${secret}`, 'downloadFailed'),
    await client.fail(`http://${host}/silent?k=${secret}`, 'downloadTimeout'),
    await client.fail(`http://user:${secret}@nowhere.test/a?k=${secret}`, 'unknownHost'),
    await client.fail(`http://user:${secret}@127.0.0.1:1/a?k=${secret}`, 'downloadFailed'),
    await client.fail(`ftp://user:${secret}@127.0.0.1/a?k=${secret}`, 'unknownHost'),
  ]) {
    assert.ok(!`${error.message} ${error.hint}`.includes(secret), error.message);
  }
});
