import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Config } from './config.ts';
import { closeRights } from './db/close-rights.ts';
import type { Database } from './db/database.ts';
import { migrate } from './db/migrate.ts';
import { embeddedFolder, openPglite } from './db/pglite.ts';
import { openPostgres } from './db/postgres.ts';
import type { Account, ImportRequest } from './domain/import.ts';
import { createExportFolders } from './export/export-folders.ts';
import { createFeatureDesk } from './features/feature-desk.ts';
import { createResumableStore } from './http/resumable.ts';
import { createServer } from './http/server.ts';
import { createSessions } from './http/session.ts';
import { badImport } from './http/wire-error.ts';
import { createAccountLookups } from './main/account-lookups.ts';
import { openJobs, runJobs } from './main/jobs.ts';
import {
  createLogger,
  openDatabaseSource,
  openSeal,
  openUploads,
  prepareAccount,
  sweepSpool,
} from './main/open-parts.ts';
import { createOperatorDesk } from './main/operator-desk.ts';
import { openSynchronizations } from './main/synchronizations.ts';
import { openVisualizations } from './main/visualizations.ts';
import { createMapDesk } from './maps/map-desk.ts';
import { openCodeCache } from './read/code-cache.ts';
import { createReaderPool } from './read/reader-pool.ts';
import { type ArcgisSource, createArcgisSource } from './sources/arcgis/index.ts';
import type { DatabaseSource } from './sources/database/index.ts';
import { driveClients } from './sources/drives/clients.ts';
import { createDriveSource, type DriveSource } from './sources/drives/index.ts';
import { isObjectUrl, parseObjectUrl } from './sources/objects/address.ts';
import { createObjectSource } from './sources/objects/index.ts';
import { createParkedUploads, type ParkedUploads } from './sources/parked.ts';
import type { Storage } from './sources/uploads/open-store.ts';
import { createUrlSource } from './sources/url/index.ts';
import { createUrlValidator } from './sources/url/validate-url.ts';
import { findAnalysis, isAnalysisEnded } from './store/analyses.ts';
import { datasetsOf, findDataset } from './store/datasets.ts';
import { createDriveTokens } from './store/drive-tokens.ts';
import { findImport, quietImports, recentImports, unfinishedImports } from './store/imports.ts';
import { createKeyDesk } from './store/keys.ts';
import { createLibrary } from './store/library.ts';
import { readableTable, readableTables } from './store/readable-table.ts';
import { findRecipe, keepRecipe, recipesOf, removeRecipe } from './store/recipes.ts';
import { countRejects, pageOfRejects } from './store/rejects.ts';
import { layersOf } from './store/reports.ts';
import { selfTest } from './store/self-test.ts';
import { usageOf } from './store/usage.ts';
import { openViewerQuery, viewerRole } from './store/viewers.ts';
import { createTileDesk } from './tiles/tile-desk.ts';
import { createHttpClient } from './util/http-client.ts';
import type { Seal } from './util/seal.ts';
import { createImportDesk } from './work/accept-import.ts';
import { createConnectionDesk, createConnectorDesk, isConnectionKnown } from './work/connector-desk.ts';
import { createCopyDesk } from './work/copy-desk.ts';
import { CorrectionRefused, correctRejects } from './work/correct-rejects.ts';
import { createDriveDesk } from './work/drive-desk.ts';
import { fetchRequest, storedConnection } from './work/fetch-request.ts';
import { createOperations } from './work/operations.ts';
import { openQueue, type Queue } from './work/queue.ts';
import { openScratch, type Scratch } from './work/scratch.ts';
import { startWork } from './work/start-worker.ts';
import { createSyncDesk } from './work/sync-desk.ts';
import { registerSyncLag } from './work/sync-metrics.ts';
import { createWebhookDesk } from './work/webhook-desk.ts';

const root = resolve(import.meta.dirname, '..');

/** How long running imports may go on when the program is told to stop; the run contract gives 25 s for everything. */
const DRAIN_MS = 15_000;

