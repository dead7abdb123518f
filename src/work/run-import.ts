import type { Account, Import, ImportProgress } from '../domain/import.ts';
import type { ImportState } from '../domain/import-state.ts';
import type { LocalFile } from '../domain/layer.ts';
import { ImportError } from '../errors.ts';
import type { ReadOptions } from '../formats/format.ts';
import type { LoadedLayer } from '../load/load-layer.ts';
import type { ReaderSession } from '../read/reader-session.ts';
import type { FetchContext, Fetched } from '../sources/source.ts';

/** What a run needs, as functions: main.ts binds them to the database, the reader pool and the network. */
export interface RunDeps {
  /** Makes the job's own folder, emptied before and removed after. */
  openFolder(importId: string): Promise<AsyncDisposable & { readonly path: string }>;
  fetchUrl(url: string, context: FetchContext): Promise<Fetched>;
  openReader(
    files: readonly LocalFile[],
    options: ReadOptions,
    onRows: (rows: number) => void,
    signal: AbortSignal,
  ): Promise<ReaderSession>;
  /** Records the state. Throws where another attempt has taken the import over. */
  enterState(job: Import, state: ImportState): Promise<void>;
  /** Told as often as one likes; written now and then. */
  recordProgress(job: Import, progress: ImportProgress): void;
  /** Whether `collision_strategy=skip` leaves this file out, so that it need not be read. */
  isSkipped(job: Import, account: Account, fileName: string): Promise<boolean>;
  loadLayer(
    session: ReaderSession,
    layer: number,
    job: Import,
    account: Account,
    signal: AbortSignal,
  ): Promise<LoadedLayer>;
  /** One transaction that makes the tables and ends the import; nothing of it is seen where it throws. */
  publish(loaded: readonly LoadedLayer[], job: Import, account: Account): Promise<void>;
  readonly maxFileBytes: number;
  readonly maxRows: number;
}

/** From request to tables. Every way in ends in files, every file in layers, every layer in one load. */
export async function runImport(job: Import, account: Account, deps: RunDeps, signal: AbortSignal): Promise<void> {
  await using folder = await deps.openFolder(job.id);
  const file = await fetchFile(job, account, folder.path, deps, signal);
  if (await deps.isSkipped(job, account, file.name)) return deps.publish([], job, account);

  await deps.enterState(job, 'unpacking');
  const readOptions: ReadOptions = {
    typeGuessing: job.options.typeGuessing,
    quotedFieldsGuessing: job.options.quotedFieldsGuessing,
    maxRows: Math.min(deps.maxRows, account.limits.maxRows ?? deps.maxRows),
    encoding: null,
    sourceSrid: null,
  };
  const onRows = (rows: number): void => deps.recordProgress(job, { rows, bytes: file.sizeBytes });
  await using session = await deps.openReader([file], readOptions, onRows, signal);
  if (session.layers.length === 0) throw new ImportError('emptyFile', { detail: `${file.name} holds no layer.` });

  await deps.enterState(job, 'importing');
  const loaded: LoadedLayer[] = [];
  for (let layer = 0; layer < session.layers.length; layer++) {
    loaded.push(await deps.loadLayer(session, layer, job, account, signal));
  }
  await deps.publish(loaded, job, account);
}

async function fetchFile(
  job: Import,
  account: Account,
  folder: string,
  deps: RunDeps,
  signal: AbortSignal,
): Promise<LocalFile> {
  switch (job.request.kind) {
    case 'upload':
      return job.request.file;
    case 'url': {
      const maxBytes = Math.min(deps.maxFileBytes, account.limits.maxFileBytes ?? deps.maxFileBytes);
      const onBytes = (bytes: number): void => deps.recordProgress(job, { bytes, rows: 0 });
      return (await deps.fetchUrl(job.request.url, { folder, maxBytes, onBytes, signal })).file;
    }
    case 'nothing':
      throw new ImportError('notAFile', {
        detail: 'The request named no source.',
        hint: 'Send a file in the multipart field "file", or the address of one as "url".',
      });
  }
}
