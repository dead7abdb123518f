import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { Limit } from '../../util/limit.ts';
import { type Bucket, elementOf } from './bucket.ts';
import { partBytesOf } from './part-hash.ts';

/** Parts of one file on their way at once. */
const PARTS_AT_ONCE = 4;

/** Parts are hashed beside the thread that answers requests. */
const sha256 = async (bytes: Uint8Array<ArrayBuffer>): Promise<Buffer> =>
  Buffer.from(await crypto.subtle.digest('SHA-256', bytes));

/** Stores an object in one request. The store holds the bytes against their checksum and keeps it. */
export async function putBytes(bucket: Bucket, name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const hash = await sha256(bytes);
  const headers = { 'x-amz-checksum-sha256': hash.toString('base64') };
  await bucket.askText({ method: 'PUT', name, headers, body: { bytes, sha256: hash } });
}

/**
 * Stores a file, in parts where it is longer than one; each is in memory under `limit`. Throws ioError, and then gives up
 * what was sent.
 */
export async function putFile(bucket: Bucket, name: string, file: FileHandle, limit: Limit): Promise<void> {
  const { size } = await file.stat();
  if (size <= partBytesOf(size)) {
    return limit(async () => putBytes(bucket, name, await readPart(file, 0, size)));
  }
  const headers = { 'x-amz-checksum-algorithm': 'SHA256' };
  const begun = await bucket.askText({ method: 'POST', name, query: { uploads: '' }, headers });
  const uploadId = elementOf(begun, 'UploadId');
  if (uploadId === null) throw bucket.refused('did not begin an upload in parts');
  try {
    await complete(bucket, name, uploadId, await sendParts(bucket, name, uploadId, file, size, limit), size);
  } catch (error) {
    const given = { method: 'DELETE', name, query: { uploadId }, accepts: [200, 204, 404] } as const;
    // The sweep gives up what this does not.
    await bucket.askText(given).catch(() => undefined);
    throw error;
  }
}

interface SentPart {
  readonly etag: string;
  readonly checksum: string;
}

async function sendParts(
  bucket: Bucket,
  name: string,
  uploadId: string,
  file: FileHandle,
  sizeBytes: number,
  limit: Limit,
): Promise<readonly SentPart[]> {
  const partBytes = partBytesOf(sizeBytes);
  const sent: SentPart[] = [];
  const abort = new AbortController();
  let next = 0;
  async function sendPart(index: number): Promise<void> {
    const from = index * partBytes;
    const bytes = await readPart(file, from, Math.min(partBytes, sizeBytes - from));
    const hash = await sha256(bytes);
    const checksum = hash.toString('base64');
    const response = await bucket.ask({
      method: 'PUT',
      name,
      query: { partNumber: String(index + 1), uploadId },
      headers: { 'x-amz-checksum-sha256': checksum },
      body: { bytes, sha256: hash },
      signal: abort.signal,
    });
    response.discard();
    sent[index] = { etag: response.header('etag') ?? '', checksum };
  }
  async function sendSome(): Promise<void> {
    for (let index = next++; index * partBytes < sizeBytes && !abort.signal.aborted; index = next++) {
      await limit(() => sendPart(index));
    }
  }
  const senders = Array.from({ length: PARTS_AT_ONCE }, sendSome);
  try {
    await Promise.all(senders);
  } catch (error) {
    abort.abort();
    await Promise.allSettled(senders);
    throw error;
  }
  return sent;
}

/** Joins the parts (S3 API reference, CompleteMultipartUpload). */
async function complete(
  bucket: Bucket,
  name: string,
  uploadId: string,
  parts: readonly SentPart[],
  sizeBytes: number,
): Promise<void> {
  const list = parts.map(
    ({ etag, checksum }, index) =>
      `<Part><PartNumber>${index + 1}</PartNumber><ETag>${etag}</ETag><ChecksumSHA256>${checksum}</ChecksumSHA256></Part>`,
  );
  const bytes = Buffer.from(
    `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${list.join('')}</CompleteMultipartUpload>`,
  );
  const body = { bytes, sha256: createHash('sha256').update(bytes).digest() };
  const answer = await bucket.askText({ method: 'POST', name, query: { uploadId }, body, accepts: [200, 404] });
  // The answer begins with 200 before the work is done, and may end with an error all the same.
  if (answer.includes('CompleteMultipartUploadResult')) return;
  // A try before this one may have joined them, and only its answer was lost.
  const there = await bucket.ask({ method: 'HEAD', name, accepts: [200, 404] });
  there.discard();
  if (there.status === 200 && Number(there.header('content-length')) === sizeBytes) return;
  throw bucket.refused(`did not join the parts of an upload (${elementOf(answer, 'Code') ?? 'no reason given'})`);
}

/** So many bytes from a place of the file. Throws an Error where the file is shorter. */
async function readPart(file: FileHandle, position: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  for (let filled = 0; filled < length; ) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, position + filled);
    if (bytesRead === 0) throw new Error('a spooled file became shorter');
    filled += bytesRead;
  }
  return bytes;
}
