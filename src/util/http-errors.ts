import { errors } from 'undici';
import { ImportError } from '../errors.ts';
import { describeUrl } from './describe-url.ts';
import { ConnectTimeout, HostRefused } from './guarded-connect.ts';

/** One text for names that do not exist and for addresses that are refused, so that nobody maps a network with it. */
export function unknownHost(url: URL, cause?: unknown): ImportError {
  return new ImportError('unknownHost', {
    detail: `The server of ${describeUrl(url)} is not known or cannot be reached from here.`,
    hint: 'Check the address. Servers outside the public internet have to be allowed by the operator.',
    cause,
  });
}

/** A server that took too long: `what` continues the sentence "HOST/PATH …". */
export function timedOut(url: URL, what: string, cause?: unknown): ImportError {
  return new ImportError('downloadTimeout', {
    detail: `${describeUrl(url)} ${what}.`,
    hint: 'Try again later, or download the file and upload it.',
    cause,
  });
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

/** What the codes of Node.js and undici mean, as the end of the sentence "HOST/PATH could not be downloaded: …". */
const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the server refused the connection',
  ECONNRESET: 'the server closed the connection without an answer',
  UND_ERR_SOCKET: 'the server closed the connection without an answer',
  EHOSTUNREACH: 'there is no way to the server',
  ENETUNREACH: 'there is no way to the server',
  UND_ERR_HEADERS_OVERFLOW: 'the headers of the answer are too long',
  CERT_HAS_EXPIRED: "the server's certificate has expired",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the server's certificate is not signed by a known authority",
  SELF_SIGNED_CERT_IN_CHAIN: "the server's certificate is not signed by a known authority",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the server's certificate is not signed by a known authority",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "the server's certificate is not signed by a known authority",
  ERR_TLS_CERT_ALTNAME_INVALID: "the server's certificate is for another name",
};

/** Turns what undici or the connector threw before a response came into an ImportError. */
export function translateHttpError(cause: unknown, url: URL, isLate: boolean): ImportError {
  const code = codeOf(cause);
  if (cause instanceof HostRefused) return unknownHost(url, cause);
  if (cause instanceof ConnectTimeout || code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT') {
    return timedOut(url, 'could not be connected to in time', cause);
  }
  if (isLate) return timedOut(url, 'did not answer in time', cause);
  const reason =
    reasons[code] ??
    (cause instanceof errors.HTTPParserError
      ? 'the answer is not HTTP'
      : `the connection failed (${code || 'unknown'})`);
  return new ImportError('downloadFailed', {
    detail: `${describeUrl(url)} could not be downloaded: ${reason}.`,
    cause,
  });
}
