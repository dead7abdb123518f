/** A file that another process is still writing. */
import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Arrival, LocalFile } from '../domain/layer.ts';
import { readsArriving } from '../formats/open-file.ts';
import { packingOf } from '../unpack/packings.ts';
import { readHead } from '../util/read-head.ts';

/** Between two looks at the size of a file: the first as long as it grows, up to the last where it does not. */
const SHORTEST_WAIT_MS = 2;
const LONGEST_WAIT_MS = 64;

/** With so much of a file its format is known, and what it has to say of itself. */
const BEGINNING_BYTES = 1 << 20;

/** The rest of a file that grows to its size; the wait for it ends with an error where nobody writes it any more. */
export function arrivalOf({ path, sizeBytes }: LocalFile, isWritten: () => boolean): Arrival {
  let there = 0;
  return {
    async until(bytes) {
      const wanted = Math.min(bytes, sizeBytes);
      for (let waitMs = SHORTEST_WAIT_MS; there < wanted; ) {
        const before = there;
        there = statSync(path).size;
        if (there >= wanted) return;
        if (!isWritten()) throw new Error(`${path} ends after ${there} of ${sizeBytes} bytes`);
        waitMs = there > before ? SHORTEST_WAIT_MS : Math.min(waitMs * 2, LONGEST_WAIT_MS);
        await sleep(waitMs);
      }
    },
  };
}

/** A file that is being written, once enough of it is there for its format to read it meanwhile, else once all of it is. */
export async function readable(file: LocalFile & { readonly arrival: Arrival }): Promise<LocalFile> {
  const { arrival, ...whole } = file;
  await arrival.until(BEGINNING_BYTES);
  const head = readHead(file.path);
  if (readsArriving(head, file) && packingOf(head) === null) return file;
  await arrival.until(file.sizeBytes);
  return whole;
}
