import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { openCopyWriter, writeCopy } from '../../sql/copy-rows.ts';
import { openBody } from '../body.ts';
import type { HttpDeps } from '../deps.ts';
import { type Parameters, queryParameters, textOf } from '../parameters.ts';
import { type Reading, viewerOf } from '../read-access.ts';
import { badQuery, MAX_URL_QUERY } from '../sql-parameters.ts';
import { inSqlShape } from '../sql-shape.ts';
import { SqlErrors } from '../sql-wire.ts';
import { ApiKey, Empty } from '../wire.ts';
import { unauthorized, WireError } from '../wire-error.ts';

const CopyQuery = Type.Object({
  q: Type.String({ description: '`COPY TABLE (COLUMNS) FROM STDIN WITH (…)` or `COPY (QUERY) TO STDOUT WITH (…)`.' }),
  ...ApiKey.properties,
});

const CopyToQuery = Type.Object({
  ...CopyQuery.properties,
  filename: Type.Optional(Type.String({ description: 'Name of the file; without it `carto-sql-copyto.dmp`.' })),
});

const Copied = Type.Object({
  total_rows: Type.Integer({ description: 'Rows that were added.' }),
  time: Type.Number({ description: 'Seconds.' }),
});

function statementOf(parameters: Parameters): string {
  const text = textOf(parameters, 'q') ?? textOf(parameters, 'sql');
  if (text === null) throw badQuery('SQL is missing');
  if (text.length > MAX_URL_QUERY) throw badQuery(`the statement is longer than ${MAX_URL_QUERY} characters`);
  return text;
}

/** Aborted when the client goes away before it has its answer. */
function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  return gone.signal;
}

/** No more than `most` bytes of what was decompressed: few bytes can hold many. */
async function* upTo(most: number, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let length = 0;
  for await (const chunk of bytes) {
    length += chunk.length;
    if (length > most) throw new WireError(413, { error: [`the rows are more than ${most} bytes`] });
    yield chunk;
  }
}

/** What the body holds, decompressed. An error in it is a WireError. */
async function* rowsOf(request: FastifyRequest, reply: FastifyReply, most: number): AsyncGenerator<Uint8Array> {
  const body = openBody(request, reply, most, ['gzip', 'x-gzip']);
  const isZipped = /gzip/i.test(request.headers['content-encoding'] ?? '');
  const unzipped = isZipped ? body.pipe(createGunzip()) : body;
  body.on('error', (error) => unzipped.destroy(error));
  try {
    yield* upTo(most, unzipped);
  } catch (error) {
    throw error instanceof WireError ? error : badQuery(`the body is not gzip: ${String(error)}`);
  } finally {
    unzipped.destroy();
    body.destroy();
  }
}

/** COPY, as CARTO's SQL API has it: rows out of a table or a query, and rows into a table. */
export async function copyRoutes(app: FastifyInstance, deps: HttpDeps): Promise<void> {
  async function copyTo(request: FastifyRequest, reply: FastifyReply) {
    const parameters = queryParameters(request);
    const viewer = await viewerOf(deps, request, parameters);
    const text = statementOf(parameters);
    const filename = (textOf(parameters, 'filename') ?? 'carto-sql-copyto.dmp').replaceAll(/[^\w.-]/g, '_');
    const gone = goneSignal(reply);
    const { cursor, options } = await deps.copies.openTo(viewer, text, gone);
    gone.addEventListener('abort', () => void cursor[Symbol.asyncDispose]());
    try {
      const pieces = writeCopy(cursor, openCopyWriter(cursor.fields, options));
      reply.type('application/octet-stream').header('cache-control', 'private, no-store');
      reply.header('content-disposition', `attachment; filename=${filename.slice(0, 100)}`);
      return reply.send(Readable.from(pieces, { objectMode: false }));
    } catch (error) {
      await cursor[Symbol.asyncDispose]();
      throw error;
    }
  }

  async function copyFrom(request: FastifyRequest, reply: FastifyReply) {
    const startedMs = performance.now();
    const parameters = queryParameters(request);
    const viewer: Reading = await viewerOf(deps, request, parameters);
    if (viewer.as !== 'reader' && !viewer.key) throw unauthorized();
    const most = Math.min(
      deps.config.LANDFALL_MAX_FILE_BYTES,
      viewer.account.limits.maxFileBytes ?? Number.POSITIVE_INFINITY,
    );
    const rows = rowsOf(request, reply, most);
    const total = await deps.copies.from(viewer, statementOf(parameters), rows);
    return reply.send({ total_rows: total, time: Math.round(performance.now() - startedMs) / 1000 });
  }

  const told =
    (work: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>) =>
    (request: FastifyRequest, reply: FastifyReply): Promise<unknown> =>
      work(request, reply).catch((error: unknown) => {
        throw inSqlShape(error);
      });

  for (const version of ['v2', 'v1']) {
    const failures = {
      400: SqlErrors,
      401: Empty('No key, or none of this account: `error` with one sentence.'),
      413: Empty('More bytes than one file may have: the same.'),
      429: Empty('Too many queries at once, or one that takes too long: the same.'),
    };
    app.route({
      method: 'GET',
      url: `/api/${version}/sql/copyto`,
      schema: {
        summary: 'Copy rows out',
        description:
          'The rows of a table or a query, in the formats `text` and `csv` of PostgreSQL, with the rights and limits of the SQL API. Where an error comes after the first rows, the transfer breaks off.',
        tags: ['SQL'],
        querystring: CopyToQuery,
        response: { 200: { description: 'The rows.', type: 'string' }, ...failures },
        hide: version === 'v1',
      },
      config: {
        curl: [
          'curl -G --data-urlencode "q=copy data to stdout with (format csv)" "$URL/api/v2/sql/copyto?api_key=$KEY"',
        ],
      },
      handler: told(copyTo),
    });
    app.route({
      method: 'POST',
      url: `/api/${version}/sql/copyfrom`,
      schema: {
        summary: 'Copy rows in',
        description:
          'The body is the rows, also with `Content-Encoding: gzip`. All are added, or none. With the master key, or one that may insert into the table.',
        tags: ['SQL'],
        consumes: ['application/octet-stream'],
        querystring: CopyQuery,
        response: { 200: Copied, ...failures },
        hide: version === 'v1',
      },
      config: {
        curl: [
          'curl -X POST --data-binary @rows.csv -H "Content-Type: application/octet-stream" "$URL/api/v2/sql/copyfrom?api_key=$KEY&q=copy+data(name)+from+stdin+with+(format+csv,header)"',
        ],
      },
      handler: told(copyFrom),
    });
  }
}
