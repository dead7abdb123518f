// hot path: bench/load.bench.ts
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Read at once. */
const CHUNK_BYTES = 1 << 20;

/**
 * A file of which a piece is held in memory: `bytes` holds what `fill` asked for, at `start`. The memory grows with
 * the largest piece asked for, which is never more than the file has.
 */
export class FileWindow implements Disposable {
  readonly size: number;
  bytes: Buffer;
  view: DataView;
  /** Where the piece asked for begins in `bytes`. */
  start = 0;
  readonly #file: number;
  #chunkBytes: number;
  /** Offset in the file of `bytes[0]`, and how many bytes are held. */
  #offset = 0;
  #held = 0;

  constructor(path: string, chunkBytes: number = CHUNK_BYTES) {
    this.#file = openSync(path, 'r');
    this.size = fstatSync(this.#file).size;
    this.#chunkBytes = chunkBytes;
    this.bytes = Buffer.allocUnsafeSlow(Math.max(1, Math.min(chunkBytes, this.size)));
    this.view = new DataView(this.bytes.buffer);
  }

  /** Brings `length` bytes from `offset` of the file into memory. False: the file has fewer. */
  fill(offset: number, length: number): boolean {
    if (offset < 0 || length < 0 || offset + length > this.size) return false;
    this.start = offset - this.#offset;
    if (this.start >= 0 && this.start + length <= this.#held) return true;
    const wanted = Math.min(Math.max(length, this.#chunkBytes), this.size - offset);
    if (wanted > this.bytes.length) {
      this.bytes = Buffer.allocUnsafeSlow(wanted);
      this.view = new DataView(this.bytes.buffer);
    }
    this.#offset = offset;
    this.#held = 0;
    this.start = 0;
    while (this.#held < wanted) {
      const count = readSync(this.#file, this.bytes, this.#held, wanted - this.#held, offset + this.#held);
      if (count === 0) break;
      this.#held += count;
    }
    return this.#held >= length;
  }

  /** What is held is read anew when it is asked for: more of the file has arrived. */
  forget(): void {
    this.#held = 0;
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }
}
