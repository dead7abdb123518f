import { createReadStream } from 'node:fs';
import { extract, type Header } from 'tar-stream';
import type { LocalFile } from '../domain/layer.ts';
import { ImportError } from '../errors.ts';
import { damaged } from './budget.ts';
import type { ArchiveEntry } from './entry.ts';
import { legacyNameDecoder } from './legacy-names.ts';

const CHUNK_BYTES = 1 << 18;

const kindOf = (header: Header): ArchiveEntry['kind'] => {
  if (header.type === 'file' || header.type === 'contiguous-file') return 'file';
  return header.type === 'directory' ? 'folder' : 'other';
};

/** Names in pax headers are UTF-8; others are what the system that packed them had. */
function nameOf(header: Header): string {
  const { pax } = header;
  if (typeof pax === 'object' && pax !== null && 'path' in pax) return header.name;
  const bytes = Buffer.from(header.name, 'latin1');
  return legacyNameDecoder([bytes])(bytes);
}

/**
 * Walks through a tar archive: ustar, GNU and pax. Its bytes are not counted: they lie in the file as they are, and
 * that has been counted where it came out of another.
 */
export async function* walkTar(archive: LocalFile): AsyncGenerator<ArchiveEntry> {
  // Beyond the types: tar of before POSIX, and names byte by byte where nothing says that they are UTF-8.
  const unpacking = extract(
    Object.assign({ highWaterMark: CHUNK_BYTES }, { allowUnknownFormat: true, filenameEncoding: 'latin1' }),
  );
  const source = createReadStream(archive.path, { highWaterMark: CHUNK_BYTES });
  source.on('error', (error) => unpacking.destroy(error));
  source.pipe(unpacking);
  try {
    for await (const content of unpacking) {
      let isCopied = false;
      yield {
        name: nameOf(content.header),
        kind: kindOf(content.header),
        async copyTo(write) {
          isCopied = true;
          try {
            for await (const chunk of content) if (chunk instanceof Uint8Array) write(chunk);
          } catch (cause) {
            throw translate(cause, archive.name);
          }
        },
      };
      if (!isCopied) content.resume();
    }
  } catch (cause) {
    throw translate(cause, archive.name);
  } finally {
    source.destroy();
  }
}

const translate = (cause: unknown, name: string): ImportError =>
  cause instanceof ImportError ? cause : damaged(name, cause instanceof Error ? cause.message : String(cause), cause);
