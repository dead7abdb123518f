import { availableParallelism } from 'node:os';
import type { Config } from '../config.ts';
import type { Database, Queryable } from '../db/database.ts';
import { limitedBy } from '../domain/account-limits.ts';
import type { Import } from '../domain/import.ts';
import type { ImportState } from '../domain/import-state.ts';
import { TooManyRejects } from '../domain/report.ts';
import { Fenced } from '../errors.ts';
import { createGazetteer } from '../guess/gazetteer.ts';
import { guessGeometry } from '../guess/guess-geometry.ts';
import { loadLayer } from '../load/load-layer.ts';
import { sampleLayer } from '../load/sample-layer.ts';
import { dropStaging, sweepStaging } from '../load/staging.ts';
import { grantTable } from '../publish/grants.ts';
import { isSkipped, planLoad } from '../publish/plan.ts';
import { type Published, publish } from '../publish/publish.ts';
import { checkRoom } from '../publish/quotas.ts';
import type { ReaderPool } from '../read/reader-pool.ts';
import type { UploadStore } from '../sources/uploads/upload-store.ts';
import { accountById } from '../store/accounts.ts';
import { completeAnalysis, expireAnalyses } from '../store/analyses.ts';
import { claimImport, enterState, failImport, recordProgress, releaseImport } from '../store/imports.ts';
import { createLibrary } from '../store/library.ts';
import { outcomeOf } from '../store/sync-runs.ts';
import { dropOldOverviews } from '../store/tile-overviews.ts';
import { forgetDeliveries } from '../store/webhook-deliveries.ts';
import type { HttpClient } from '../util/http-client.ts';
import { createLimit } from '../util/limit.ts';
import { repeat } from '../util/repeat.ts';
import type { Seal } from '../util/seal.ts';
import { deliverDue } from './deliver-webhooks.ts';
import { type Clock, endOrphanedRuns, endRunFailed, lockRun } from './end-sync-run.ts';
import { fetchLibrary } from './fetch-library.ts';
import { fetchQuery } from './fetch-query.ts';
import { fingerprintWish } from './fingerprint-wish.ts';
import { makeMap } from './make-map.ts';
import type { Operations } from './operations.ts';
import type { Queue } from './queue.ts';
import { recordGivenUp, recordLayer } from './record-layer.ts';
import { type AnalysisDeps, runAnalysis } from './run-analysis.ts';
import { type RunDeps, runImport } from './run-import.ts';
import type { Scratch } from './scratch.ts';
import { failAbandoned, removeUnusedUploads } from './sweep.ts';
import type { SyncDesk } from './sync-desk.ts';
import { openSyncPass } from './sync-pass.ts';
import { createJobHandler } from './worker.ts';

/** Between two looks for what was left behind. */
const SWEEP_INTERVAL_MS = 15_000;

/** Between two looks for synchronizations whose time has come. */
const SCHEDULE_INTERVAL_MS = 1_000;

/** Between two looks for webhooks to send, while none was found. */
const DELIVERY_INTERVAL_MS = 1_000;

/** How long it is remembered what webhooks were sent: a week. */
const DELIVERY_SECONDS = 604_800;

/** Progress is written at most this often. */
const PROGRESS_INTERVAL_MS = 500;

/** What an analysis came to is kept for a day. */
const ANALYSIS_SECONDS = 86_400;

export interface WorkerParts {
  readonly config: Config;
  readonly db: Database;
  readonly queue: Queue;
  readonly readers: ReaderPool;
  /** Brings what the request of an import names. */
  readonly fetch: RunDeps['fetch'];
  readonly scratch: Scratch;
  /** Where uploads wait. */
  readonly uploads: UploadStore;
  readonly operations: Operations;
  readonly clock: Clock;
  readonly syncs: SyncDesk;
  /** Sends webhooks. */
  readonly http: Pick<HttpClient, 'post'>;
  readonly seal: Seal;
}

/** Takes jobs from the queue until the queue stops, and sweeps what dead workers left. Returns how to stop sweeping. */
export async function startWork(parts: WorkerParts): Promise<{ stopSweeping(): Promise<void> }> {
  const { config, db, queue, operations } = parts;
  const run = bindRun(parts);
  await queue.work({
    concurrency: config.LANDFALL_WORKERS,
    perAccount: config.LANDFALL_CONCURRENT_IMPORTS,
    onError: operations.onError('the queue met an error'),
    handle: createJobHandler({
      claim: (id) => claimImport(db, id),
      accountOf: async (job) => limitedBy(config)(await accountById(db, job.accountId)),
      fail: (job, failure) =>
        db.transaction(async (tx) => {
          if (!(await failImport(tx, job.id, job.attempt, failure))) return false;
          const sync = await lockRun(tx, job);
          if (sync !== null) await endRunFailed(tx, sync, failure, parts.clock);
          return true;
        }),
      run: (job, account, signal) =>
        job.purpose === 'analysis' ? runAnalysis(job, account, run, signal) : runImport(job, account, run, signal),
      release: (job) => releaseImport(db, job.id, job.attempt),
      async cleanUp(job, ended) {
        await dropStaging(db, job);
        // The file of an analysis may be imported next, and again: the sweep removes it.
        if (ended && job.request.kind === 'upload' && job.purpose !== 'analysis' && job.request.isShared !== true) {
          // The import has ended as it did; what cannot be removed now is swept.
          await parts.uploads.remove(job.request.key).catch(operations.onError('an upload could not be removed'));
        }
      },
      onEnd(job, outcome) {
        operations.onEnd(job, outcome);
        if (job.synchronizationId === null) return;
        outcomeOf(db, job.id)
          .then((result) => {
            if (result !== null) operations.onRun(result);
          })
          .catch(operations.onError('a run was not counted'));
      },
      onUnknown: operations.onUnknown,
    }),
  });
  return startSweeping(parts);
}

