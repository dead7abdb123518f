import { copyFile, link } from 'node:fs/promises';
import { join } from 'node:path';
import { ENTRY_BYTES, type FingerprintWish, type FollowerWish, MAX_FINGERPRINTS } from '../domain/fingerprints.ts';
import type { LocalFile } from '../domain/layer.ts';
import type { CodeCache } from './code-cache.ts';
import type { OpenOptions } from './opened-sources.ts';
import { FrameKind, fromSent } from './protocol.ts';
import { type ReaderOptions, ReaderProcess } from './reader-process.ts';
import { readerProgram } from './reader-program.ts';
import type { AnalyzedLayer, LayerResult, LoadPass, ReaderSession } from './reader-session.ts';

/** Bytes of fingerprints that one pass can have: an entry of each row that comes out, and the id of each that is gone. */
const MOST_HELD = (MAX_FINGERPRINTS + 1) * (ENTRY_BYTES + 4);

/** The reader met a value that the schema of this pass cannot hold; thrown out of `chunks`, caught by `read`. */
class PassAbandoned extends Error {}

export interface ReaderPool extends AsyncDisposable {
  /**
   * Opens the files of one job in a reader process of their own; `onRows` is told how many rows have come so far.
   * Throws ImportError.
   */
  open(
    files: readonly LocalFile[],
    options: OpenOptions,
    onRows: (rows: number) => void,
    signal: AbortSignal,
  ): Promise<ReaderSession>;
  /** The same for a file that is still being written and grows to its size, in the same place until then. */
  openArriving(
    file: LocalFile,
    options: OpenOptions,
    onRows: (rows: number) => void,
    signal: AbortSignal,
  ): Promise<ArrivingSession>;
}

/** A session whose file is still being written. The bounds of time count from when what it gives is taken. */
export interface ArrivingSession extends ReaderSession {
  /** Begins a pass over a layer: `begun` tells of it from then on. */
  begin(layer: number, wish: FollowerWish): Promise<void>;
}

export interface ReaderPoolOptions extends ReaderOptions {
  /** Processes kept started, so that a small import does not wait for one. */
  readonly warm: number;
  readonly codeCache: CodeCache;
}

/** While so much is read, starting the next reader would take its processor. */
const LARGE_JOB_BYTES = 16 * 1024 ** 2;

/** Bytes that a reader may give before they are taken. */
const AHEAD_BYTES = 16 * 1024 ** 2;

/** A link where the file system allows it: the reader sees the file under a name of ours, in its own folder. */
async function lend(file: LocalFile, folder: string, index: number, isArriving: boolean): Promise<LocalFile> {
  const path = join(folder, `input-${index}`);
  await link(file.path, path).catch((error: unknown) => {
    if (isArriving) throw error;
    return copyFile(file.path, path);
  });
  return { ...file, path };
}

/** The entries that a reader is to compare with, in its own folder. */
async function lendKnown(wish: FingerprintWish, folder: string, layer: number): Promise<FingerprintWish> {
  if (wish.known === null) return wish;
  const path = join(folder, `known-${layer}`);
  await link(wish.known.path, path).catch(() => copyFile(wish.known?.path ?? '', path));
  return { ...wish, known: { ...wish.known, path } };
}

export function createReaderPool(options: ReaderPoolOptions): ReaderPool {
  const program = readerProgram(options.root);
  const warm: Promise<ReaderProcess>[] = [];
  // The first reader compiles what is not compiled yet and leaves the code to the others: they start in a third of the time.
  const first = options.codeCache.find(program.version).then((kept) => ReaderProcess.start(options, program, kept));
  const codeCache = first.then(
    async (reader) => {
      const made = await reader.finish();
      await options.codeCache.keep(program.version, made);
      return made;
    },
    () => null,
  );
  const start = async (): Promise<ReaderProcess> => ReaderProcess.start(options, program, await codeCache);
  let closed = false;

  function refill(): void {
    while (!closed && warm.length < options.warm) {
      const starting = start();
      starting.catch(() => {
        const index = warm.indexOf(starting);
        if (index >= 0) warm.splice(index, 1);
      });
      warm.push(starting);
    }
  }

  refill();
  /** A reader that waits. One that the system has ended meanwhile is nobody's failure. */
  async function take(): Promise<ReaderProcess> {
    for (;;) {
      const reader = await (warm.shift()?.catch(start) ?? start());
      if (await reader.answers()) return reader;
      await reader[Symbol.asyncDispose]();
    }
  }

  async function open(job: Job): Promise<ArrivingSession> {
    job.signal.throwIfAborted();
    const reader = await take();
    const isLarge = job.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) > LARGE_JOB_BYTES;
    if (!isLarge) refill();
    try {
      return await openSession(reader, job, refill);
    } catch (error) {
      await reader[Symbol.asyncDispose]();
      refill();
      throw error;
    }
  }

  return {
    open: (files, options, onRows, signal) => open({ files, options, onRows, signal, areArriving: false }),
    openArriving: (file, options, onRows, signal) =>
      open({ files: [file], options, onRows, signal, areArriving: true }),
    async [Symbol.asyncDispose]() {
      closed = true;
      await first.then((reader) => reader[Symbol.asyncDispose]()).catch(() => undefined);
      const readers = await Promise.allSettled(warm.splice(0));
      for (const reader of readers) if (reader.status === 'fulfilled') await reader.value[Symbol.asyncDispose]();
    },
  };
}

