/** What connectors must withstand: addresses that are not theirs to reach, rogue servers, and secrets that get out. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { TLSSocket } from 'node:tls';
import { startTestApp, type TestApp } from '../support/app.ts';
import { anyEngine, engines } from '../support/database.ts';

const many = { LANDFALL_CONCURRENT_IMPORTS: '100', LANDFALL_WORKERS: '4' };

async function post(app: TestApp, connector: object): Promise<{ status: number; text: string }> {
  const response = await app.api(`/api/v1/imports?api_key=${app.key}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ connector }),
  });
  return { status: response.status, text: await response.text() };
}

const idOf = (text: string): string => (JSON.parse(text) as { item_queue_id: string }).item_queue_id;

async function failed(app: TestApp, connector: object) {
  const { status, text } = await post(app, connector);
  assert.equal(status, 200, text);
  const done = await app.waitFor(idOf(text));
  assert.equal(done.state, 'failure');
  return done;
}

const target = (server: string, port: number) => ({
  connection: { server, port, username: 'u', password: 'p', database: 'd', sslmode: 'disable' },
  table: 't',
});

/** A server that answers with bytes; ends with the scope. */
async function startServer(onSocket: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

suite('addresses that are not to be reached', () => {
  test('a host is a host: no socket, list of hosts or option of a library', async () => {
    await using app = await startTestApp(anyEngine, many);
    for (const server of [
      '/run/postgresql',
      'a,b',
      '127.0.0.1:5432',
      'x?options=-c',
      'user@127.0.0.1',
      '../x',
      '[::1',
    ]) {
      const done = await failed(app, { provider: 'postgres', ...target(server, 5432) });
      assert.ok([1500, 1502].includes(done.error_code ?? 0), server);
    }
    const { status } = await post(app, {
      provider: 'postgres',
      connection: { server: 's', username: 'u', database: 'd', options: '-c x' },
      table: 't',
    });
    assert.equal(status, 400);
  });

  test("the service's own database is no source", {
    skip: !engines.includes('postgres') && 'needs PostgreSQL: sh scripts/with-postgres.sh',
  }, async () => {
    await using app = await startTestApp('postgres');
    const own = new URL(process.env.TEST_DATABASE_URL ?? '');
    for (const host of ['127.0.0.1', 'localhost', '127.0.0.2']) {
      const done = await failed(app, { provider: 'postgres', ...target(host, Number(own.port)) });
      assert.equal(done.error_code, 1500);
      assert.match(done.get_error_text?.what_about ?? '', /is not known or cannot be reached/);
    }
  });
});

/** A packet of MySQL's protocol. */
function packet(sequence: number, body: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUIntLE(body.length, 0, 3);
  head[3] = sequence;
  return Buffer.concat([head, body]);
}

/** The greeting of a MySQL 8 server without TLS (protocol version 10). */
const greeting = Buffer.concat([
  Buffer.from([10]),
  Buffer.from('8.0.36\0'),
  Buffer.from([1, 0, 0, 0]),
  Buffer.from('12345678\0'),
  // Capabilities: protocol 4.1, secure connection, plugin auth, local files.
  Buffer.from([0x80 | 0x09, 0x82]),
  Buffer.from([45, 2, 0]),
  Buffer.from([0x08, 0x00]),
  Buffer.from([21]),
  Buffer.alloc(10),
  Buffer.from('123456789012\0'),
  Buffer.from('mysql_native_password\0'),
]);

/** The same of a server that can encrypt (CLIENT_SSL). */
const encryptingGreeting = Buffer.from(greeting);
encryptingGreeting[1 + 7 + 4 + 9 + 1]! |= 0x08;

suite('rogue servers', () => {
  let app: TestApp;
  before(async () => {
    app = await startTestApp(anyEngine);
  });
  after(() => app[Symbol.asyncDispose]());

  test('a MySQL server that asks for a file gets no byte of it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'landfall-canary-'));
    const file = join(folder, 'canary.txt');
    writeFileSync(file, 'CANARY-TEXT');
    const received: Buffer[] = [];
    let asked = 0;
    await using server = await startServer((socket) => {
      socket.write(packet(0, greeting));
      let isIn = false;
      socket.on('data', (bytes: Buffer) => {
        if (!isIn) {
          isIn = true;
          socket.write(packet(2, Buffer.from([0, 0, 0, 2, 0, 0, 0])));
          return;
        }
        if (asked === 0) {
          asked++;
          socket.write(packet(1, Buffer.concat([Buffer.from([0xfb]), Buffer.from(file)])));
          return;
        }
        received.push(bytes);
        socket.end();
      });
    });
    const done = await failed(app, { provider: 'mysql', ...target('127.0.0.1', server.port) });
    assert.equal(done.error_code, 1500);
    assert.ok(asked > 0, 'the server asked');
    rmSync(folder, { recursive: true });
    assert.ok(!Buffer.concat(received).includes('CANARY'), Buffer.concat(received).toString('latin1'));
    assert.deepEqual([...Buffer.concat(received).subarray(0, 3)], [0, 0, 0], 'an empty packet ends the file');
  });

  const tls = new URL('../support/tls/', import.meta.url);
  const proof = {
    isServer: true,
    key: readFileSync(new URL('key.pem', tls)),
    cert: readFileSync(new URL('certificate.pem', tls)),
  };
  const encrypting = {
    mysql: { hello: packet(0, encryptingGreeting), request: 36, answer: Buffer.alloc(0) },
    postgres: { hello: Buffer.alloc(0), request: 8, answer: Buffer.from('S') },
  };
  for (const [provider, { hello, request, answer }] of Object.entries(encrypting)) {
    test(`a ${provider} server that does not prove who it is hears nothing, unless that is asked for`, async () => {
      let heard = 0;
      await using server = await startServer((socket) => {
        socket.write(hello);
        socket.once('data', (bytes: Buffer) => {
          socket.pause();
          // What a client says behind its request is of TLS already.
          if (bytes.length > request) socket.unshift(bytes.subarray(request));
          socket.write(answer);
          const secure = new TLSSocket(socket, proof);
          secure.on('error', () => undefined);
          secure.on('data', (bytes: Buffer) => {
            heard += bytes.length;
            secure.end();
          });
        });
      });
      const { connection, table } = target('127.0.0.1', server.port);
      const { sslmode: _, ...unsaid } = connection;
      for (const asked of [unsaid, { ...unsaid, sslmode: 'require' }, { ...unsaid, sslmode: 'verify-full' }]) {
        const done = await failed(app, { provider, connection: asked, table });
        assert.equal(done.error_code, 1500);
        assert.match(done.get_error_text?.what_about ?? '', /certificate.*sslmode=no-verify/s);
      }
      assert.equal(heard, 0);
      await failed(app, { provider, connection: { ...unsaid, sslmode: 'no-verify' }, table });
      assert.ok(heard > 0);
      heard = 0;
      // MySQL's driver compares names alone.
      const named = { ...unsaid, server: provider === 'mysql' ? 'localhost' : '127.0.0.1', ca: proof.cert.toString() };
      await failed(app, { provider, connection: named, table });
      assert.ok(heard > 0, 'a certificate that was given proves it');
    });
  }

  test('a PostgreSQL server that announces endless messages ends in a code', async () => {
    await using server = await startServer((socket) => {
      socket.once('data', () => {
        const head = Buffer.from([0x52, 0x7f, 0xff, 0xff, 0xff]);
        socket.write(head);
        const chunk = Buffer.alloc(1 << 20);
        const pump = (): void => {
          while (!socket.destroyed && socket.write(chunk));
          socket.once('drain', pump);
        };
        pump();
      });
    });
    const before = process.memoryUsage().rss;
    const done = await failed(app, { provider: 'postgres', ...target('127.0.0.1', server.port) });
    assert.equal(done.error_code, 1500);
    assert.ok(process.memoryUsage().rss - before < 1 << 30);
  });

  test('a server that is no database ends in a code', async () => {
    for (const answer of ['HTTP/1.1 400 Bad Request\r\n\r\n', '\0\0\0\0\0', 'N'.repeat(1000)]) {
      await using server = await startServer((socket) => socket.end(answer));
      for (const provider of ['mysql', 'postgres']) {
        assert.equal((await failed(app, { provider, ...target('127.0.0.1', server.port) })).error_code, 1500);
      }
    }
  });
});