export interface App {
  readonly url: string;
  /** The master key of `account`, where this process knows it. */
  readonly apiKey: string | null;
  readonly account: string;
  /** Stops accepting, lets running work finish or hands it back, closes everything. */
  close(): Promise<void>;
}

export interface StartOptions {
  /** Told what a slow start is doing. */
  readonly onProgress?: (text: string) => void;
}

/** The database of the settings, migrated, with the rights of its public closed. */
export async function openDatabase(config: Config, options: StartOptions = {}): Promise<Database> {
  return openMigrated(config, createLogger(config), options);
}

const openPool = (url: string, connections: number, logger: Logger): Promise<Database> =>
  openPostgres(url, {
    connections,
    onError: (error) => logger.error({ err: error }, 'a database connection broke'),
  });

async function openMigrated(config: Config, logger: Logger, options: StartOptions): Promise<Database> {
  const db =
    config.DATABASE_URL === null
      ? await openPglite(embeddedFolder(resolve(config.DATA_DIR)), options)
      : await openPool(config.DATABASE_URL, API_CONNECTIONS, logger);
  try {
    await migrate(db, join(root, 'migrations'));
    for (const warning of await closeRights(db)) logger.warn(warning);
    return db;
  } catch (error) {
    await db.close();
    throw error;
  }
}

/** Connections of a server's API: statements are short. */
const API_CONNECTIONS = 8;

/** Connections of a process that works: a load builds two indexes beside its own, and the queue has its part. */
const workConnections = (workers: number): number => 2 * workers + 4;

interface Parts extends AsyncDisposable {
  readonly config: Config;
  readonly logger: Logger;
  readonly metrics: Registry;
  readonly db: Database;
  readonly queue: Queue;
  readonly storage: Storage;
  readonly scratch: Scratch;
  readonly seal: Seal;
  readonly databases: DatabaseSource;
  readonly drives: DriveSource;
  readonly arcgis: ArcgisSource;
  readonly parked: ParkedUploads;
}

