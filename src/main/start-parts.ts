import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Logger } from 'pino';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Config } from '../config.ts';
import { closeRights } from '../db/close-rights.ts';
import type { Database } from '../db/database.ts';
import { migrate } from '../db/migrate.ts';
import { embeddedFolder, openPglite } from '../db/pglite.ts';
import { openPostgres } from '../db/postgres.ts';
import { openCodeCache } from '../read/code-cache.ts';
import { createReaderPool } from '../read/reader-pool.ts';
import { type ArcgisSource, createArcgisSource } from '../sources/arcgis/index.ts';
import type { DatabaseSource } from '../sources/database/index.ts';
import { driveClients } from '../sources/drives/clients.ts';
import { createDriveSource, type DriveSource } from '../sources/drives/index.ts';
import { createObjectSource } from '../sources/objects/index.ts';
import { createParkedUploads, type ParkedUploads } from '../sources/parked.ts';
import type { Storage } from '../sources/uploads/open-store.ts';
import { createUrlSource } from '../sources/url/index.ts';
import { createDriveTokens } from '../store/drive-tokens.ts';
import { quietImports } from '../store/imports.ts';
import { createHttpClient } from '../util/http-client.ts';
import type { Seal } from '../util/seal.ts';
import { fetchRequest, storedConnection } from '../work/fetch-request.ts';
import { createOperations } from '../work/operations.ts';
import { openQueue, type Queue } from '../work/queue.ts';
import { openScratch, type Scratch } from '../work/scratch.ts';
import { startWork } from '../work/start-worker.ts';
import { createSyncDesk } from '../work/sync-desk.ts';
import { registerSyncLag } from '../work/sync-metrics.ts';
import { runJobs } from './jobs.ts';
import { createLogger, openDatabaseSource, openSeal, openUploads, sweepSpool } from './open-parts.ts';

const root = resolve(import.meta.dirname, '../..');

/** How long running imports may go on when the program is told to stop; the run contract gives 25 s for everything. */
const DRAIN_MS = 15_000;

/** How a start is followed. */
export interface StartOptions {
  /** Told what a slow start is doing. */
  readonly onProgress?: (text: string) => void;
}

const openPool = (url: string, connections: number, logger: Logger): Promise<Database> =>
  openPostgres(url, {
    connections,
    onError: (error) => logger.error({ err: error }, 'a database connection broke'),
  });

/** The database of the settings, migrated, with the rights of its public closed. */
export async function openMigrated(config: Config, logger: Logger, options: StartOptions): Promise<Database> {
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

/** What the parts of the program stand on. */
export interface Parts extends AsyncDisposable {
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
export async function startParts(config: Config, options: StartOptions): Promise<Parts> {
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
