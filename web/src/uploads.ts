import { zipSync } from 'fflate';
import { Upload } from 'tus-js-client';
import type { Recipe } from './api/analyses.ts';
import { SLOT_PAUSE } from './api/imports.ts';
import { ApiError, account, messageOf } from './api/session.ts';
import type { Chosen } from './dropped-files.ts';
import { groupPaths } from './group-files.ts';
import { texts } from './texts.ts';

/** From this size on a file is sent so that it can be resumed, in bytes; below, one request is quicker. */
const RESUMABLE_BYTES = 16 * 1024 * 1024;

/** Waits between attempts to go on, in milliseconds; the last is repeated while the window is open. */
const RETRIES = [0, 1_000, 3_000, 5_000, ...Array<number>(2_000).fill(10_000)];

/** Most bytes of files that are packed here: the archive is made in memory. */
const MOST_PACKED = 1024 ** 3;

/** What is sent as one file. */
export interface Parcel {
  readonly name: string;
  readonly sizeBytes: number;
  /** Packs it where it is of several files. Throws ApiError where these are too large. */
  open(): Promise<File>;
}

/** Files as they are sent: those that are nothing without each other in one zip, because an import takes one file. */
export const toParcels = (chosen: readonly Chosen[]): readonly Parcel[] =>
  groupPaths(chosen.map(({ path }) => path)).map(({ name, members }) => {
    const files = members.flatMap(({ at, path }) => {
      const file = chosen[at]?.file;
      return file === undefined ? [] : [{ file, path }];
    });
    const [only] = files;
    const sizeBytes = files.reduce((sum, { file }) => sum + file.size, 0);
    return {
      name,
      sizeBytes,
      async open() {
        if (files.length === 1 && only !== undefined) return only.file;
        if (sizeBytes > MOST_PACKED) throw new ApiError(0, texts.failed.packing(files.length));
        return zipped(name, files);
      },
    };
  });

async function zipped(name: string, files: readonly Chosen[]): Promise<File> {
  const contents = await Promise.all(
    files.map(async ({ file, path }) => [path, new Uint8Array(await file.arrayBuffer())] as const),
  );
  return new File([new Uint8Array(zipSync(Object.fromEntries(contents), { level: 1 }))], name, {
    type: 'application/zip',
  });
}

interface Sending {
  /** Told how many bytes have arrived. */
  readonly onSent: (bytes: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Sends a file to an address of the imports API and returns the answer. A large one goes by the tus protocol: it
 * continues after lost connections, and where the same file is chosen again within a day.
 */
export async function sendFile<T>(address: string, file: File, recipe: Recipe | null, sending: Sending): Promise<T> {
  // A recipe may be longer than an address can be.
  const form = new FormData();
  if (recipe !== null) form.append('recipe', JSON.stringify(recipe));
  if (file.size < RESUMABLE_BYTES) {
    if (recipe === null) return request<T>(`${address}?filename=${encodeURIComponent(file.name)}`, file, sending);
    form.append('file', file, file.name);
    return request<T>(address, form, sending);
  }
  const uploadId = await sendResumable(file, sending);
  return request<T>(`${address}?upload_id=${uploadId}`, recipe === null ? null : form, sending);
}

function sendResumable(file: File, { onSent, signal }: Sending): Promise<string> {
  return new Promise((resolve, reject) => {
    const upload: Upload = new Upload(file, {
      endpoint: '/api/v1/files',
      retryDelays: RETRIES,
      metadata: { filename: file.name, filetype: file.type },
      removeFingerprintOnSuccess: true,
      onProgress: (sent) => onSent(sent),
      onSuccess: () => resolve(upload.url?.split('/').at(-1) ?? ''),
      onError: (error) => reject(new ApiError(0, error.message)),
    });
    signal.addEventListener('abort', () => void upload.abort(true).then(() => reject(new ApiError(0, ''))));
    void upload.findPreviousUploads().then(([previous]) => {
      if (previous !== undefined) upload.resumeFromPreviousUpload(previous);
      upload.start();
    });
  });
}

async function request<T>(address: string, body: File | FormData | null, sending: Sending): Promise<T> {
  for (;;) {
    const answer = await post(address, body, sending);
    if (answer.status !== 429) return answer.body as T;
    await new Promise((resolve) => setTimeout(resolve, SLOT_PAUSE));
  }
}

/** fetch() cannot tell how much of a body has been sent. */
function post(
  address: string,
  body: File | FormData | null,
  { onSent, signal }: Sending,
): Promise<{ status: number; body: unknown }> {
  return new Promise((resolve, reject) => {
    const asked = new XMLHttpRequest();
    asked.open('POST', address);
    asked.responseType = 'json';
    asked.upload.onprogress = ({ loaded }) => onSent(loaded);
    asked.onerror = () => reject(new ApiError(0, texts.failed.network));
    asked.onabort = () => reject(new ApiError(0, ''));
    asked.onload = () => {
      const { status, response } = asked;
      if (status === 401) account.value = null;
      if (status === 429 || (status >= 200 && status < 300)) resolve({ status, body: response });
      else reject(new ApiError(status, messageOf(status, response)));
    };
    signal.addEventListener('abort', () => asked.abort());
    asked.send(body);
  });
}
