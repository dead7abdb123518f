import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import type { Compressors } from 'hyparquet';
import { compressors as library } from 'hyparquet-compressors';

/** Decompression of pages: by Node.js where it can, which is faster and never gives more than `length`. */
export const compressors: Compressors = {
  ...library,
  GZIP: (input, length) => gunzipSync(input, { maxOutputLength: atLeastOne(length) }),
  BROTLI: (input, length) => brotliDecompressSync(input, { maxOutputLength: atLeastOne(length) }),
  ZSTD: (input, length) => zstdDecompressSync(input, { maxOutputLength: atLeastOne(length) }),
};

const atLeastOne = (length: number): number => Math.max(1, length);
