import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { type DriveFile, DriveRefused, type DriveService, extensionsOf, findDriveService } from '../../domain/drive.ts';
import { ImportError } from '../../errors.ts';
import { findCredentials, requireAccount } from '../auth.ts';
import type { HttpDeps } from '../deps.ts';
import { AuthUrl, CodeTaken, Done, DriveExpired, DriveFiles, TokenErrors, TokenValid } from '../drive-wire.ts';
import { readCallback, sendJson } from '../jsonp.ts';
import { ownAddress } from '../own-address.ts';
import { type Parameters, queryParameters, textOf } from '../parameters.ts';
import { ApiKey, Empty, ImportErrors } from '../wire.ts';
import { badImport, WireError } from '../wire-error.ts';

const tags = ['Cloud drives'];
const refused = Empty('No key or a wrong key.');
const params = Type.Object({
  service: Type.String({ description: '`gdrive`, `dropbox`, `box` or `onedrive` (SharePoint too).' }),
});

/** Names the browser that began a sign-in. Lax: it has to come with the browser's way back from the service. */
const COOKIE = 'landfall_sign_in';
const COOKIE_SECONDS = 900;

const cookieOf = (request: FastifyRequest): string | null =>
  new RegExp(`(?:^|;\\s*)${COOKIE}=([\\w-]{20,100})(?:;|$)`).exec(request.headers.cookie ?? '')?.[1] ?? null;

function setCookie(request: FastifyRequest, reply: FastifyReply, value: string): void {
  const isSecure = request.headers['x-forwarded-proto'] === 'https';
  const rest = `Path=/; Max-Age=${COOKIE_SECONDS}; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`;
  reply.header('set-cookie', `${COOKIE}=${value}; ${rest}`);
}

const CLOSE = '<script>window.close();</script>';

/** A page of the popup in which somebody signed in. Its texts are ours: nothing of the request is repeated in it. */
const sendPage = (reply: FastifyReply, status: number, html: string): FastifyReply =>
  reply
    .code(status)
    .type('text/html; charset=utf-8')
    .header('content-security-policy', "default-src 'none'; script-src 'unsafe-inline'; frame-ancestors 'none'")
    .header('cache-control', 'no-store')
    .send(html);

/** `filter`, once or several times, with names between commas. */
const filterOf = (request: FastifyRequest): readonly string[] => {
  const query = new URLSearchParams(request.url.split('?')[1] ?? '');
  return [...query.getAll('filter'), ...query.getAll('filter[]')].flatMap((list) => list.split(','));
};

/** Text for the user of what went wrong at a service; anything else is thrown on. */
function sentenceOf(error: unknown): string {
  if (error instanceof DriveRefused || error instanceof ImportError) return error.message;
  throw error;
}

/** 401 where the access has expired, 400 otherwise, in the shapes of the wire contract (1.6). */
function toAnswer(error: unknown, shape: 'plain' | 'imports'): WireError {
  const sentence = sentenceOf(error);
  if (error instanceof DriveRefused && error.problem === 'expired') return new WireError(401, { errors: sentence });
  return shape === 'plain' ? new WireError(400, { errors: sentence }) : badImport(sentence);
}

const presentFile = (service: DriveService, file: DriveFile) => ({
  id: file.id,
  title: file.name,
  ...(file.url === null ? {} : { url: file.url }),
  service,
  filename: file.name,
  checksum: String(crc32(file.revision)),
  size: file.sizeBytes ?? 0,
});

