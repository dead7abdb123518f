import type { Queryable } from '../db/database.ts';
import { ImportError } from '../errors.ts';
import type { UploadStore } from '../sources/uploads/upload-store.ts';
import { failImport, knownUploads, quietImports } from '../store/imports.ts';
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
    await failImport(db, id, attempt, { code: stuck.code, text: stuck.text, httpStatus: null });
  }
}

/**
 * Removes uploads whose imports have all ended, those that after an hour still belong to none, and parked and resumable
 * ones that were left alone for a day.
 */
export async function removeUnusedUploads(db: Queryable, store: UploadStore, now: Date): Promise<void> {
  const waiting = await store.list();
  if (waiting.length === 0) return;
  const keys = waiting.map(({ key }) => key);
  const ended = await knownUploads(db, keys);
  for (const { key, changedAt, isDescribed } of waiting) {
    const age = now.getTime() - changedAt.getTime();
    const isLeftAlone = age > (isDescribed ? RESUMABLE_GRACE_MS : UPLOAD_GRACE_MS);
    if (ended.get(key) ?? isLeftAlone) await store.remove(key);
  }
}
