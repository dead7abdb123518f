import { Duplex } from 'node:stream';
import { Worker } from 'node:worker_threads';
import type { PgliteReply, PgliteRequest, PgliteWorkerData } from './pglite.worker.ts';

/** The embedded engine's thread. After `ended` has resolved every call rejects. */
export interface PgliteThread {
  /** Bytes of the wire protocol up to a message that the server answers; resolves with the answer. */
  exec(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array>;
  /** Writes everything down and ends the thread. */
  close(): Promise<void>;
  /** Ends it now, whatever it does. */
  kill(): Promise<void>;
  /** Resolves when the thread is no more. */
  readonly ended: Promise<Error>;
}

interface Waiting {
  readonly resolve: (reply: PgliteReply) => void;
  readonly reject: (error: Error) => void;
}

/** Starts the thread on a folder; resolves when the database in it answers. */
export async function startPgliteThread(data: PgliteWorkerData): Promise<PgliteThread> {
  const worker = new Worker(new URL('./pglite.worker.ts', import.meta.url), { workerData: data, name: 'pglite' });
  const waiting: Waiting[] = [];
  let failure: Error | null = null;
  const { promise: ended, resolve: tellEnd } = Promise.withResolvers<Error>();
  const fail = (error: Error) => {
    failure ??= error;
    for (const one of waiting.splice(0)) one.reject(failure);
    tellEnd(failure);
  };
  worker.on('error', (error) => fail(error instanceof Error ? error : new Error(String(error))));
  worker.on('exit', () => fail(new Error('the thread of the embedded database ended')));

  const next = () => new Promise<PgliteReply>((resolve, reject) => waiting.push({ resolve, reject }));
  worker.on('message', (reply: PgliteReply) => {
    const one = waiting.shift();
    if (reply.kind === 'failed') one?.reject(new Error(reply.message));
    else one?.resolve(reply);
  });
  const ask = async (request: PgliteRequest, transfer: ArrayBuffer[] = []): Promise<PgliteReply> => {
    if (failure) throw failure;
    worker.postMessage(request, transfer);
    return next();
  };
  const bytesOf = (reply: PgliteReply): Uint8Array => ('bytes' in reply ? reply.bytes : new Uint8Array(0));

  await next();
  return {
    exec: async (bytes) => bytesOf(await ask({ kind: 'exec', bytes }, [bytes.buffer])),
    async close() {
      if (!failure) await ask({ kind: 'close' });
      await worker.terminate();
    },
    async kill() {
      await worker.terminate();
    },
    ended,
  };
}

const TERMINATE = 0x58;
/** Messages after which the server speaks: Query, Sync, Flush. */
const ANSWERED: ReadonlySet<number> = new Set([0x51, 0x53, 0x48]);

/** AuthenticationOk and ReadyForQuery: the thread has one session, open already. */
const GREETING = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49]);

/**
 * The thread as the socket of the `pg` client: the same client, and so the same reading and writing of values and the
 * same errors, on both engines.
 */
export class PgliteSocket extends Duplex {
  readonly #thread: PgliteThread;
  #pending: Buffer = Buffer.alloc(0);
  #isGreeted = false;

  constructor(thread: PgliteThread) {
    super();
    this.#thread = thread;
    void thread.ended.then((error) => this.destroy(error));
  }

  /** The part of a socket that `pg` uses to connect. */
  connect(): this {
    queueMicrotask(() => this.emit('connect'));
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }

  override _read(): void {}

  override _writev(chunks: { chunk: Buffer }[], callback: (error?: Error | null) => void): void {
    this.#take(Buffer.concat([this.#pending, ...chunks.map(({ chunk }) => chunk)])).then(() => callback(), callback);
  }

  override _write(chunk: Buffer, _encoding: string, callback: (error?: Error | null) => void): void {
    this.#take(Buffer.concat([this.#pending, chunk])).then(() => callback(), callback);
  }

  /** Sends on what the server can answer; a message that is not whole, or has no answer yet, waits. */
  async #take(bytes: Buffer): Promise<void> {
    let start = 0;
    if (!this.#isGreeted) {
      if (bytes.length < 4 || bytes.length < bytes.readUInt32BE(0)) {
        this.#pending = bytes;
        return;
      }
      start = bytes.readUInt32BE(0);
      this.#isGreeted = true;
      this.push(GREETING);
    }
    let end = start;
    let answered = start;
    while (end + 5 <= bytes.length && end + 1 + bytes.readUInt32BE(end + 1) <= bytes.length) {
      const kind = bytes[end] ?? 0;
      if (kind === TERMINATE) {
        this.push(null);
        return;
      }
      end += 1 + bytes.readUInt32BE(end + 1);
      if (ANSWERED.has(kind)) answered = end;
    }
    this.#pending = Buffer.from(bytes.subarray(answered));
    if (answered > start) this.push(await this.#thread.exec(new Uint8Array(bytes.subarray(start, answered))));
  }
}
