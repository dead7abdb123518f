import type { FastifyRequest } from 'fastify';
import { type Seal, SealBroken } from '../util/seal.ts';

/** The cookie of a browser that has signed in. */
const COOKIE = 'landfall_session';

/** A session ends after so long without being renewed; each answer about it renews it. */
const SECONDS = 14 * 24 * 3600;

/** What binds the sealed text to its use: no other sealed text of ours is a session. */
const CONTEXT = 'session';

/** What a session holds: the key it was opened with by its hash, so that it ends when the key does. */
interface Content {
  readonly keyHash: string;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** Sessions of browsers, kept in the browser alone: a cookie that only this server can make. */
export interface Sessions {
  /** The value of `Set-Cookie` that opens a session for the key of this hash. */
  open(request: FastifyRequest, keyHash: Buffer): string;
  /** The value of `Set-Cookie` that ends it. */
  end(request: FastifyRequest): string;
  /**
   * SHA-256 of the key of the request's session; null where it has none, where it is over, or where the request comes
   * from a page of another site.
   */
  find(request: FastifyRequest): Buffer | null;
}

/** Sessions under the seal of the installation. */
export function createSessions(seal: Seal, now: () => Date): Sessions {
  return {
    open: (request, keyHash) => {
      const content: Content = { keyHash: keyHash.toString('hex'), until: now().getTime() + SECONDS * 1000 };
      return cookie(request, seal.seal(JSON.stringify(content), CONTEXT), SECONDS);
    },
    end: (request) => cookie(request, '', 0),
    find(request) {
      const value = cookieOf(request);
      if (value === null || isFromElsewhere(request)) return null;
      try {
        const { keyHash, until } = JSON.parse(seal.open(value, CONTEXT)) as Content;
        return until > now().getTime() ? Buffer.from(keyHash, 'hex') : null;
      } catch (error) {
        if (error instanceof SealBroken) return null;
        throw error;
      }
    },
  };
}

/** No script reads it, no other site sends it, and a connection without TLS does not get it where there is TLS. */
function cookie(request: FastifyRequest, value: string, seconds: number): string {
  const isSecure = request.headers['x-forwarded-proto'] === 'https';
  return `${COOKIE}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`;
}

function cookieOf(request: FastifyRequest): string | null {
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const [name, value] = pair.trim().split('=', 2);
    if (name === COOKIE && value !== undefined && value !== '') return value;
  }
  return null;
}

/** Browsers say where a request comes from; those that do not are held by SameSite=Strict. */
function isFromElsewhere(request: FastifyRequest): boolean {
  const site = request.headers['sec-fetch-site'];
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}
