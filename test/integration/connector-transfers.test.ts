/** Transfers from true servers that break, are cancelled, or take too long. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type ConnectorRequest, toConnectorRequest } from '../../src/domain/connector.ts';
import { createDatabaseSource } from '../../src/sources/database/index.ts';
import { createAddressGuard } from '../../src/util/address-guard.ts';
import { resolveBySystem } from '../../src/util/guarded-connect.ts';
import { createOpenSocket } from '../../src/util/guarded-socket.ts';

const openSocket = createOpenSocket({
  guard: createAddressGuard(['127.0.0.0/8']),
  resolve: resolveBySystem,
  timeoutMs: 5000,
  isOwn: () => false,
});
const folder = mkdtempSync(join(tmpdir(), 'landfall-transfers-'));
after(() => rmSync(folder, { recursive: true }));

const slow = {
  postgres: "select repeat('x', 9000) as x, i, pg_sleep(0.1)::text from generate_series(1, 20) i",
  mysql: "select repeat('x', 9000) as x, seq, sleep(0.1) from seq_1_to_20",
};

function fetchFrom(provider: keyof typeof slow, url: URL, port: number, seconds: number, signal: AbortSignal) {
  const connection = { server: '127.0.0.1', port, database: url.pathname.slice(1), username: url.username };
  const request: ConnectorRequest = toConnectorRequest({
    provider,
    connection: { ...connection, password: url.password === '' ? 'unused' : url.password, sslmode: 'disable' },
    sql_query: slow[provider],
    import_as: 'slow',
  });
  const context = { accountId: '', folder, maxBytes: 1e9, onBytes: () => undefined, signal };
  return createDatabaseSource({ openSocket, seconds }).fetch(request, context);
}

/** Passes connections on to a server; the first is ended in the middle. */
async function startBreakingProxy(port: number, how: 'end' | 'resetAndDestroy') {
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    const up = connect(port, '127.0.0.1');
    for (const one of [socket, up]) one.on('error', () => undefined);
    socket.pipe(up);
    up.pipe(socket);
    if (connections > 1) return;
    setTimeout(() => {
      up.unpipe(socket);
      socket[how]();
      up.destroy();
    }, 1000);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    connections: () => connections,
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}

const servers = [
  ['postgres', process.env.TEST_DATABASE_URL, 'needs PostgreSQL: sh scripts/with-postgres.sh'],
  ['mysql', process.env.TEST_MARIADB_URL, 'needs MariaDB: sh scripts/with-mariadb.sh'],
] as const;

for (const [provider, text, need] of servers) {
  const url = new URL(text ?? 'x://x');
  const skip = text === undefined && need;

  for (const how of ['end', 'resetAndDestroy'] as const) {
    test(`a transfer from ${provider} that is cut (${how}) begins again and is whole`, { skip }, async () => {
      await using proxy = await startBreakingProxy(Number(url.port), how);
      const fetched = await fetchFrom(provider, url, proxy.port, 60, new AbortController().signal);
      assert.equal(proxy.connections(), 2);
      assert.ok((fetched.files[0]?.sizeBytes ?? 0) > 20 * 9000);
    });
  }

  test(`a transfer from ${provider} ends when it is cancelled, and when its time is over`, { skip }, async () => {
    const reason = new Error('cancelled');
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), 700);
    await assert.rejects(fetchFrom(provider, url, Number(url.port), 60, controller.signal), reason);
    const late = fetchFrom(provider, url, Number(url.port), 1, new AbortController().signal);
    await assert.rejects(late, { kind: 'importTimeout' });
  });
}
