import type { FollowerWish } from '../domain/fingerprints.ts';
import type {
  Account,
  Import,
  ImportProgress,
  LibraryRequest,
  QueryRequest,
  RemoteRequest,
  Warnings,
} from '../domain/import.ts';
import type { ImportState } from '../domain/import-state.ts';
import type { LocalFile } from '../domain/layer.ts';
import type { ImportedMap } from '../domain/map.ts';
import { tableName } from '../domain/naming.ts';
import type { Refresh } from '../domain/refresh.ts';
import { ImportError } from '../errors.ts';
import type { LoadedLayer } from '../load/load-layer.ts';
import { DifferenceVoid } from '../publish/fingerprints.ts';
import type { LeftOut } from '../publish/publish.ts';
import { ReadAsText, readingAsText } from '../publish/read-as-text.ts';
import type { FailedFile } from '../read/opened-sources.ts';
import type { ReaderPool } from '../read/reader-pool.ts';
import type { ReaderSession } from '../read/reader-session.ts';
import type { FetchContext, Fetched } from '../sources/source.ts';
import { bringMetadata } from './bring-metadata.ts';
import { maxBytes, openOptions } from './open-options.ts';
import { type ReadAhead, readAheadOf } from './read-ahead.ts';
import type { SyncPass } from './sync-pass.ts';

/** What a run needs, as functions: main.ts binds them to the database, the reader pool and the network. */
export interface RunDeps {
  /** Makes the job's own folder, emptied before and removed after. */
  openFolder(importId: string): Promise<AsyncDisposable & { readonly path: string }>;
  /** Brings what a request names elsewhere into files of the job's folder. */
  fetch(request: RemoteRequest, context: FetchContext): Promise<Fetched>;
  /** Writes the rows of a query of the account into a file of the job's folder. */
  fetchQuery(account: Account, request: QueryRequest, context: FetchContext): Promise<Fetched>;
  /** Writes the rows of a table of the data library into a file of the job's folder. */
  fetchLibrary(request: LibraryRequest, context: FetchContext): Promise<Fetched>;
  readonly openReader: ReaderPool['open'];
  readonly openArriving: ReaderPool['openArriving'];
  /** What a reader is given to find the difference to the table of a layer; null: it is to read all of it. */
  wish(account: Account, refresh: Refresh | null, layer: string, folder: string): Promise<FollowerWish | null>;
  /** Throws where it is known before loading that there is no room for these bytes. */
  checkRoom(job: Import, account: Account, bytes: number, isSync: boolean): Promise<void>;
  /** Records the state. Throws where another attempt has taken the import over. */
  enterState(job: Import, state: ImportState): Promise<void>;
  /** Told as often as one likes; written now and then. */
  recordProgress(job: Import, progress: ImportProgress): void;
  /** Whether `collision_strategy=skip` leaves a layer of this name out, so that it need not be read. */
  isSkipped(job: Import, account: Account, layer: string): Promise<boolean>;
  loadLayer(
    session: ReaderSession,
    layer: number,
    job: Import,
    account: Account,
    refresh: Refresh | null,
    folder: string,
    signal: AbortSignal,
  ): Promise<LoadedLayer>;
  /** Drops what `loadLayer` has made, so that it can be made once more. */
  dropLoaded(job: Import): Promise<void>;
  /** One transaction that makes the tables, and their map, and ends the import; nothing of it is seen where it throws. */
  publish(
    loaded: readonly LoadedLayer[],
    job: Import,
    account: Account,
    leftOut: LeftOut,
    refresh: Refresh | null,
    sync: SyncPass | null,
    map?: ImportedMap | null,
  ): Promise<void>;
  /** The run of a synchronization that the import is; null for one of its own. */
  openSync(job: Import): Promise<SyncPass | null>;
  readonly maxFileBytes: number;
  readonly maxRows: number;
  readonly maxTables: number;
}

/** From request to tables. Every way in ends in files, every file in layers, every layer in one load. */
export async function runImport(job: Import, account: Account, deps: RunDeps, signal: AbortSignal): Promise<void> {
  await using folder = await deps.openFolder(job.id);
  const sync = await deps.openSync(job);
  if (sync?.isOver) return sync.endUnchanged();
  await using ahead = readAheadOf(job, account, sync, folder.path, deps, signal);
  const fetched = await bringFiles(job, account, folder.path, sync, deps, signal, ahead);
  if (await sync?.isUnchanged(fetched, signal)) return sync?.endUnchanged();
  const metadata = await bringMetadata(job, folder.path, deps, signal);
  const warnings = { ...fetched.warnings, ...metadata.warnings };
  const files = [...named(fetched.files, sync?.tableName ?? null), ...metadata.files];

  await deps.enterState(job, 'unpacking');
  const bytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  await deps.checkRoom(job, account, bytes, sync !== null);
  const read = async (options: Import['options']): Promise<void> => {
    try {
      const session = await ahead?.take(files);
      await readAndPublish(
        { files, bytes, warnings, session },
        { ...job, options },
        account,
        sync,
        folder.path,
        deps,
        signal,
      );
    } catch (error) {
      if (!(error instanceof ReadAsText)) throw error;
      await deps.dropLoaded(job);
      await read(readingAsText(options, error));
    }
  };
  await read(job.options);
}

/** What was brought, and what is to be told of it. */
interface Brought {
  readonly files: readonly LocalFile[];
  readonly bytes: number;
  readonly warnings: Warnings;
  /** One that reads the files already; null, or absent: none does. */
  readonly session?: ReaderSession | null | undefined;
}

