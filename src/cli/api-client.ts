import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';

/** What the CLI reads of `GET /api/v1/imports/:id`; `body` is all of it. */
export interface ImportReport {
  readonly state: string;
  readonly tableName: string | null;
  readonly tables: number;
  /** Every table that was made; empty where the server does not say. */
  readonly madeTables: readonly { readonly name: string; readonly rows: number }[];
  readonly error: { readonly code: number | null; readonly title: string; readonly text: string } | null;
  readonly warnings: Readonly<Record<string, unknown>> | null;
  /** Rows loaded so far; null where the server does not say. */
  readonly rows: number | null;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Parameters of an import, as the wire names them. */
export type ImportParameters = Readonly<Record<string, string>>;

/** The rows of one answer of the SQL API. */
export interface SqlAnswer {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly fields: Readonly<Record<string, { readonly type: string }>>;
}

export interface ApiClient extends AsyncDisposable {
  /** Sends the file as it is on disk; `onSent` hears how many bytes have gone. Returns the id of the import. */
  upload(path: string, parameters: ImportParameters, onSent: (bytes: number) => void): Promise<string>;
  /** Asks the server to fetch a URL. Returns the id of the import. */
  importUrl(url: string, parameters: ImportParameters): Promise<string>;
  /** What an import of a file or URL would find: the whole answer, once it is there. */
  analyze(source: string, parameters: ImportParameters): Promise<Readonly<Record<string, unknown>>>;
  /** The state of an import. */
  report(id: string): Promise<ImportReport>;
  sql(query: string): Promise<SqlAnswer>;
  /** Any other request; the answer's JSON, empty where it has none. */
  call(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: object,
  ): Promise<Readonly<Record<string, unknown>>>;
}

/** Whether what answers at the address is a Landfall: null where nothing answers. */
export async function isLandfall(baseUrl: string, signal: AbortSignal): Promise<boolean | null> {
  try {
    const answer = await request(new URL('/healthz', baseUrl), {
      signal: AbortSignal.any([signal, AbortSignal.timeout(5_000)]),
    });
    await answer.body.dump();
    return answer.statusCode === 200;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED') return null;
    throw new Error(`${baseUrl} does not answer: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

/** Talks to one Landfall with one key. Throws an Error with the server's own words where it refuses. */
export function createApiClient(baseUrl: string, apiKey: string, signal: AbortSignal): ApiClient {
  // An upload of many gigabytes may be silent for as long as its last byte needs to reach the server's disk.
  const dispatcher = new Agent({ headersTimeout: 0, bodyTimeout: 60_000 });
  const headers = { authorization: `Bearer ${apiKey}` };

  const ask = async (path: string, options: Parameters<typeof request>[1] = {}): Promise<Answer> => {
    const answer = await request(new URL(path, baseUrl), {
      ...options,
      dispatcher,
      signal,
      headers: { ...headers, ...(options?.headers as Record<string, string> | undefined) },
    });
    const retryAfter = answer.headers['retry-after'];
    return {
      status: answer.statusCode,
      text: await answer.body.text(),
      retryAfterSeconds: typeof retryAfter === 'string' ? Number(retryAfter) || 1 : 1,
    };
  };

  const post = async (send: () => Promise<Answer>): Promise<string> => {
    for (;;) {
      const answer = await send();
      if (answer.status === 429) {
        await sleep(answer.retryAfterSeconds * 1000, undefined, { signal });
        continue;
      }
      const id = succeeded(answer).item_queue_id;
      if (typeof id !== 'string') throw new Error('the server did not name the import it made');
      return id;
    }
  };

  return {
    async upload(path, parameters, onSent) {
      const { size } = await stat(path);
      const query = new URLSearchParams({ ...parameters, filename: basename(path) });
      return post(() =>
        ask(`/api/v1/imports?${query}`, {
          method: 'POST',
          headers: { 'content-type': 'application/octet-stream', 'content-length': String(size) },
          body: Readable.from(counted(path, onSent), { objectMode: false }),
        }),
      );
    },
    importUrl: (url, parameters) =>
      post(() =>
        ask('/api/v1/imports', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ ...parameters, url }),
        }),
      ),
    async analyze(source, parameters) {
      const isUrl = /^https?:\/\//i.test(source);
      if (!isUrl) await stat(source);
      const query = new URLSearchParams(isUrl ? {} : { filename: basename(source) });
      const sent = isUrl
        ? {
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ ...parameters, url: source }),
          }
        : { headers: { 'content-type': 'application/octet-stream' }, body: createReadStream(source) };
      if (!isUrl) for (const [name, value] of Object.entries(parameters)) query.set(name, value);
      let answer = await ask(`/api/v1/imports/analyze?${query}`, { method: 'POST', ...sent });
      for (;;) {
        const body = succeeded(answer);
        if (answer.status !== 202) return body;
        await sleep(1000, undefined, { signal });
        answer = await ask(`/api/v1/imports/analyze/${String(body.analysis_id)}`);
      }
    },
    report: async (id) => toReport(succeeded(await ask(`/api/v1/imports/${id}`))),
    async sql(query) {
      const body = succeeded(await ask(`/api/v2/sql?${new URLSearchParams({ q: query })}`));
      return { rows: body.rows as SqlAnswer['rows'], fields: body.fields as SqlAnswer['fields'] };
    },
    async call(method, path, body) {
      const answer = await ask(path, {
        method,
        ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      });
      if (answer.status === 404) throw new Error('there is nothing with this id');
      return answer.status === 204 ? {} : succeeded(answer);
    },
    [Symbol.asyncDispose]: () => dispatcher.close(),
  };
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly retryAfterSeconds: number;
}

/** Chunks of this size keep the socket full while the progress is still told many times a second. */
const UPLOAD_CHUNK_BYTES = 256 * 1024;

async function* counted(path: string, onSent: (bytes: number) => void): AsyncGenerator<Buffer> {
  let sent = 0;
  onSent(sent);
  for await (const chunk of createReadStream(path, { highWaterMark: UPLOAD_CHUNK_BYTES })) {
    yield chunk as Buffer;
    sent += (chunk as Buffer).length;
    onSent(sent);
  }
}

function succeeded(answer: Answer): Record<string, unknown> {
  if (answer.status === 401) throw new Error('the server does not know this API key');
  const body = parseObject(answer.text);
  if (answer.status >= 200 && answer.status < 300 && body !== null) return body;
  throw new Error(`the server answered ${answer.status}: ${refusal(body) ?? answer.text.slice(0, 500)}`);
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** The words of `{"errors":{"imports":"…"}}` and `{"error":["…"]}`. */
function refusal(body: Record<string, unknown> | null): string | null {
  const errors = body?.errors ?? body?.error;
  if (typeof errors === 'string') return errors;
  return typeof errors === 'object' && errors !== null ? Object.values(errors).flat().join('; ') : null;
}

function toMadeTable(table: unknown): readonly { name: string; rows: number }[] {
  if (typeof table !== 'object' || table === null || !('name' in table) || !('rows' in table)) return [];
  const { name, rows } = table;
  return typeof name === 'string' && typeof rows === 'number' ? [{ name, rows }] : [];
}

function toReport(body: Record<string, unknown>): ImportReport {
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  const failure = body.get_error_text as { title?: unknown; what_about?: unknown } | null | undefined;
  const progress = body.progress as { rows?: unknown } | null | undefined;
  const failed = body.state === 'failure';
  return {
    state: text(body.state),
    tableName: typeof body.table_name === 'string' ? body.table_name : null,
    tables: typeof body.tables_created_count === 'number' ? body.tables_created_count : 0,
    madeTables: Array.isArray(body.tables) ? body.tables.flatMap(toMadeTable) : [],
    error: failed
      ? {
          code: typeof body.error_code === 'number' ? body.error_code : null,
          title: text(failure?.title) || 'Failed',
          text: text(failure?.what_about),
        }
      : null,
    warnings: (body.warnings as Record<string, unknown> | null | undefined) ?? null,
    rows: typeof progress?.rows === 'number' ? progress.rows : null,
    body,
  };
}
