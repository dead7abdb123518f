import { type FileHandle, open } from 'node:fs/promises';
import { ImportError } from '../../errors.ts';
import { type HttpResponse, TransferCut } from '../../util/http-client.ts';
import type { Bucket } from './bucket.ts';
import { createPartHash } from './part-hash.ts';

/** A download that says nothing for so long, in milliseconds, is begun again where it was. */
const STALL_MS = 60_000;

/** How often it may break without a byte more. */
const TRIES = 5;

/** What is known of an object since its first answer. */
interface Begun {
  readonly sizeBytes: number;
  /** null: the store keeps none. */
  readonly checksum: string | null;
  readonly hash: ReturnType<typeof createPartHash>;
}

const begin = (response: HttpResponse): Begun => {
  const sizeBytes = Number(response.header('content-length') ?? 0);
  return { sizeBytes, checksum: response.header('x-amz-checksum-sha256'), hash: createPartHash(sizeBytes) };
};

/**
 * Downloads an object to a new file, and goes on where it broke off; false where there is none. Throws ioError where the
 * store is out of reach, or the bytes are not those that were stored.
 */
export async function downloadObject(
  bucket: Bucket,
  name: string,
  path: string,
  signal: AbortSignal,
): Promise<boolean> {
  await using file = await open(path, 'wx', 0o600);
  let begun: Begun | null = null;
  let offset = 0;
  for (let tries = 1; ; tries++) {
    const stall = new AbortController();
    const response = await bucket.ask({
      method: 'GET',
      name,
      headers: { 'x-amz-checksum-mode': 'ENABLED', ...(offset === 0 ? {} : { range: `bytes=${offset}-` }) },
      accepts: offset === 0 ? [200, 404] : [206, 404],
      signal: AbortSignal.any([signal, stall.signal]),
    });
    if (response.status === 404) {
      response.discard();
      return false;
    }
    begun ??= begin(response);
    const { sizeBytes, checksum, hash } = begun;
    const before = offset;
    try {
      await receive(response, stall, async (chunk) => {
        await writeAll(file, chunk, offset);
        hash.update(chunk);
        offset += chunk.length;
      });
    } catch (cause) {
      signal.throwIfAborted();
      if (!(cause instanceof TransferCut) && !stall.signal.aborted) throw diskError(cause);
      if (offset > before) tries = 1;
      if (tries >= TRIES) throw bucket.refused('breaks off what it sends', cause);
      continue;
    }
    if (offset !== sizeBytes || (checksum !== null && !isSame(checksum, hash.checksum()))) {
      throw bucket.refused('sent other bytes than were stored');
    }
    return true;
  }
}

/** Stores differ in whether they tell the number of parts behind the checksum. */
const isSame = (a: string, b: string): boolean => a.split('-')[0] === b.split('-')[0];

/** Hands the bytes of an answer over. Aborts `stall` where none come for too long. */
async function receive(
  response: HttpResponse,
  stall: AbortController,
  onChunk: (chunk: Buffer) => Promise<void>,
): Promise<void> {
  const timer = setTimeout(() => stall.abort(), STALL_MS);
  try {
    for await (const chunk of response.body) {
      timer.refresh();
      await onChunk(chunk);
    }
  } finally {
    clearTimeout(timer);
  }
}

async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    written += (await file.write(bytes, written, bytes.length - written, position + written)).bytesWritten;
  }
}

/** A full disk, told as such. */
function diskError(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new ImportError('ioError', { detail: 'The server has no room for the upload.', cause: error });
}
