import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Account, ImportOptions, ImportRequest } from '../domain/import.ts';
import type { LocalFile } from '../domain/layer.ts';
import { authenticate, findKey, requireAddressed } from './auth.ts';
import type { HttpDeps } from './deps.ts';
import { fileTooBig, readImportBody, type Upload } from './import-body.ts';
import { toOptions, toSource, toUserDefinedLimits, uploadRequest } from './import-parameters.ts';
import { readCallback } from './jsonp.ts';
import { librarySource } from './library-source.ts';
import { type Parameters, queryParameters, textOf } from './parameters.ts';
import { parkedSource } from './parked-source.ts';
import type { ResumableUpload } from './resumable.ts';
import { openSpool, type Spool } from './spool.ts';
import { withStoredRecipe } from './stored-recipe.ts';
import { badImport, WireError } from './wire-error.ts';

/** What is stored of a file before any key came, in bytes: strangers must not fill the disk. */
const MAX_KEYLESS_BYTES = 64 * 1024 * 1024;

/** When a client that was told 429 may ask again, in seconds: about the time of one small import. */
const RETRY_AFTER_SECONDS = 5;

/** How long the file of an analysis may be imported without being sent again. */
const KEPT_MS = 3_600_000;

/** Longest name that a request may give an import, in characters. */
const MOST_NAME = 255;

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const tooManyImports = (limit: number): WireError =>
  new WireError(
    429,
    { errors: { imports: `We're sorry but you're already using your allowed ${limit} import slots` } },
    {
      'retry-after': String(RETRY_AFTER_SECONDS),
      'carto-rate-limit-limit': String(limit),
      'carto-rate-limit-remaining': '0',
      'carto-rate-limit-reset': String(RETRY_AFTER_SECONDS),
    },
  );

/** A key that came after its file brings its limit late: the file is measured again. */
const failureOf = (upload: Upload, maxBytes: number): Upload['failure'] =>
  upload.failure ?? (upload.file.sizeBytes > maxBytes ? fileTooBig(upload.file.name, maxBytes) : null);

/**
 * Reads a request for an import, or for an analysis of its files, and creates it; returns the owner and the id. Throws
 * the answer where the request is refused, as early as its parts allow.
 */
export async function receiveImport(
  deps: HttpDeps,
  incoming: FastifyRequest,
  reply: FastifyReply,
  purpose: 'import' | 'analysis',
): Promise<{ readonly owner: Account; readonly id: string }> {
  const { config, imports } = deps;
  /** The largest file that the account may send, in bytes. */
  const maxFileBytes = (account: Account): number =>
    Math.min(config.LANDFALL_MAX_FILE_BYTES, account.limits.maxFileBytes ?? Number.POSITIVE_INFINITY);
  const query = queryParameters(incoming);
  readCallback(incoming, query);
  await requireAddressed(deps, incoming);

  let account: Account | null = null;
  /** Everything that can be refused is, as soon as the parameters for it are there. */
  const check = async (parameters: Parameters): Promise<Account | null> => {
    const key = findKey(deps, incoming, parameters);
    if (account === null && key !== null) {
      account = await authenticate(deps, incoming, key);
      const room = await imports.hasRoom(account);
      if (!room.ok) throw tooManyImports(room.limit);
    }
    if (account !== null) checkMetadataUrl(deps, toOptions(await withStoredRecipe(deps, account, parameters)));
    return account;
  };
  await check(query);

  await using spool = openSpool(deps.uploadsFolder);
  const { parameters: sent, upload } = await readImportBody(incoming, reply, {
    query,
    spool,
    maxFileBytes: config.LANDFALL_MAX_FILE_BYTES,
    admit: async (seen) => {
      const known = await check(seen);
      if (known !== null) return { maxBytes: maxFileBytes(known), isKnown: true };
      return { maxBytes: Math.min(MAX_KEYLESS_BYTES, config.LANDFALL_MAX_FILE_BYTES), isKnown: false };
    },
  });
  readCallback(incoming, sent);
  const owner = (await check(sent)) ?? (await authenticate(deps, incoming, null));
  const parameters = await withStoredRecipe(deps, owner, sent);

  const remote = await librarySource(deps, incoming, parameters);
  if (remote !== null) {
    if (purpose === 'analysis') throw badImport('A table of the data library cannot be analyzed: add it');
    return { owner, id: (await deps.synchronizations.create(owner, remote)).importId };
  }
  const resumed = upload === null ? await resumedSource(deps, owner, parameters, spool) : null;
  const source =
    resumed?.source ??
    (upload === null ? await analyzedSource(deps, owner, parameters) : null) ??
    (await parkedSource(deps, owner, parameters)) ??
    toSource(parameters, upload, deps.validateUrl);
  const failure = source.request.kind === 'upload' && upload !== null ? failureOf(upload, maxFileBytes(owner)) : null;
  const spooled = resumed?.file ?? upload?.file ?? null;
  const request =
    source.request.kind === 'upload' && source.request.key === '' && failure === null && spooled !== null
      ? { ...source.request, key: await deps.uploads.put(spooled.path) }
      : source.request;
  const created = await imports
    .create(owner, {
      ...(purpose === 'analysis' ? { purpose } : {}),
      ...source,
      displayName: textOf(parameters, 'display_name')?.slice(0, MOST_NAME).toWellFormed() ?? source.displayName,
      request,
      options: toOptions(parameters),
      tableName: null,
      userDefinedLimits: toUserDefinedLimits(parameters),
      ...(failure === null ? {} : { failure }),
    })
    .catch(async (error: unknown) => {
      await forget(deps, request);
      throw error;
    });
  if (created.kind === 'tooMany') {
    await forget(deps, request);
    throw tooManyImports(created.limit);
  }
  // The import has a file of its own now.
  if (resumed !== null) await deps.resumable.remove(resumed.upload);
  return { owner, id: created.id };
}

