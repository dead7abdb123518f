/** How a run of a synchronization ends, in the transaction that ends its import. */
import type { Database, Queryable } from '../db/database.ts';
import { entryOf } from '../domain/catalogue-entry.ts';
import type { Import, ImportFailure, Warnings } from '../domain/import.ts';
import type { Synchronization, SyncRunTable, Validators } from '../domain/sync.ts';
import { retryDelay } from '../domain/sync-schedule.ts';
import { catalogue } from '../errors.ts';
import { importById } from '../store/imports.ts';
import { recordRunEnd } from '../store/sync-runs.ts';
import { failRun, lockSynchronization, orphanedRuns, succeed } from '../store/synchronizations.ts';
import { tellWebhooks } from './tell-webhooks.ts';

/** The moment, and a number in [0, 1) that nobody can foretell; tests put their own in place. */
export interface Clock {
  now(): Date;
  random(): number;
}

/** The synchronization whose run under way this import is, locked; null where it is none's any more. */
export async function lockRun(
  tx: Queryable,
  job: Pick<Import, 'id' | 'synchronizationId'>,
): Promise<Synchronization | null> {
  if (job.synchronizationId === null) return null;
  const sync = await lockSynchronization(tx, job.synchronizationId);
  const isUnderWay = sync?.importId === job.id && sync.state !== 'success' && sync.state !== 'failure';
  return isUnderWay ? sync : null;
}

/** What a run found that ended well. */
export interface RunSuccess {
  readonly outcome: 'changed' | 'unchanged';
  readonly name: string | null;
  readonly validators: Validators | null;
  readonly bytes: number;
  readonly tables: readonly SyncRunTable[];
  readonly warnings: Warnings | null;
}

/** Ends a run well; the caller has it from `lockRun`. */
export async function endRunWell(tx: Queryable, sync: Synchronization, end: RunSuccess, clock: Clock): Promise<void> {
  const now = clock.now();
  await succeed(tx, sync.id, end, now);
  await recordRunEnd(tx, sync.id, sync.importId, { ...end, error: null }, now);
  await tellWebhooks(tx, sync, now);
}

/** Ends a run as failed, with the time of the next try; the caller has it from `lockRun`. */
export async function endRunFailed(
  tx: Queryable,
  sync: Synchronization,
  failure: ImportFailure & { readonly bytes?: number },
  clock: Clock,
): Promise<void> {
  const now = clock.now();
  const entry = entryOf(failure.code);
  const message = `${entry.title} ${failure.text === '' ? entry.text : failure.text}`;
  // The first import is no retry, and whoever sent it may be waiting to see it mended.
  const failures = sync.retriedTimes + (sync.runs > 1 ? 1 : 0);
  const delay = retryDelay(failures, sync.interval, clock.random());
  await failRun(tx, sync.id, { code: failure.code, message }, delay, now);
  const error = { code: failure.code, text: message };
  const end = { outcome: 'failure', bytes: failure.bytes ?? 0, tables: [], warnings: null, error } as const;
  await recordRunEnd(tx, sync.id, sync.importId, end, now);
  await tellWebhooks(tx, sync, now);
}

/**
 * Ends runs whose import was ended by something that knows nothing of synchronizations, or is gone. With it no state
 * is without a way back. Returns how they ended.
 */
export async function endOrphanedRuns(db: Database, clock: Clock): Promise<readonly ('changed' | 'failure')[]> {
  const ended: ('changed' | 'failure')[] = [];
  for (const { id, importId } of await orphanedRuns(db)) {
    const outcome = await db.transaction(async (tx) => {
      const sync = await lockRun(tx, { id: importId, synchronizationId: id });
      if (sync === null) return null;
      const job = await importById(tx, importId);
      if (job?.state !== 'complete') {
        await endRunFailed(tx, sync, job?.error ?? { code: catalogue.stuck.code, text: '' }, clock);
        return 'failure';
      }
      const end = { outcome: 'changed', validators: null, tables: [], warnings: job.warnings } as const;
      await endRunWell(tx, sync, { ...end, name: job.tableName, bytes: job.progress.bytes }, clock);
      return 'changed';
    });
    if (outcome !== null) ended.push(outcome);
  }
  return ended;
}
