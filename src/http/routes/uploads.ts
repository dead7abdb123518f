import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { Account } from '../../domain/import.ts';
import { requireAccount } from '../auth.ts';
import type { HttpDeps } from '../deps.ts';
import { readImportBody } from '../import-body.ts';
import { sendJson } from '../jsonp.ts';
import { merged, queryParameters } from '../parameters.ts';
import { openSpool } from '../spool.ts';
import { ApiKey, Empty } from '../wire.ts';
import { WireError } from '../wire-error.ts';

/** Uploads whose import comes later (wire contract 1.11). */
export async function uploadRoutes(app: FastifyInstance, deps: HttpDeps): Promise<void> {
  app.route({
    method: 'POST',
    url: '/api/v1/uploads',
    schema: {
      summary: 'Park a file',
      description:
        'The file waits for a day. `file_uri` is a `url` for imports and synchronizations of the same account. The bytes may be the body too, with `filename` in the query. The key comes before the file.',
      tags: ['Imports'],
      consumes: ['multipart/form-data'],
      querystring: ApiKey,
      body: Type.Object({
        file: Type.Unsafe<string>({ type: 'string', format: 'binary', description: 'The file, as a multipart part.' }),
      }),
      response: {
        200: Type.Object({
          file_uri: Type.String({ description: '`/uploads/`, 20 hexadecimal digits, and the name of the file.' }),
          success: Type.Boolean({ description: 'Always true.' }),
        }),
        400: Empty('There is no file, it is over the limit, or it cannot be stored.'),
        401: Empty('No key or a wrong key.'),
      },
    },
    config: { curl: ['curl -F file=@data.csv "$URL/api/v1/uploads?api_key=$KEY"'] },
    handler: async (request, reply) => {
      const query = queryParameters(request);
      let account: Account | null = null;
      try {
        await using spool = openSpool(deps.uploadsFolder);
        const { parameters, upload } = await readImportBody(request, reply, {
          query,
          spool,
          maxFileBytes: deps.config.LANDFALL_MAX_FILE_BYTES,
          admit: async (seen) => {
            account = await requireAccount(deps, request, merged(seen, query));
            const own = account.limits.maxFileBytes ?? Number.POSITIVE_INFINITY;
            return { maxBytes: Math.min(deps.config.LANDFALL_MAX_FILE_BYTES, own), isKnown: true };
          },
        });
        const owner = account ?? (await requireAccount(deps, request, parameters));
        if (upload === null || upload.failure !== null) throw new WireError(400, null);
        const uri = await deps.parked.keep(owner.id, upload.file);
        return sendJson(request, reply, 200, { file_uri: uri, success: true });
      } catch (error) {
        // The contract knows one refusal without a word; keys and addresses are told apart as everywhere.
        if (!(error instanceof WireError) || error.status === 401 || error.status === 404) throw error;
        throw new WireError(400, null, error.headers);
      }
    },
  });
}
