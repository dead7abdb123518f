import { signal } from '@preact/signals';
import { texts } from '../texts.ts';

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
export function messageOf(status: number, body: unknown): string {
  if (typeof body === 'object' && body !== null) {
    if ('errors' in body) {
      const { errors } = body;
      if (typeof errors === 'string') return errors;
      if (typeof errors === 'object' && errors !== null) return Object.values(errors).join(' ');
    }
    if ('error' in body) return [body.error].flat().join(' ');
  }
  return status === 404 ? texts.notFound : texts.failed.unknown(status);
}

/** How often, and after how many milliseconds, a server that is busy at the moment is asked again. */
const REPEATS = 4;
const REPEAT_AFTER_MS = 600;

/** Asks again where the server says that it cannot answer just now, and the question changes nothing. */
export async function apiPatiently<T>(path: string, init: RequestInit = {}): Promise<T> {
  for (let asked = 1; ; asked++) {
    try {
      return await api<T>(path, init);
    } catch (error) {
      const isBusy = error instanceof ApiError && (error.status === 503 || error.status === 429);
      if (!isBusy || asked > REPEATS) throw error;
      await new Promise((resolve) => setTimeout(resolve, REPEAT_AFTER_MS * asked));
      init.signal?.throwIfAborted();
    }
  }
}

/** Asks the API, as whoever is signed in. Throws ApiError; a 401 ends the session on this side too. */
export async function api<T>(path: string, init: RequestInit = {}): Promise<T> {
  const response = await fetch(path, init).catch((error: unknown) => {
    if (init.signal?.aborted === true) throw error;
    throw new ApiError(0, texts.failed.network);
  });
  const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
  const body: unknown = isJson ? await response.json() : null;
  if (response.ok) return body as T;
  // A 401 with words is another service's: of ours there is nothing to say.
  if (response.status === 401 && body === null) account.value = null;
  throw new ApiError(response.status, messageOf(response.status, body));
}

/** A request with a body of JSON. */
export const json = (body: unknown, method = 'POST'): RequestInit => ({
  method,
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
  account.value = (await api<{ account: string }>('/api/v1/session', json(body))).account;
}

/** Signs out. */
export async function signOut(): Promise<void> {
  await api('/api/v1/session', { method: 'DELETE' });
  account.value = null;
}