/** Removes what was stored for an import that was not made; the sweep removes what this cannot. */
async function forget(deps: HttpDeps, request: ImportRequest): Promise<void> {
  if (request.kind !== 'upload' || request.key === '' || request.isShared === true) return;
  await deps.uploads.remove(request.key).catch((error: unknown) => {
    deps.logger.warn({ err: error }, 'an upload could not be removed');
  });
}

/** The complete resumable upload that `upload_id` names; null where none is named. */
async function resumedSource(
  deps: HttpDeps,
  owner: Account,
  parameters: Parameters,
  spool: Spool,
): Promise<{
  readonly upload: ResumableUpload;
  readonly file: LocalFile;
  readonly source: ReturnType<typeof toSource>;
} | null> {
  const id = textOf(parameters, 'upload_id');
  if (id === null || textOf(parameters, 'url') !== null) return null;
  const upload = await deps.resumable.find(owner.id, id);
  if (upload === null) throw badImport(`There is no upload ${id.slice(0, 100)}: send the file again`);
  const there = await deps.resumable.offset(upload);
  if (there !== upload.sizeBytes) {
    throw badImport(`The upload is not complete: ${there} of ${upload.sizeBytes} bytes are there`);
  }
  const path = await spool.borrow(deps.resumable.pathOf(upload));
  if (path === null) throw badImport('The upload is not kept any more: send the file again');
  const { name, sizeBytes, mediaType } = upload;
  const file = { path, name, sizeBytes, mediaType };
  return { upload, file, source: { request: uploadRequest(file), originalUrl: '', displayName: name } };
}

function checkMetadataUrl(deps: HttpDeps, { metadataUrl }: ImportOptions): void {
  if (metadataUrl === undefined) return;
  try {
    deps.validateUrl(metadataUrl);
  } catch {
    throw badImport(`Invalid URL, cannot fetch metadata: ${metadataUrl.slice(0, 1000)}`);
  }
}

/** What was analyzed under `analysis_id`, so that it need not be sent again; null where none is named. */
async function analyzedSource(
  deps: HttpDeps,
  owner: Account,
  parameters: Parameters,
): Promise<ReturnType<typeof toSource> | null> {
  const id = textOf(parameters, 'analysis_id');
  if (id === null || textOf(parameters, 'url') !== null) return null;
  const found = uuid.test(id) ? await deps.analyses.find(owner.id, id.toLowerCase()) : null;
  if (found === null) throw badImport(`There is no analysis ${id.slice(0, 100)}: send the file itself`);
  const { request, originalUrl, displayName, endedAt } = found;
  if (request.kind !== 'upload') return { request, originalUrl, displayName };
  const isKept = endedAt === null || deps.now().getTime() - endedAt.getTime() < KEPT_MS;
  if (!isKept) throw badImport('The file of the analysis is not kept any more: send it again');
  return { request: { ...request, isShared: true }, originalUrl, displayName };
}
