import { randomUUID } from 'node:crypto';
import { cp, readdir, rename, rm } from 'node:fs/promises';

/**
 * Compiled code of the reader's program, kept in `folder` between starts of the server: with it the first reader starts in
 * a third of the time. Only a reader that never had a job fills it.
 */
export interface CodeCache {
  /** The kept folder; null where there is none. */
  find(): Promise<string | null>;
  /** Keeps what is in `made` where that is more or other code. A folder that cannot be written is left as it is. */
  keep(made: string): Promise<void>;
}

/** Node.js names the files by their content and its own version: a file of other source is never taken. */
const filesOf = async (folder: string): Promise<string> =>
  (await readdir(folder, { recursive: true }).catch(() => [])).sort().join();

export function openCodeCache(folder: string): CodeCache {
  return {
    find: async () => ((await filesOf(folder)) === '' ? null : folder),
    async keep(made) {
      if ((await filesOf(made)) === (await filesOf(folder))) return;
      const fresh = `${folder}-${randomUUID()}`;
      try {
        await cp(made, fresh, { recursive: true });
        await rm(folder, { recursive: true, force: true });
        await rename(fresh, folder);
      } catch {
        // Not ours to write, or another server was faster: readers compile for themselves, or take the other's.
        await rm(fresh, { recursive: true, force: true }).catch(() => undefined);
      }
    },
  };
}