/** Signing in to cloud drives and listing their files (wire contract 1.6). */
export async function driveRoutes(app: FastifyInstance, deps: HttpDeps): Promise<void> {
  const { drives } = deps;
  const base = '/api/v1/imports/service/:service';

  const nameOf = (request: FastifyRequest): string => (request.params as { service: string }).service;

  /** The account and the service of a request, before anything of it is done. */
  async function asked(request: FastifyRequest): Promise<{ accountId: string; parameters: Parameters }> {
    const parameters = queryParameters(request);
    const account = await requireAccount(deps, request, parameters);
    readCallback(request, parameters);
    return { accountId: account.id, parameters };
  }

  function known(request: FastifyRequest): DriveService {
    const service = findDriveService(nameOf(request));
    if (service === null) throw new DriveRefused('unknown', `There is no service ${nameOf(request).slice(0, 100)}`);
    return service;
  }

  /** Where services send the browser back to: one address for each, never one that a request names. */
  const redirectUri = (request: FastifyRequest, service: DriveService): string =>
    `${ownAddress(deps, request)}/api/v1/imports/service/${service}/oauth_callback`;

  // For the web app alone, which shows the services that can be connected.
  app.get('/api/v1/drives', { schema: { hide: true } }, async (request, reply) => {
    await requireAccount(deps, request, queryParameters(request));
    return reply.send({ services: drives.offered });
  });

  app.route({
    method: 'GET',
    url: `${base}/token_valid`,
    schema: {
      summary: 'Whether a drive is connected',
      description: 'Asks the service. A token that it does not accept is forgotten.',
      tags,
      params,
      querystring: ApiKey,
      response: { 200: TokenValid, 400: TokenErrors, 401: DriveExpired },
    },
    config: { curl: ['curl "$URL/api/v1/imports/service/gdrive/token_valid?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const { accountId } = await asked(request);
      const service = findDriveService(nameOf(request));
      try {
        const isValid = service !== null && (await drives.check(accountId, service));
        return sendJson(request, reply, 200, { oauth_valid: isValid, success: true });
      } catch (error) {
        throw toAnswer(error, 'plain');
      }
    },
  });

  app.route({
    method: 'GET',
    url: `${base}/list_files`,
    schema: {
      summary: 'List the files of a drive',
      description: 'Those that can be imported, at most 10,000; Google Sheets as the workbooks that they become.',
      tags,
      params,
      querystring: Type.Intersect([
        ApiKey,
        Type.Object({
          filter: Type.Optional(
            Type.String({ description: 'Endings to list, such as `csv,xlsx`; without it all that can be imported.' }),
          ),
        }),
      ]),
      response: { 200: DriveFiles, 400: ImportErrors, 401: DriveExpired },
    },
    config: { curl: ['curl "$URL/api/v1/imports/service/gdrive/list_files?filter=csv&api_key=$KEY"'] },
    handler: async (request, reply) => {
      const { accountId } = await asked(request);
      try {
        const service = known(request);
        const files = await drives.list(accountId, service, extensionsOf(filterOf(request)));
        return sendJson(request, reply, 200, { files: files.map((file) => presentFile(service, file)), success: true });
      } catch (error) {
        throw toAnswer(error, 'imports');
      }
    },
  });

  app.route({
    method: 'GET',
    url: `${base}/auth_url`,
    schema: {
      summary: 'Begin to connect a drive',
      description:
        'Open `url` in a browser. After the sign-in there the service sends the browser to `oauth_callback`, which connects the drive and closes the window. A sign-in that a browser with a session began has to end in that browser.',
      tags,
      params,
      querystring: ApiKey,
      response: { 200: AuthUrl, 400: ImportErrors, 401: refused },
    },
    config: { curl: ['curl "$URL/api/v1/imports/service/gdrive/auth_url?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const { accountId, parameters } = await asked(request);
      const isBrowser = findCredentials(request.headers.authorization, parameters) === null;
      const browser = isBrowser ? (cookieOf(request) ?? randomBytes(24).toString('base64url')) : null;
      try {
        const service = known(request);
        const url = await drives.begin(accountId, service, redirectUri(request, service), browser);
        if (browser !== null) setCookie(request, reply, browser);
        return sendJson(request, reply, 200, { url, success: true });
      } catch (error) {
        throw toAnswer(error, 'imports');
      }
    },
  });

  app.route({
    method: 'GET',
    url: `${base}/validate_code/:code`,
    schema: {
      summary: 'Connect a drive by a code',
      description: 'For clients that take the `code` from the address of `oauth_callback` themselves.',
      tags,
      params: Type.Object({ ...params.properties, code: Type.String({ description: 'What the service gave.' }) }),
      querystring: ApiKey,
      response: { 200: CodeTaken, 400: ImportErrors, 401: DriveExpired },
    },
    config: { curl: ['curl "$URL/api/v1/imports/service/gdrive/validate_code/$CODE?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const { accountId } = await asked(request);
      const { code } = request.params as { code: string };
      try {
        const service = known(request);
        await drives.endByCode(accountId, service, code, redirectUri(request, service));
        return sendJson(request, reply, 200, { success: true });
      } catch (error) {
        if (error instanceof DriveRefused && error.problem === 'badCode') {
          return sendJson(request, reply, 200, { success: false });
        }
        throw toAnswer(error, 'imports');
      }
    },
  });

  app.route({
    method: 'GET',
    url: `${base}/oauth_callback`,
    // Browsers come here from the service, without a key: the state says whose sign-in it is.
    schema: { hide: true },
    handler: async (request, reply) => {
      const parameters = queryParameters(request);
      const code = textOf(parameters, 'code') ?? '';
      const state = textOf(parameters, 'state') ?? '';
      try {
        const service = known(request);
        const browser = cookieOf(request);
        await drives.endByState({ service, state, code, browser, redirectUri: redirectUri(request, service) });
        return sendPage(reply, 200, CLOSE);
      } catch (error) {
        sentenceOf(error);
        const problem = error instanceof DriveRefused ? error.problem : 'failed';
        if (problem === 'expired') return sendPage(reply, 403, `Expired token. Try reconnecting${CLOSE}`);
        if (problem === 'badCode') return sendPage(reply, 400, 'Connection failed: the sign-in is not open any more.');
        return sendPage(reply, 400, 'Connection failed. Close this window and try again.');
      }
    },
  });

  app.route({
    method: 'DELETE',
    url: `${base}/invalidate_token`,
    schema: {
      summary: 'Disconnect a drive',
      description: 'The token is forgotten, and taken back at services that can do that.',
      tags,
      params,
      querystring: ApiKey,
      response: { 200: Done, 400: ImportErrors, 401: refused },
    },
    config: { curl: ['curl -X DELETE "$URL/api/v1/imports/service/gdrive/invalidate_token?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const { accountId } = await asked(request);
      try {
        await drives.forget(accountId, known(request));
        return sendJson(request, reply, 200, { success: true });
      } catch (error) {
        throw toAnswer(error, 'imports');
      }
    },
  });
}
