import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import { addPair, type Parameters } from './parameters.ts';
import { badImport, WireError } from './wire-error.ts';

/** One multipart part that is a file; `stream` must be read to its end, or the whole body fails. */
export interface FilePart {
  readonly name: string;
  /** As the client wrote it; undefined where it named none. */
  readonly fileName: string | undefined;
  readonly mediaType: string;
  readonly stream: Readable;
}

const limits = {
  fields: 50,
  files: 2,
  parts: 52,
  fieldSize: 64 * 1024,
  fieldNameSize: 256,
  headerPairs: 50,
  headerSize: 16 * 1024,
};

/** After the last byte the parser and the file are nearly done; a parser that says nothing by then never will. */
const END_MS = 10_000;

const noop = (): void => {};

function openParser(headers: IncomingHttpHeaders): BusboyInstance {
  try {
    return new Busboy({ headers: { ...headers, 'content-type': headers['content-type'] ?? '' }, limits });
  } catch {
    throw badImport('The multipart body has no boundary in its Content-Type');
  }
}

/**
 * Reads a multipart body: fields into a map, each file to `onFile` as it comes, with the fields that came before it.
 * Throws 400 where the body is malformed, incomplete or has too many parts, and whatever `onFile` throws; reading stops
 * there.
 */
export async function readMultipart(
  body: Readable,
  headers: IncomingHttpHeaders,
  onFile: (part: FilePart, fields: Parameters) => Promise<void>,
): Promise<Parameters> {
  const parser = openParser(headers);
  const fields = new Map<string, unknown>();
  const files: Promise<void>[] = [];
  const streams: Readable[] = [];
  const failure = Promise.withResolvers<never>();
  let endTimer: NodeJS.Timeout | undefined;

  // The parser may report one fault several times; only the first is told, none may go unheard.
  parser.on('error', noop);
  failure.promise.catch(noop);
  const tooMany = () =>
    failure.reject(badImport('The multipart body has too many parts: one file and 50 fields are taken'));
  parser.on('partsLimit', tooMany).on('filesLimit', tooMany).on('fieldsLimit', tooMany);
  parser.on('field', (name: string | undefined, value, _nameCut, valueCut) => {
    if (name === undefined || name === '') return;
    if (valueCut) failure.reject(badImport(`The field ${name.slice(0, 100)} is longer than ${limits.fieldSize} bytes`));
    addPair(fields, name, value);
  });
  parser.on('file', (name: string | undefined, stream, fileName: string | undefined, _encoding, type) => {
    stream.on('error', noop);
    streams.push(stream);
    const done = onFile({ name: name ?? '', fileName, mediaType: type, stream }, fields);
    files.push(done);
    done.catch((error: unknown) => failure.reject(isCutPart(error) ? malformed() : error));
  });
  body.once('end', () => {
    endTimer = setTimeout(() => failure.reject(malformed()), END_MS);
  });

  const parsed = pipeline(body, parser).catch((error: unknown) => {
    throw [error, body.errored].find((one) => one instanceof WireError) ?? malformed();
  });
  parsed.catch(noop);
  try {
    await Promise.race([failure.promise, parsed]);
    await Promise.race([failure.promise, Promise.all(files)]);
    return fields;
  } finally {
    clearTimeout(endTimer);
    body.destroy();
    parser.destroy();
    for (const stream of streams) stream.destroy();
    await Promise.allSettled(files);
  }
}

/** The parser ends a part's stream with a plain Error where the body ends inside it; its text is all there is. */
const isCutPart = (error: unknown): boolean => error instanceof Error && error.message.includes('terminated early');

const malformed = (): WireError => badImport('The multipart body is malformed or ends before its closing boundary');
