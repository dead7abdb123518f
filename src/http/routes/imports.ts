import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { Account } from '../../domain/import.ts';
import { authenticate, findKey, requireAccount, requireAddressed } from '../auth.ts';
import type { HttpDeps } from '../deps.ts';
import { fileTooBig, readImportBody, type Upload } from '../import-body.ts';
import { toOptions, toSource, toUserDefinedLimits } from '../import-parameters.ts';
import { readCallback, sendJson } from '../jsonp.ts';
import { type Parameters, queryParameters } from '../parameters.ts';
import { presentImport } from '../present.ts';
import { openSpool } from '../spool.ts';
import { ApiKey, Empty, ImportAccepted, ImportErrors, ImportList, ImportParameters, ImportStatus } from '../wire.ts';
import { notFound, WireError } from '../wire-error.ts';

/** What is stored of a file before any key came, in bytes: strangers must not fill the disk. */
const MAX_KEYLESS_BYTES = 64 * 1024 * 1024;

/** When a client that was told 429 may ask again, in seconds: about the time of one small import. */
const RETRY_AFTER_SECONDS = 5;

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

const unauthorized = Empty('No key, a wrong key, or the key of another account.');
const tags = ['Imports'];

/** A key that came after its file brings its limit late: the file is measured again. */
const failureOf = (upload: Upload, maxBytes: number): Upload['failure'] =>
  upload.failure ?? (upload.file.sizeBytes > maxBytes ? fileTooBig(upload.file.name, maxBytes) : null);

/** The imports API (wire contract 1.3 to 1.5). */
export async function importRoutes(app: FastifyInstance, deps: HttpDeps): Promise<void> {
  const { config, imports } = deps;

  /** The largest file that the account may send, in bytes. */
  const maxFileBytes = (account: Account): number =>
    Math.min(config.LANDFALL_MAX_FILE_BYTES, account.limits.maxFileBytes ?? Number.POSITIVE_INFINITY);

  app.route({
    method: 'POST',
    url: '/api/v1/imports',
    schema: {
      summary: 'Import a file or a URL',
      description:
        'Parameters may stand in the query, in a form, in multipart fields or in JSON. A request without any source is accepted and fails with 1010; limits on size and rows show as failed imports, not here.',
      tags,
      consumes: ['multipart/form-data', 'application/json', 'application/x-www-form-urlencoded'],
      querystring: ApiKey,
      body: ImportParameters,
      response: { 200: ImportAccepted, 400: ImportErrors, 401: unauthorized, 429: ImportErrors },
    },
    config: {
      curl: [
        'curl -F file=@data.csv "$URL/api/v1/imports?api_key=$KEY"',
        'curl --json \'{"url":"https://example.org/data.csv"}\' "$URL/api/v1/imports?api_key=$KEY"',
        'curl --data-binary @data.csv "$URL/api/v1/imports?filename=data.csv&api_key=$KEY"',
      ],
    },
    handler: async (request, reply) => {
      const query = queryParameters(request);
      readCallback(request, query);
      await requireAddressed(deps, request);

      let account: Account | null = null;
      /** Everything that can be refused is, as soon as the parameters for it are there. */
      const check = async (parameters: Parameters): Promise<Account | null> => {
        const key = findKey(deps, request, parameters);
        if (account === null && key !== null) {
          account = await authenticate(deps, request, key);
          const room = await imports.hasRoom(account);
          if (!room.ok) throw tooManyImports(room.limit);
        }
        if (account !== null) toOptions(parameters);
        return account;
      };
      await check(query);

      await using spool = openSpool(deps.uploadsFolder);
      const { parameters, upload } = await readImportBody(request, reply, {
        query,
        spool,
        maxFileBytes: config.LANDFALL_MAX_FILE_BYTES,
        admit: async (seen) => {
          const known = await check(seen);
          if (known !== null) return { maxBytes: maxFileBytes(known), isKnown: true };
          return { maxBytes: Math.min(MAX_KEYLESS_BYTES, config.LANDFALL_MAX_FILE_BYTES), isKnown: false };
        },
      });
      readCallback(request, parameters);
      const owner = (await check(parameters)) ?? (await authenticate(deps, request, null));

      const source = toSource(parameters, upload, deps.validateUrl);
      const failure =
        source.request.kind === 'upload' && upload !== null ? failureOf(upload, maxFileBytes(owner)) : null;
      const created = await imports.create(owner, {
        ...source,
        options: toOptions(parameters),
        tableName: null,
        userDefinedLimits: toUserDefinedLimits(parameters),
        ...(failure === null ? {} : { failure }),
      });
      if (created.kind === 'tooMany') throw tooManyImports(created.limit);
      if (source.request.kind === 'upload' && failure === null) spool.keep(source.request.file.path);
      return sendJson(request, reply, 200, { item_queue_id: created.id, success: true } satisfies ImportAccepted);
    },
  });

  app.route({
    method: 'GET',
    url: '/api/v1/imports',
    schema: {
      summary: 'List the unfinished imports',
      description: 'Ids only, newest first, of the last 24 hours.',
      tags,
      querystring: ApiKey,
      response: { 200: ImportList, 401: unauthorized },
    },
    config: { curl: ['curl "$URL/api/v1/imports?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const account = await requireAccount(deps, request, queryParameters(request));
      const ids = await imports.unfinished(account.id);
      return sendJson(request, reply, 200, { imports: [...ids], success: true } satisfies ImportList);
    },
  });

  app.route({
    method: 'GET',
    url: '/api/v1/imports/:id',
    schema: {
      summary: 'The state of an import',
      description: 'Ask every second or two until `state` is `complete` or `failure`.',
      tags,
      params: Type.Object({ id: Type.String({ format: 'uuid', description: 'The `item_queue_id` of the POST.' }) }),
      querystring: ApiKey,
      response: { 200: ImportStatus, 401: unauthorized, 404: Empty('No import of this account has this id.') },
    },
    config: { curl: ['curl "$URL/api/v1/imports/$ID?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const account = await requireAccount(deps, request, queryParameters(request));
      const { id } = request.params as { id: string };
      const found = uuid.test(id) ? await imports.find(account.id, id.toLowerCase()) : null;
      if (found === null) throw notFound();
      return sendJson(request, reply, 200, presentImport(found));
    },
  });

  app.route({
    method: 'DELETE',
    url: '/api/v1/imports/:id',
    schema: {
      summary: 'Cancel an import',
      description:
        'Ends an import that has not ended, with error 6672; nothing of it is kept. One that has ended stays as it is.',
      tags,
      params: Type.Object({ id: Type.String({ format: 'uuid', description: 'The `item_queue_id` of the POST.' }) }),
      querystring: ApiKey,
      response: {
        204: Empty('It has ended.'),
        401: unauthorized,
        404: Empty('No import of this account has this id.'),
      },
    },
    config: { curl: ['curl -X DELETE "$URL/api/v1/imports/$ID?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const account = await requireAccount(deps, request, queryParameters(request));
      const { id } = request.params as { id: string };
      if (!uuid.test(id) || (await imports.find(account.id, id.toLowerCase())) === null) throw notFound();
      await imports.cancel(account, id.toLowerCase());
      return reply.code(204).send();
    },
  });
}
