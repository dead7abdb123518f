import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Result } from '../../export/format.ts';
import { exportFormats } from '../../export/formats.ts';
import { openResult } from '../../export/open-result.ts';
import { mediaType, openBody } from '../body.ts';
import type { HttpDeps } from '../deps.ts';
import { exportContextOf } from '../export-context.ts';
import { asScript, readCallback } from '../jsonp.ts';
import { merged, type Parameters, parseForm, parseJson, queryParameters } from '../parameters.ts';
import { viewerOf } from '../read-access.ts';
import { toWireError } from '../sql-errors.ts';
import {
  badQuery,
  MAX_BODY_QUERY,
  MAX_URL_QUERY,
  orderedQuery,
  type SqlRequest,
  toSqlRequest,
} from '../sql-parameters.ts';
import { SqlAnswer, SqlErrors, SqlParameters, SqlQuery } from '../sql-wire.ts';
import { ApiKey, Empty } from '../wire.ts';
import { WireError } from '../wire-error.ts';

/** Room for a query of the greatest length, percent-encoded, beside the other parameters, in bytes. */
const MAX_BODY_BYTES = 3 * MAX_BODY_QUERY + 64 * 1024;

async function bodyParameters(request: FastifyRequest, reply: FastifyReply): Promise<Parameters> {
  const type = mediaType(request);
  try {
    const body = await text(openBody(request, reply, MAX_BODY_BYTES));
    if (type === 'application/json') return parseJson(body);
    if (type === 'application/x-www-form-urlencoded' || body === '') return parseForm(body);
  } catch (error) {
    // The parts that read bodies speak of imports; here is the other shape.
    if (error instanceof WireError && error.body && 'errors' in error.body) {
      const { errors } = error.body;
      const found = typeof errors === 'object' && errors !== null ? Object.values(errors).map(String) : [];
      throw new WireError(error.status, { error: found }, error.headers);
    }
    throw error;
  }
  throw badQuery(`a body of the type "${type}" is not read: send application/x-www-form-urlencoded or JSON`);
}

/** Most characters of one answer: 50 MB (reliability 3.4). */
const MAX_ANSWER_LENGTH = 50_000_000;

/** A client that takes nothing of a file for so long has gone, in milliseconds: its rows lie on disk meanwhile. */
const STALLED_MS = 120_000;

type Pieces = AsyncGenerator<string | Uint8Array>;

/** The pieces again, with the first that was already taken. */
async function* resumed(first: IteratorResult<string | Uint8Array>, rest: Pieces): Pieces {
  if (first.done !== true) yield first.value;
  yield* rest;
}

/** The text of a JSONP answer; the pieces of the inner one pass as they come. */
async function* wrapped(callback: string, pieces: Pieces): Pieces {
  yield `${callback}(`;
  for await (const piece of pieces) yield asScript(String(piece));
  yield ')';
}

/** The SQL API: queries that read, over the account's own tables (run contract, "Addresses"). */
export async function sqlRoutes(app: FastifyInstance, deps: HttpDeps): Promise<void> {
  async function answer(request: FastifyRequest, reply: FastifyReply, parameters: Parameters, asked: SqlRequest) {
    const viewer = await viewerOf(deps, request, parameters);
    const startedMs = performance.now();
    const format = exportFormats[asked.format];
    const gone = new AbortController();
    reply.raw.once('close', () => {
      if (!reply.raw.writableFinished) gone.abort();
    });
    const query = orderedQuery(asked);
    try {
      const open = async (): Promise<Result> => {
        const cursor = await deps.openQuery(viewer, query.text, asked, gone.signal);
        gone.signal.addEventListener('abort', () => void cursor[Symbol.asyncDispose]());
        return openResult(cursor, asked.skipFields);
      };
      const wishes = {
        name: asked.filename,
        decimals: asked.decimals,
        safeCells: asked.safeCells,
        startedMs,
        maxLength: MAX_ANSWER_LENGTH,
      };
      const pieces = format.write(open, exportContextOf(deps, viewer, wishes, gone.signal));
      // What is wrong before the first piece is an answer with a status; afterwards the connection breaks off.
      const first = await pieces.next();
      if (gone.signal.aborted) await pieces.return(undefined);
      const isScript = request.jsonp !== null && format.isScript;
      reply.type(isScript ? 'text/javascript; charset=utf-8' : format.mediaType);
      reply.header('cache-control', 'private, no-store');
      if (asked.isAttachment && !isScript) {
        reply.header('content-disposition', `attachment; filename="${asked.filename}.${format.extension}"`);
      }
      reply.raw.setTimeout(STALLED_MS, () => reply.raw.destroy());
      const body = resumed(first, pieces);
      return reply.send(Readable.from(isScript ? wrapped(request.jsonp ?? '', body) : body, { objectMode: false }));
    } catch (error) {
      throw toWireError(error, query.offset);
    }
  }

  for (const version of ['v2', 'v1']) {
    const schema = {
      summary: 'Query the tables',
      description:
        "One query that reads, over the account's tables and PostGIS. An error after the first rows stands as `error` at the end of `json` and `geojson`; `csv` and `ndjson` break off, and the other formats are made whole before they are sent.",
      tags: ['SQL'],
      response: {
        200: SqlAnswer,
        400: SqlErrors,
        401: Empty('No key, a wrong key, or the key of another account.'),
        429: SqlErrors,
      },
      hide: version === 'v1',
    };
    app.route({
      method: 'GET',
      url: `/api/${version}/sql`,
      schema: { ...schema, querystring: SqlQuery },
      config: { curl: ['curl -G --data-urlencode "q=select count(*) from data" "$URL/api/v2/sql?api_key=$KEY"'] },
      handler: async (request, reply) => {
        const parameters = queryParameters(request);
        readCallback(request, parameters);
        return answer(request, reply, parameters, toSqlRequest(parameters, MAX_URL_QUERY));
      },
    });
    app.route({
      method: 'POST',
      url: `/api/${version}/sql`,
      schema: {
        ...schema,
        consumes: ['application/x-www-form-urlencoded', 'application/json'],
        querystring: ApiKey,
        body: SqlParameters,
      },
      config: { curl: ['curl --data-urlencode "q=select count(*) from data" "$URL/api/v2/sql?api_key=$KEY"'] },
      handler: async (request, reply) => {
        const query = queryParameters(request);
        readCallback(request, query);
        const parameters = merged(await bodyParameters(request, reply), query);
        return answer(request, reply, parameters, toSqlRequest(parameters, MAX_BODY_QUERY));
      },
    });
  }
}
