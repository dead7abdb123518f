import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Import, Warnings } from '../domain/import.ts';
import type { LocalFile } from '../domain/layer.ts';
import { ImportError } from '../errors.ts';
import type { RunDeps } from './run-import.ts';

/** Largest description of files, in bytes. */
const MAX_BYTES = 4 * 1024 * 1024;

/** What is brought beside the files of an import. */
interface Brought {
  readonly files: readonly LocalFile[];
  readonly warnings: Warnings;
}

/** The description that `metadata_url` names, as one more file; what is wrong with it is a warning. */
export async function bringMetadata(
  { options }: Pick<Import, 'options'>,
  folder: string,
  deps: Pick<RunDeps, 'fetch'>,
  signal: AbortSignal,
): Promise<Brought> {
  const { metadataUrl, metadataSealed: sealed } = options;
  if (metadataUrl === undefined) return { files: [], warnings: {} };
  const place = join(folder, 'metadata');
  await mkdir(place, { recursive: true });
  const context = { folder: place, maxBytes: MAX_BYTES, onBytes: () => undefined, signal, known: null };
  try {
    const request = { kind: 'url' as const, url: metadataUrl, ...(sealed === undefined ? {} : { sealed }) };
    const { files } = await deps.fetch(request, context);
    // Under a name that says what it is, whatever the URL is called.
    return { files: files.slice(0, 1).map((file) => ({ ...file, name: 'metadata.json' })), warnings: {} };
  } catch (error) {
    if (!(error instanceof ImportError) || signal.aborted) throw error;
    return { files: [], warnings: { metadata: [{ name: 'metadata_url', text: error.message }] } };
  }
}
