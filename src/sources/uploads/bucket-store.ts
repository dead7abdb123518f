import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createLimit } from '../../util/limit.ts';
import type { Bucket } from './bucket.ts';
import { downloadObject } from './bucket-download.ts';
import { giveUpUnfinished, listUploads } from './bucket-list.ts';
import { putBytes, putFile } from './bucket-put.ts';
import { newUploadKey, type UploadStore } from './upload-store.ts';

/** A list costs a request for each 1,000 uploads. */
const SWEEP_INTERVAL_MS = 600_000;

/** Parts that all uploads of this process hold in memory at once: 128 MiB. */
const PARTS_IN_MEMORY = 8;

const dataOf = (key: string): string => `${key}/data`;
const descriptionOf = (key: string): string => `${key}/upload.json`;

/** Uploads in a bucket, as `KEY/data` and `KEY/upload.json` under its prefix. Files are held against their checksum. */
export function createBucketStore(bucket: Bucket, now: () => Date): UploadStore {
  const limit = createLimit(PARTS_IN_MEMORY);
  const remove = (name: string): Promise<string> =>
    bucket.askText({ method: 'DELETE', name, accepts: [200, 204, 404] });
  return {
    sweepIntervalMs: SWEEP_INTERVAL_MS,
    async put(path, description) {
      const key = newUploadKey();
      await using file = await open(path, 'r');
      await putFile(bucket, dataOf(key), file, limit);
      // Last, so that what has a description is whole.
      if (description !== undefined) {
        await putBytes(bucket, descriptionOf(key), new TextEncoder().encode(JSON.stringify(description)));
      }
      return key;
    },
    async describe(key) {
      const text = await bucket.askText({ method: 'GET', name: descriptionOf(key), accepts: [200, 404] });
      return text.startsWith('{') ? JSON.parse(text) : null;
    },
    async fetch(key, folder, signal) {
      const path = join(folder, 'download');
      await rm(path, { force: true });
      return (await downloadObject(bucket, dataOf(key), path, signal)) ? path : null;
    },
    async remove(key) {
      await remove(descriptionOf(key));
      await remove(dataOf(key));
    },
    async list() {
      await giveUpUnfinished(bucket, now());
      return listUploads(bucket);
    },
    async check() {
      await putBytes(bucket, 'check', new TextEncoder().encode('Landfall writes this when it starts.\n'));
      await remove('check');
    },
  };
}
