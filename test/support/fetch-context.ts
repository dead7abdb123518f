import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FetchContext } from '../../src/sources/source.ts';

/** A job's folder with the context of a fetch into it; removes itself with `await using`. */
export interface TestFetch extends AsyncDisposable {
  readonly context: FetchContext;
  /** What `onBytes` was told, in order. */
  readonly progress: readonly number[];
  files(): Promise<string[]>;
  read(path: string): Promise<Buffer>;
}

/** Makes a folder and a context. `maxBytes` is 64 MiB where absent. */
export async function startFetch(
  options: { readonly maxBytes?: number; readonly signal?: AbortSignal } = {},
): Promise<TestFetch> {
  const folder = await mkdtemp(join(tmpdir(), 'landfall-fetch-'));
  const progress: number[] = [];
  return {
    context: {
      folder,
      maxBytes: options.maxBytes ?? 64 * 1024 ** 2,
      onBytes: (received) => progress.push(received),
      signal: options.signal ?? new AbortController().signal,
    },
    progress,
    files: () => readdir(folder),
    read: (path) => readFile(path),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
