import { randomUUID } from 'node:crypto';
import type { Database, Queryable } from '../db/database.ts';
import type { Account, ImportOptions, NewImport } from '../domain/import.ts';
import type { NewSynchronization, Synchronization, SyncRun } from '../domain/sync.ts';
import { EARLY_SECONDS, EARLY_SHARE } from '../domain/sync-schedule.ts';
import { forgetFingerprints } from '../store/fingerprints.ts';
import { cutLoose, insertImport, lockImportsOf } from '../store/imports.ts';
import { insertRun } from '../store/sync-runs.ts';
import {
  countRunning,
  dueSynchronizations,
  findSynchronization,
  forgetValidators,
  insertSynchronization,
  lockSynchronization,
  removeSynchronization,
  startRun,
} from '../store/synchronizations.ts';
import type { Seal } from '../util/seal.ts';
import type { Queue } from './queue.ts';
import { sealOptions, sealRequest } from './seal-request.ts';

/** With more runs than this under way an account's synchronizations wait (wire contract 8.1). */
const MOST_RUNNING = 3;

/** Due synchronizations that are taken up at one look. */
const AT_ONCE = 200;

export interface SyncDesk {
  /** Stores a synchronization, its first import and the job of that in one transaction. */
  create(account: Account, input: NewSynchronization): Promise<Synchronization>;
  /**
   * Begins a run now, unless one is under way, the last was too short ago, or too many run (wire contract 1.10). With
   * `isFull` it compares nothing with the last run and takes all rows.
   */
  force(id: string, isFull?: boolean): Promise<boolean>;
  /** Ends a synchronization. Its tables stay, and so does what its first import is about to make. */
  remove(id: string): Promise<void>;
  /** Begins the runs whose time has come; any number of workers may ask at once. Returns how many it began. */
  beginDue(): Promise<number>;
}

export interface SyncDeskDeps {
  readonly db: Database;
  readonly queue: Pick<Queue, 'send' | 'wake'>;
  readonly now: () => Date;
  /** Seconds after the last run in which none can be forced. */
  readonly forceGuard: number;
  readonly seal: Seal;
}

/** How long before its time a regular run may begin, in milliseconds. */
const earlyMs = ({ interval }: Synchronization): number => Math.min(interval * EARLY_SHARE, EARLY_SECONDS) * 1000;

const isResting = ({ state }: Synchronization): boolean => state === 'success' || state === 'failure';

/** New tables of a source get names that are free: only tables of its own are written again. */
const optionsOf = (options: ImportOptions): ImportOptions => ({ ...options, collisionStrategy: 'rename' });

export function createSyncDesk({ db, queue, now, forceGuard, seal }: SyncDeskDeps): SyncDesk {
  const importOf = (
    input: Pick<NewSynchronization, 'request' | 'options' | 'originalUrl' | 'displayName'>,
    synchronizationId: string,
    tableName: string | null,
  ): NewImport => ({
    request: input.request,
    options: optionsOf(input.options),
    originalUrl: input.originalUrl,
    displayName: input.displayName,
    tableName,
    userDefinedLimits: 'null',
    synchronizationId,
  });

  async function begin(tx: Queryable, sync: Synchronization, trigger: SyncRun['trigger']): Promise<void> {
    const importId = await insertImport(tx, sync.accountId, importOf(sync, sync.id, sync.name));
    await queue.send(tx, { importId, accountId: sync.accountId });
    await startRun(tx, sync.id, importId, trigger === 'forced', now());
    await insertRun(tx, sync.id, importId, trigger, now());
  }

  /** The synchronization, locked, where its account may run one more. The account comes first: so the count is exact. */
  async function admit(tx: Queryable, id: string, accountId: string): Promise<Synchronization | null> {
    await lockImportsOf(tx, accountId);
    const sync = await lockSynchronization(tx, id);
    return sync !== null && (await countRunning(tx, accountId)) <= MOST_RUNNING ? sync : null;
  }

  return {
    async create(account, given) {
      const sealed = { request: sealRequest(seal, given.request), options: sealOptions(seal, given.options) };
      const input = { ...given, ...sealed };
      const id = randomUUID();
      const made = await db.transaction(async (tx) => {
        const importId = await insertImport(tx, account.id, importOf(input, id, input.name));
        await queue.send(tx, { importId, accountId: account.id });
        const sync = await insertSynchronization(tx, { id, accountId: account.id, importId }, input, now());
        await insertRun(tx, id, importId, 'first', now());
        return sync;
      });
      queue.wake();
      return made;
    },
    async force(id, isFull = false) {
      const found = await findSynchronization(db, id);
      if (found === null) return false;
      const began = await db.transaction(async (tx) => {
        const sync = await admit(tx, id, found.accountId);
        if (sync === null) return false;
        const guardedUntil = now().getTime() - forceGuard * 1000;
        // It waits for a worker: that is what was asked for.
        if (sync.state === 'queued') return sync.updatedAt.getTime() <= guardedUntil;
        if (!isResting(sync) || sync.ranAt.getTime() > guardedUntil) return false;
        if (isFull) {
          await forgetValidators(tx, id);
          await forgetFingerprints(tx, { synchronizationId: id });
        }
        await begin(tx, sync, 'forced');
        return true;
      });
      if (began) queue.wake();
      return began;
    },
    async remove(id) {
      const found = await findSynchronization(db, id);
      if (found === null) return;
      await db.transaction(async (tx) => {
        // As publishing does, the import before the synchronization.
        if (found.runs === 1) await cutLoose(tx, found.importId);
        await removeSynchronization(tx, id);
      });
    },
    async beginDue() {
      let begun = 0;
      for (const { id, accountId } of await dueSynchronizations(db, now(), MOST_RUNNING + 1, AT_ONCE)) {
        const began = await db.transaction(async (tx) => {
          const sync = await admit(tx, id, accountId);
          const isDue = sync !== null && isResting(sync) && sync.runAt.getTime() - earlyMs(sync) <= now().getTime();
          if (isDue) await begin(tx, sync, 'schedule');
          return isDue;
        });
        if (began) begun += 1;
      }
      if (begun > 0) queue.wake();
      return begun;
    },
  };
}
