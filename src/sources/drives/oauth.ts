/** OAuth 2.0 with PKCE (RFC 6749, RFC 7636), the part that all services share. */
import { createHash, randomBytes } from 'node:crypto';
import { DriveRefused } from '../../domain/drive.ts';
import type { HttpClient } from '../../util/http-client.ts';
import { placed, readAnswer, translateReach } from './api.ts';
import { type ApiAnswer, type Drive, textAt, wholeAt } from './drive.ts';

/** Asking for a token ends after so long, so that a lease on it is over only when nobody asks any more. */
const TOKEN_TIMEOUT_MS = 30_000;

/** An access token counts as over this long before it is, in milliseconds: a call takes time. */
const MARGIN_MS = 60_000;

/** How the server is known to a service, from the settings. */
export interface DriveClient {
  readonly clientId: string;
  readonly clientSecret: string;
  /** The server that stands for the service's own; null: those. */
  readonly server: string | null;
}

/** What an account allowed; kept under the seal. */
export interface DriveToken {
  readonly accessToken: string;
  /** null: the service gave none, and the account signs in again when the access is over. */
  readonly refreshToken: string | null;
  /** Milliseconds since 1970 from which on the access token is not used; null: until it is refused. */
  readonly expiresAt: number | null;
}

/** 256 bits that nobody guesses, in characters that an address may have. */
export const newSecret = (): string => randomBytes(32).toString('base64url');

/** Where the browser goes to sign in. */
export function authorizeUrl(
  drive: Drive,
  client: DriveClient,
  asked: { readonly redirectUri: string; readonly state: string; readonly verifier: string },
): string {
  const url = placed(drive.oauth.authorize, client.server);
  const parameters = {
    response_type: 'code',
    client_id: client.clientId,
    redirect_uri: asked.redirectUri,
    state: asked.state,
    code_challenge: createHash('sha256').update(asked.verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...drive.oauth.parameters,
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}

async function post(
  http: HttpClient,
  drive: Drive,
  url: URL,
  body: string,
  headers: Readonly<Record<string, string>>,
): Promise<ApiAnswer> {
  try {
    const response = await http.post(url, {
      headers: { accept: 'application/json', ...headers },
      body,
      signal: AbortSignal.timeout(TOKEN_TIMEOUT_MS),
    });
    return await readAnswer(response);
  } catch (error) {
    if (error instanceof DOMException) throw new DriveRefused('failed', `${drive.title} did not answer in time`);
    throw translateReach(error, drive.title);
  }
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

async function askForToken(
  http: HttpClient,
  drive: Drive,
  client: DriveClient,
  form: Readonly<Record<string, string>>,
): Promise<DriveToken> {
  const proof = { client_id: client.clientId, client_secret: client.clientSecret };
  const sent = new URLSearchParams({ ...form, ...proof }).toString();
  const { status, body } = await post(http, drive, placed(drive.oauth.token, client.server), sent, FORM);
  const accessToken = textAt(body, 'access_token');
  if (status === 200 && accessToken !== null) {
    const seconds = wholeAt(body, 'expires_in');
    return {
      accessToken,
      refreshToken: textAt(body, 'refresh_token') ?? form.refresh_token ?? null,
      expiresAt: seconds === null ? null : Date.now() + Math.max(seconds * 1000 - MARGIN_MS, 0),
    };
  }
  const error = textAt(body, 'error') ?? '';
  if (error === 'invalid_grant' || error === 'interaction_required') {
    throw form.grant_type === 'refresh_token'
      ? new DriveRefused('expired', `The access to ${drive.title} has expired or was taken back. Connect it again`)
      : new DriveRefused('badCode', `${drive.title} does not know this code; it can be used once, for some minutes`);
  }
  // Words of the standard alone: a longer text may repeat what was sent.
  const word = /^[a-z_]{1,60}$/.test(error) ? ` (${error})` : '';
  throw new DriveRefused('failed', `${drive.title} gave no token: HTTP status ${status}${word}`);
}

/** Exchanges a code for a token. Throws `DriveRefused`: badCode where the code is not in force, failed otherwise. */
export const exchangeCode = (
  http: HttpClient,
  drive: Drive,
  client: DriveClient,
  given: { readonly code: string; readonly redirectUri: string; readonly verifier: string | null },
): Promise<DriveToken> =>
  askForToken(http, drive, client, {
    grant_type: 'authorization_code',
    code: given.code,
    redirect_uri: given.redirectUri,
    ...(given.verifier === null ? {} : { code_verifier: given.verifier }),
  });

/** A new token for an old one. Throws `DriveRefused`: expired where there is none to have any more, failed otherwise. */
export const refreshToken = (
  http: HttpClient,
  drive: Drive,
  client: DriveClient,
  refresh: string,
): Promise<DriveToken> => askForToken(http, drive, client, { grant_type: 'refresh_token', refresh_token: refresh });

/** Tells the service that the token is not needed any more. */
export async function revokeToken(
  http: HttpClient,
  drive: Drive,
  client: DriveClient,
  token: DriveToken,
): Promise<void> {
  const { revoke, revokesBearer = false } = drive.oauth;
  if (revoke === null) return;
  const url = placed(revoke, client.server);
  if (revokesBearer) {
    const authorization = `Bearer ${token.accessToken}`;
    await post(http, drive, url, 'null', { authorization, 'content-type': 'application/json' });
    return;
  }
  const form = new URLSearchParams({
    token: token.refreshToken ?? token.accessToken,
    client_id: client.clientId,
    client_secret: client.clientSecret,
  });
  await post(http, drive, url, form.toString(), FORM);
}
