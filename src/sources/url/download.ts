import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { ImportError } from '../../errors.ts';
import { describeUrl } from '../../util/describe-url.ts';
import type { HttpClient, HttpResponse } from '../../util/http-client.ts';
import { timedOut } from '../../util/http-errors.ts';
import type { FetchContext, Fingerprint } from '../source.ts';
import { ACCEPT_ENCODING, decodersOf, decodingFault } from './decode-body.ts';
import { tooBig } from './download-errors.ts';
import { lengthOf, openTransfer, StartOver, type Transfer } from './transfer.ts';
import { type TransferLimits, watchTransfer } from './watch-transfer.ts';

/** Limits of one download; see TransferLimits and TransferOptions for the members. */
export interface DownloadLimits extends TransferLimits {
  readonly tries: number;
  readonly retryDelayMs: number;
}

/**
 * What is used where the operator says nothing. The rate is far below any honest server's and frees a worker from a
 * dripping one within two minutes; the total lets 10 GiB through at 0.75 MB/s.
 */
export const DEFAULT_DOWNLOAD_LIMITS: DownloadLimits = {
  totalTimeoutMs: 4 * 3600_000,
  minBytesPerSecond: 1024,
  rateWindowMs: 60_000,
  tries: 3,
  retryDelayMs: 500,
};

/**
 * Most decoded bytes for each byte sent, where more than `FREE_DECODED_BYTES` come out: the bound for archives too. gzip
 * can reach 1030 and tables stay below 100.
 */
const MAX_RATIO = 200;
const FREE_DECODED_BYTES = 10 * 1024 ** 2;

/** Bytes that may wait to be written, so that what comes meanwhile is written at once. */
const WRITE_BYTES = 1 << 20;

/** A body on disk, decoded. */
export interface Downloaded {
  readonly response: HttpResponse;
  readonly sizeBytes: number;
  /** Whether a Content-Encoding was undone. */
  readonly wasEncoded: boolean;
  /** SHA-256 of the file in hexadecimal digits; absent: it was not wanted. */
  readonly sha256?: string;
}

/** Told when the first byte of a body of known size can be written. */
export type OnBegin = (begun: Pick<Downloaded, 'response' | 'sizeBytes'>) => void;

/** What can stand in a header; anything else that a server called its ETag is not sent back to it. */
const isSendable = (value: string | null): value is string => value !== null && /^[\x20-\x7e]{1,1000}$/.test(value);

/** An address as it is compared: queries hold signatures that are others each time. */
export const withoutQuery = ({ origin, pathname }: URL): string => `${origin}${pathname}`;

/** Asks for the file only if it is another (RFC 9110, 13.1): a server that knows ETags does not look at the date. */
const conditionsOf = (known: Fingerprint | null): Readonly<Record<string, string>> => ({
  ...(known !== null && isSendable(known.etag) ? { 'if-none-match': known.etag } : {}),
  ...(known !== null && isSendable(known.lastModified) ? { 'if-modified-since': known.lastModified } : {}),
});

/** Errors of decoders and of the disk, told as what they mean here. */
function translateWriteError(error: unknown, url: URL): unknown {
  const where = describeUrl(url);
  const fault = decodingFault(error);
  if (fault === 'short') {
    return new ImportError('partialDownload', {
      detail: `${where} sent a compressed body without its end.`,
      cause: error,
    });
  }
  if (fault === 'damaged') {
    return new ImportError('downloadFailed', {
      detail: `${where} sent a body that is not compressed as its Content-Encoding says.`,
      cause: error,
    });
  }
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new ImportError('ioError', { detail: `The server has no room for ${where}.`, cause: error });
  }
  return error;
}

/** Writes one whole body to `path`, replacing what is there, and returns its decoded size. */
async function writeBody(
  transfer: Transfer,
  path: string,
  { maxBytes, wantsHash = false }: FetchContext,
  onBegin: OnBegin,
  signal: AbortSignal,
): Promise<Downloaded> {
  const { response } = transfer;
  const decoders = decodersOf(response.header('content-encoding'));
  if (decoders === null) {
    response.discard();
    throw new ImportError('downloadFailed', {
      detail: `${describeUrl(response.url)} sends the file in a Content-Encoding that is not known.`,
    });
  }
  let sent = 0;
  let sizeBytes = 0;
  const hash = wantsHash ? createHash('sha256') : null;
  async function* counted() {
    for await (const chunk of transfer.bytes()) {
      sent += chunk.length;
      yield chunk;
    }
  }
  async function* limited(source: AsyncIterable<Buffer>) {
    for await (const chunk of source) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) throw tooBig(response.url, maxBytes, `unpacks to more than ${maxBytes} bytes`);
      if (decoders?.length && sizeBytes > FREE_DECODED_BYTES && sizeBytes > sent * MAX_RATIO) {
        throw new ImportError('fileTooBig', {
          detail: `${describeUrl(response.url)} unpacks to more than ${MAX_RATIO} times what it sends.`,
          hint: 'Download the file and upload it.',
        });
      }
      hash?.update(chunk);
      yield chunk;
    }
  }
  const file = createWriteStream(path, { mode: 0o600, highWaterMark: WRITE_BYTES });
  const length = lengthOf(response);
  if (decoders.length === 0 && length !== null) file.once('open', () => onBegin({ response, sizeBytes: length }));
  await pipeline([counted, ...decoders, limited, file], { signal });
  const wasEncoded = decoders.length > 0;
  return { response, sizeBytes, wasEncoded, ...(hash === null ? {} : { sha256: hash.digest('hex') }) };
}

/**
 * Downloads `url` to the file `path` within the limits of `context` and `limits`. Throws ImportErrors: what HttpClient
 * throws, notFound, forbidden and downloadFailed by status, fileTooBig, downloadTimeout, partialDownload, ioError; the
 * reason of `context.signal` where that aborts; NotModified where the file is as `context.known` has it. Reports the bytes received, which fall back to 0 if the server makes it
 * begin again.
 */
export async function download(
  client: HttpClient,
  url: URL,
  path: string,
  context: FetchContext,
  limits: DownloadLimits,
  onBegin: OnBegin = () => undefined,
): Promise<Downloaded> {
  using watch = watchTransfer(limits, (what) => timedOut(url, what), context.signal);
  const { signal } = watch;
  try {
    const transfer = await openTransfer({
      ...limits,
      conditions: conditionsOf(context.known ?? null),
      isAbout: (answeredBy) => withoutQuery(answeredBy) === (context.known?.answeredBy ?? withoutQuery(url)),
      maxBytes: context.maxBytes,
      signal,
      get: (added, delayMs) =>
        watch.pause(async () => {
          await sleep(delayMs, undefined, { signal });
          return await client.get(url, { headers: { 'accept-encoding': ACCEPT_ENCODING, ...added }, signal });
        }),
      onChunk: (size, received) => {
        watch.count(size);
        context.onBytes(received);
      },
    });
    for (;;) {
      try {
        return await writeBody(transfer, path, context, onBegin, signal);
      } catch (error) {
        if (!(error instanceof StartOver)) throw error;
        context.onArriving?.(null);
      }
    }
  } catch (error) {
    signal.throwIfAborted();
    throw translateWriteError(error, url);
  }
}
