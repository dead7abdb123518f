import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join as joinPath } from 'node:path';
import pg from 'pg';
import { AbandonedStatement, commit, isIdle, runStatement, runText } from './client.ts';
import { lockDataDir } from './data-dir-lock.ts';
import { type CopyTarget, type Database, DatabaseError, type Queryable, type UserCursor } from './database.ts';
import { createGate } from './gate.ts';
import { type Listeners, tell } from './listener.ts';
import { createLock } from './lock.ts';
import { copiedRows, copyBatches, errorOf, userCopy } from './pglite-copy.ts';
import { PgliteSocket, type PgliteThread, startPgliteThread } from './pglite-thread.ts';
import { createQueryCheck } from './query-check.ts';
import { checkServer } from './server-check.ts';
import { identifier } from './sql.ts';
import { CONNECTION_FAILURE, toDatabaseError } from './translate.ts';
import { type OpenCursor, openCursor, patient, writingSetUp, writingStatement } from './user-cursor.ts';

/** Characters of a user's result that are held; over it the query fails, because the one session cannot wait. */
const MOST_RESULT_LENGTH = 64 * 1024 * 1024;

/** The watchdog's grace above the wall clock of a query, for the session to notice by itself. */
const GRACE_MS = 250;

export interface PgliteOptions {
  /** Told what a slow start is doing, in words for the person who waits. */
  readonly onProgress?: (text: string) => void;
}

/** Where the embedded database lies in `DATA_DIR`. */
export const embeddedFolder = (dataDir: string): string => joinPath(dataDir, 'postgres');

interface Session {
  readonly thread: PgliteThread;
  readonly client: pg.Client;
}

/**
 * PostgreSQL and PostGIS in a thread of this process, in `dataDir`, which no other process may use meanwhile. One
 * session: statements run one after another, and a transaction keeps the others waiting.
 */
