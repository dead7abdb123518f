import { readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Queryable } from '../db/database.ts';
import { ImportError } from '../errors.ts';
import { failImport, quietImports, uploadsInUse } from '../store/imports.ts';
import type { Queue } from './queue.ts';

/** An import on which nothing was written for this long is asked after in the queue. */
const QUIET_SECONDS = 15;

/** A spooled upload younger than this may belong to a request that has not inserted its import yet. */
const UPLOAD_GRACE_MS = 3_600_000;

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

/** Removes spooled uploads that no unfinished import names. */
export async function removeUnusedUploads(db: Queryable, uploadsFolder: string, now: Date): Promise<void> {
  const inUse = new Set((await uploadsInUse(db)).map((path) => basename(dirname(path))));
  for (const entry of await readdir(uploadsFolder)) {
    if (inUse.has(entry)) continue;
    const folder = join(uploadsFolder, entry);
    const age = now.getTime() - (await stat(folder)).mtimeMs;
    if (age > UPLOAD_GRACE_MS) await rm(folder, { recursive: true, force: true });
  }
}
