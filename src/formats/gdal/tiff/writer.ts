import { closeSync, openSync, writeSync } from 'node:fs';
import type { Entry } from './directory.ts';

/** Types of TIFF: two bytes, and eight of BigTIFF. */
const SHORT = 3;
const LONG8 = 16;

/** Writes a BigTIFF: blocks as they come, then a directory, then the next image. Closed with `using`. */
export class TiffWriter implements Disposable {
  readonly #file: number;
  readonly #isLittle: boolean;
  #at = 0;
  /** Where the place of the next directory is to be written. */
  #link = 8;

  /** Makes the file at `path`. Values of directories are of the byte order that `isLittle` says. */
  constructor(path: string, isLittle: boolean) {
    this.#isLittle = isLittle;
    this.#file = openSync(path, 'wx');
    // Version 43, pointers of 8 bytes, and the place of the first directory.
    const head = [this.#whole(43, 2), this.#whole(8, 2), this.#whole(0, 2), this.#whole(0, 8)];
    this.append(Buffer.concat([Buffer.from(isLittle ? 'II' : 'MM', 'latin1'), ...head]));
  }

  /** Writes bytes at the end and gives their place. */
  append(bytes: Uint8Array): number {
    const start = this.#at;
    for (let done = 0; done < bytes.length; )
      done += writeSync(this.#file, bytes, done, bytes.length - done, start + done);
    this.#at += bytes.length;
    return start;
  }

  /** One value of two bytes. */
  short(value: number): Entry {
    return { type: SHORT, count: 1, bytes: this.#whole(value, 2) };
  }

  /** Places or lengths in a file. */
  longs(values: readonly number[]): Entry {
    return { type: LONG8, count: values.length, bytes: Buffer.concat(values.map((value) => this.#whole(value, 8))) };
  }

  /** Ends an image: its blocks are written, this is what else is to be said of it. */
  endImage(entries: ReadonlyMap<number, Entry>): void {
    const parts: Buffer[] = [this.#whole(entries.size, 8)];
    for (const [tag, { type, count, bytes }] of [...entries].sort(([one], [other]) => one - other)) {
      const value = bytes.length <= 8 ? Buffer.concat([bytes], 8) : this.#whole(this.append(bytes), 8);
      parts.push(this.#whole(tag, 2), this.#whole(type, 2), this.#whole(count, 8), value);
    }
    const start = this.append(Buffer.concat([...parts, this.#whole(0, 8)]));
    writeSync(this.#file, this.#whole(start, 8), 0, 8, this.#link);
    this.#link = this.#at - 8;
  }

  #whole(value: number, size: 2 | 8): Buffer {
    const bytes = Buffer.alloc(size);
    if (size === 2) bytes.writeUInt16LE(value);
    else bytes.writeBigUInt64LE(BigInt(value));
    return this.#isLittle ? bytes : bytes.reverse();
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }
}
