import { Readable } from 'node:stream';
import { ZipFile } from 'yazl';

/** A file of an archive; its content is asked for when its turn comes. */
export interface ZipEntry {
  readonly name: string;
  readonly content: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;
}

/** The bytes of a zip file with these entries, in this order. An error of a content ends it without its directory. */
export async function* zipOf(entries: readonly ZipEntry[]): AsyncGenerator<Uint8Array> {
  const zip = new ZipFile();
  // The declaration knows the stream as one of the oldest kind.
  const output = Readable.from(zip.outputStream, { objectMode: false });
  const fail = (error: Error): void => void output.destroy(error);
  zip.on('error', fail);
  const sources = entries.map(({ name, content }) => {
    const source = Readable.from(content, { objectMode: false });
    source.on('error', fail);
    zip.addReadStream(source, name);
    return source;
  });
  zip.end();
  try {
    yield* output;
  } finally {
    for (const source of sources) source.destroy();
  }
}
