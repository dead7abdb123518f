import { join } from 'node:path';
import {
  type DriveFile,
  type DriveProblem,
  DriveRefused,
  type DriveRequest,
  type DriveService,
  driveServices,
} from '../../domain/drive.ts';
import { type ErrorKind, ImportError } from '../../errors.ts';
import type { HttpClient } from '../../util/http-client.ts';
import type { FetchContext, Fetched } from '../source.ts';
import { DEFAULT_DOWNLOAD_LIMITS, type DownloadLimits, download } from '../url/download.ts';
import { createDriveApi, placed } from './api.ts';
import { box } from './box.ts';
import type { Drive, DriveApi } from './drive.ts';
import { dropbox } from './dropbox.ts';
import { gdrive } from './gdrive.ts';
import { authorizeUrl, type DriveClient, exchangeCode, newSecret, refreshToken, revokeToken } from './oauth.ts';
import { onedrive } from './onedrive.ts';
import { accessToken, type TokenStore } from './tokens.ts';

const drives: Readonly<Record<DriveService, Drive>> = { gdrive, dropbox, box, onedrive };

/** Most files of a list. */
const MAX_LISTED = 10_000;

/** How often a file is brought that changes while it comes. */
const BRINGS = 3;

/** A sign-in that was begun: where the browser goes, and what ends it. */
export interface SignIn {
  readonly url: string;
  readonly state: string;
  readonly verifier: string;
}

/** The drives of all accounts. Everything throws `DriveRefused`, and ImportErrors where a service is out of reach. */
export interface DriveSource {
  /** Downloads a file of the account of `context`; throws ImportErrors alone. */
  fetch(request: DriveRequest, context: FetchContext): Promise<Fetched>;
  /** Services that this server is registered with. */
  readonly offered: readonly DriveService[];
  list(accountId: string, service: DriveService, extensions: readonly string[]): Promise<readonly DriveFile[]>;
  /** Asks the service whether the token is in force; where it is not, it is forgotten. */
  check(accountId: string, service: DriveService): Promise<boolean>;
  hasToken(accountId: string, service: DriveService): Promise<boolean>;
  /** Begins a sign-in; who calls keeps the state and the verifier. Throws `unknown` for services without settings. */
  begin(service: DriveService, redirectUri: string): SignIn;
  /** Ends a sign-in: the token is the account's from now on. */
  end(
    accountId: string,
    service: DriveService,
    given: { readonly code: string; readonly redirectUri: string; readonly verifier: string | null },
  ): Promise<void>;
  /** Forgets the token, and tells the service so where it listens. */
  forget(accountId: string, service: DriveService): Promise<void>;
}

export interface DriveSourceOptions {
  readonly client: HttpClient;
  readonly store: TokenStore;
  /** How the server is known to each service; absent: the service is not offered. */
  readonly clients: Readonly<Record<DriveService, DriveClient | undefined>>;
  readonly limits?: Partial<DownloadLimits>;
}

/** Errors of the catalogue for what a service refuses; the revoked ones are named by service (wire contract 3). */
function kindOf(problem: DriveProblem, service: DriveService): ErrorKind {
  if (problem === 'missing') return 'driveFileGone';
  if (problem === 'policy') return 'gdriveForbidden';
  if (problem === 'forbidden') {
    if (service === 'gdrive') return 'gdriveForbidden';
    if (service === 'dropbox') return 'dropboxRevoked';
    if (service === 'box') return 'boxRevoked';
  }
  return problem === 'failed' || problem === 'forbidden' ? 'sourceFetchFailed' : 'sourceUnreachable';
}

const hints: Partial<Readonly<Record<ErrorKind, string>>> = {
  sourceUnreachable: 'Connect the service again, then import again.',
  driveFileGone: 'Choose the file again.',
  sourceFetchFailed: 'Try again later.',
};

