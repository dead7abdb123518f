import { readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Queryable } from '../db/database.ts';
import { ImportError } from '../errors.ts';
import { failImport, type KnownUpload, knownUploads, quietImports } from '../store/imports.ts';
import type { Queue } from './queue.ts';

/** An import on which nothing was written for this long is asked after in the queue. */
const QUIET_SECONDS = 15;

/** A spooled upload younger than this may belong to a request that has not inserted its import yet. */
const UPLOAD_GRACE_MS = 3_600_000;

/** A resumable upload goes on within a day of its last bytes, and a parked one may be named for a day. */
const RESUMABLE_GRACE_MS = 24 * UPLOAD_GRACE_MS;

/** Ends imports whose job the queue has given up, with 6671: nothing stays "importing". */
export async function failAbandoned(db: Queryable, queue: Queue): Promise<void> {
  for (const { id, attempt } of await quietImports(db, QUIET_SECONDS)) {
    if (await queue.isAlive(id)) continue;
    const stuck = new ImportError('stuck', {
      detail: 'The import was begun three times and each time the worker that ran it was lost.',
      hint: 'Start the import again; if it ends so again, the file brings the worker down: report it.',
    });
    await failImport(db, id, attempt, { code: stuck.code, text: `${stuck.message} ${stuck.hint}`, httpStatus: null });
  }
}

/** Removes spooled uploads whose import has ended, those that after an hour still belong to none, and resumable ones that were left alone for a day. */
export async function removeUnusedUploads(db: Queryable, uploadsFolder: string, now: Date): Promise<void> {
  const folders = await readdir(uploadsFolder);
  if (folders.length === 0) return;
  const known = new Map<string, KnownUpload>();
  for (const upload of await knownUploads(db, folders)) known.set(basename(dirname(upload.path)), upload);
  for (const entry of folders) {
    const folder = join(uploadsFolder, entry);
    if (known.get(entry)?.isEnded ?? (await isLeftAlone(folder, now))) {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

/** Whether the file in the folder of an upload without an import was last written to too long ago. */
async function isLeftAlone(folder: string, now: Date): Promise<boolean> {
  const isResumable = (await stat(join(folder, 'upload.json')).catch(() => null)) !== null;
  return isResumable
    ? isOlderThan(join(folder, 'data'), now, RESUMABLE_GRACE_MS)
    : isOlderThan(folder, now, UPLOAD_GRACE_MS);
}

/** Whether it was last changed so long ago; false where it is gone meanwhile. */
async function isOlderThan(path: string, now: Date, ageMs: number): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found !== null && now.getTime() - found.mtimeMs > ageMs;
}
