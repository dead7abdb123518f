import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { commit, isIdle, runStatement } from './client.ts';
import type { Queryable, UserCopyOptions, UserCursor, UserQueryOptions, UserWriteOptions } from './database.ts';
import { DatabaseError } from './database.ts';
import { createGate } from './gate.ts';
import type { Sql } from './sql.ts';
import { toDatabaseError } from './translate.ts';
import { isReusable, openCursor, patient, writingSetUp, writingStatement } from './user-cursor.ts';

/** Idle logins kept over all roles: a login costs 5-10 ms, an idle one a backend (reliability 3.1). */
const IDLE_LOGINS = 16;

/** Bytes that one FETCH may bring before the connection is cut: a single value can have a gigabyte. */
const MOST_FETCH_BYTES = 64 * 1024 * 1024;

export interface UserLogins {
  openCursor(text: string, options: UserQueryOptions): Promise<UserCursor>;
  /** See `Database.copyInAs`. */
  copyIn(statement: Sql, bytes: AsyncIterable<Uint8Array>, options: UserCopyOptions, service: Service): Promise<number>;
  /** See `Database.writeAs`, without the check of the text. */
  write(text: string, options: UserWriteOptions, service: Service): Promise<void>;
  close(): Promise<void>;
}

/** The service's own database, and whether it flushes as `commit` has it. */
interface Service {
  readonly db: Queryable;
  readonly flushes: boolean;
}

interface Login {
  readonly role: string;
  readonly client: pg.Client;
  receivedBytes: number;
}

/** `databaseUrl` with another user; parameters of the query part win over the authority, whatever form the URL has. */
function urlAs(databaseUrl: string, role: string, password: string): string {
  const url = new URL(databaseUrl);
  url.searchParams.set('user', role);
  url.searchParams.set('password', password);
  return url.href;
}

