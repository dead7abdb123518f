import { closeSync, ftruncateSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalFile } from '../domain/layer.ts';
import { ImportError } from '../errors.ts';
import { ArrivingBytes } from './arriving-bytes.ts';

/** Takes the next bytes of a file; they may be overwritten once it has returned. */
export type Write = (chunk: Uint8Array) => void;

/** With so much of a file its format is known. */
const BEGINNING_BYTES = 1 << 20;

/** Makes the files of one job, under names of our own: `x1`, `x2`, … in its folder. */
export class ScratchFiles {
  readonly #folder: string;
  #made = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** A new file. `x`: never one that is there already, and never through a link. */
  #open(): { readonly path: string; readonly file: number } {
    const path = join(this.#folder, `x${++this.#made}`);
    return { path, file: openSync(path, 'wx', 0o600) };
  }

  /** Makes a file of what `fill` writes; `name` is data. Throws ioError (1000) for a full disk, and what `fill` throws. */
  async make(name: string, fill: (write: Write) => Promise<void>): Promise<LocalFile> {
    const { path, file } = this.#open();
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

  /**
   * Makes a file of `sizeBytes` bytes whose beginning is there, of which the rest arrives while others work. `name` is
   * data. Throws as `make` does for the beginning; the rest throws where it is waited for.
   */
  async begin(name: string, sizeBytes: number, fill: (write: Write) => Promise<void>): Promise<LocalFile> {
    const { path, file } = this.#open();
    ftruncateSync(file, sizeBytes);
    const arriving = new ArrivingBytes(sizeBytes);
    const done = fill((chunk) => {
      writeAll(file, chunk);
      arriving.add(chunk.length);
    }).finally(() => closeSync(file));
    const arrival = arriving.arrivalOf(done);
    await arrival.until(Math.min(sizeBytes, BEGINNING_BYTES));
    return { path, name, sizeBytes, mediaType: null, arrival };
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