/** Throws ReadAsText where it is all to be done again, with other options. */
async function readAndPublish(
  { files, bytes, warnings, session: begun }: Brought,
  job: Import,
  account: Account,
  sync: SyncPass | null,
  folder: string,
  deps: RunDeps,
  signal: AbortSignal,
): Promise<void> {
  const onRows = (rows: number): void => deps.recordProgress(job, { rows, bytes });
  await using session = begun ?? (await deps.openReader(files, openOptions(job, account, deps), onRows, signal));
  if (session.layers.length === 0)
    throw new ImportError('emptyFile', { detail: `${files[0]?.name ?? 'The source'} holds no layer.` });

  await deps.enterState(job, 'importing');
  const refresh = sync?.refreshFor(session.layers.map(({ name }) => name)) ?? null;
  const loadAndPublish = async (wanted: Refresh | null): Promise<void> => {
    const { loaded, failed, skipped } = await loadLayers(session, job, account, wanted, folder, deps, signal);
    const [first] = failed;
    if (first !== undefined && loaded.length === 0 && skipped.length === 0) throw first.error;
    const leftOut = {
      failure: first === undefined ? null : { code: first.error.code, text: first.error.text },
      skipped,
      warnings: {
        ...warnings,
        ...session.warnings,
        ...(first === undefined ? {} : { failed_files: failed.map(told) }),
      },
    };
    await deps.publish(loaded, job, account, leftOut, wanted, sync, session.map ?? null);
  };
  try {
    await loadAndPublish(refresh);
  } catch (error) {
    if (!(error instanceof DifferenceVoid) || refresh === null) throw error;
    // Somebody wrote a table after it was compared: all of its rows are compared now.
    await deps.dropLoaded(job);
    await loadAndPublish({ ...refresh, isAgain: true });
  }
}

/** A single file under the name that its table is to have; its endings stay, because they say what it is. */
function named(files: readonly LocalFile[], name: string | null): readonly LocalFile[] {
  const [only] = files;
  if (name === null || only === undefined || files.length > 1) return files;
  const endings = /(\.[^.]+)?\.(gz|bz2|xz|zst)$|\.[^.]*$/i.exec(only.name)?.[0] ?? '';
  return [{ ...only, name: tableName(name) + endings }];
}

interface Loads {
  readonly loaded: LoadedLayer[];
  readonly failed: FailedFile[];
  /** Names of layers that `skip` left out. */
  readonly skipped: string[];
}

/** Every layer into a staging table of its own; what is wrong with one of several leaves the others alone. */
async function loadLayers(
  session: ReaderSession,
  job: Import,
  account: Account,
  refresh: Refresh | null,
  folder: string,
  deps: RunDeps,
  signal: AbortSignal,
): Promise<Loads> {
  const loads: Loads = { loaded: [], failed: [...(session.failed ?? [])], skipped: [] };
  for (const [layer, { name }] of session.layers.entries()) {
    if (await deps.isSkipped(job, account, name)) {
      loads.skipped.push(name);
      continue;
    }
    try {
      loads.loaded.push(await deps.loadLayer(session, layer, job, account, refresh, folder, signal));
    } catch (error) {
      if (!(error instanceof ImportError) || isOfTheJob(error) || session.canGoOn?.() !== true) throw error;
      loads.failed.push({ name, error });
    }
  }
  return loads;
}

/** Errors that say nothing about a file: the next one would meet them too. */
export const isOfTheJob = ({ kind }: ImportError): boolean =>
  [
    'ioError',
    'importTimeout',
    'overStorage',
    'overTables',
    'cannotOverwrite',
    'tooManyRejects',
    'stuck',
    'unknown',
  ].includes(kind);

const told = (file: FailedFile): Readonly<Record<string, unknown>> => ({
  name: file.name,
  error_code: file.error.code,
  text: file.error.text,
});

/** The files to read, and what the source has to tell. */
export async function bringFiles(
  job: Import,
  account: Account,
  folder: string,
  sync: SyncPass | null,
  deps: RunDeps,
  signal: AbortSignal,
  ahead: ReadAhead | null = null,
): Promise<Fetched> {
  const { request } = job;
  switch (request.kind) {
    case 'nothing':
      throw new ImportError('notAFile', {
        detail: 'The request named no source.',
        hint: 'Send a file in the multipart field "file", or the address of one as "url".',
      });
    case 'query': {
      const onBytes = (bytes: number): void => deps.recordProgress(job, { bytes, rows: 0 });
      const wanted = { ...request, name: sync?.tableName ?? request.name };
      return deps.fetchQuery(account, wanted, { folder, maxBytes: maxBytes(account, deps), onBytes, signal });
    }
    case 'library': {
      const onBytes = (bytes: number): void => deps.recordProgress(job, { bytes, rows: 0 });
      const wanted = { ...request, name: sync?.tableName ?? request.name };
      const known = sync?.known ?? null;
      return deps.fetchLibrary(wanted, { folder, maxBytes: maxBytes(account, deps), onBytes, signal, known });
    }
    default: {
      const onBytes = (bytes: number): void => deps.recordProgress(job, { bytes, rows: 0 });
      const known = sync?.known ?? null;
      return deps.fetch(request, {
        accountId: job.accountId,
        folder,
        maxBytes: maxBytes(account, deps),
        onBytes,
        signal,
        known,
        wantsHash: sync !== null,
        ...(ahead === null ? {} : { onArriving: (file: LocalFile | null) => ahead.begin(file) }),
        ...(sync?.held === undefined ? {} : { held: sync.held }),
      });
    }
  }
}
