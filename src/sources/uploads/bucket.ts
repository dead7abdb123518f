import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { AwsV4Signer } from 'aws4fetch';
import { ImportError } from '../../errors.ts';
import { type HttpClient, type HttpResponse, TransferCut } from '../../util/http-client.ts';
import { inRegion, type ObjectAddress, urlOfObject } from '../objects/address.ts';

/** One request to a bucket. */
export interface Ask {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Name of the object under the prefix; null: the bucket itself is asked. */
  readonly name: string | null;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: { readonly bytes: Uint8Array; readonly sha256: Buffer };
  /** Statuses that are no error. Absent: 200. */
  readonly accepts?: readonly number[];
  readonly signal?: AbortSignal;
}

/** A bucket of the operator's, by the protocol of S3. */
export interface Bucket {
  /** What the names of all our objects begin with; `''` or it ends with a slash. */
  readonly prefix: string;
  /** Asks again where the store is busy or the connection breaks. Throws ioError where it stays so or refuses. */
  ask(ask: Ask): Promise<HttpResponse>;
  /** The same, and the text of the answer, whole. */
  askText(ask: Ask): Promise<string>;
  /** The error of a store that cannot be used; `what` continues the sentence "The bucket of uploads …". */
  refused(what: string, cause?: unknown): ImportError;
}

export interface BucketOptions {
  readonly client: Pick<HttpClient, 'send'>;
  readonly address: ObjectAddress;
  readonly sessionToken: string | null;
  /** First pause before a request is sent again, in milliseconds; each is twice the one before. */
  readonly retryDelayMs?: number;
}

/** How often one request is sent: with pauses of a quarter, a half, one and two seconds between. */
const TRIES = 5;

/** Longest time for an answer that is read as text, in milliseconds. */
const TEXT_MS = 120_000;

/** Largest such answer: a list of 1,000 objects has less than 1 MiB. */
const MAX_TEXT_BYTES = 8 * 1024 * 1024;

/** SHA-256 of no bytes, which requests without a body are signed with. */
const NOTHING_SHA256 = createHash('sha256').digest('hex');

const isBusy = (status: number): boolean => status >= 500 || status === 429 || status === 408;

async function textOf(response: HttpResponse): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.length;
    if (bytes > MAX_TEXT_BYTES) throw new TransferCut('the answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** Text of the first element of a name; null where there is none. The texts we ask for have no entities. */
export const elementOf = (xml: string, name: string): string | null =>
  new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? null;

/** Opens a bucket; nothing is asked yet. */
export function openBucket({ client, address: first, sessionToken, retryDelayMs = 250 }: BucketOptions): Bucket {
  let address = first;
  const prefix = first.key === '' || first.key.endsWith('/') ? first.key : `${first.key}/`;

  const refused = (what: string, cause?: unknown): ImportError =>
    new ImportError('ioError', {
      detail: `The bucket of uploads ${what}.`,
      hint: 'Try again later; if it stays so, tell the operator.',
      cause,
    });

  async function send({ method, name, query = {}, headers = {}, body }: Ask, signal: AbortSignal) {
    const url = name === null ? new URL(address.base) : urlOfObject(address, prefix + name);
    for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
    // A form has plus signs for spaces; signatures know only percent signs.
    url.search = url.search.replaceAll('+', '%20');
    const sent = { method, signal, body: body?.bytes ?? null };
    if (address.keys === null) return client.send(url, { ...sent, headers });
    const { headers: signed } = await new AwsV4Signer({
      url: url.href,
      method,
      headers: { ...headers, 'x-amz-content-sha256': body?.sha256.toString('hex') ?? NOTHING_SHA256 },
      accessKeyId: address.keys.id,
      secretAccessKey: address.keys.secret,
      ...(sessionToken === null ? {} : { sessionToken }),
      service: 's3',
      region: address.region,
    }).sign();
    return client.send(url, { ...sent, headers: Object.fromEntries(signed.entries()) });
  }

  /** One try: the answer, or why it is to be made again. */
  async function attempt(ask: Ask, signal: AbortSignal): Promise<HttpResponse | ImportError> {
    let response: HttpResponse;
    try {
      response = await send(ask, signal);
    } catch (cause) {
      signal.throwIfAborted();
      if (cause instanceof ImportError) return refused('cannot be reached', cause);
      throw cause;
    }
    if ((ask.accepts ?? [200]).includes(response.status)) return response;
    const region = response.header('x-amz-bucket-region');
    const text = await textOf(response).catch(() => '');
    const error = refused(`answered ${ask.method} with ${response.status} ${elementOf(text, 'Code') ?? ''}`.trimEnd());
    if ([301, 307, 400, 403].includes(response.status) && region !== null && region !== address.region) {
      address = inRegion(address, region);
      return error;
    }
    if (isBusy(response.status)) return error;
    throw error;
  }

  async function ask(asked: Ask): Promise<HttpResponse> {
    const signal = asked.signal ?? new AbortController().signal;
    for (let tries = 1; ; tries++) {
      const answer = await attempt(asked, signal);
      if (!(answer instanceof ImportError)) return answer;
      if (tries === TRIES) throw answer;
      await sleep(retryDelayMs * 2 ** (tries - 1), undefined, { signal });
    }
  }

  return {
    prefix,
    refused,
    ask,
    async askText(asked) {
      const late = AbortSignal.timeout(TEXT_MS);
      const signal = asked.signal === undefined ? late : AbortSignal.any([asked.signal, late]);
      try {
        return await textOf(await ask({ ...asked, signal }));
      } catch (cause) {
        asked.signal?.throwIfAborted();
        throw cause instanceof ImportError ? cause : refused('broke its answer off', cause);
      }
    },
  };
}
