import { Agent } from 'undici';
import { ImportError } from '../errors.ts';
import { createAddressGuard } from './address-guard.ts';
import { describeUrl } from './describe-url.ts';
import { createGuardedConnect, type Resolve, resolveBySystem } from './guarded-connect.ts';
import { translateHttpError, unknownHost } from './http-errors.ts';
import { createRequestState, type RequestState } from './redirected-request.ts';

/** Redirects that are followed before giving up (wire-contract 11). */
const MAX_REDIRECTS = 5;

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Redirects after which a body is sent again (RFC 9110, 15.4). */
const REPEATING: ReadonlySet<number> = new Set([307, 308]);
const NONE: ReadonlySet<number> = new Set();

export interface HttpClientOptions {
  /** CIDRs outside the public internet that may be reached (`LANDFALL_ALLOW_NETWORKS`). */
  readonly allowNetworks: readonly string[];
  /** Name resolution; the system's where absent. */
  readonly resolve?: Resolve;
  /** Milliseconds for name resolution and for connecting; 60 s where absent (wire-contract 11). */
  readonly connectTimeoutMs?: number;
  /** Milliseconds from the request to the end of the response's headers; 60 s where absent. */
  readonly headersTimeoutMs?: number;
  /** Certificate authorities (PEM) to trust in place of the system's. */
  readonly ca?: string;
}

interface GetOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

interface PostOptions extends GetOptions {
  /** Sent with its length; `content-type` is for the caller to say. */
  readonly body: string;
  /** false: every redirect is returned as it is. */
  readonly followsRedirects?: boolean;
}

interface SendOptions extends GetOptions {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Sent with its length; null: none. */
  readonly body: Uint8Array | null;
}

/** An answer that is no redirect. Read `body` or call `discard`: until then a connection is held. */
export interface HttpResponse {
  readonly status: number;
  /** Where the answer came from, after redirects. */
  readonly url: URL;
  /** Value of a header, several joined by a comma; null where it is absent. Bytes are read as Latin-1. */
  header(name: string): string | null;
  /** The body as it came, not decoded. Throws TransferCut where it ends early, the signal's reason where aborted. */
  readonly body: AsyncIterable<Buffer>;
  discard(): void;
}

/** The body ended before its announced end. */
export class TransferCut extends Error {
  override readonly name = 'TransferCut';
}

/**
 * The one way out of the server over HTTP. Every connection goes through the address guard, redirects are followed by
 * hand (at most five, never from https to http), credentials stay with their origin, TLS is verified.
 * Failures are ImportErrors: unknownHost, downloadTimeout, downloadFailed; none tells a refused address from an unknown
 * name. Every answer but a redirect is returned, whatever its status.
 */
export interface HttpClient {
  get(url: URL, options: GetOptions): Promise<HttpResponse>;
  /** The same with a body, which redirects of 307 and 308 carry on, within its origin; the others are returned. */
  post(url: URL, options: PostOptions): Promise<HttpResponse>;
  /** Any method with a body of bytes; every redirect is returned as it is. */
  send(url: URL, options: SendOptions): Promise<HttpResponse>;
  /** Ends all connections. */
  close(): Promise<void>;
}

async function* readBody(body: AsyncIterable<Buffer>, signal: AbortSignal): AsyncGenerator<Buffer> {
  try {
    yield* body;
  } catch (cause) {
    signal.throwIfAborted();
    throw new TransferCut('the connection was closed early', { cause });
  }
}

