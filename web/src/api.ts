import { signal } from '@preact/signals';
import { texts } from './texts.ts';

/** Name of the account that is signed in; null: nobody; undefined: not known yet. */
export const account = signal<string | null | undefined>(undefined);

/** An answer that is no success, in words for the reader. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The words of an error answer, in whichever of the API's shapes it has. */
function messageOf(status: number, body: unknown): string {
  if (typeof body === 'object' && body !== null) {
    if ('errors' in body) {
      const { errors } = body;
      if (typeof errors === 'string') return errors;
      if (typeof errors === 'object' && errors !== null) return Object.values(errors).join(' ');
    }
    if ('error' in body) return [body.error].flat().join(' ');
  }
  return texts.failed.unknown(status);
}

/** Asks the API, as whoever is signed in. Throws ApiError; a 401 ends the session on this side too. */
export async function api<T>(path: string, init: RequestInit = {}): Promise<T> {
  const response = await fetch(path, init).catch(() => {
    throw new ApiError(0, texts.failed.network);
  });
  const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
  const body: unknown = isJson ? await response.json() : null;
  if (response.ok) return body as T;
  if (response.status === 401) account.value = null;
  throw new ApiError(response.status, messageOf(response.status, body));
}

const json = (body: unknown): RequestInit => ({
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

/** Learns who is signed in. */
export async function findSession(): Promise<void> {
  try {
    account.value = (await api<{ account: string }>('/api/v1/session')).account;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    account.value = null;
  }
}

/** Signs in; throws ApiError with status 401 where the key is wrong. */
export async function signIn(name: string, key: string): Promise<void> {
  const body = { ...(name === '' ? {} : { account: name }), api_key: key };
  account.value = (await api<{ account: string }>('/api/v1/session', { method: 'POST', ...json(body) })).account;
}

/** Signs out. */
export async function signOut(): Promise<void> {
  await api('/api/v1/session', { method: 'DELETE' });
  account.value = null;
}

export interface ImportedTable {
  readonly name: string;
  readonly id: string;
  readonly rows: number;
  readonly geometry_type: string | null;
  readonly layer: string;
}

/** What the app reads of `GET /api/v1/imports/:id`. */
export interface ImportStatus {
  readonly id: string;
  readonly state: Exclude<keyof typeof texts.import.states, 'sending'>;
  readonly table_name: string | null;
  readonly error_code: number | null;
  readonly get_error_text: { readonly title: string; readonly what_about: string } | null;
  readonly display_name: string;
  readonly warnings: Readonly<Record<string, unknown>> | null;
  readonly tables: readonly ImportedTable[] | null;
  readonly progress: { readonly rows: number; readonly bytes: number };
}

/** Begins an import of a URL; the answer is its id. */
export async function importUrl(url: string): Promise<string> {
  const answer = await api<{ item_queue_id: string }>('/api/v1/imports', { method: 'POST', ...json({ url }) });
  return answer.item_queue_id;
}

/** The import of this id as it stands. */
export const findImport = (id: string): Promise<ImportStatus> => api<ImportStatus>(`/api/v1/imports/${id}`);

/** Sends a file and begins its import; tells how many bytes have gone. The answer is the id of the import. */
export function importFile(file: File, onSent: (bytes: number) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    // fetch() cannot tell how much of a body has been sent.
    const request = new XMLHttpRequest();
    request.open('POST', `/api/v1/imports?filename=${encodeURIComponent(file.name)}`);
    request.responseType = 'json';
    request.upload.onprogress = ({ loaded }) => onSent(loaded);
    request.onerror = () => reject(new ApiError(0, texts.failed.network));
    request.onload = () => {
      const body: unknown = request.response;
      if (request.status === 401) account.value = null;
      if (request.status === 200 && typeof body === 'object' && body !== null && 'item_queue_id' in body) {
        resolve(String(body.item_queue_id));
      } else {
        reject(new ApiError(request.status, messageOf(request.status, body)));
      }
    };
    request.send(file);
  });
}
