import { Worker } from 'node:worker_threads';
import { loadModule } from 'libpg-query';
import { checkQuery, checkWrite } from './check-query.ts';
import type { CheckReply } from './check-query.worker.ts';
import { DatabaseError, type Queryable } from './database.ts';
import { createLock, type Lock } from './lock.ts';
import { allowedFunctions } from './query-functions.ts';

/** Texts up to this many characters are read at once (about 10 ms); longer ones in a thread, so that nobody waits. */
const SHORT_TEXT = 16 * 1024;

/** How long the reading of one text may take, in milliseconds; a megabyte takes one second. */
const MOST_MS = 10_000;

/** Checks texts against the functions of one database; see `checkQuery`. */
export interface QueryCheck {
  check(text: string): Promise<void>;
  /** Checks one INSERT, UPDATE or DELETE, of at most SHORT_TEXT characters; see `checkWrite`. */
  checkWrite(text: string): Promise<void>;
  close(): Promise<void>;
}

const tooComplex = (cause?: unknown) =>
  new DatabaseError('the query is too long to be understood in time', { code: '54001', cause });

/** Asks the thread once; it ends with an error, or when the time is over. */
async function ask(worker: Worker, text: string): Promise<CheckReply> {
  const { promise, resolve, reject } = Promise.withResolvers<CheckReply>();
  const stop = (error?: unknown) => reject(tooComplex(error));
  const timer = setTimeout(stop, MOST_MS);
  worker.once('message', resolve).once('error', stop).once('exit', stop);
  try {
    worker.postMessage(text);
    return await promise;
  } finally {
    clearTimeout(timer);
    worker.off('message', resolve).off('error', stop).off('exit', stop);
  }
}

/** The check for a database; its functions are looked up with the first text, the thread starts with the first long one. */
export function createQueryCheck(db: Queryable): QueryCheck {
  let allowed: Promise<ReadonlySet<string>> | null = null;
  let worker: Worker | null = null;
  const lock: Lock = createLock();

  const functions = async (): Promise<ReadonlySet<string>> => {
    allowed ??= loadModule().then(() => allowedFunctions(db));
    try {
      return await allowed;
    } catch (error) {
      allowed = null;
      throw error;
    }
  };
  const start = (names: ReadonlySet<string>): Worker => {
    const started = new Worker(new URL('./check-query.worker.ts', import.meta.url), { workerData: [...names] });
    started.unref();
    // Without a listener an error of the thread would end the process.
    started.on('error', () => undefined);
    started.once('exit', () => {
      if (worker === started) worker = null;
    });
    return started;
  };

  return {
    async check(text) {
      const names = await functions();
      if (text.length <= SHORT_TEXT) {
        checkQuery(text, (name) => names.has(name));
        return;
      }
      await lock.run(async () => {
        worker ??= start(names);
        const asked = worker;
        try {
          const reply = await ask(asked, text);
          if (reply) throw new DatabaseError(reply.message, reply);
        } catch (error) {
          if (error instanceof DatabaseError && error.code === '54001') await asked.terminate();
          throw error;
        }
      });
    },
    async checkWrite(text) {
      const names = await functions();
      if (text.length > SHORT_TEXT) throw tooComplex();
      checkWrite(text, (name) => names.has(name));
    },
    async close() {
      await worker?.terminate();
    },
  };
}