/** Where a redirect leads, null where the answer is none. Throws for schemes and steps that are not followed. */
function redirectTarget(response: HttpResponse, followed: ReadonlySet<number>): URL | null {
  const location = followed.has(response.status) ? response.header('location') : null;
  if (location === null) return null;
  const from = describeUrl(response.url);
  // Servers write UTF-8 into this header, which is read as Latin-1.
  const target = URL.parse(Buffer.from(location, 'latin1').toString(), response.url);
  if (target === null) {
    throw new ImportError('downloadFailed', { detail: `${from} redirects to an address that is not a URL.` });
  }
  if (target.protocol !== 'https:' && target.protocol !== 'http:') throw unknownHost(target);
  if (response.url.protocol === 'https:' && target.protocol === 'http:') {
    throw new ImportError('downloadFailed', {
      detail: `${from} redirects from https to http, which is not followed.`,
      hint: 'Give the address that begins with http:// if the file may travel unencrypted.',
    });
  }
  return target;
}

interface Sent {
  readonly method: SendOptions['method'];
  readonly body: Uint8Array | string | null;
}

/** Builds the client. Throws an Error where `allowNetworks` holds something that is not a CIDR. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const connectTimeoutMs = options.connectTimeoutMs ?? 60_000;
  const headersTimeoutMs = options.headersTimeoutMs ?? 60_000;
  const agent = new Agent({
    connect: createGuardedConnect({
      guard: createAddressGuard(options.allowNetworks),
      resolve: options.resolve ?? resolveBySystem,
      timeoutMs: connectTimeoutMs,
      ...(options.ca === undefined ? {} : { ca: options.ca }),
    }),
    // The caller times the body; `send` times everything before it.
    headersTimeout: 0,
    bodyTimeout: 0,
  });

  const send = async (state: RequestState, signal: AbortSignal, sent: Sent): Promise<HttpResponse> => {
    const deadline = new AbortController();
    const both = AbortSignal.any([deadline.signal, signal]);
    const timer = setTimeout(() => deadline.abort(), connectTimeoutMs + headersTimeoutMs);
    try {
      const { statusCode, headers, body } = await agent.request({
        origin: state.url.origin,
        path: `${state.url.pathname}${state.url.search}`,
        ...sent,
        headers: state.headers(),
        // A connection serves one request: none outlives the check of its address by long, or serves two accounts.
        reset: true,
        signal: both,
      });
      body.on('error', () => {}); // `discard` makes it emit one that nobody awaits
      return {
        status: statusCode,
        url: state.url,
        header: (name) => {
          const value = headers[name];
          return value === undefined ? null : [value].flat().join(', ');
        },
        body: readBody(body, signal),
        discard: () => body.destroy(),
      };
    } catch (cause) {
      signal.throwIfAborted();
      throw translateHttpError(cause, state.url, deadline.signal.aborted);
    } finally {
      clearTimeout(timer);
    }
  };

  const follow = async (
    url: URL,
    { headers = {}, signal }: GetOptions,
    sent: string | null,
    followed: ReadonlySet<number>,
  ): Promise<HttpResponse> => {
    if (url.protocol !== 'https:' && url.protocol !== 'http:') throw unknownHost(url);
    const state = createRequestState(url, headers);
    const request: Sent = sent === null ? { method: 'GET', body: null } : { method: 'POST', body: sent };
    for (let hops = 0; ; hops++) {
      const response = await send(state, signal, request);
      let target: URL | null;
      try {
        target = redirectTarget(response, followed);
      } catch (error) {
        response.discard();
        throw error;
      }
      if (target === null || (sent !== null && target.origin !== url.origin)) return response;
      response.discard();
      if (hops === MAX_REDIRECTS) {
        throw new ImportError('downloadFailed', {
          detail: `${describeUrl(url)} redirects more than ${MAX_REDIRECTS} times.`,
          hint: 'Give the address of the file itself.',
        });
      }
      state.redirect(target, response.header('set-cookie'));
    }
  };

  return {
    get: (url, options) => follow(url, options, null, REDIRECTS),
    post: (url, options) => follow(url, options, options.body, options.followsRedirects === false ? NONE : REPEATING),
    async send(url, { headers = {}, signal, method, body }) {
      if (url.protocol !== 'https:' && url.protocol !== 'http:') throw unknownHost(url);
      return send(createRequestState(url, headers), signal, { method, body });
    },
    close: () => agent.destroy(),
  };
}