export async function openPglite(dataDir: string, options: PgliteOptions = {}): Promise<Database> {
  const { onProgress = () => undefined } = options;
  await mkdir(dirname(dataDir), { recursive: true });
  const unlock = await lockDataDir(dataDir);
  const listeners: Listeners = new Map();
  const lock = createLock();
  const gate = createGate();
  const typeNames = new Map<number, string>();
  let isClosed = false;

  const start = async (): Promise<Session> => {
    const thread = await startPgliteThread({ dataDir });
    void thread.ended.then(() => {
      session = null;
    });
    const client = new pg.Client({ stream: () => new PgliteSocket(thread) });
    client.on('error', () => undefined);
    client.on('notification', ({ channel, payload }) => tell(listeners, channel, payload ?? ''));
    await client.connect();
    for (const channel of listeners.keys()) await client.query(`listen ${identifier(channel).text}`);
    return { thread, client };
  };

  const isNew = !existsSync(joinPath(dataDir, 'PG_VERSION'));
  if (isNew) onProgress(`preparing an embedded PostgreSQL in ${dataDir} (once, about ten seconds)`);
  let session: Promise<Session> | null = null;
  /** The session, started again where its thread was lost. Called inside the lock. */
  const ready = async (): Promise<Session> => {
    if (isClosed) throw new DatabaseError('the database is closed', { code: CONNECTION_FAILURE });
    session ??= start();
    try {
      return await session;
    } catch (error) {
      session = null;
      throw toDatabaseError(error);
    }
  };

  /** A failed statement of several may leave a transaction open, which nobody else may find. */
  const tidy = async (client: pg.Client): Promise<void> => {
    if (!isIdle(client)) await client.query('rollback').catch(() => undefined);
  };
  const exclusive = <T>(work: (current: Session) => Promise<T>): Promise<T> =>
    lock.run(async () => {
      const current = await ready();
      try {
        return await work(current);
      } catch (error) {
        if (error instanceof AbandonedStatement) {
          await current.thread.kill();
          await current.thread.ended;
        }
        throw error;
      } finally {
        if (session !== null) await tidy(current.client);
      }
    });
  const copyBatch = async ({ thread }: Session, batch: Uint8Array<ArrayBuffer>): Promise<number> => {
    let answer: Uint8Array;
    try {
      answer = await thread.exec(batch);
    } catch (error) {
      throw toDatabaseError(error);
    }
    const error = errorOf(answer);
    if (error) throw error;
    return copiedRows(answer);
  };
  const bind = (current: Session): Queryable => ({
    query: (statement) => runStatement(current.client, statement),
    queryText: (text, values = []) => runText(current.client, text, values),
    async copyIn(target: CopyTarget, chunks: AsyncIterable<Uint8Array>) {
      for await (const batch of copyBatches(target, chunks)) await copyBatch(current, batch);
    },
    async queryBytes(statement) {
      const rows = await runStatement<Record<string, Buffer | null>>(current.client, statement);
      return rows.map((row) => Object.values(row));
    },
  });

  const readAll = async (cursor: OpenCursor): Promise<readonly (readonly (string | null)[])[]> => {
    const rows: (readonly (string | null)[])[] = [];
    let length = 0;
    for (;;) {
      const more = await cursor.fetch(1000);
      if (more.length === 0) return rows;
      for (const row of more) {
        rows.push(row);
        for (const cell of row) length += cell?.length ?? 0;
      }
      if (length > MOST_RESULT_LENGTH) {
        throw new DatabaseError('the result is too large', { code: '54000', hint: 'Ask for fewer rows or columns.' });
      }
    }
  };

  const db: Queryable = {
    query: (statement) => exclusive((current) => bind(current).query(statement)),
    queryText: (text, values) => exclusive((current) => bind(current).queryText(text, values)),
    // Each batch is a statement of its own, so that others get their turn in between.
    async copyIn(target, chunks) {
      for await (const batch of copyBatches(target, chunks)) await exclusive((current) => copyBatch(current, batch));
    },
    queryBytes: (statement) => exclusive((current) => bind(current).queryBytes(statement)),
  };

  /**
   * Runs what a user asked for, for so long or until `signal` is aborted; then the thread is ended, which is the only way
   * to stop the engine.
   */
  const bounded = async <T>(
    thread: PgliteThread,
    timeoutMs: number,
    work: () => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> => {
    let why: string | null = null;
    const end = (reason: string): void => {
      why ??= reason;
      void thread.kill();
    };
    const cut = (): void => end('user request');
    signal?.throwIfAborted();
    const watchdog = setTimeout(() => end('statement timeout'), timeoutMs + GRACE_MS);
    signal?.addEventListener('abort', cut);
    try {
      return await work();
    } catch (cause) {
      if (why === null) throw cause;
      await thread.ended;
      throw new DatabaseError(`canceling statement due to ${why}`, { code: '57014', cause });
    } finally {
      clearTimeout(watchdog);
      signal?.removeEventListener('abort', cut);
    }
  };
  const checks = createQueryCheck(db);

  const open: Database = {
    ...db,
    capabilities: { multiProcess: false, concurrentConnections: 1, streamingCopy: false, vectorTiles: false },
    transactionIfFree: () => null,
    transaction: (run) =>
      exclusive(async (current) => {
        await runText(current.client, 'begin', []);
        const result = await run(bind(current));
        await commit(current.client, true);
        return result;
      }),
    async openUserCursor(text, userOptions): Promise<UserCursor> {
      if (userOptions.layers !== 'rights') await checks.check(text);
      const leave = await gate.enter(userOptions.role);
      try {
        const read = async ({ thread, client }: Session): Promise<UserCursor> => {
          const cursor = await openCursor(client, text, userOptions, typeNames, asRole(userOptions.role));
          try {
            return heldCursor(cursor.fields, await readAll(cursor));
          } finally {
            if (!(await cursor.end())) {
              await thread.kill();
              await thread.ended;
            }
          }
        };
        const signal = userOptions.isLong === true ? userOptions.signal : undefined;
        return await exclusive((current) =>
          bounded(current.thread, userOptions.timeoutMs, () => read(current), signal),
        );
      } finally {
        leave();
      }
    },
    async copyInAs(statement, bytes, userOptions) {
      const leave = await gate.enter(userOptions.role);
      try {
        const batch = await userCopy(statement, bytes);
        return await exclusive((current) =>
          bounded(current.thread, userOptions.timeoutMs, async () => {
            const own = bind(current);
            await runText(current.client, writingSetUp(userOptions, asRole(userOptions.role)), []);
            const rows = await copyBatch(current, batch);
            await runText(current.client, 'reset role', []);
            await userOptions.beforeCommit(own, rows);
            await commit(current.client, true);
            return rows;
          }),
        );
      } finally {
        leave();
      }
    },
    async writeAs(text, userOptions) {
      if (userOptions.layers !== 'rights') await checks.checkWrite(text);
      const leave = await gate.enter(userOptions.role);
      try {
        await exclusive(async (current) => {
          const own = bind(current);
          const write = async (): Promise<void> => {
            await runText(current.client, `${writingSetUp(userOptions, asRole(userOptions.role))}; ${patient}`, []);
            await own.query(writingStatement(text));
          };
          await bounded(current.thread, userOptions.timeoutMs, write, userOptions.signal);
          await runText(current.client, 'reset role', []);
          await userOptions.beforeCommit(own);
          await commit(current.client, true);
        });
      } finally {
        leave();
      }
    },
    async listen(channel, onNotify) {
      const known = listeners.get(channel);
      if (known) known.add(onNotify);
      else {
        listeners.set(channel, new Set([onNotify]));
        await db.queryText(`listen ${identifier(channel).text}`);
      }
      return async () => {
        listeners.get(channel)?.delete(onNotify);
        if (listeners.get(channel)?.size !== 0) return;
        listeners.delete(channel);
        if (!isClosed) await db.queryText(`unlisten ${identifier(channel).text}`);
      };
    },
    async close() {
      await lock.run(async () => {
        if (isClosed) return;
        isClosed = true;
        const current = await session?.catch(() => null);
        if (current) {
          await current.thread.close().catch(() => undefined);
          await current.client.end().catch(() => undefined);
        }
        await checks.close();
        await unlock();
      });
    },
  };

  try {
    session = start();
    await ready();
    if (isNew) onProgress('installing PostGIS in it');
    await checkServer(db);
    return open;
  } catch (error) {
    await open.close();
    throw toDatabaseError(error);
  }
}

const asRole = (role: string): string => `set local role ${identifier(role).text}`;

function heldCursor(fields: UserCursor['fields'], held: readonly (readonly (string | null)[])[]): UserCursor {
  let at = 0;
  return {
    fields,
    async fetch(rows) {
      const given = held.slice(at, at + rows);
      at += given.length;
      return given;
    },
    async [Symbol.asyncDispose]() {
      at = held.length;
    },
  };
}
