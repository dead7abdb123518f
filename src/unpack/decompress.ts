/** One file out of a compressed one: gzip, bzip2, xz, Zstandard. */
import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import type { LocalFile } from '../domain/layer.ts';
import { ImportError } from '../errors.ts';
import { type Budget, damaged } from './budget.ts';
import type { Write } from './scratch-files.ts';

export type StreamPacking = 'gzip' | 'bzip2' | 'xz' | 'zstd';

/** Bytes read and unpacked at once: each piece is a trip to another thread. */
const CHUNK_BYTES = 1 << 18;

/** Hands over what a compressed file holds, counted. Throws 1003 where it is damaged or cut off. */
export async function decompress(file: LocalFile, packing: StreamPacking, budget: Budget, write: Write): Promise<void> {
  const counted: Write = (chunk) => {
    budget.countBytes(chunk.length);
    write(chunk);
  };
  try {
    if (packing === 'bzip2') await bunzip(file, counted);
    else for await (const chunk of await opened(file, packing)) counted(chunk);
  } catch (cause) {
    if (cause instanceof ImportError) throw cause;
    throw damaged(file.name, 'its data is damaged or ends too early', cause);
  }
}

async function opened(file: LocalFile, packing: 'gzip' | 'xz' | 'zstd'): Promise<AsyncIterable<Uint8Array>> {
  const packed = createReadStream(file.path, { highWaterMark: CHUNK_BYTES });
  if (packing === 'gzip') return packed.pipe(createGunzip({ chunkSize: CHUNK_BYTES }));
  if (packing === 'zstd') return packed.pipe(createZstdDecompress({ chunkSize: CHUNK_BYTES }));
  const { default: xz } = await import('xz-decompress');
  return new xz.XzReadableStream(Readable.toWeb(packed));
}

async function bunzip(file: LocalFile, write: Write): Promise<void> {
  const { default: Bunzip } = await import('seek-bzip');
  const fd = openSync(file.path, 'r');
  try {
    const out = new ByteSink(write);
    Bunzip.decode(new ByteSource(fd), out, true);
    out.flush();
  } finally {
    closeSync(fd);
  }
}

/** A file, byte by byte, as the bzip2 library takes it. */
class ByteSource {
  readonly #fd: number;
  readonly #chunk = Buffer.alloc(CHUNK_BYTES);
  #length = 0;
  #position = 0;

  constructor(fd: number) {
    this.#fd = fd;
  }

  eof(): boolean {
    if (this.#position < this.#length) return false;
    this.#length = readSync(this.#fd, this.#chunk);
    this.#position = 0;
    return this.#length === 0;
  }

  /** The library takes an end inside a block for data: it is told here. */
  readByte(): number {
    if (this.eof()) throw new Error('it ends too early');
    return this.#chunk[this.#position++] ?? 0;
  }

  read(buffer: Uint8Array, offset: number, length: number): number {
    for (let i = 0; i < length; i++) buffer[offset + i] = this.readByte();
    return length;
  }
}

class ByteSink {
  readonly #write: Write;
  readonly #chunk = Buffer.alloc(CHUNK_BYTES);
  #length = 0;

  constructor(write: Write) {
    this.#write = write;
  }

  writeByte(byte: number): void {
    if (this.#length === CHUNK_BYTES) this.flush();
    this.#chunk[this.#length++] = byte;
  }

  flush(): void {
    this.#write(this.#chunk.subarray(0, this.#length));
    this.#length = 0;
  }
}
