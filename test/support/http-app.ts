import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { DatabaseError } from '../../src/db/database.ts';
import type { Account, Import, NewImport } from '../../src/domain/import.ts';
import { catalogue } from '../../src/errors.ts';
import { hashKey } from '../../src/http/auth.ts';
import type { Check, HttpDeps } from '../../src/http/deps.ts';
import { createResumableStore } from '../../src/http/resumable.ts';
import { createServer } from '../../src/http/server.ts';
import { createSessions } from '../../src/http/session.ts';
import { createParkedUploads } from '../../src/sources/parked.ts';
import { createFolderStore } from '../../src/sources/uploads/folder-store.ts';
import { createSeal } from '../../src/util/seal.ts';

const noLimits = {
  maxFileBytes: null,
  maxRows: null,
  maxTables: null,
  maxStorageBytes: null,
  concurrentImports: null,
  maxMaps: null,
  maxPublicTables: null,
};

/** Two accounts, so that one can try to be the other. */
export const people = {
  ann: { id: '11111111-1111-4111-8111-111111111111', name: 'ann', limits: noLimits },
  bob: { id: '22222222-2222-4222-8222-222222222222', name: 'bob', limits: { ...noLimits, maxFileBytes: 2_000 } },
} as const satisfies Record<string, Account>;

const keys: Readonly<Record<string, Account>> = { 'ann-key': people.ann, 'bob+key/': people.bob };

/** The HTTP surface on a free port, over a store that only remembers what it was given. */
export interface HttpApp extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly uploadsFolder: string;
  readonly created: NewImport[];
  readonly stored: Map<string, Import>;
  readonly logLines: string[];
  readonly checks: Record<string, Check>;
  /** While true every question to the store fails as a lost connection does. */
  outage: boolean;
  close(): Promise<void>;
  post(
    query: string,
    body: FormData | string | Uint8Array<ArrayBuffer> | URLSearchParams | null,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  get(pathAndQuery: string, headers?: Record<string, string>): Promise<Answer>;
  /** Folders that the spool has left. */
  spooled(): Promise<readonly string[]>;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly json: unknown;
  readonly headers: Headers;
}

async function answer(response: Response): Promise<Answer> {
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
  return { status: response.status, text, json: isJson ? JSON.parse(text) : undefined, headers: response.headers };
}

const nothingBehind = (): Promise<never> => Promise.reject(new Error('there is no database behind this surface'));

