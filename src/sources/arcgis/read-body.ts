import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { type HttpResponse, TransferCut } from '../../util/http-client.ts';
import { Refused, TooLarge } from './refused.ts';

/**
 * The whole body of an answer, decompressed; `onBytes` is told of each piece. Throws `TooLarge` for more than `most` bytes,
 * `TransferCut` for one that is damaged, `Refused` for a coding that is not known.
 */
export async function readBody(
  response: HttpResponse,
  most: number,
  onBytes: (count: number) => void,
): Promise<Buffer> {
  const coding = (response.header('content-encoding') ?? '').trim().toLowerCase();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of decoded(response.body, coding)) {
    size += chunk.length;
    if (size > most) {
      response.discard();
      throw new TooLarge(`an answer has more than ${most >> 20} MiB`);
    }
    onBytes(chunk.length);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

const decoders = { gzip: createGunzip, 'x-gzip': createGunzip, deflate: createInflate, br: createBrotliDecompress };

async function* decoded(body: AsyncIterable<Buffer>, coding: string): AsyncGenerator<Buffer> {
  if (coding === '' || coding === 'identity') {
    yield* body;
    return;
  }
  const create = Object.entries(decoders).find(([name]) => name === coding)?.[1];
  if (create === undefined) throw new Refused(200, `an unknown Content-Encoding, ${coding.slice(0, 30)}`, false);
  const decoder = create();
  const feed = (async () => {
    for await (const chunk of body) {
      if (!decoder.write(chunk))
        await new Promise<void>((resolve) => decoder.once('drain', resolve).once('close', resolve));
    }
    decoder.end();
  })().catch((error: unknown) => void decoder.destroy(error instanceof Error ? error : new Error(String(error))));
  try {
    for await (const chunk of decoder) yield chunk;
  } catch (cause) {
    if (cause instanceof TransferCut) throw cause;
    throw new TransferCut('the compressed answer is damaged', { cause });
  } finally {
    decoder.destroy();
    await feed;
  }
}
