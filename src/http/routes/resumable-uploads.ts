import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { requireAccount } from '../auth.ts';
import { openBody } from '../body.ts';
import type { HttpDeps } from '../deps.ts';
import { cleanFileName } from '../file-name.ts';
import { queryParameters } from '../parameters.ts';
import type { ResumableUpload } from '../resumable.ts';
import { ApiKey, Empty, ImportErrors } from '../wire.ts';
import { badImport, notFound, WireError } from '../wire-error.ts';

/** Headers of every answer of the protocol (https://tus.io/protocols/resumable-upload, version 1.0.0). */
const PROTOCOL = { 'tus-resumable': '1.0.0', 'cache-control': 'no-store' } as const;

const tags = ['Imports'];
const unauthorized = Empty('No key, a wrong key, or the key of another account.');
const missing = Empty('No upload of this account has this id, or it was left alone for a day.');
const params = Type.Object({ id: Type.String({ description: 'The last part of `Location`.' }) });

/** A header that is a whole number of bytes; null where it is none. */
function bytesOf(request: FastifyRequest, name: string): number | null {
  const text = request.headers[name];
  return typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

/** `Upload-Metadata`: names and values in Base64, between commas. */
export function parseMetadata(header: string): ReadonlyMap<string, string> {
  return new Map(
    header.split(',').map((pair): [string, string] => {
      const [name = '', value = ''] = pair.trim().split(/\s+/, 2);
      return [name.toLowerCase(), Buffer.from(value, 'base64').toString('utf8')];
    }),
  );
}

/** Uploads that go on where they were broken off; a complete one is the source of an import by its `upload_id`. */
export async function resumableUploadRoutes(app: FastifyInstance, deps: HttpDeps): Promise<void> {
  const { resumable, config } = deps;

  async function requireUpload(request: FastifyRequest): Promise<ResumableUpload> {
    const account = await requireAccount(deps, request, queryParameters(request));
    const { id } = request.params as { id: string };
    const found = await resumable.find(account.id, id);
    if (found === null) throw notFound();
    return found;
  }

  function requireProtocol(request: FastifyRequest): void {
    if (request.headers['tus-resumable'] === PROTOCOL['tus-resumable']) return;
    throw new WireError(
      412,
      { errors: { imports: 'Tus-Resumable must be 1.0.0: this address takes uploads by the tus protocol' } },
      { ...PROTOCOL, 'tus-version': '1.0.0' },
    );
  }

  const offsetIs = (reply: FastifyReply, offset: number): FastifyReply =>
    reply.headers({ ...PROTOCOL, 'upload-offset': String(offset) });

  app.route({
    method: 'POST',
    url: '/api/v1/files',
    schema: {
      summary: 'Begin an upload that can be resumed',
      description:
        'By the tus protocol 1.0.0 (https://tus.io), with its extensions creation and termination. `Upload-Length` says how long the file is, `Upload-Metadata` what it is called (`filename`). `HEAD` at `Location` answers how many bytes are there (`Upload-Offset`). When it is complete, import it: `upload_id` is the last part of `Location`. An upload that is left alone for a day is removed.',
      tags,
      querystring: ApiKey,
      response: {
        201: Empty('`Location` is where the bytes go.'),
        400: ImportErrors,
        401: unauthorized,
        413: ImportErrors,
      },
    },
    config: {
      curl: [
        'curl -i -X POST -H "Tus-Resumable: 1.0.0" -H "Upload-Length: $(wc -c < data.csv)" -H "Upload-Metadata: filename $(printf data.csv | base64)" "$URL/api/v1/files?api_key=$KEY"',
      ],
    },
    handler: async (request, reply) => {
      const account = await requireAccount(deps, request, queryParameters(request));
      requireProtocol(request);
      const sizeBytes = bytesOf(request, 'upload-length');
      if (sizeBytes === null) throw badImport('Upload-Length must say how many bytes the file has');
      const maxBytes = Math.min(config.LANDFALL_MAX_FILE_BYTES, account.limits.maxFileBytes ?? Number.MAX_SAFE_INTEGER);
      if (sizeBytes > maxBytes) {
        const imports = `The file is larger than the ${maxBytes} bytes that one import may have`;
        throw new WireError(413, { errors: { imports } }, PROTOCOL);
      }
      const metadata = parseMetadata(String(request.headers['upload-metadata'] ?? ''));
      const upload = await resumable.create({
        accountId: account.id,
        sizeBytes,
        name: cleanFileName(metadata.get('filename') ?? ''),
        mediaType: metadata.get('filetype') || null,
      });
      return reply.code(201).headers(PROTOCOL).header('location', `/api/v1/files/${upload.id}`).send();
    },
  });

  app.route({
    method: 'HEAD',
    url: '/api/v1/files/:id',
    schema: { hide: true },
    handler: async (request, reply) => {
      const upload = await requireUpload(request);
      return offsetIs(reply, await resumable.offset(upload))
        .header('upload-length', String(upload.sizeBytes))
        .send();
    },
  });

  app.route({
    method: 'PATCH',
    url: '/api/v1/files/:id',
    schema: {
      summary: 'Send more bytes of an upload',
      description: 'From `Upload-Offset` on. What has arrived when the connection breaks is kept.',
      tags,
      consumes: ['application/offset+octet-stream'],
      params,
      querystring: ApiKey,
      response: {
        204: Empty('`Upload-Offset` is the new number of bytes.'),
        400: ImportErrors,
        401: unauthorized,
        404: missing,
        409: Empty('`Upload-Offset` is not the number of bytes that are there.'),
      },
    },
    config: {
      curl: [
        'curl -i -X PATCH -H "Tus-Resumable: 1.0.0" -H "Upload-Offset: 0" -H "Content-Type: application/offset+octet-stream" --data-binary @data.csv "$URL/api/v1/files/$ID?api_key=$KEY"',
      ],
    },
    handler: async (request, reply) => {
      const upload = await requireUpload(request);
      requireProtocol(request);
      const offset = await resumable.offset(upload);
      if (bytesOf(request, 'upload-offset') !== offset) {
        throw new WireError(409, null, { ...PROTOCOL, 'upload-offset': String(offset) });
      }
      const body = openBody(request, reply, upload.sizeBytes - offset);
      const reached = await resumable.append(upload, offset, body).catch((error: unknown) => {
        throw body.errored instanceof WireError ? body.errored : error;
      });
      return offsetIs(reply.code(204), reached).send();
    },
  });

  app.route({
    method: 'DELETE',
    url: '/api/v1/files/:id',
    schema: {
      summary: 'Give an upload up',
      description: 'Its bytes are removed.',
      tags,
      params,
      querystring: ApiKey,
      response: { 204: Empty('It is gone.'), 401: unauthorized, 404: missing },
    },
    config: { curl: ['curl -X DELETE "$URL/api/v1/files/$ID?api_key=$KEY"'] },
    handler: async (request, reply) => {
      await resumable.remove(await requireUpload(request));
      return reply.code(204).headers(PROTOCOL).send();
    },
  });
}
