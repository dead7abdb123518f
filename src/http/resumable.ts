import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** A file that arrives in several requests. */
export interface ResumableUpload {
  /** 32 hexadecimal digits, unguessable; also the name of its folder. */
  readonly id: string;
  readonly accountId: string;
  /** Bytes of the whole file. */
  readonly sizeBytes: number;
  readonly name: string;
  readonly mediaType: string | null;
}

/** The files of resumable uploads, in folders beside those of other uploads; the sweep removes what is left alone. */
export interface ResumableStore {
  create(upload: Omit<ResumableUpload, 'id'>): Promise<ResumableUpload>;
  /** null where the account has no such upload, or has it no more. */
  find(accountId: string, id: string): Promise<ResumableUpload | null>;
  /** Bytes that are there. A request that still writes is ended first: its client has come back on another way. */
  offset(upload: ResumableUpload): Promise<number>;
  /**
   * Adds bytes at the offset that was just read; returns the new one. What had arrived when a stream broke is kept.
   * Throws the stream's own error, and what the file system throws.
   */
  append(upload: ResumableUpload, offset: number, bytes: Readable): Promise<number>;
  /** Where the bytes are. */
  pathOf(upload: ResumableUpload): string;
  remove(upload: ResumableUpload): Promise<void>;
}

/** The file that describes an upload; the sweep knows resumable uploads by it. */
const DESCRIPTION = 'upload.json';

const idPattern = /^[0-9a-f]{32}$/;

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';

/** Resumable uploads in an existing folder. */
export function createResumableStore(folder: string): ResumableStore {
  /** Requests that write, by upload: one at a time. */
  const writing = new Map<string, { readonly abort: AbortController; readonly ended: Promise<void> }>();
  const pathOf = ({ id }: Pick<ResumableUpload, 'id'>): string => path.join(folder, id, 'data');

  async function endWriter(id: string): Promise<void> {
    for (let writer = writing.get(id); writer !== undefined; writer = writing.get(id)) {
      writer.abort.abort();
      await writer.ended;
    }
  }

  return {
    pathOf,
    async create(input) {
      const upload = { id: randomBytes(16).toString('hex'), ...input };
      await mkdir(path.join(folder, upload.id), { mode: 0o700 });
      await writeFile(pathOf(upload), '', { flag: 'wx', mode: 0o600 });
      await writeFile(path.join(folder, upload.id, DESCRIPTION), JSON.stringify(upload), { flag: 'wx', mode: 0o600 });
      return upload;
    },
    async find(accountId, id) {
      if (!idPattern.test(id)) return null;
      try {
        const text = await readFile(path.join(folder, id, DESCRIPTION), 'utf8');
        const upload = JSON.parse(text) as ResumableUpload;
        return upload.accountId === accountId ? upload : null;
      } catch (error) {
        if (isMissing(error)) return null;
        throw error;
      }
    },
    async offset(upload) {
      await endWriter(upload.id);
      return (await stat(pathOf(upload))).size;
    },
    async append(upload, offset, bytes) {
      await endWriter(upload.id);
      const abort = new AbortController();
      const { promise: ended, resolve } = Promise.withResolvers<void>();
      writing.set(upload.id, { abort, ended });
      try {
        const file = await open(pathOf(upload), 'r+');
        await pipeline(bytes, createWriteStream('', { fd: file, start: offset }), { signal: abort.signal });
      } finally {
        writing.delete(upload.id);
        resolve();
      }
      return (await stat(pathOf(upload))).size;
    },
    async remove(upload) {
      await endWriter(upload.id);
      await rm(path.join(folder, upload.id), { recursive: true, force: true });
    },
  };
}