/** What a server and a worker have in common, working when this resolves. */
async function startParts(config: Config, options: StartOptions): Promise<Parts> {
  const logger = createLogger(config);
  const metrics = new Registry();
  collectDefaultMetrics({ register: metrics });
  const operations = createOperations(logger, metrics);
  await mkdir(resolve(config.DATA_DIR), { recursive: true });
  const seal = await openSeal(config);
  const databases = await openDatabaseSource(config);

  await using undo = new AsyncDisposableStack();
  const storage = undo.use(await openUploads(config));
  const db = undo.adopt(await openMigrated(config, logger, options), (opened) => opened.close());
  registerSyncLag(metrics, db, () => new Date(), operations.onError('the lag of synchronizations is not known'));
  // Work has connections of its own, so that requests never wait for a load.
  const workDb =
    config.DATABASE_URL === null
      ? db
      : undo.adopt(await openPool(config.DATABASE_URL, workConnections(config.LANDFALL_WORKERS), logger), (opened) =>
          opened.close(),
        );
  const scratch = undo.adopt(await openScratch(join(resolve(config.DATA_DIR), 'scratch')), (opened) => opened.remove());
  const queue = undo.adopt(await openQueue(workDb, operations.onError('the queue met an error')), (opened) =>
    opened.stop(DRAIN_MS),
  );
  // Nobody else can have run what an embedded database says is running.
  if (!db.capabilities.multiProcess) await queue.recover((await quietImports(db, 0)).map(({ id }) => id));
  const http = undo.adopt(createHttpClient({ allowNetworks: config.LANDFALL_ALLOW_NETWORKS }), (client) =>
    client.close(),
  );
  const parked = createParkedUploads(storage.store);
  const arcgis = createArcgisSource({ http, isOn: config.LANDFALL_ARCGIS });
  const drives = createDriveSource({ client: http, store: createDriveTokens(db, seal), clients: driveClients(config) });
  if (config.LANDFALL_WORKERS > 0) {
    const readers = undo.use(
      createReaderPool({
        root,
        scratch: scratch.path,
        memoryBytes: config.LANDFALL_READER_MEMORY * 1024 ** 2,
        seconds: config.LANDFALL_IMPORT_TIMEOUT,
        warm: config.LANDFALL_WORKERS + 1,
        codeCache: openCodeCache(join(root, 'node_modules/.cache/landfall-reader')),
        onTrace: (trace) => logger.error({ trace }, 'a reader met an unexpected error'),
      }),
    );
    const urls = createUrlSource({ client: http });
    const objects = createObjectSource({ client: http });
    const work = await startWork({
      config,
      db: workDb,
      queue,
      readers,
      fetch: (request, context) =>
        fetchRequest(
          {
            urls,
            databases,
            arcgis,
            objects,
            drives,
            parked,
            uploads: storage.store,
            seal,
            connectionOf: (id) => storedConnection(workDb, seal, id),
          },
          request,
          context,
        ),
      scratch,
      uploads: storage.store,
      operations,
      clock: { now: () => new Date(), random: Math.random },
      http,
      seal,
      syncs: createSyncDesk({
        db: workDb,
        queue,
        now: () => new Date(),
        forceGuard: config.LANDFALL_SYNC_FORCE_GUARD,
        seal,
      }),
    });
    const jobs = await runJobs({ config, db: workDb, queue, seal, operations });
    // Running jobs still need the readers and the network, which were opened after the queue.
    undo.defer(async () => {
      await Promise.all([work.stopSweeping(), jobs.stop()]);
      await queue.stop(DRAIN_MS);
    });
  }
  undo.use(sweepSpool(storage, db, operations.onError('the spool could not be swept')));
  const stack = undo.move();
  return {
    config,
    logger,
    metrics,
    db,
    queue,
    storage,
    scratch,
    seal,
    databases,
    drives,
    arcgis,
    parked,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Starts a worker beside other processes on one PostgreSQL. Throws where the database is embedded. */
export async function startWorker(config: Config): Promise<{ close(): Promise<void> }> {
  if (config.DATABASE_URL === null) {
    throw new Error('a worker needs DATABASE_URL: the embedded database belongs to one process, which works by itself');
  }
  const workers = Math.max(1, config.LANDFALL_WORKERS);
  const parts = await startParts({ ...config, LANDFALL_WORKERS: workers }, {});
  return { close: async () => parts[Symbol.asyncDispose]() };
}

/** Starts the server, with workers in the same process unless LANDFALL_WORKERS is 0; resolves when it listens. */
export async function startApp(config: Config, options: StartOptions = {}): Promise<App> {
  await mkdir(resolve(config.DATA_DIR), { recursive: true });
  const parts = await startParts(config, options);
  try {
    const apiKey = await prepareAccount(config, parts.db, parts.logger);
    const acl = await selfTest(parts.db, { name: config.LANDFALL_ACCOUNT });
    for (const failure of acl.failures) parts.logger.error({ failure }, 'the rights of the account roles are too wide');

    const state = { draining: false };
    const server = await createServerOf(parts, { isDraining: () => state.draining, isClosedOff: acl.ok });
    const url = await server.listen({ host: config.HOST, port: config.PORT });
    return {
      url,
      apiKey,
      account: config.LANDFALL_ACCOUNT,
      async close() {
        state.draining = true;
        await server.close();
        await parts[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await parts[Symbol.asyncDispose]();
    throw error;
  }
}

/** Refuses a connector whose `connection_id` names no connection of the account to that provider. */
async function checkConnection(db: Database, account: Account, request: ImportRequest): Promise<void> {
  if (await isConnectionKnown(db, account, request)) return;
  throw badImport('Invalid parameters: connection_id names no connection to this provider');
}

async function createServerOf(
  parts: Parts,
  status: { isDraining: () => boolean; isClosedOff: boolean },
): Promise<FastifyInstance> {
  const { config, db, queue, seal } = parts;
  const desk = createImportDesk({ db, queue, concurrentImports: config.LANDFALL_CONCURRENT_IMPORTS, seal });
  const forceGuard = config.LANDFALL_SYNC_FORCE_GUARD;
  const syncs = createSyncDesk({ db, queue, now: () => new Date(), forceGuard, seal });
  const check = async (probe: () => Promise<boolean>): Promise<{ ok: boolean; detail?: string }> => {
    try {
      return { ok: await probe() };
    } catch (error) {
      return { ok: false, detail: error instanceof Error ? error.message : String(error) };
    }
  };
  const tiles = createTileDesk({
    db,
    onError: (error) => parts.logger.error({ err: error }, 'an overview of tiles could not be made'),
  });
  const validateUrl = createUrlValidator({ allowNetworks: config.LANDFALL_ALLOW_NETWORKS });
  return createServer({
    config,
    logger: parts.logger,
    metrics: parts.metrics,
    now: () => new Date(),
    accounts: createAccountLookups(db, config),
    sessions: createSessions(parts.seal, () => new Date()),
    resumable: createResumableStore(parts.storage.spoolFolder),
    datasets: {
      list: (accountId) => datasetsOf(db, accountId),
      find: (account, name) => findDataset(db, account, name),
    },
    imports: {
      create: async (account, input) => {
        await checkConnection(db, account, input.request);
        return desk.accept(account, input);
      },
      hasRoom: (account) => desk.hasRoom(account),
      cancel: (account, id) => desk.cancel(account, id),
      unfinished: (accountId) => unfinishedImports(db, accountId),
      find: (accountId, id) => findImport(db, accountId, id),
      recent: (accountId, most) => recentImports(db, accountId, most),
    },
    synchronizations: {
      ...openSynchronizations(db, config, syncs),
      create: async (account, input) => {
        await checkConnection(db, account, input.request);
        return syncs.create(account, input);
      },
    },
    webhooks: createWebhookDesk(db, seal, () => new Date()),
    keys: createKeyDesk(db),
    usage: (account) => usageOf(db, account),
    operator: createOperatorDesk(db, config),
    library: createLibrary(db, config.LANDFALL_LIBRARY_ACCOUNT),
    visualizations: openVisualizations(db),
    tables: {
      find: async (viewer, name) => readableTable(db, viewer.account, name, await viewerRole(db, viewer)),
      list: async (viewer) => readableTables(db, viewer.account, await viewerRole(db, viewer)),
    },
    tiles,
    maps: createMapDesk({ db, tiles }),
    features: createFeatureDesk({ db }),
    parked: parts.parked,
    drives: createDriveDesk({ db, seal, source: parts.drives }),
    arcgis: parts.arcgis,
    analyses: { find: (accountId, id) => findAnalysis(db, accountId, id), isEnded: (id) => isAnalysisEnded(db, id) },
    connectors: createConnectorDesk(parts.databases),
    connections: createConnectionDesk(db, seal),
    recipes: {
      list: (accountId) => recipesOf(db, accountId),
      find: (accountId, name) => findRecipe(db, accountId, name),
      keep: (accountId, recipe) => keepRecipe(db, accountId, recipe),
      remove: (accountId, name) => removeRecipe(db, accountId, name),
    },
    reports: {
      layers: (importId) => layersOf(db, importId),
      countRejects: (importId) => countRejects(db, importId),
      rejects: (importId, page) => pageOfRejects(db, importId, page),
      correct: (account, job, corrections) =>
        correctRejects(db, account, job, corrections).catch((error: unknown) => {
          throw error instanceof CorrectionRefused ? badImport(error.message) : error;
        }),
    },
    copies: createCopyDesk(db),
    jobs: openJobs(db),
    openExportFolder: createExportFolders((name) => parts.scratch.openFolder(name)),
    openQuery: (viewer, text, window, signal) => openViewerQuery(db, viewer, text, window, signal),
    validateUrl: (url) => void validateUrl(isObjectUrl(url) ? parseObjectUrl(url).base.href : url),
    uploads: parts.storage.store,
    uploadsFolder: parts.storage.spoolFolder,
    webFolder: join(root, 'dist', 'web'),
    ready: async () => ({
      database: await check(async () => (await db.queryText('select 1 as one')).rows[0]?.one === 1),
      queue: await check(() => queue.isReady()),
      rights: { ok: status.isClosedOff },
      draining: { ok: !status.isDraining() },
    }),
  });
}