/** What a file holds; nothing where it has gone since it was listed, as those of a reader that ends. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}

/** All that a program keeps: its files and its database, the embedded one as its own files and log. */
function keptBy({ folder, databaseUrl }: TestApp): string {
  const files = globSync('**/*', { cwd: folder, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => textOf(join(entry.parentPath, entry.name)));
  const dump =
    databaseUrl === null ? '' : execFileSync('pg_dump', [databaseUrl], { encoding: 'latin1', maxBuffer: 1e9 });
  return files.join('') + dump;
}

for (const engine of engines) {
  test(`a marked password is nowhere but sealed, on ${engine}`, async () => {
    const secret = 'S3CR3T-7f3b-mark';
    const answers: string[] = [];
    await using app = await startTestApp(engine);
    const call = async (path: string, init?: RequestInit): Promise<string> => {
      const text = await (await app.api(`${path}${path.includes('?') ? '&' : '?'}api_key=${app.key}`, init)).text();
      answers.push(text);
      return text;
    };
    const send = (path: string, body: object) =>
      call(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    const connection = {
      server: '127.0.0.1',
      port: '1',
      username: 'u',
      password: secret,
      database: 'd',
      sslmode: 'disable',
    };

    const imported = await send('/api/v1/imports', { connector: { provider: 'postgres', connection, table: 't' } });
    await app.waitFor(idOf(imported));
    await call(`/api/v1/imports/${idOf(imported)}`);
    const fromUrl = await send('/api/v1/imports', { url: `http://u:${secret}@127.0.0.1:1/file.csv` });
    await app.waitFor(idOf(fromUrl));
    await call(`/api/v1/imports/${idOf(fromUrl)}`);
    const described = await call(
      `/api/v1/imports?filename=a.csv&metadata_url=${encodeURIComponent(`http://u:${secret}@127.0.0.1:1/meta.json`)}`,
      { method: 'POST', body: 'a\n1\n' },
    );
    const { warnings } = await app.waitFor(idOf(described));
    assert.match(JSON.stringify(warnings), /"name":"metadata_url"/);
    const sync = JSON.parse(
      await send('/api/v1/synchronizations', {
        connector: { provider: 'mysql', connection, table: 't' },
        interval: 3600,
      }),
    ) as { id: string; service_name: string; service_item_id: string };
    assert.equal(sync.service_name, 'connector');
    assert.deepEqual((JSON.parse(sync.service_item_id) as { table: string }).table, 't');
    await call(`/api/v1/synchronizations/${sync.id}`);
    const { id } = JSON.parse(
      await send('/api/v4/connections', { name: 'shop', connector: 'postgres', parameters: connection }),
    ) as { id: string };
    await call('/api/v4/connections');
    assert.match(await call(`/api/v4/connections/${id}`), /"username":"u"/);
    assert.match(await call(`/api/v4/connections/${id}/connect`), /"connected":false/);
    const stored = await send('/api/v1/imports', {
      connector: { provider: 'postgres', connection_id: id, table: 't' },
    });
    assert.equal((await app.waitFor(idOf(stored))).error_code, 1500);
    assert.match(
      await send('/api/v1/imports', { connector: { provider: 'mysql', connection_id: id, table: 't' } }),
      /connection_id names no connection/,
    );
    assert.match(
      await call(
        `/api/v1/connectors/postgres/connect?server=127.0.0.1&port=1&username=u&database=d&password=${secret}`,
      ),
      /"connected":false/,
    );

    assert.deepEqual(
      answers.filter((text) => text.includes(secret)),
      [],
    );
    const kept = keptBy(app);
    assert.ok(kept.includes('sealed1:'), 'what was sealed is kept');
    assert.ok(!kept.includes(secret), 'database and files');
    assert.ok(!execFileSync('ps', ['axww', '-o', 'args']).includes(secret), 'the list of processes');
  });
}
