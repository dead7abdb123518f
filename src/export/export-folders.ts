import { randomUUID } from 'node:crypto';
import { createGate } from '../db/gate.ts';

/** A folder on disk that is removed with its scope. */
export type ExportFolder = AsyncDisposable & { readonly path: string };

/** Files of one key that are made or sent at once, and those that may wait: each holds a result on disk. */
const PLACES = 4;
const QUEUE = 16;

/**
 * Opens folders for files that are being made, so many at once for each key. Over the end of the queue it throws a
 * DatabaseError 53300.
 */
export function createExportFolders(openFolder: (name: string) => Promise<ExportFolder>) {
  const gate = createGate(PLACES, QUEUE);
  return async (key: string): Promise<ExportFolder> => {
    const leave = await gate.enter(key);
    try {
      const folder = await openFolder(`export-${randomUUID()}`);
      return {
        path: folder.path,
        async [Symbol.asyncDispose]() {
          try {
            await folder[Symbol.asyncDispose]();
          } finally {
            leave();
          }
        },
      };
    } catch (error) {
      leave();
      throw error;
    }
  };
}