function translate(error: unknown, service: DriveService): unknown {
  if (!(error instanceof DriveRefused)) return error;
  const kind = kindOf(error.problem, service);
  const hint = hints[kind];
  return new ImportError(kind, { detail: `${error.message}.`, cause: error, ...(hint === undefined ? {} : { hint }) });
}

/** A name as a file may have it: services allow slashes and more in theirs. */
const cleanName = (name: string): string => name.replace(/[\0-\x1f\x7f/\\]+/g, '_').slice(0, 250) || 'file';

/** Builds the drives. */
export function createDriveSource({ client, store, clients, limits }: DriveSourceOptions): DriveSource {
  const downloadLimits = { ...DEFAULT_DOWNLOAD_LIMITS, ...limits };

  function known(service: DriveService): { readonly drive: Drive; readonly as: DriveClient } {
    const as = clients[service];
    const drive = drives[service];
    if (as === undefined) {
      const upper = service.toUpperCase();
      throw new DriveRefused(
        'unknown',
        `${drive.title} is not set up on this server: the operator sets LANDFALL_${upper}_CLIENT_ID and LANDFALL_${upper}_CLIENT_SECRET`,
      );
    }
    return { drive, as };
  }

  /** The service's API for an account, and its token for downloads. */
  function open(accountId: string, service: DriveService, signal: AbortSignal) {
    const { drive, as } = known(service);
    const access = (unlike?: string): Promise<string> =>
      accessToken(
        {
          store,
          accountId,
          service,
          title: drive.title,
          refresh: (refresh) => refreshToken(client, drive, as, refresh),
          signal,
        },
        unlike,
      );
    const retryDelayMs = downloadLimits.retryDelayMs;
    const api = createDriveApi({ client, drive, server: as.server, access, signal, retryDelayMs });
    return { drive, as, api, access };
  }

  /** The bytes of `file` on the disk; their number where they are all there. */
  async function bring(
    { drive, as, api, access }: ReturnType<typeof open>,
    file: DriveFile,
    path: string,
    context: FetchContext,
  ): Promise<number> {
    const { url, headers = {} } = drive.content(file);
    for (let unlike: string | undefined; ; ) {
      const token = await access(unlike);
      const authorized: HttpClient = {
        ...client,
        get: (to, options) =>
          client.get(to, { ...options, headers: { ...options.headers, ...headers, authorization: `Bearer ${token}` } }),
      };
      try {
        const done = await download(
          authorized,
          placed(url, as.server),
          path,
          { ...context, known: null },
          downloadLimits,
        );
        return done.sizeBytes;
      } catch (error) {
        const status = error instanceof ImportError ? error.httpStatus : undefined;
        if (status === 401 && unlike === undefined) {
          unlike = token;
          continue;
        }
        if (status === undefined) throw error;
        const refused = drive.explainContent?.(file, status) ?? asked(drive, status) ?? error;
        const otherwise = drive.bringOtherwise?.(api, file, status, { ...context, path }) ?? null;
        if (otherwise === null) throw refused;
        return await otherwise.catch((second: unknown) => {
          const isSame = second instanceof DriveRefused && /^(forbidden|missing|policy)$/.test(second.problem);
          throw isSame ? refused : second;
        });
      }
    }
  }

  /** Runs calls under the token; one that the service refuses although it is new is forgotten, so that one can sign in again. */
  async function forgetting<T>(accountId: string, service: DriveService, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      if (error instanceof DriveRefused && error.problem === 'expired') await store.remove(accountId, service);
      throw error;
    }
  }

  return {
    offered: driveServices.filter((service) => clients[service] !== undefined),
    async fetch({ service, itemId }, context) {
      try {
        const { accountId } = context;
        if (accountId === undefined) throw new Error('a drive was asked for without an account');
        const opened = open(accountId, service, context.signal);
        const { api, drive } = opened;
        return await forgetting(accountId, service, () =>
          fetchFile(api, drive, itemId, context, (file, path) => bring(opened, file, path, context)),
        );
      } catch (error) {
        throw translate(error, service);
      }
    },
    async list(accountId, service, extensions) {
      const { drive, api } = open(accountId, service, AbortSignal.timeout(120_000));
      return forgetting(accountId, service, () => drive.list(api, extensions, MAX_LISTED));
    },
    async check(accountId, service) {
      if ((await store.find(accountId, service)) === null) return false;
      const { drive, api } = open(accountId, service, AbortSignal.timeout(60_000));
      try {
        await drive.probe(api);
        return true;
      } catch (error) {
        if (!(error instanceof DriveRefused) || error.problem !== 'expired') throw error;
        // The service refuses even a token that it has just given; one that it would not renew is gone already.
        if ((await store.remove(accountId, service)) !== null) return false;
        throw error;
      }
    },
    hasToken: async (accountId, service) => (await store.find(accountId, service)) !== null,
    begin(service, redirectUri) {
      const { drive, as } = known(service);
      const asked = { redirectUri, state: newSecret(), verifier: newSecret() };
      return { url: authorizeUrl(drive, as, asked), state: asked.state, verifier: asked.verifier };
    },
    async end(accountId, service, given) {
      const { drive, as } = known(service);
      const token = await exchangeCode(client, drive, as, given);
      if (!(await store.add(accountId, service, token))) {
        throw new DriveRefused('present', `OAuth token already set for service ${service}`);
      }
    },
    async forget(accountId, service) {
      const token = await store.remove(accountId, service);
      if (token === null) throw new DriveRefused('absent', `No oauth set for service ${service}`);
      const as = clients[service];
      // What we have forgotten is forgotten, whatever the service says to that.
      if (as !== undefined) await revokeToken(client, drives[service], as, token).catch(() => undefined);
    },
  };
}

