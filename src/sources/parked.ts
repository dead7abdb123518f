import { randomBytes } from 'node:crypto';
import { copyFile, link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ParkedRequest } from '../domain/import.ts';
import type { LocalFile } from '../domain/layer.ts';
import { ImportError } from '../errors.ts';
import type { FetchContext, Fetched } from './source.ts';

/** Uploads that wait to be named by their address (wire contract 1.11); the sweep removes them after a day. */
export interface ParkedUploads {
  /** Takes over a file that was spooled to a folder of its own; returns its address, which holds for this account. */
  keep(accountId: string, file: LocalFile): Promise<string>;
  /** What an address names; null where it is none of this account, or is kept no more. */
  find(accountId: string, address: string): Promise<ParkedRequest | null>;
  /** The file, in the folder of the job. Throws notFound where it is kept no more. */
  fetch(request: ParkedRequest, context: FetchContext): Promise<Fetched>;
}

/** What is written beside the bytes. The sweep knows by its name that the file is kept for a day. */
const DESCRIPTION = 'upload.json';

interface Description extends Omit<LocalFile, 'path'> {
  readonly accountId: string;
}

/** `/uploads/`, 20 hexadecimal digits, the name of the file. */
const addressPattern = /^\/uploads\/([0-9a-f]{20})\/[^/]+$/;
const idPattern = /^[0-9a-f]{20}$/;

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';

/** Parked uploads in the folder of all uploads. */
export function createParkedUploads(folder: string): ParkedUploads {
  async function describe(accountId: string, id: string): Promise<Description | null> {
    if (!idPattern.test(id)) return null;
    try {
      const found = JSON.parse(await readFile(path.join(folder, id, DESCRIPTION), 'utf8')) as Description;
      return found.accountId === accountId ? found : null;
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }

  return {
    async keep(accountId, { path: spooled, ...about }) {
      const id = randomBytes(10).toString('hex');
      const from = path.dirname(spooled);
      const description: Description = { accountId, ...about };
      await writeFile(path.join(from, DESCRIPTION), JSON.stringify(description), { flag: 'wx', mode: 0o600 });
      await rename(from, path.join(folder, id));
      return `/uploads/${id}/${about.name}`;
    },
    async find(accountId, address) {
      const id = addressPattern.exec(address)?.[1] ?? '';
      const found = await describe(accountId, id);
      return found === null ? null : { kind: 'parked', id, name: found.name };
    },
    async fetch({ id, name }, context) {
      const found = await describe(context.accountId ?? '', id);
      const file = path.join(context.folder, 'download');
      try {
        if (found === null) throw Object.assign(new Error('no such upload'), { code: 'ENOENT' });
        // What is kept never changes.
        if (context.known?.etag === id) return { files: [], fingerprint: context.known, isUnchanged: true };
        await rm(file, { force: true });
        const kept = path.join(folder, id, 'data');
        await link(kept, file).catch(() => copyFile(kept, file));
      } catch (cause) {
        if (!isMissing(cause)) throw cause;
        throw new ImportError('notFound', {
          detail: `The upload ${name} is not kept any more.`,
          hint: 'Uploads are kept for a day: send the file again.',
          cause,
        });
      }
      const { sizeBytes, mediaType } = found;
      return { files: [{ path: file, name, sizeBytes, mediaType }], fingerprint: { etag: id, lastModified: null } };
    },
  };
}
