import { createHash, type Hash } from 'node:crypto';

/** Least bytes of a part. */
export const PART_BYTES = 16 * 1024 * 1024;

/** Most parts that an object of S3 has. */
const MAX_PARTS = 10_000;

/** Bytes of each part but the last of a file of so many bytes; one that is no longer is sent in one piece. */
export function partBytesOf(sizeBytes: number): number {
  return Math.max(PART_BYTES, Math.ceil(sizeBytes / MAX_PARTS));
}

/** The checksum that S3 gives an object whose parts have these SHA-256: of one piece its own, of parts one over theirs. */
export function checksumOf(parts: readonly Uint8Array[], isMultipart: boolean): string {
  const [only = new Uint8Array()] = parts;
  if (!isMultipart) return Buffer.from(only).toString('base64');
  return `${createHash('sha256').update(Buffer.concat(parts)).digest('base64')}-${parts.length}`;
}

/** Takes bytes as they come and gives the checksum of an object of this size. */
export function createPartHash(sizeBytes: number): { update(chunk: Uint8Array): void; checksum(): string } {
  const partBytes = partBytesOf(sizeBytes);
  const parts: Buffer[] = [];
  let hash: Hash = createHash('sha256');
  let taken = 0;
  const end = (): void => {
    parts.push(hash.digest());
    hash = createHash('sha256');
    taken = 0;
  };
  return {
    update(chunk) {
      for (let from = 0; from < chunk.length; ) {
        if (taken === partBytes) end();
        const piece = chunk.subarray(from, from + partBytes - taken);
        hash.update(piece);
        taken += piece.length;
        from += piece.length;
      }
    },
    checksum() {
      if (taken > 0 || parts.length === 0) end();
      return checksumOf(parts, sizeBytes > partBytes);
    },
  };
}
