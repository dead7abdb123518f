import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { releaseBuffer } from '../util/release-buffer.ts';
import { commit, isIdle, runStatement, runText } from './client.ts';
import { COPY_HEADER, COPY_TRAILER, copiedValues } from './copy.ts';
import { type CopyTarget, type Database, DatabaseError, type Queryable } from './database.ts';
import { createListener } from './listener.ts';
import { createQueryCheck } from './query-check.ts';
import { rolePassword, roleSecret } from './role-password.ts';
import { checkServer } from './server-check.ts';
import { identifier, join, type Sql, sql, trusted } from './sql.ts';
import { toDatabaseError } from './translate.ts';
import { createUserLogins } from './user-logins.ts';

export interface PostgresOptions {
  /** Connections of this pool; a program that serves and works opens one pool for each. */
  readonly connections?: number;
  /** How long a statement waits for a free connection (then 53300). */
  readonly acquireTimeoutMs?: number;
  /** Told of idle connections that broke; they are replaced, nothing else has to be done. */
  readonly onError?: (error: unknown) => void;
}

/** `copy … from stdin` for the columns of a target. */
export const copyStatement = (target: CopyTarget): string =>
  sql`copy ${identifier(target.schema, target.table)} (${join(target.columns.map((name) => identifier(name)))})
    from stdin with (format binary${trusted(target.freeze ? ', freeze' : '')})`.text;

async function* framed(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield COPY_HEADER;
  for await (const chunk of chunks) if (chunk.length > 0) yield chunk;
  yield COPY_TRAILER;
}

/**
 * Chunks that may be on their way to the socket when the next is asked for: one that is being written and one read
 * ahead, and one to spare.
 */
const CHUNKS_IN_FLIGHT = 3;

/** Bytes pass as they are: the socket writes each chunk from its own memory, and the next is asked for when it drains. */
async function copyIn(client: pg.ClientBase, target: CopyTarget, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  let failure: unknown;
  const source = framed(chunks);
  const watched = async function* () {
    const sent: Uint8Array[] = [];
    try {
      for (;;) {
        // Of the producer's own errors alone: the server's are thrown in at `yield`.
        const next = await source.next().catch((error: unknown) => {
          failure = error;
          throw error;
        });
        if (next.done === true) return;
        yield next.value;
        if (next.value === COPY_HEADER || next.value === COPY_TRAILER) continue;
        sent.push(next.value);
        const done = sent.length > CHUNKS_IN_FLIGHT ? sent.shift() : undefined;
        if (done !== undefined) releaseBuffer(done);
      }
    } finally {
      await source.return(undefined);
    }
  };
  const stream = client.query(copyFrom(copyStatement(target)));
  try {
    await pipeline(Readable.from(watched(), { objectMode: true, highWaterMark: 1 }), stream);
  } catch (error) {
    throw failure ?? toDatabaseError(error);
  }
}

async function queryBytes(client: pg.ClientBase, statement: Sql): Promise<readonly (readonly (Buffer | null)[])[]> {
  const pieces: Buffer[] = [];
  try {
    const stream = client.query(copyTo(`copy (${statement.text}) to stdout with (format binary)`));
    for await (const piece of stream) pieces.push(piece);
  } catch (error) {
    throw toDatabaseError(error);
  }
  return copiedValues(Buffer.concat(pieces));
}

/** After an error the server's word on whether a transaction is open may still be on its way; it comes before the next answer. */
const answersAgain = (client: pg.ClientBase): Promise<boolean> =>
  client.query('').then(
    () => true,
    () => false,
  );

const bind = (client: pg.ClientBase): Queryable => ({
  query: (statement) => runStatement(client, statement),
  queryText: (text, values = []) => runText(client, text, values),
  copyIn: (target, chunks) => copyIn(client, target, chunks),
  queryBytes: (statement) => queryBytes(client, statement),
});

/** The first version that can be told to flush its statistics. */
const FLUSHING_VERSION = 150_000;

/** A PostgreSQL 14+ server with PostGIS 3+. Throws a DatabaseError that says what is missing. */
export async function openPostgres(databaseUrl: string, options: PostgresOptions = {}): Promise<Database> {
  const { connections = 8, acquireTimeoutMs = 10_000, onError = () => undefined } = options;
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: connections,
    connectionTimeoutMillis: acquireTimeoutMs,
    keepAlive: true,
    application_name: 'landfall',
  });
  pool.on('error', onError);
  pool.on('connect', (client) => {
    client.on('error', onError);
    // A backend whose client died leaves within a second instead of at the end of its statement.
    client.query("set client_connection_check_interval = '1s'").catch(onError);
  });

  const withClient = async <T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> => {
    let client: pg.PoolClient;
    try {
      client = await pool.connect();
    } catch (error) {
      throw toDatabaseError(error);
    }
    let isBroken = false;
    try {
      return await work(client);
    } catch (error) {
      // A server that ends a connection says why before it does: until then the connection looks whole.
      isBroken = (error instanceof DatabaseError && /^(08|57P|XX)/.test(error.code)) || !(await answersAgain(client));
      throw error;
    } finally {
      client.release(isBroken || !isIdle(client));
    }
  };
  const db: Queryable = {
    query: (statement) => withClient((client) => runStatement(client, statement)),
    queryText: (text, values = []) => withClient((client) => runText(client, text, values)),
    copyIn: (target, chunks) => withClient((client) => copyIn(client, target, chunks)),
    queryBytes: (statement) => withClient((client) => queryBytes(client, statement)),
  };
  let version: number;
  try {
    version = await checkServer(db);
  } catch (error) {
    await pool.end();
    throw error;
  }

  let secret: Promise<string> | null = null;
  const passwordOf = async (role: string): Promise<string> => {
    secret ??= roleSecret(db);
    secret.catch(() => {
      secret = null;
    });
    return rolePassword(await secret, role);
  };
  const logins = createUserLogins(databaseUrl, passwordOf);
  const listener = createListener(databaseUrl);
  const checks = createQueryCheck(db);
  let closing: Promise<unknown> | null = null;

  const transaction: Database['transaction'] = (run) =>
    withClient(async (client) => {
      await runText(client, 'begin', []);
      try {
        const result = await run(bind(client));
        await commit(client, version >= FLUSHING_VERSION);
        return result;
      } catch (error) {
        await client.query('rollback').catch(() => undefined);
        throw error;
      }
    });

  return {
    ...db,
    capabilities: { multiProcess: true, concurrentConnections: connections, streamingCopy: true, vectorTiles: true },
    transaction,
    transactionIfFree(run) {
      const isFree = pool.waitingCount === 0 && (pool.idleCount > 0 || pool.totalCount < connections);
      return isFree ? transaction(run) : null;
    },
    async openUserCursor(text, userOptions) {
      if (userOptions.layers !== 'rights') await checks.check(text);
      return logins.openCursor(text, userOptions);
    },
    copyInAs: (statement, bytes, userOptions) =>
      logins.copyIn(statement, bytes, userOptions, { db, flushes: version >= FLUSHING_VERSION }),
    async writeAs(text, userOptions) {
      if (userOptions.layers !== 'rights') await checks.checkWrite(text);
      await logins.write(text, userOptions, { db, flushes: version >= FLUSHING_VERSION });
    },
    listen: listener.listen,
    async close() {
      closing ??= Promise.all([checks.close(), logins.close(), listener.close(), pool.end()]);
      await closing;
    },
  };
}
