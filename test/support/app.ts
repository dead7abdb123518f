import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config.ts';
import type { Database } from '../../src/db/database.ts';
import { type App, openDatabase, startApp } from '../../src/main.ts';
import { createTestDatabase, type Engine } from './database.ts';
import { found } from './found.ts';

/** An import as `GET /api/v1/imports/:id` shows it. */
export interface ImportView {
  readonly id: string;
  readonly state: string;
  readonly success?: boolean;
  readonly table_name: string | null;
  readonly table_id: string | null;
  readonly tables_created_count: number | null;
  readonly error_code: number | null;
  readonly get_error_text: { title: string; what_about: string; source: string } | null;
  readonly display_name: string;
  readonly warnings: Record<string, unknown> | null;
  readonly [key: string]: unknown;
}

export interface SqlAnswer {
  readonly rows: readonly Record<string, unknown>[];
  readonly fields: Record<string, { type: string }>;
  readonly total_rows: number;
}

export interface TestApp extends AsyncDisposable {
  /** What it keeps on disk, the embedded database among it. */
  readonly folder: string;
  /** null: the database is embedded. */
  readonly databaseUrl: string | null;
  readonly url: string;
  readonly key: string;
  /** POSTs and waits for the end; `parameters` go into the query. */
  importFile(name: string, content: string | Uint8Array, parameters?: Record<string, string>): Promise<ImportView>;
  importUrl(url: string, parameters?: Record<string, unknown>): Promise<ImportView>;
  waitFor(id: string): Promise<ImportView>;
  sql(query: string): Promise<SqlAnswer>;
  api(path: string, init?: RequestInit): Promise<Response>;
}

/**
 * The true program on a database of its own, a free port and a temporary folder; ends with the scope. `prepare` finds the
 * database migrated and without an account: a second one is made there, since an embedded database has one user.
 */
export async function startTestApp(
  engine: Engine,
  env: Record<string, string> = {},
  prepare?: (db: Database) => Promise<unknown>,
): Promise<TestApp> {
  const folder = await mkdtemp(join(tmpdir(), 'landfall-test-'));
  const database = await createTestDatabase(engine, join(folder, 'data'));
  const key = 'test-key-0123456789';
  const config = loadConfig({
    PORT: '0',
    DATA_DIR: join(folder, 'data'),
    DATABASE_URL: database.url ?? '',
    LANDFALL_API_KEY: key,
    LANDFALL_ALLOW_NETWORKS: '127.0.0.0/8',
    LANDFALL_LOG_LEVEL: 'silent',
    ...env,
  });
  let app: App;
  try {
    if (prepare !== undefined) {
      const db = await openDatabase(config);
      await prepare(db).finally(() => db.close());
    }
    app = await startApp(config);
  } catch (error) {
    await database[Symbol.asyncDispose]();
    throw error;
  }
  return {
    ...clientOf(app.url, key),
    folder,
    databaseUrl: database.url,
    async [Symbol.asyncDispose]() {
      await app.close();
      await database[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What tests say to a running server, in the words of the wire. */
export function clientOf(
  url: string,
  key: string,
): Omit<TestApp, typeof Symbol.asyncDispose | 'folder' | 'databaseUrl'> {
  const withKey = (path: string, parameters: Record<string, string> = {}): string =>
    `${url}${path}?${new URLSearchParams({ api_key: key, ...parameters })}`;

  async function accepted(response: Response): Promise<string> {
    const body = await response.text();
    if (response.status !== 200) throw new Error(`POST answered ${response.status}: ${body}`);
    return (JSON.parse(body) as { item_queue_id: string }).item_queue_id;
  }

  const waitFor = (id: string): Promise<ImportView> =>
    found(async () => {
      const response = await fetch(withKey(`/api/v1/imports/${id}`));
      if (response.status !== 200) throw new Error(`GET answered ${response.status}`);
      const view = (await response.json()) as ImportView;
      return view.state === 'complete' || view.state === 'failure' ? view : null;
    }, `import ${id} did not end`);

  return {
    url,
    key,
    waitFor,
    async importFile(name, content, parameters = {}) {
      const form = new FormData();
      const part = typeof content === 'string' ? content : new Uint8Array(content);
      form.append('file', new Blob([part]), name);
      return waitFor(
        await accepted(await fetch(withKey('/api/v1/imports', parameters), { method: 'POST', body: form })),
      );
    },
    async importUrl(source, parameters = {}) {
      const response = await fetch(withKey('/api/v1/imports'), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ url: source, ...parameters }),
      });
      return waitFor(await accepted(response));
    },
    async sql(query) {
      const response = await fetch(withKey('/api/v2/sql', { q: query }));
      const body = await response.text();
      if (response.status !== 200) throw new Error(`SQL answered ${response.status}: ${body}`);
      return JSON.parse(body) as SqlAnswer;
    },
    api: (path, init = {}) => fetch(`${url}${path}`, init),
  };
}
