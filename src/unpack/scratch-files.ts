import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalFile } from '../domain/layer.ts';
import { ImportError } from '../errors.ts';

/** Takes the next bytes of a file; they may be overwritten once it has returned. */
export type Write = (chunk: Uint8Array) => void;

/** Makes the files of one job, under names of our own: `x1`, `x2`, … in its folder. */
export class ScratchFiles {
  readonly #folder: string;
  #made = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Makes a file of what `fill` writes; `name` is data. Throws ioError (1000) for a full disk, and what `fill` throws. */
  async make(name: string, fill: (write: Write) => Promise<void>): Promise<LocalFile> {
    const path = join(this.#folder, `x${++this.#made}`);
    // `x`: never a file that is there already, and never through a link.
    const file = openSync(path, 'wx', 0o600);
    let sizeBytes = 0;
    try {
      await fill((chunk) => {
        writeAll(file, chunk);
        sizeBytes += chunk.length;
      });
    } finally {
      closeSync(file);
    }
    return { path, name, sizeBytes, mediaType: null };
  }

  /** Gives back the room of a file that was only on the way. */
  remove(file: LocalFile): void {
    rmSync(file.path, { force: true });
  }
}

function writeAll(file: number, chunk: Uint8Array): void {
  try {
    for (let written = 0; written < chunk.length; ) written += writeSync(file, chunk, written);
  } catch (cause) {
    throw new ImportError('ioError', {
      detail: 'The files of the archive could not be written to the disk of the server.',
      hint: 'Try again later, or tell the operator.',
      cause,
    });
  }
}
