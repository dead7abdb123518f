import type { UploadRequest } from '../domain/import.ts';
import { ImportError } from '../errors.ts';
import type { FetchContext, Fetched } from './source.ts';
import type { UploadStore } from './uploads/upload-store.ts';

/** The error of an upload that the store has no more. */
export const uploadGone = (name: string): ImportError =>
  new ImportError('notFound', {
    detail: `The upload ${name} is not kept any more.`,
    hint: 'Uploads are kept until their import ends, parked ones for a day: send the file again.',
  });

/** Brings the file that came with a request to this machine. Throws notFound where the store has it no more. */
export async function fetchUpload(store: UploadStore, request: UploadRequest, context: FetchContext): Promise<Fetched> {
  const path = await store.fetch(request.key, context.folder, context.signal);
  if (path === null) throw uploadGone(request.file.name);
  return { files: [{ ...request.file, path }], fingerprint: { etag: null, lastModified: null } };
}
