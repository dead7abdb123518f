/** Reads the file of a synchronization while it still comes: its difference is known soon after its last byte. */
import type { FollowerWish } from '../domain/fingerprints.ts';
import type { Account, Import } from '../domain/import.ts';
import type { LocalFile } from '../domain/layer.ts';
import type { ArrivingSession } from '../read/reader-pool.ts';
import type { ReaderSession } from '../read/reader-session.ts';
import { openOptions } from './open-options.ts';
import type { RunDeps } from './run-import.ts';
import type { SyncPass } from './sync-pass.ts';

/** Smaller files are read sooner than all of this is prepared. */
const LEAST_BYTES = 4 * 1024 ** 2;

export interface ReadAheadDeps {
  /** The layer that the file held the last time. */
  readonly layer: string;
  open(file: LocalFile, signal: AbortSignal): Promise<ArrivingSession>;
  /** What that layer is to be compared with. */
  wish(): Promise<FollowerWish | null>;
}

interface Begun {
  readonly file: LocalFile;
  readonly session: Promise<ArrivingSession | null>;
  readonly abort: AbortController;
}

/** At most one file at a time, read by one session. What goes wrong here is met again, and told, without it. */
export class ReadAhead implements AsyncDisposable {
  readonly #deps: ReadAheadDeps;
  #begun: Begun | null = null;

  constructor(deps: ReadAheadDeps) {
    this.#deps = deps;
  }

  /** Begins to read a file that begins to come; null: what came is void. */
  begin(file: LocalFile | null): void {
    this.#end().catch(() => undefined);
    if (file === null || file.sizeBytes < LEAST_BYTES) return;
    const abort = new AbortController();
    this.#begun = { file, abort, session: this.#open(file, abort.signal) };
  }

  async #open(file: LocalFile, signal: AbortSignal): Promise<ArrivingSession | null> {
    const { layer, open, wish } = this.#deps;
    const [opened, wished] = await Promise.allSettled([open(file, signal), wish()]);
    if (opened.status === 'rejected') return null;
    const session = opened.value;
    const wanted = wished.status === 'fulfilled' ? wished.value : null;
    const isAsBefore = session.layers.length === 1 && session.layers[0]?.name === layer;
    if (!isAsBefore || wanted?.known == null || wanted.known.reading === null) return session;
    try {
      await session.begin(0, wanted);
      return session;
    } catch {
      await session[Symbol.asyncDispose]();
      return null;
    }
  }

  /** The session that has begun to read these files, which is the caller's from now on; null: there is none. */
  async take(files: readonly LocalFile[]): Promise<ReaderSession | null> {
    const [only] = files;
    const begun = this.#begun;
    if (begun === null || only === undefined || files.length > 1 || !isSame(only, begun.file)) return null;
    this.#begun = null;
    return begun.session;
  }

  async #end(): Promise<void> {
    const begun = this.#begun;
    this.#begun = null;
    begun?.abort.abort();
    await (await begun?.session)?.[Symbol.asyncDispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#end();
  }
}

const isSame = (a: LocalFile, b: LocalFile): boolean =>
  a.path === b.path && a.name === b.name && a.sizeBytes === b.sizeBytes && a.mediaType === b.mediaType;

/** How a run reads ahead; null where it does not: there is nothing to compare with, or more to read than one file. */
export function readAheadOf(
  job: Import,
  account: Account,
  sync: SyncPass | null,
  folder: string,
  deps: RunDeps,
  signal: AbortSignal,
): ReadAhead | null {
  const { contentGuessing, metadataUrl } = job.options;
  const layer = sync?.onlyLayer ?? null;
  if (sync === null || sync.known === null || layer === null || contentGuessing || metadataUrl !== undefined)
    return null;
  const onRows = (rows: number): void => deps.recordProgress(job, { rows, bytes: 0 });
  return new ReadAhead({
    layer,
    open: (file, ended) =>
      deps.openArriving(file, openOptions(job, account, deps), onRows, AbortSignal.any([signal, ended])),
    wish: () => deps.wish(account, sync.refreshFor([layer]), layer, folder),
  });
}
