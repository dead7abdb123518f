// hot path: bench/load.bench.ts
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Read at once, where a piece does not need more. */
const CHUNK_BYTES = 1 << 20;

/** Largest piece (the header, a feature) that is held at once. */
export const MAX_PIECE_BYTES = 128 << 20;

/** Reads a file in pieces that say their length, front to back, through one buffer. */
export class Pieces implements Disposable {
  bytes: Buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  readonly size: number;
  readonly #fd: number;
  #at = 0;
  #end = 0;
  /** Where `bytes[0]` stands in the file. */
  #offset = 0;

  constructor(path: string) {
    this.#fd = openSync(path, 'r');
    this.size = fstatSync(this.#fd).size;
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }

  /** Bytes of the file before what is read next. */
  get position(): number {
    return this.#offset + this.#at;
  }

  /** Goes on at a byte of the file. */
  seek(position: number): void {
    this.#offset = position;
    this.#at = 0;
    this.#end = 0;
  }

  /** Takes `count` bytes, no more than MAX_PIECE_BYTES, and returns where in `bytes` they are; -1 where the file has fewer. */
  take(count: number): number {
    if (count > this.size - this.position) return -1;
    if (this.#at + count > this.#end) this.#fill(count);
    if (this.#at + count > this.#end) return -1;
    const at = this.#at;
    this.#at += count;
    return at;
  }

  #fill(count: number): void {
    const kept = this.#end - this.#at;
    const source = this.bytes;
    if (count > source.length) this.bytes = Buffer.allocUnsafeSlow(2 * count);
    source.copy(this.bytes, 0, this.#at, this.#end);
    this.#offset += this.#at;
    this.#at = 0;
    this.#end = kept;
    while (this.#end < count) {
      const read = readSync(this.#fd, this.bytes, this.#end, this.bytes.length - this.#end, this.#offset + this.#end);
      if (read === 0) return;
      this.#end += read;
    }
  }
}
