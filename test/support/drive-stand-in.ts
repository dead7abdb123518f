import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A file at a stand-in. */
export interface StandInFile {
  readonly id: string;
  readonly name: string;
  readonly body: string | Buffer;
  /** Google's type of it; a Google Sheet's bytes are those of its export. */
  readonly mimeType?: string;
  /** Sheets of a Google Sheet that is too large to be exported: rows of cells (`CellData`) by title. */
  readonly grids?: Readonly<Record<string, readonly (readonly unknown[])[]>>;
}

/** A request as the service's own part sees it. */
export interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Reply {
  readonly status?: number;
  readonly json?: unknown;
  readonly file?: StandInFile;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The part of a stand-in that is one service's own. */
export interface StandInService {
  readonly paths: { readonly authorize: string; readonly token: string; readonly revoke: string };
  /** What it answers to calls under a token in force; null: 404. */
  answer(asked: Asked, files: ReadonlyMap<string, StandInFile>): Reply | null;
}

/** A server that behaves as the published reference of a service says. Closes itself with `await using`. */
export interface StandIn extends AsyncDisposable {
  readonly url: string;
  readonly files: Map<string, StandInFile>;
  /** `METHOD /path` of every request. */
  readonly calls: string[];
  /** Bodies and queries of every request for a token. */
  readonly tokenCalls: URLSearchParams[];
  /** Answers before the service does, where it gives something. */
  intercept: ((asked: Asked) => Reply | undefined) | null;
  /** Every access token is over now; refresh tokens stay. */
  expire(): void;
  /** The user takes everything back. */
  revokeAll(): void;
  /** Milliseconds that a refresh takes. */
  refreshMs: number;
  readonly accessTokens: ReadonlySet<string>;
  readonly refreshTokens: ReadonlySet<string>;
}

export const CLIENT_ID = 'landfall-client';
export const CLIENT_SECRET = 'client-secret-b7f1';

const readAll = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
};

/** Starts a stand-in on loopback. Refresh tokens are single-use (as those of Box are), access tokens last an hour. */
export async function startStandIn(service: StandInService): Promise<StandIn> {
  const codes = new Map<string, { challenge: string; redirectUri: string }>();
  const accessTokens = new Set<string>();
  const refreshTokens = new Set<string>();
  const state = { intercept: null as StandIn['intercept'], refreshMs: 0 };
  const files = new Map<string, StandInFile>();
  const calls: string[] = [];
  const tokenCalls: URLSearchParams[] = [];

  const newTokens = (): Reply => {
    const [access, refresh] = [`access-${randomBytes(8).toString('hex')}`, `refresh-${randomBytes(8).toString('hex')}`];
    accessTokens.add(access);
    refreshTokens.add(refresh);
    return { json: { access_token: access, refresh_token: refresh, expires_in: 3600, token_type: 'bearer' } };
  };
  const invalid = (error: string): Reply => ({
    status: 400,
    json: { error, error_description: 'as the standard says' },
  });

  function authorize({ url }: Asked): Reply {
    const asked = url.searchParams;
    const redirectUri = asked.get('redirect_uri') ?? '';
    if (asked.get('client_id') !== CLIENT_ID || asked.get('response_type') !== 'code') return { status: 400 };
    if (asked.get('code_challenge_method') !== 'S256') return { status: 400 };
    const code = randomBytes(8).toString('hex');
    codes.set(code, { challenge: asked.get('code_challenge') ?? '', redirectUri });
    const back = new URL(redirectUri);
    back.searchParams.set('code', code);
    back.searchParams.set('state', asked.get('state') ?? '');
    return { status: 302, headers: { location: back.href } };
  }

  async function token({ body }: Asked): Promise<Reply> {
    const form = new URLSearchParams(body);
    tokenCalls.push(form);
    if (form.get('client_id') !== CLIENT_ID || form.get('client_secret') !== CLIENT_SECRET) {
      return { status: 401, json: { error: 'invalid_client' } };
    }
    if (form.get('grant_type') === 'refresh_token') {
      await new Promise((resolve) => setTimeout(resolve, state.refreshMs));
      return refreshTokens.delete(form.get('refresh_token') ?? '') ? newTokens() : invalid('invalid_grant');
    }
    const code = codes.get(form.get('code') ?? '');
    codes.delete(form.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    const isGood = code !== undefined && code.challenge === challenge && code.redirectUri === form.get('redirect_uri');
    return isGood ? newTokens() : invalid('invalid_grant');
  }

  async function answer(asked: Asked): Promise<Reply> {
    calls.push(`${asked.method} ${asked.url.pathname}`);
    const first = state.intercept?.(asked);
    if (first !== undefined) return first;
    const { pathname } = asked.url;
    if (pathname === service.paths.authorize) return authorize(asked);
    if (pathname === service.paths.token) return token(asked);
    if (pathname === service.paths.revoke) {
      refreshTokens.delete(new URLSearchParams(asked.body).get('token') ?? '');
      return { json: {} };
    }
    if (!accessTokens.has((asked.headers.authorization ?? '').replace(/^Bearer /, ''))) {
      return { status: 401, json: { error: { code: 401, message: 'Invalid Credentials' } } };
    }
    return service.answer(asked, files) ?? { status: 404, json: { error: { code: 404 } } };
  }

  function send(response: ServerResponse, reply: Reply): void {
    if (reply.file !== undefined) {
      response.writeHead(200, { 'content-type': 'application/octet-stream', ...reply.headers });
      return void response.end(reply.file.body);
    }
    response.writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...reply.headers });
    response.end(reply.json === undefined ? '' : JSON.stringify(reply.json));
  }

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://stand.in');
    const asked = { method: request.method ?? '', url, headers: request.headers, body: await readAll(request) };
    send(response, await answer(asked));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(state, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    files,
    calls,
    tokenCalls,
    accessTokens,
    refreshTokens,
    expire: () => accessTokens.clear(),
    revokeAll() {
      accessTokens.clear();
      refreshTokens.clear();
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