interface Job {
  readonly files: readonly LocalFile[];
  readonly options: OpenOptions;
  readonly onRows: (rows: number) => void;
  readonly signal: AbortSignal;
  readonly areArriving: boolean;
}

/** `onRead`: told when the last layer has been read, and when the session ends. */
async function openSession(reader: ReaderProcess, job: Job, onRead: () => void): Promise<ArrivingSession> {
  const { files, options, onRows, signal, areArriving } = job;
  const abort = (): void => void reader[Symbol.asyncDispose]();
  signal.addEventListener('abort', abort, { once: true });
  reader.boundMemory();
  if (!areArriving) reader.boundTime();
  const lent = await Promise.all(files.map((file, index) => lend(file, reader.folder, index, areArriving)));
  await reader.send({ type: 'open', files: lent, options, ...(areArriving ? { areArriving } : {}) });
  const opened = await reader.message();
  signal.throwIfAborted();
  if (opened.type !== 'layers') throw new Error(`a reader answered open with ${opened.type}`);

  let begun: { readonly layer: number; readonly wish: FollowerWish } | null = null;
  return {
    get begun() {
      return begun;
    },
    async begin(layer, wish) {
      await reader.send({ type: 'read', layer, wish: await lendKnown(wish, reader.folder, layer) });
      reader.takeAhead(AHEAD_BYTES);
      begun = { layer, wish };
    },
    layers: opened.layers,
    failed: opened.failed.map(({ name, error }) => ({ name, error: fromSent(error) })),
    warnings: opened.warnings,
    map: opened.map,
    canGoOn: () => reader.isRunning && !signal.aborted,
    async read(layer, load, wish) {
      reader.boundTime();
      const isBegun = begun !== null && begun.layer === layer && begun.wish === wish;
      begun = null;
      if (!isBegun) {
        const lent = wish === undefined ? {} : { wish: await lendKnown(wish, reader.folder, layer) };
        await reader.send({ type: 'read', layer, ...lent });
      }
      const result = await readPasses(reader, load, onRows);
      signal.throwIfAborted();
      if (layer === opened.layers.length - 1) onRead();
      return result;
    },
    async analyze(layer, most, load) {
      await reader.send({ type: 'analyze', layer, most });
      const result = await readPasses(reader, load, onRows);
      signal.throwIfAborted();
      if (!('shapes' in result)) throw new Error('a reader answered analyze as if it were read');
      return result;
    },
    async [Symbol.asyncDispose]() {
      signal.removeEventListener('abort', abort);
      await reader[Symbol.asyncDispose]();
      onRead();
    },
  };
}

async function readPasses(
  reader: ReaderProcess,
  load: LoadPass,
  onRows: (rows: number) => void,
): Promise<LayerResult | AnalyzedLayer> {
  for (;;) {
    const begin = await reader.message();
    if (begin.type !== 'begin') throw new Error(`a reader answered read with ${begin.type}`);
    const pass = openPass(reader, onRows);
    try {
      await load(begin.schema, pass.chunks);
      if (pass.result !== null) return pass.result;
      throw new Error('a pass was given up before its last chunk');
    } catch (error) {
      if (!(error instanceof PassAbandoned) && !pass.abandoned) throw error;
    }
  }
}

function openPass(reader: ReaderProcess, onRows: (rows: number) => void) {
  const pass = {
    result: null as LayerResult | AnalyzedLayer | null,
    abandoned: false,
    chunks: chunks(),
  };
  async function* chunks(): AsyncGenerator<Buffer> {
    let rows = 0;
    const entries: Buffer[] = [];
    const gone: Buffer[] = [];
    let held = 0;
    for (;;) {
      const frame = await reader.frame();
      if (frame.kind === FrameKind.rows) {
        rows += frame.rows;
        onRows(rows);
        yield frame.payload;
        continue;
      }
      if (frame.kind === FrameKind.entries || frame.kind === FrameKind.gone) {
        (frame.kind === FrameKind.entries ? entries : gone).push(frame.payload);
        held += frame.payload.length;
        if (held > MOST_HELD) throw new Error('a reader sent more fingerprints than there can be');
        continue;
      }
      const message = reader.parse(frame);
      if (message.type === 'end') {
        const { fingerprints } = message.result;
        const lists = { entries: Buffer.concat(entries), gone: Buffer.concat(gone) };
        const all = fingerprints === undefined ? {} : { fingerprints: { ...fingerprints, ...lists } };
        pass.result = { ...message.result, ...all };
        return;
      }
      if (message.type !== 'abandon') throw new Error(`a reader sent ${message.type} among rows`);
      pass.abandoned = true;
      throw new PassAbandoned();
    }
  }
  return pass;
}
