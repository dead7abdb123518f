import { access, constants, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { newUploadKey, type StoredUpload, type UploadStore } from './upload-store.ts';

/** Kept beside the bytes. Resumable uploads, which lie in the same folder while they come, have one too. */
const DESCRIPTION = 'upload.json';

/** Names of our folders: keys, and longer ones of what is still coming and of uploads of earlier versions. */
const namePattern = /^([0-9a-f]{20}|[0-9a-f]{32})$/;

const SWEEP_INTERVAL_MS = 15_000;

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';

/**
 * Uploads in a folder that all workers see: one folder an upload, with the file `data`. It is the spool too, so that
 * nothing is copied; what is still being spooled is listed as what waits.
 */
export function createFolderStore(folder: string): UploadStore {
  /** Nothing else is ever removed or read, whatever is written where a key belongs. */
  function of(key: string): string {
    if (!namePattern.test(key)) throw new Error('no key of an upload');
    return join(folder, key);
  }

  async function look(key: string): Promise<StoredUpload | null> {
    const last = await stat(join(of(key), 'data')).catch(() => stat(of(key)).catch(() => null));
    if (last === null) return null;
    const description = await stat(join(of(key), DESCRIPTION)).catch(() => null);
    return { key, changedAt: last.mtime, isDescribed: description !== null };
  }

  return {
    sweepIntervalMs: SWEEP_INTERVAL_MS,
    async put(path, description) {
      const key = newUploadKey();
      const from = dirname(path);
      if (description !== undefined) {
        await writeFile(join(from, DESCRIPTION), JSON.stringify(description), { flag: 'wx', mode: 0o600 });
      }
      await rename(from, of(key));
      return key;
    },
    async describe(key) {
      try {
        return JSON.parse(await readFile(join(of(key), DESCRIPTION), 'utf8'));
      } catch (error) {
        if (isMissing(error)) return null;
        throw error;
      }
    },
    async fetch(key) {
      const path = join(of(key), 'data');
      return (await stat(path).catch(() => null)) === null ? null : path;
    },
    async remove(key) {
      await rm(of(key), { recursive: true, force: true });
    },
    async list() {
      const names = (await readdir(folder)).filter((name) => namePattern.test(name));
      const found = await Promise.all(names.map(look));
      return found.filter((one) => one !== null);
    },
    check: () => access(folder, constants.W_OK | constants.X_OK),
  };
}