/** The refusal behind the status of a download; null where it says nothing of its own. */
function asked(drive: Drive, status: number): DriveRefused | null {
  if (status >= 500 || status === 429) return null;
  const problem = drive.explain({ status, body: null, retryAfter: null }) ?? 'failed';
  const what = problem === 'missing' ? 'has no such file any more' : 'does not give the file';
  return new DriveRefused(problem, `${drive.title} ${what} (HTTP ${status})`);
}

/**
 * Brings a file whose revision is the same before and after, so that its fingerprint is that of its bytes. Begins again
 * where it is not; throws partialDownload where it changes each time.
 */
async function fetchFile(
  api: DriveApi,
  drive: Drive,
  itemId: string,
  context: FetchContext,
  bring: (file: DriveFile, path: string) => Promise<number>,
): Promise<Fetched> {
  let file = await drive.find(api, itemId);
  if (context.known != null && context.known.etag === file.revision) {
    return { files: [], fingerprint: context.known, isUnchanged: true };
  }
  const path = join(context.folder, 'download');
  for (let brings = 1; ; brings++) {
    if (file.sizeBytes !== null && file.sizeBytes > context.maxBytes) {
      throw new ImportError('fileTooBig', {
        detail: `${file.name} of ${drive.title} has ${file.sizeBytes} bytes; the limit of one import is ${context.maxBytes} bytes.`,
        hint: 'Import the data in parts, or ask the operator for a higher limit.',
      });
    }
    const sizeBytes = await bring(file, path);
    const now = await drive.find(api, itemId);
    if (now.revision === file.revision && (file.sizeBytes === null || file.sizeBytes === sizeBytes)) {
      return {
        files: [{ path, name: cleanName(file.name), sizeBytes, mediaType: null }],
        fingerprint: { etag: file.revision, lastModified: null },
      };
    }
    if (brings === BRINGS) {
      throw new ImportError('partialDownload', {
        detail: `${file.name} of ${drive.title} was changed during each of ${BRINGS} downloads.`,
        hint: 'Try again when nobody works on the file.',
      });
    }
    file = now;
  }
}
