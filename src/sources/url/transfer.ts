import { ImportError } from '../../errors.ts';
import { describeUrl } from '../../util/describe-url.ts';
import { type HttpResponse, TransferCut } from '../../util/http-client.ts';
import { errorOfStatus, tooBig } from './download-errors.ts';

/** The bytes given out so far are void: the server sends the file from its beginning again. */
export class StartOver extends Error {
  override readonly name = 'StartOver';
}

/** The file is as the conditions of the request have it. */
export class NotModified extends Error {
  override readonly name = 'NotModified';
}

export interface TransferOptions {
  /** Headers of the first request that make the server send nothing where the file is the same; empty for none. */
  readonly conditions: Readonly<Record<string, string>>;
  /** Whether the conditions are about the file of this address, which answered: a redirect may lead to another file. */
  readonly isAbout: (answeredBy: URL) => boolean;
  /** Waits `delayMs`, then sends the request with these headers added. */
  readonly get: (headers: Readonly<Record<string, string>>, delayMs: number) => Promise<HttpResponse>;
  /** Called for each chunk, with its size and with the bytes received since the beginning of the file. */
  readonly onChunk: (size: number, received: number) => void;
  readonly maxBytes: number;
  /** Requests that are made at most, the first included. */
  readonly tries: number;
  /** Milliseconds before the second request, doubled before each further one. */
  readonly retryDelayMs: number;
  readonly signal: AbortSignal;
}

/** A download in progress that survives broken connections. */
export interface Transfer {
  /** The answer that the bytes belong to; another one after StartOver. */
  readonly response: HttpResponse;
  /**
   * The body as sent, resumed with Range where it breaks off and the server can prove that it is still the same file.
   * Throws StartOver where it cannot: call again and begin a new file. Throws partialDownload when the tries are used
   * up, fileTooBig beyond the limit.
   */
  bytes(): AsyncGenerator<Buffer>;
}

const isWhole = (response: HttpResponse): boolean => response.status === 200 || response.status === 203;

/** Length of the whole body as sent; null where it is not announced, as with bodies compressed on the fly. */
export const lengthOf = (response: HttpResponse): number | null => {
  const length = response.header('content-length');
  return length === null ? null : Number(length);
};

/**
 * What proves to the server that the file has not changed (RFC 9110, 8.8 and 13.1.5); null where nothing does. Without
 * a length the parts could not be known to be the whole.
 */
function validatorOf(response: HttpResponse): string | null {
  if (lengthOf(response) === null) return null;
  if (response.header('accept-ranges')?.trim().toLowerCase() === 'none') return null;
  const etag = response.header('etag');
  if (etag?.startsWith('"')) return etag;
  const modified = response.header('last-modified');
  const age = Date.parse(response.header('date') ?? '') - Date.parse(modified ?? '');
  // A date is a strong validator only if the file cannot have changed twice in that second.
  return etag === null && age >= 60_000 ? modified : null;
}

/** Whether `part` is the file of `whole` from byte `offset` on. */
function continues(part: HttpResponse, whole: HttpResponse, offset: number): boolean {
  const [, first, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(part.header('content-range') ?? '') ?? [];
  const etag = part.header('etag');
  return (
    part.status === 206 &&
    Number(first) === offset &&
    (total === '*' || Number(total) === lengthOf(whole)) &&
    (etag === null || etag === whole.header('etag')) &&
    part.header('content-encoding') === whole.header('content-encoding')
  );
}

function assertFits(response: HttpResponse, maxBytes: number): void {
  const announced = lengthOf(response) ?? 0;
  if (announced > maxBytes) throw tooBig(response.url, maxBytes, `is announced with ${announced} bytes`);
}

function assertUsable(response: HttpResponse, maxBytes: number): void {
  try {
    if (!isWhole(response)) throw errorOfStatus(response);
    assertFits(response, maxBytes);
  } catch (error) {
    response.discard();
    throw error;
  }
}

/**
 * Sends the first request. Throws NotModified where the conditions hold, what the answer's status or announced size
 * mean, and what `get` throws.
 */
export async function openTransfer(options: TransferOptions): Promise<Transfer> {
  const { get, conditions, maxBytes, tries, signal } = options;
  let response = await get(conditions, 0);
  if (response.status === 304 && Object.keys(conditions).length > 0) {
    response.discard();
    if (options.isAbout(response.url)) throw new NotModified();
    response = await get({}, 0);
  }
  assertUsable(response, maxBytes);
  let made = 1;
  let received = 0;
  let hasMisfit = false;

  const brokenOff = (cause: unknown): ImportError => {
    const announced = lengthOf(response);
    return new ImportError('partialDownload', {
      detail: `${describeUrl(response.url)} broke off after ${received} of ${announced ?? 'an unknown number of'} bytes, and ${made} tries did not complete it.`,
      hint: 'Try again later, or download the file and upload it.',
      cause,
    });
  };

  /** The answer to go on with: the rest of the file, or the whole of it again. */
  const retry = async (cut: TransferCut): Promise<HttpResponse> => {
    let cause: unknown = cut;
    while (made < tries) {
      const delayMs = options.retryDelayMs * 2 ** (made - 1);
      made += 1;
      const validator = received > 0 && !hasMisfit ? validatorOf(response) : null;
      try {
        const range = validator === null ? {} : { range: `bytes=${received}-`, 'if-range': validator };
        const next = await get(range, delayMs);
        if (isWhole(next) || continues(next, response, received)) return next;
        next.discard();
        hasMisfit ||= validator !== null;
        cause = errorOfStatus(next);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof ImportError)) throw error;
        cause = error;
      }
    }
    throw brokenOff(cause);
  };

  return {
    get response() {
      return response;
    },
    async *bytes() {
      received = 0;
      for (let source = response; ; ) {
        try {
          for await (const chunk of source.body) {
            received += chunk.length;
            if (received > maxBytes) throw tooBig(response.url, maxBytes, `sends more than ${maxBytes} bytes`);
            options.onChunk(chunk.length, received);
            yield chunk;
          }
          // A part may be shorter than what was asked for, and complete in itself.
          if (received === (lengthOf(response) ?? received)) return;
          source = await retry(new TransferCut('a part of the file is missing'));
        } catch (error) {
          if (!(error instanceof TransferCut)) throw error;
          source = await retry(error);
        }
        if (source.status === 206) continue;
        response = source;
        assertUsable(response, maxBytes);
        throw new StartOver();
      }
    },
  };
}
