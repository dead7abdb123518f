import { type Readable, Transform } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Parameters, parseForm, parseJson } from './parameters.ts';
import { badImport, WireError } from './wire-error.ts';

/** Largest body that is not a file, in bytes: parameters as form or JSON. */
const MAX_PARAMETER_BYTES = 1024 * 1024;

/** A body must bring at least this many bytes in each window, or end: slower senders only hold a socket. */
const WINDOW_MS = 15_000;
const WINDOW_MIN_BYTES = 15 * 1024;

/**
 * The body of a request, at most `maxBytes` of it. It fails with the answer to give where the client goes away, is too
 * slow or sends more; the request itself is left alive so that the answer can still be written. `encodings`: those that
 * the caller undoes. Without a `reply` no client is told to go on that waits for leave to send.
 */
export function openBody(
  request: FastifyRequest,
  reply: FastifyReply | null,
  maxBytes: number,
  encodings: readonly string[] = [],
): Readable {
  const source = request.raw;
  const encoding = request.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (encoding !== 'identity' && !encodings.includes(encoding)) {
    throw new WireError(415, {
      errors: { imports: 'Content-Encoding is not accepted: send a compressed file as a file, such as data.csv.gz' },
    });
  }
  // Only now: a client that waits for this line sends nothing where the key or the slots already say no.
  if (/^100-continue$/i.test(request.headers.expect ?? '')) reply?.raw.writeContinue();

  let received = 0;
  const body = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      received += chunk.length;
      if (received > maxBytes) done(tooLong(maxBytes));
      else done(null, chunk);
    },
  });

  // It may fail before anybody reads it; whoever reads it then still gets the error.
  body.on('error', () => {});

  let before = received;
  const watch = setInterval(() => {
    const isOurTurn = source.readableLength > 0 || body.readableLength > 0;
    if (!isOurTurn && received - before < WINDOW_MIN_BYTES) {
      body.destroy(badImport('The body came too slowly: at least 1 KiB a second is expected. Please try again'));
    }
    before = received;
  }, WINDOW_MS);
  watch.unref();

  const onClose = () => {
    if (!source.complete) body.destroy(badImport('The body ended before it was complete. Please send it again'));
  };
  source.once('close', onClose);
  source.on('error', onClose);
  body.once('close', () => {
    clearInterval(watch);
    source.off('close', onClose);
    source.unpipe(body);
  });
  return source.pipe(body);
}

const tooLong = (maxBytes: number): WireError =>
  new WireError(413, {
    errors: {
      imports: `The body is larger than ${maxBytes} bytes. To send a file as the body, name it in the query: ?filename=data.csv`,
    },
  });

/** The media type of the request in lower case without its parameters, `''` where none was sent. */
export const mediaType = (request: FastifyRequest): string =>
  (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';

/** Reads a body of parameters: a form or JSON. A body of any other type that is not empty is a 400. */
export async function readParameterBody(request: FastifyRequest, reply: FastifyReply | null): Promise<Parameters> {
  const content = await text(openBody(request, reply, MAX_PARAMETER_BYTES));
  const type = mediaType(request);
  if (type === 'application/x-www-form-urlencoded') return parseForm(content);
  if (type === 'application/json' || type.endsWith('+json')) return parseJson(content);
  if (content.trim() === '') return new Map();
  throw badImport(
    `A body of type ${type === '' ? '(none)' : type.slice(0, 100)} is not understood: send multipart/form-data, a form or JSON, or name the file in the query (?filename=data.csv) and send its bytes`,
  );
}
