import type { FastifyReply, FastifyRequest } from 'fastify';
import type { LocalFile } from '../domain/layer.ts';
import type { ErrorKind } from '../errors.ts';
import { mediaType, openBody, readParameterBody } from './body.ts';
import { cleanFileName } from './file-name.ts';
import { type FilePart, readMultipart } from './multipart.ts';
import { merged, type Parameters, textOf } from './parameters.ts';
import { type Spool, SpoolFull } from './spool.ts';
import { badImport, WireError } from './wire-error.ts';

/** A file that came with the request; with `failure`, only its name is left and the import fails with it. */
export interface Upload {
  readonly file: LocalFile;
  readonly failure: { readonly kind: ErrorKind; readonly text: string } | null;
}

/** What a request asks for, wherever its parts were written. */
export interface ImportBody {
  readonly parameters: Parameters;
  readonly upload: Upload | null;
}

/**
 * Decides about a file before its first byte is kept, by the parameters seen so far: throws where they forbid it.
 * `isKnown` is false while no key has come yet.
 */
export type Admit = (parameters: Parameters) => Promise<{ readonly maxBytes: number; readonly isKnown: boolean }>;

/** Beside the file a multipart body has room for its fields and part headers. */
const MULTIPART_EXTRA_BYTES = 4 * 1024 * 1024;

/** The failure of a file over the limit, as the import tells it. */
export const fileTooBig = (name: string, maxBytes: number): NonNullable<Upload['failure']> => ({
  kind: 'fileTooBig',
  text: `${name} is larger than the ${maxBytes} bytes that one import may have. Split the file, or ask the operator for a higher limit.`,
});

const diskFull = (name: string): NonNullable<Upload['failure']> => ({
  kind: 'ioError',
  text: `${name} could not be stored because the server is out of disk space. Try again later, or tell the operator.`,
});

const isDiskFull = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');

/** A file on its way, and how much of the body may be something else, in bytes. */
type Part = Pick<FilePart, 'stream' | 'mediaType'> & { readonly extraBytes: number };

/** An upload that ends the reading of the body early, since the rest cannot change the outcome. */
class Ended extends Error {
  override readonly name = 'Ended';
  readonly upload: Upload;
  constructor(upload: Upload) {
    super('the upload failed');
    this.upload = upload;
  }
}

/**
 * Reads whatever body came: multipart, form, JSON, or the raw bytes of a file that the query names (`?filename=`, which
 * makes the content type mean nothing). The file goes to the spool as it arrives.
 */
export async function readImportBody(
  request: FastifyRequest,
  reply: FastifyReply,
  options: {
    readonly query: Parameters;
    readonly spool: Spool;
    readonly maxFileBytes: number;
    readonly admit: Admit;
  },
): Promise<ImportBody> {
  const { query, spool, admit } = options;

  /** What the client says it will send, in bytes; 0 where it says nothing. */
  const declaredBytes = Number(request.headers['content-length'] ?? 0);

  async function store(part: Part, name: string, seen: Parameters): Promise<Upload> {
    const { maxBytes, isKnown } = await admit(seen);
    const file = { path: '', name, sizeBytes: 0, mediaType: part.mediaType === '' ? null : part.mediaType };
    if (isKnown && declaredBytes - part.extraBytes > maxBytes) {
      throw new Ended({ file, failure: fileTooBig(name, maxBytes) });
    }
    try {
      return { file: { ...file, ...(await spool.write(part.stream, maxBytes)) }, failure: null };
    } catch (error) {
      if (error instanceof SpoolFull) {
        const { path, sizeBytes } = error;
        if (!isKnown) throw keyComesTooLate(maxBytes);
        throw new Ended({ file: { ...file, path, sizeBytes }, failure: fileTooBig(name, maxBytes) });
      }
      if (isDiskFull(error)) throw new Ended({ file, failure: diskFull(name) });
      throw error;
    }
  }

  try {
    const type = mediaType(request);
    if (type === 'multipart/form-data') return await readParts();

    const name = textOf(query, 'filename');
    if (name === null || textOf(query, 'url') !== null) {
      return { parameters: merged(await readParameterBody(request, reply), query), upload: null };
    }
    return { parameters: query, upload: await readRaw(type, cleanFileName(name)) };
  } catch (error) {
    if (error instanceof Ended) return { parameters: query, upload: error.upload };
    throw error;
  }

  async function readRaw(type: string, name: string): Promise<Upload> {
    const stream = openBody(request, reply, Number.MAX_SAFE_INTEGER);
    // What `curl --data-binary` sends when nobody said anything is no statement about the file.
    const fileType = type === 'application/x-www-form-urlencoded' ? '' : type;
    try {
      return await store({ stream, mediaType: fileType, extraBytes: 0 }, name, query);
    } catch (error) {
      throw stream.errored instanceof WireError ? stream.errored : error;
    } finally {
      stream.destroy();
    }
  }

  async function readParts(): Promise<ImportBody> {
    const names = new Set<string>();
    const uploads = new Map<string, Upload>();
    const body = openBody(request, reply, options.maxFileBytes + MULTIPART_EXTRA_BYTES);
    const fields = await readMultipart(body, request.headers, async (part, seen) => {
      if (part.name !== 'file' && part.name !== 'filename') {
        throw badImport(
          `The file must be in a part named file, not ${part.name.slice(0, 100)}: curl -F file=@data.csv`,
        );
      }
      // By the names and not the uploads: the file before may still be on its way to the disk.
      if (names.has(part.name)) throw badImport('One import takes one file: send each file in a request of its own');
      names.add(part.name);
      const upload = await store(
        { ...part, extraBytes: MULTIPART_EXTRA_BYTES },
        cleanFileName(part.fileName ?? ''),
        merged(seen, query),
      );
      // A form whose file input was left empty sends a part without a name and without bytes.
      if ((part.fileName ?? '') !== '' || upload.file.sizeBytes > 0) uploads.set(part.name, upload);
    });
    return { parameters: merged(fields, query), upload: uploads.get('filename') ?? uploads.get('file') ?? null };
  }
}

const keyComesTooLate = (maxBytes: number): WireError =>
  badImport(
    `The key must come before a file of more than ${maxBytes} bytes: send api_key in the query, in a header, or in a field before the file`,
  );