function bindRun(parts: WorkerParts): AnalysisDeps {
  const { config, db, readers, scratch } = parts;
  const buildLimit = createLimit(availableParallelism());
  const places = createGazetteer(config.LANDFALL_IP_DATABASE);
  const history = { runs: config.LANDFALL_HISTORY_RUNS, bytes: config.LANDFALL_HISTORY_BYTES };
  const onProgressError = parts.operations.onError('progress was not recorded');
  let recordedAt = 0;
  const enter = async (job: Import, state: ImportState): Promise<void> => {
    if (!(await enterState(db, job.id, job.attempt, state))) throw new Fenced();
  };
  return {
    openFolder: (id) => scratch.openFolder(`import-${id}`),
    fetch: (request, context) => parts.fetch(request, context),
    fetchQuery: (account, request, context) =>
      fetchQuery(db, config.LANDFALL_IMPORT_TIMEOUT * 1000, account, request, context),
    fetchLibrary: (request, context) =>
      fetchLibrary(
        db,
        createLibrary(db, config.LANDFALL_LIBRARY_ACCOUNT),
        config.LANDFALL_IMPORT_TIMEOUT * 1000,
        request,
        context,
      ),
    openReader: (files, options, onRows, signal) => readers.open(files, options, onRows, signal),
    openArriving: (file, options, onRows, signal) => readers.openArriving(file, options, onRows, signal),
    wish: (account, refresh, layer, folder) => fingerprintWish(db, account, refresh, layer, folder),
    enterState: enter,
    checkRoom: ({ options }, account, bytes, isSync) =>
      checkRoom(db, account, {
        bytes,
        makesTables: !isSync && options.collisionStrategy === 'rename' && (options.mode ?? null) === null,
      }),
    recordProgress(job, progress) {
      if (performance.now() - recordedAt < PROGRESS_INTERVAL_MS) return;
      recordedAt = performance.now();
      recordProgress(db, job.id, job.attempt, progress).catch(onProgressError);
    },
    isSkipped: (job, account, layer) => isSkipped(db, account, job.options.collisionStrategy, layer),
    loadLayer: (session, layer, job, account, refresh, folder, signal) =>
      loadLayer(
        session,
        layer,
        job,
        {
          db,
          plan: planLoad(db, account, { options: job.options, refresh }),
          geometryPolicy: job.options.geometryPolicy ?? null,
          guess: job.options.contentGuessing
            ? (table, schema) => guessGeometry(places, { db, table, schema, enterState: (state) => enter(job, state) })
            : undefined,
          buildLimit,
          wish: (name) => fingerprintWish(db, account, refresh, name, folder),
          onRead: (position, result) => recordLayer(db, job, position, session.layers[position], result),
        },
        signal,
      ).catch(async (error: unknown) => {
        if (error instanceof TooManyRejects) await recordGivenUp(db, job, layer, session.layers[layer], error);
        throw error;
      }),
    dropLoaded: (job) => dropStaging(db, job),
    async publish(loaded, job, account, leftOut, refresh, sync, map = null) {
      const onPublished = async (tx: Queryable, made: Published): Promise<void> => {
        await makeMap(tx, job, account, made, map);
        if (refresh !== null) await sync?.endPublished(tx, made, leftOut);
      };
      const ofSync = refresh === null || sync === null ? {} : { refresh };
      await publish(loaded, job, account, { db, grantTable, history, ...ofSync, onPublished }, leftOut);
    },
    openSync: (job) => openSyncPass(db, job, parts.clock),
    sampleLayer: (session, layer, job, signal) => sampleLayer(session, layer, job, db, signal),
    async completeAnalysis(job, result) {
      if (!(await completeAnalysis(db, job, result))) throw new Fenced();
    },
    maxFileBytes: config.LANDFALL_MAX_FILE_BYTES,
    maxRows: config.LANDFALL_MAX_ROWS,
    maxTables: config.LANDFALL_MAX_TABLES_PER_IMPORT,
  };
}

function startSweeping(parts: WorkerParts): { stopSweeping(): Promise<void> } {
  const { db, queue, scratch, uploads, operations } = parts;
  async function sweep(): Promise<void> {
    await failAbandoned(db, queue);
    for (const outcome of await endOrphanedRuns(db, parts.clock)) operations.onRun(outcome);
    await forgetDeliveries(db, parts.clock.now(), DELIVERY_SECONDS);
    await sweepStaging(db);
    await expireAnalyses(db, ANALYSIS_SECONDS);
    await dropOldOverviews(db);
    await scratch.sweep();
  }
  const onError = operations.onError('the sweep met an error');
  const sweeping = repeat(sweep, SWEEP_INTERVAL_MS, onError);
  // By itself: a bucket that is out of reach stops no other sweeping.
  const sweepingUploads = repeat(
    () => removeUnusedUploads(db, uploads, new Date()),
    uploads.sweepIntervalMs,
    operations.onError('uploads could not be swept'),
  );
  const scheduling = repeat(
    () => parts.syncs.beginDue(),
    SCHEDULE_INTERVAL_MS,
    operations.onError('the schedule of synchronizations met an error'),
  );
  const { http, seal, clock } = parts;
  const stopping = new AbortController();
  const deliveries = { db, http, seal, clock, onAttempt: operations.onDelivery };
  const delivering = repeat(
    () => deliverDue(deliveries, stopping.signal),
    DELIVERY_INTERVAL_MS,
    operations.onError('webhooks could not be sent'),
  );
  return {
    async stopSweeping() {
      stopping.abort();
      await Promise.all([sweeping.stop(), sweepingUploads.stop(), scheduling.stop(), delivering.stop()]);
    },
  };
}
