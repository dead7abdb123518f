import { setTimeout as sleep } from 'node:timers/promises';
import { ImportError } from '../../errors.ts';
import { describeUrl } from '../../util/describe-url.ts';
import { type HttpClient, type HttpResponse, TransferCut } from '../../util/http-client.ts';
import { parseAnswer } from './parse-answer.ts';
import { readBody } from './read-body.ts';
import { Refused } from './refused.ts';

/** How patient an import is with a server. */
export interface ArcgisLimits {
  /** Milliseconds until an answer begins, and from there to its end; the published 60 s. */
  readonly responseTimeoutMs: number;
  /** Tries of one request before its failure counts. */
  readonly tries: number;
  /** Milliseconds before the second try; doubled before each further one. */
  readonly retryDelayMs: number;
  /** Requests under way at once, to begin with. */
  readonly concurrency: number;
  /** The same, of a server that answers at once; half as many of one that keeps answering. */
  readonly mostConcurrency: number;
  /** Failures in a row, of whatever page, after which the server is given up. */
  readonly failuresInRow: number;
}

export const DEFAULT_ARCGIS_LIMITS: ArcgisLimits = {
  responseTimeoutMs: 60_000,
  tries: 4,
  retryDelayMs: 250,
  concurrency: 4,
  mostConcurrency: 16,
  failuresInRow: 24,
};

/** Largest answer, in bytes as decoded: a page that is larger is asked for in parts. */
const MAX_ANSWER_BYTES = 64 << 20;
/** The same of answers that are no JSON, whose bytes hold four times as much. */
const MAX_BINARY_BYTES = 16 << 20;
/** A server that takes longer for an answer has enough to do. */
const PATIENT_MS = 5000;
/** One that takes less has nothing else to do. */
const QUICK_MS = 500;
/** Longest address that every server takes (RFC 9110, 4.1); what is longer is sent as a form. */
const MAX_GET_LENGTH = 1900;

export type Query = Readonly<Record<string, string>>;
export type Answer = Readonly<Record<string, unknown>>;

/** Asks one ArcGIS server. Nothing that it throws, or that it is asked for, shows the token. */
export interface ArcgisClient {
  /** Requests that the server bears at once: one more after each page in time, half after a failure. */
  readonly concurrency: number;
  /**
   * The JSON object at `url`. Throws downloadTimeout (1020) where it does not come in time, sourceUnreachable (1012)
   * where the server cannot be reached, sourceFetchFailed (1011) where it fails again and again, `Refused` for errors of the server that stay, `TooLarge`.
   */
  ask(url: URL, query: Query, how?: AskOptions): Promise<Answer>;
}

interface AskOptions {
  /** Whole numbers beyond 2^53 come as text. */
  readonly isExact?: boolean;
  /** Reads an answer that is no JSON, which it throws for; JSON, as errors are even then, is read as ever. */
  readonly read?: (bytes: Buffer) => Answer;
  /** Tries before a failure counts, where that is not what the limits say. */
  readonly tries?: number;
  /** What is only answered to a POST. */
  readonly isPosted?: boolean;
}

const isObject = (value: unknown): value is Answer =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An error in an answer of status 200 (ArcGIS REST API, "Error responses"); null where there is none. */
function errorIn(answer: Answer): Refused | null {
  const { error } = answer;
  if (error === undefined || error === null)
    return answer.status === 'error' ? new Refused(500, toText(answer), true) : null;
  if (!isObject(error)) return new Refused(500, String(error).slice(0, 300), true);
  const code = Number(error.code) || 500;
  // 400 is also what an overloaded database behind the server is told as; 498 and 499 speak of the token.
  const text = toText(error);
  const mayPass = ![401, 403, 498, 499].includes(code) && !/operation is not supported/i.test(text);
  return new Refused(code, text, mayPass);
}

function toText(error: Answer): string {
  const details = Array.isArray(error.details) ? error.details.filter((one) => typeof one === 'string') : [];
  const messages = Array.isArray(error.messages) ? error.messages.filter((one) => typeof one === 'string') : [];
  const texts = [error.message, ...messages, ...details].filter((one) => typeof one === 'string' && one !== '');
  return texts.join(' ').replace(/\s+/g, ' ').trim().slice(0, 300) || 'an error without words';
}

const passing: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

export interface ArcgisClientOptions {
  readonly http: HttpClient;
  readonly limits: ArcgisLimits;
  readonly token: string | null;
  readonly signal: AbortSignal;
  readonly onBytes: (received: number) => void;
}

