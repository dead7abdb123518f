import { closeSync, openSync, readSync } from 'node:fs';

const HEAD_BYTES = 1 << 16;

/** The first 64 KiB of a file, or all of a smaller one. */
export function readHead(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    return head.subarray(0, readSync(file, head, 0, HEAD_BYTES, 0));
  } finally {
    closeSync(file);
  }
}