export async function startHttpApp(
  settings: { maxFileBytes?: number; slots?: number; baseDomain?: string } = {},
): Promise<HttpApp> {
  const uploadsFolder = await mkdtemp(path.join(tmpdir(), 'landfall-http-'));
  const uploads = createFolderStore(uploadsFolder);
  const created: NewImport[] = [];
  const stored = new Map<string, Import>();
  const logLines: string[] = [];
  const checks: Record<string, Check> = { database: { ok: true } };
  const limit = settings.slots ?? 3;
  const running = (accountId: string) =>
    [...stored.values()].filter((one) => one.accountId === accountId && one.state === 'pending');

  const status = { outage: false };
  /** As a true store answers: later, so that clients can vanish in between. */
  const reachable = async <T>(found: T): Promise<T> => {
    await new Promise(setImmediate);
    if (status.outage) throw new DatabaseError('connection lost', { code: '08006' });
    return found;
  };

  const deps: HttpDeps = {
    config: {
      LANDFALL_BASE_DOMAIN: settings.baseDomain ?? null,
      LANDFALL_BASE_URL: null,
      LANDFALL_MAX_ROWS: 1_000_000,
      LANDFALL_OPERATOR_KEY: null,
      LANDFALL_MAX_FILE_BYTES: settings.maxFileBytes ?? 50_000_000,
      LANDFALL_CONCURRENT_IMPORTS: limit,
      LANDFALL_SYNC_MIN_INTERVAL: 900,
    },
    logger: pino({ level: 'info' }, { write: (line: string) => logLines.push(line) }),
    now: () => new Date('2026-02-01T12:45:07.123Z'),
    sessions: createSessions(createSeal('a secret of the tests'), () => new Date('2026-02-01T12:45:07.123Z')),
    accounts: {
      byKeyHash: async (hash) =>
        reachable(Object.entries(keys).find(([key]) => hashKey(key).equals(hash))?.[1] ?? null),
      byName: async (name) => reachable(Object.values(people).find((account) => account.name === name) ?? null),
      guestByKeyHash: async () => null,
    },
    imports: {
      async create(account, input) {
        if (running(account.id).length >= limit) return { kind: 'tooMany', limit };
        const id = randomUUID();
        const now = deps.now();
        created.push(input);
        stored.set(id, {
          id,
          accountId: account.id,
          request: input.request,
          options: input.options,
          state: input.failure ? 'failure' : 'pending',
          attempt: 0,
          tableId: null,
          tableName: input.tableName,
          tablesCreatedCount: null,
          error: input.failure ? { code: catalogue[input.failure.kind].code, text: input.failure.text } : null,
          warnings: null,
          tables: null,
          userDefinedLimits: input.userDefinedLimits,
          originalUrl: input.originalUrl,
          displayName: input.displayName,
          httpResponseCode: null,
          synchronizationId: null,
          progress: { rows: 0, bytes: 0 },
          createdAt: now,
          updatedAt: now,
        });
        return { kind: 'created', id };
      },
      cancel: nothingBehind,
      unfinished: async (accountId) =>
        running(accountId)
          .map(({ id }) => id)
          .reverse(),
      find: async (accountId, id) => {
        const found = stored.get(id);
        return found?.accountId === accountId ? found : null;
      },
      recent: async (accountId) => [...stored.values()].filter((one) => one.accountId === accountId),
      hasRoom: async (account) => (running(account.id).length < limit ? { ok: true } : { ok: false, limit }),
    },
    resumable: createResumableStore(uploadsFolder),
    parked: createParkedUploads(uploads),
    drives: {
      offered: [],
      check: nothingBehind,
      list: nothingBehind,
      begin: nothingBehind,
      endByCode: nothingBehind,
      endByState: nothingBehind,
      forget: nothingBehind,
    },
    datasets: { list: nothingBehind, find: nothingBehind },
    tables: { find: nothingBehind, list: nothingBehind },
    tiles: { vector: nothingBehind, raster: nothingBehind, facts: nothingBehind },
    maps: {
      find: nothingBehind,
      list: nothingBehind,
      create: nothingBehind,
      change: nothingBehind,
      drop: nothingBehind,
      see: nothingBehind,
      style: () => ({ version: 8, sources: {}, layers: [] }),
      picture: nothingBehind,
      stats: nothingBehind,
      land: nothingBehind,
      wantFile: nothingBehind,
      findFile: nothingBehind,
    },
    features: { page: nothingBehind, count: nothingBehind, feature: nothingBehind, interval: nothingBehind },
    keys: { list: nothingBehind, create: nothingBehind, regenerate: nothingBehind, drop: nothingBehind },
    library: { list: nothingBehind, find: nothingBehind },
    visualizations: {
      list: nothingBehind,
      find: nothingBehind,
      change: nothingBehind,
      drop: nothingBehind,
      create: nothingBehind,
    },
    synchronizations: {
      create: nothingBehind,
      list: nothingBehind,
      find: nothingBehind,
      change: nothingBehind,
      remove: nothingBehind,
      force: nothingBehind,
      runs: nothingBehind,
      run: nothingBehind,
      changes: nothingBehind,
      rollBack: nothingBehind,
    },
    arcgis: { list: nothingBehind },
    usage: nothingBehind,
    operator: {
      list: nothingBehind,
      find: nothingBehind,
      create: nothingBehind,
      limit: nothingBehind,
      drop: nothingBehind,
      rotate: nothingBehind,
    },
    copies: { openTo: nothingBehind, from: nothingBehind },
    jobs: { create: nothingBehind, find: nothingBehind, list: nothingBehind, cancel: nothingBehind },
    webhooks: {
      list: nothingBehind,
      find: nothingBehind,
      create: nothingBehind,
      change: nothingBehind,
      remove: nothingBehind,
      deliveries: nothingBehind,
      test: nothingBehind,
    },
    connectors: { check: nothingBehind, tables: nothingBehind, databases: nothingBehind, dryRun: nothingBehind },
    connections: {
      list: nothingBehind,
      find: nothingBehind,
      create: nothingBehind,
      change: nothingBehind,
      remove: nothingBehind,
      open: nothingBehind,
    },
    recipes: { list: nothingBehind, find: nothingBehind, keep: nothingBehind, remove: nothingBehind },
    analyses: { find: async () => null, isEnded: async () => true },
    reports: {
      layers: async () => [],
      countRejects: async () => 0,
      rejects: async () => [],
      correct: async () => ({ rows: 0, cells: 0, remaining: 0, rejects: [] }),
    },
    openQuery: nothingBehind,
    openExportFolder: nothingBehind,
    validateUrl(url) {
      const { protocol, port } = new URL(url);
      if (!['http:', 'https:'].includes(protocol) || !['', '443', '8080'].includes(port)) throw new Error('refused');
    },
    uploads,
    uploadsFolder,
    webFolder: path.join(uploadsFolder, 'none'),
    ready: async () => checks,
    metrics: new Registry(),
  };

  const app = await createServer(deps);
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  const asked: Pick<HttpApp, 'post' | 'get'> = {
    post: async (query, body, headers = {}) =>
      answer(await fetch(`${url}/api/v1/imports${query}`, { method: 'POST', body, headers })),
    get: async (pathAndQuery, headers = {}) => answer(await fetch(url + pathAndQuery, { headers })),
  };
  return Object.assign(status, asked, {
    url,
    port: Number(new URL(url).port),
    uploadsFolder,
    created,
    stored,
    logLines,
    checks,
    close: () => app.close(),
    spooled: () => readdir(uploadsFolder),
    async [Symbol.asyncDispose]() {
      await app.close();
      await rm(uploadsFolder, { recursive: true, force: true });
    },
  });
}