/** Connections that logged in as the low role of an account; a few idle ones are kept, those used last. */
export function createUserLogins(databaseUrl: string, passwordOf: (role: string) => Promise<string>): UserLogins {
  const gate = createGate();
  const typeNames = new Map<number, string>();
  const open = new Set<Login>();
  let idle: Login[] = [];

  const discard = async (login: Login): Promise<void> => {
    open.delete(login);
    idle = idle.filter((other) => other !== login);
    await login.client.end().catch(() => undefined);
  };
  const logIn = async (role: string): Promise<Login> => {
    const client = new pg.Client({
      connectionString: urlAs(databaseUrl, role, await passwordOf(role)),
      connectionTimeoutMillis: 10_000,
      keepAlive: true,
      application_name: 'landfall sql',
    });
    const login: Login = { role, client, receivedBytes: 0 };
    client.on('error', () => void discard(login));
    try {
      await client.connect();
      await client.query("set client_connection_check_interval = '1s'");
    } catch (error) {
      throw toDatabaseError(error);
    }
    const { stream } = client.connection;
    stream.on('data', (bytes: Buffer) => {
      login.receivedBytes += bytes.length;
      if (login.receivedBytes > MOST_FETCH_BYTES) stream.destroy(new Error('a row of the result is too large'));
    });
    open.add(login);
    return login;
  };
  const take = async (role: string): Promise<Login> => {
    const at = idle.findLastIndex((login) => login.role === role);
    const [login] = at < 0 ? [] : idle.splice(at, 1);
    return login ?? logIn(role);
  };
  const giveBack = async (login: Login): Promise<void> => {
    try {
      await login.client.query('discard all');
      if (!open.has(login) || !isIdle(login.client)) return await discard(login);
    } catch {
      return discard(login);
    }
    idle.push(login);
    const [oldest] = idle.length > IDLE_LOGINS ? idle : [];
    if (oldest) await discard(oldest);
  };

  /** Streams into a copy. An error of the bytes is thrown as it is, one of the server translated. */
  const stream = async (client: pg.Client, statement: Sql, bytes: AsyncIterable<Uint8Array>): Promise<number> => {
    const failures: unknown[] = [];
    const watched = async function* () {
      const source = bytes[Symbol.asyncIterator]();
      try {
        for (;;) {
          const next = await source.next().catch((cause: unknown) => {
            failures.push(cause);
            throw cause;
          });
          if (next.done === true) return;
          yield next.value;
        }
      } finally {
        await source.return?.();
      }
    };
    const copy = client.query(copyFrom(statement.text));
    try {
      await pipeline(Readable.from(watched()), copy);
    } catch (error) {
      throw failures.length === 0 ? toDatabaseError(error) : failures[0];
    }
    return copy.rowCount;
  };

  /** Runs `work` in a transaction that may write, and commits unless it throws. */
  const writing = async <T>(
    options: Pick<UserQueryOptions, 'role' | 'schema' | 'timeoutMs'>,
    { flushes }: Service,
    work: (client: pg.Client) => Promise<T>,
  ): Promise<T> => {
    const leave = await gate.enter(options.role);
    let login: Login | undefined;
    try {
      login = await take(options.role);
      login.receivedBytes = 0;
      const { client } = login;
      await client.query(writingSetUp(options)).catch((error: unknown) => {
        throw toDatabaseError(error);
      });
      const result = await work(client);
      await commit(client, flushes);
      await giveBack(login);
      return result;
    } catch (error) {
      if (login !== undefined) {
        const { client } = login;
        const isWhole = await client.query('rollback').then(
          () => isIdle(client),
          () => false,
        );
        await (isWhole ? giveBack(login) : discard(login));
      }
      throw error;
    } finally {
      leave();
    }
  };

  return {
    copyIn: (statement, bytes, options, service) =>
      writing(options, service, async (client) => {
        const rows = await stream(client, statement, bytes);
        await options.beforeCommit(service.db, rows);
        return rows;
      }),
    write: (text, options, service) =>
      writing(options, service, async (client) => {
        const cut = () => void client.connection.stream.destroy();
        options.signal?.throwIfAborted();
        options.signal?.addEventListener('abort', cut);
        try {
          await client.query(patient);
          await runStatement(client, writingStatement(text));
        } catch (error) {
          throw toDatabaseError(error);
        } finally {
          options.signal?.removeEventListener('abort', cut);
        }
        await options.beforeCommit(service.db);
      }),
    async openCursor(text, options) {
      const leave = await gate.enter(options.role);
      let login: Login | undefined;
      try {
        login = await take(options.role);
        const { client } = login;
        const held = login;
        held.receivedBytes = 0;
        const cut = () => void client.connection.stream.destroy();
        options.signal?.throwIfAborted();
        options.signal?.addEventListener('abort', cut);
        const cursor = await openCursor(client, text, options, typeNames).finally(() =>
          options.signal?.removeEventListener('abort', cut),
        );
        let isFetching = false;
        let isOpen = true;
        return {
          fields: cursor.fields,
          async fetch(rows) {
            held.receivedBytes = 0;
            isFetching = true;
            try {
              return await cursor.fetch(rows);
            } finally {
              isFetching = false;
            }
          },
          async [Symbol.asyncDispose]() {
            if (!isOpen) return;
            isOpen = false;
            try {
              // Nobody waits for the answer any more: cutting the connection ends the statement within a second.
              if (isFetching) client.connection.stream.destroy();
              if (!isFetching && (await cursor.end())) await giveBack(held);
              else await discard(held);
            } finally {
              leave();
            }
          },
        };
      } catch (error) {
        if (login) await (isReusable(login.client, error) ? giveBack(login) : discard(login));
        leave();
        if (error instanceof DatabaseError && error.code === '28P01') {
          throw new DatabaseError('the role of the account cannot log in', { code: '28P01', cause: error });
        }
        throw error;
      }
    },
    async close() {
      await Promise.all([...open].map(discard));
    },
  };
}
