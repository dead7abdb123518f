import { join, resolve } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Database } from '../db/database.ts';
import type { Account, ImportRequest } from '../domain/import.ts';
import { createExportFolders } from '../export/export-folders.ts';
import { createFeatureDesk } from '../features/feature-desk.ts';
import { createResumableStore } from '../http/resumable.ts';
import { createServer } from '../http/server.ts';
import { createSessions } from '../http/session.ts';
import { badImport } from '../http/wire-error.ts';
import { createMapDesk } from '../maps/map-desk.ts';
import { isObjectUrl, parseObjectUrl } from '../sources/objects/address.ts';
import { createUrlValidator } from '../sources/url/validate-url.ts';
import { findAnalysis, isAnalysisEnded } from '../store/analyses.ts';
import { datasetsOf, findDataset } from '../store/datasets.ts';
import { findImport, recentImports, unfinishedImports } from '../store/imports.ts';
import { createKeyDesk } from '../store/keys.ts';
import { createLibrary } from '../store/library.ts';
import { readableTable, readableTables } from '../store/readable-table.ts';
import { findRecipe, keepRecipe, recipesOf, removeRecipe } from '../store/recipes.ts';
import { countRejects, pageOfRejects } from '../store/rejects.ts';
import { layersOf } from '../store/reports.ts';
import { usageOf } from '../store/usage.ts';
import { openViewerQuery, viewerRole } from '../store/viewers.ts';
import { createTileDesk } from '../tiles/tile-desk.ts';
import { createImportDesk } from '../work/accept-import.ts';
import { createConnectionDesk, createConnectorDesk, isConnectionKnown } from '../work/connector-desk.ts';
import { createCopyDesk } from '../work/copy-desk.ts';
import { CorrectionRefused, correctRejects } from '../work/correct-rejects.ts';
import { createDriveDesk } from '../work/drive-desk.ts';
import { createSyncDesk } from '../work/sync-desk.ts';
import { createWebhookDesk } from '../work/webhook-desk.ts';
import { createAccountLookups } from './account-lookups.ts';
import { openJobs } from './jobs.ts';
import { createOperatorDesk } from './operator-desk.ts';
import type { Parts } from './start-parts.ts';
import { openSynchronizations } from './synchronizations.ts';
import { openVisualizations } from './visualizations.ts';

const root = resolve(import.meta.dirname, '../..');

/** Refuses a connector whose `connection_id` names no connection of the account to that provider. */
async function checkConnection(db: Database, account: Account, request: ImportRequest): Promise<void> {
  if (await isConnectionKnown(db, account, request)) return;
  throw badImport('Invalid parameters: connection_id names no connection to this provider');
}

/** The server over these parts, not listening yet. */
export async function createServerOf(
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
