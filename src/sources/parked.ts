import type { ParkedRequest } from '../domain/import.ts';
import type { LocalFile } from '../domain/layer.ts';
import { uploadGone } from './fetch-upload.ts';
import type { FetchContext, Fetched } from './source.ts';
import { isUploadKey, type UploadStore } from './uploads/upload-store.ts';

/** Uploads that wait to be named by their address (wire contract 1.11); the sweep removes them after a day. */
export interface ParkedUploads {
  /** Takes over a file that was spooled to a folder of its own; returns its address, which holds for this account. */
  keep(accountId: string, file: LocalFile): Promise<string>;
  /** What an address names; null where it is none of this account, or is kept no more. */
  find(accountId: string, address: string): Promise<ParkedRequest | null>;
  /** The file, on this machine. Throws notFound where it is kept no more. */
  fetch(request: ParkedRequest, context: FetchContext): Promise<Fetched>;
}

/** What is kept beside the bytes. */
interface Description extends Omit<LocalFile, 'path'> {
  readonly accountId: string;
}

/** `/uploads/`, the key, the name of the file. */
const addressPattern = /^\/uploads\/([0-9a-f]{20})\/[^/]+$/;

/** Parked uploads in the store of all uploads. */
export function createParkedUploads(store: UploadStore): ParkedUploads {
  async function describe(accountId: string, id: string): Promise<Description | null> {
    const found = isUploadKey(id) ? ((await store.describe(id)) as Description | null) : null;
    return found?.accountId === accountId ? found : null;
  }

  return {
    async keep(accountId, { path, ...about }) {
      const description: Description = { accountId, ...about };
      return `/uploads/${await store.put(path, description)}/${about.name}`;
    },
    async find(accountId, address) {
      const id = addressPattern.exec(address)?.[1] ?? '';
      const found = await describe(accountId, id);
      return found === null ? null : { kind: 'parked', id, name: found.name };
    },
    async fetch({ id, name }, context) {
      const found = await describe(context.accountId ?? '', id);
      if (found === null) throw uploadGone(name);
      // What is kept never changes.
      if (context.known?.etag === id) return { files: [], fingerprint: context.known, isUnchanged: true };
      const path = await store.fetch(id, context.folder, context.signal);
      if (path === null) throw uploadGone(name);
      const { sizeBytes, mediaType } = found;
      return { files: [{ path, name, sizeBytes, mediaType }], fingerprint: { etag: id, lastModified: null } };
    },
  };
}
