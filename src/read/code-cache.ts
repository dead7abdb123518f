import { randomUUID } from 'node:crypto';
import { cp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Compiled code of the reader's program, kept in `folder` between starts of the server: with it the first reader starts in
 * a third of the time. Only a reader that never had a job fills it. Every reader gets a copy, so what another version of
 * the program left there is not kept.
 */
export interface CodeCache {
  /** The kept folder; null where there is none of this version. */
  find(version: string): Promise<string | null>;
  /** Keeps what is in `made` where that is more or other code. A folder that cannot be written is left as it is. */
  keep(version: string, made: string): Promise<void>;
}

const filesOf = async (folder: string): Promise<string> =>
  (await readdir(folder, { recursive: true }).catch(() => [])).sort().join();

export function openCodeCache(folder: string): CodeCache {
  return {
    async find(version) {
      const kept = join(folder, version);
      return (await filesOf(kept)) === '' ? null : kept;
    },
    async keep(version, made) {
      if ((await filesOf(made)) === (await filesOf(join(folder, version)))) return;
      const fresh = `${folder}-${randomUUID()}`;
      try {
        await cp(made, join(fresh, version), { recursive: true });
        await rm(folder, { recursive: true, force: true });
        await rename(fresh, folder);
      } catch {
        // Not ours to write, or another server was faster: readers compile for themselves, or take the other's.
        await rm(fresh, { recursive: true, force: true }).catch(() => undefined);
      }
    },
  };
}