/** A client for the time of one import. */
export function createArcgisClient(options: ArcgisClientOptions): ArcgisClient {
  const { http, limits, token, signal } = options;
  let received = 0;
  let failures = 0;
  let { concurrency } = limits;
  /** Servers repeat what they were sent in their errors. */
  const withoutToken = (text: string): string => (token === null ? text : text.replaceAll(token, '…'));

  async function once(
    url: URL,
    query: Query,
    { isExact = false, isPosted = false, read: readOther }: AskOptions,
  ): Promise<Answer> {
    const form = new URLSearchParams({ ...query, ...(token === null ? {} : { token }) }).toString();
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), limits.responseTimeoutMs);
    const both = AbortSignal.any([signal, late.signal]);
    try {
      const response = await send(url, form, isPosted, both);
      clearTimeout(timer);
      const body = setTimeout(() => late.abort(), limits.responseTimeoutMs);
      try {
        if (response.status !== 200) {
          response.discard();
          throw new Refused(response.status, `HTTP status ${response.status}`, passing.has(response.status));
        }
        const most = readOther === undefined ? MAX_ANSWER_BYTES : MAX_BINARY_BYTES;
        const bytes = await readBody(response, most, (count) => {
          received += count;
          options.onBytes(received);
        });
        const answer =
          readOther === undefined || bytes[0] === BRACE
            ? parseAnswer(bytes, isExact)
            : readAs(readOther, bytes, isExact);
        if (answer === null) throw new Refused(200, `no JSON object: ${withoutToken(shown(bytes))}`, true);
        const error = errorIn(answer);
        if (error !== null) throw new Refused(error.code, withoutToken(error.message), error.mayPass);
        return answer;
      } finally {
        clearTimeout(body);
      }
    } catch (error) {
      signal.throwIfAborted();
      if (late.signal.aborted) throw timedOut(url, limits.responseTimeoutMs);
      throw translate(error, url, limits.responseTimeoutMs);
    } finally {
      clearTimeout(timer);
    }
  }

  const send = (url: URL, form: string, isPosted: boolean, both: AbortSignal): Promise<HttpResponse> => {
    const headers = { 'accept-encoding': 'gzip, deflate, br', accept: 'application/json, */*' };
    const address = new URL(url);
    address.search = form;
    if (!isPosted && address.href.length <= MAX_GET_LENGTH) return http.get(address, { headers, signal: both });
    const posted = { ...headers, 'content-type': 'application/x-www-form-urlencoded' };
    return http.post(url, { headers: posted, body: form, signal: both });
  };

  /** One more after a page that came in time. */
  function more(now: number, tookMs: number): number {
    const most = tookMs < QUICK_MS ? limits.mostConcurrency : Math.ceil(limits.mostConcurrency / 2);
    return tookMs < PATIENT_MS && now < most ? now + 1 : now;
  }

  return {
    get concurrency() {
      return concurrency;
    },
    async ask(url, query, how = {}) {
      for (let attempt = 1; ; attempt++) {
        try {
          const began = performance.now();
          const answer = await once(url, query, how);
          failures = 0;
          if ('outFields' in query) concurrency = more(concurrency, performance.now() - began);
          return answer;
        } catch (error) {
          const mayPass = (error instanceof Refused && error.mayPass) || error instanceof TransferCut;
          if (!mayPass) throw error;
          // What fails in one format may be had in another.
          if (how.read === undefined) failures++;
          concurrency = Math.max(1, concurrency >> 1);
          const refused = error instanceof Refused ? error : new Refused(0, 'the connection was closed early', true);
          if (failures >= limits.failuresInRow) throw givenUp(url, refused, failures);
          if (attempt >= (how.tries ?? limits.tries)) throw refused;
          await sleep(limits.retryDelayMs * 2 ** (attempt - 1), undefined, { signal });
        }
      }
    },
  };
}

/** `{`, with which no message of a protocol buffer begins. */
const BRACE = 123;

/** An answer in another format, or in JSON all the same; `Refused` where it is neither. */
function readAs(readOther: (bytes: Buffer) => Answer, bytes: Buffer, isExact: boolean): Answer {
  try {
    return readOther(bytes);
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    const answer = parseAnswer(bytes, isExact);
    if (answer !== null) return answer;
    throw new Refused(200, `an answer that cannot be read: ${words}`, false);
  }
}

const shown = (bytes: Buffer): string =>
  bytes
    .toString('utf8', 0, 200)
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, 100) || 'nothing';

const givenUp = (url: URL, { message }: Refused, failures: number): ImportError =>
  new ImportError('sourceFetchFailed', {
    detail: `${describeUrl(url)} failed ${failures} times in a row, the last time with: ${message}.`,
    hint: 'Try again when the ArcGIS server is less busy, or ask its operator.',
  });

const timedOut = (url: URL, ms: number): ImportError =>
  new ImportError('downloadTimeout', {
    detail: `${describeUrl(url)} did not answer within ${Math.round(ms / 1000)} seconds.`,
    hint: 'Try again when the ArcGIS server is less busy, or ask its operator.',
  });

function translate(error: unknown, url: URL, ms: number): unknown {
  if (!(error instanceof ImportError)) return error;
  if (error.kind === 'downloadTimeout') return timedOut(url, ms);
  if (error.kind !== 'downloadFailed' && error.kind !== 'unknownHost') return error;
  return new ImportError('sourceUnreachable', {
    detail: error.message,
    hint: 'Check the address of the ArcGIS server, and that it is open to this server.',
    cause: error,
  });
}
