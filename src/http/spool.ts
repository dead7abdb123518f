import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { copyFile, link, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Files of one request on their way to the store of uploads; disposing removes those that it did not take over. */
export interface Spool extends AsyncDisposable {
  /**
   * Writes a stream to a new file of its own folder, at most `maxBytes` of it, and resolves with its size. Throws
   * SpoolFull where the stream is longer; the file system's own errors come as they are.
   */
  write(stream: Readable, maxBytes: number): Promise<{ readonly path: string; readonly sizeBytes: number }>;
  /** A file of its own with the bytes of one that was kept before; null where that is gone. */
  borrow(path: string): Promise<string | null>;
}

/** The stream had more bytes than the file may have; reading stopped there. */
export class SpoolFull extends Error {
  override readonly name = 'SpoolFull';
  readonly path: string;
  readonly sizeBytes: number;
  constructor(filePath: string, sizeBytes: number) {
    super('more bytes than the file may have');
    this.path = filePath;
    this.sizeBytes = sizeBytes;
  }
}

/** Opens a spool in an existing folder. Names on disk are random: a client never chooses one. */
export function openSpool(uploadsFolder: string): Spool {
  const folders = new Set<string>();
  async function place(): Promise<string> {
    const folder = path.join(uploadsFolder, randomBytes(16).toString('hex'));
    folders.add(folder);
    await mkdir(folder, { mode: 0o700 });
    return path.join(folder, 'data');
  }
  return {
    async borrow(kept) {
      const file = await place();
      const copied = await link(kept, file)
        .catch(() => copyFile(kept, file))
        .then(
          () => true,
          () => false,
        );
      return copied ? file : null;
    },
    async write(stream, maxBytes) {
      const file = await place();
      let sizeBytes = 0;
      async function* counted(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
        for await (const chunk of chunks) {
          sizeBytes += chunk.length;
          if (sizeBytes > maxBytes) throw new SpoolFull(file, sizeBytes);
          yield chunk;
        }
      }
      // wx: the file must be new, so that nothing planted in the folder is followed.
      await pipeline(
        stream,
        counted,
        createWriteStream(file, { flags: 'wx', mode: 0o600, highWaterMark: 1024 * 1024 }),
      );
      return { path: file, sizeBytes };
    },
    async [Symbol.asyncDispose]() {
      for (const folder of folders) await rm(folder, { recursive: true, force: true });
    },
  };
}
