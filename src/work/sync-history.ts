/** Looking at what runs changed, and taking it back. */
import { randomUUID } from 'node:crypto';
import type { Database, Queryable } from '../db/database.ts';
import type { Account } from '../domain/import.ts';
import { noDrift } from '../domain/refresh.ts';
import type { SyncChange, SyncChangesPage, SyncRun, SyncRunTable } from '../domain/sync.ts';
import { changesOf, type HistoryLimits } from '../publish/history.ts';
import { tryForLocks } from '../publish/locks.ts';
import { rollback } from '../publish/rollback.ts';
import { lockAccount } from '../store/publishing.ts';
import { findRun, insertRun, recordRunEnd, targetsOf } from '../store/sync-runs.ts';
import { lockSynchronization } from '../store/synchronizations.ts';

/** The rows that a run changed, table after table, in the order in which they were written; those that are kept. */
export async function changesOfRun(db: Queryable, run: SyncRun, page: SyncChangesPage): Promise<readonly SyncChange[]> {
  const changes: SyncChange[] = [];
  for (const { id, name } of run.tables) {
    if (changes.length === page.limit) break;
    const rest = { after: page.after, limit: page.limit - changes.length };
    const found = (await changesOf(db, id, run.id, rest)) ?? [];
    changes.push(...found.map((change) => ({ ...change, table: name })));
  }
  return changes;
}

/** What stands in the way of a rollback: a run under way, a table in use, or an end of the synchronization meanwhile. */
export class RollbackRefused extends Error {
  override readonly name = 'RollbackRefused';
}

/**
 * Makes the tables of a synchronization as they were when a run had ended, in one transaction, which is a run itself.
 * The next run that finds the source changed writes it again. Throws RollbackRefused, and what `rollback` throws.
 */
export function rollBackTo(
  db: Database,
  account: Account,
  synchronizationId: string,
  toRun: string,
  limits: HistoryLimits,
  now: Date,
): Promise<SyncRun> {
  const id = randomUUID();
  const attempt = () =>
    db.transaction(async (tx) => {
      await lockAccount(tx, account.id);
      const sync = await lockSynchronization(tx, synchronizationId);
      if (sync === null) throw new RollbackRefused('The synchronization has been removed');
      if (sync.state !== 'success' && sync.state !== 'failure') {
        throw new RollbackRefused('The synchronization is running. Try again when it has ended');
      }
      await insertRun(tx, synchronizationId, id, 'rollback', now);
      const tables: SyncRunTable[] = [];
      for (const { tableId, name, layer } of await targetsOf(tx, synchronizationId)) {
        const wish = { schema: account.name, table: name, tableId, toRun, runId: id, limits };
        const changes = await rollback(tx, wish);
        tables.push({ id: tableId, name, layer, ...changes, drift: noDrift });
      }
      const isChanged = tables.some(({ inserted, updated, deleted }) => inserted + updated + deleted > 0);
      const outcome = isChanged ? 'changed' : 'unchanged';
      await recordRunEnd(tx, synchronizationId, id, { outcome, bytes: 0, tables, warnings: null, error: null }, now);
      const made = await findRun(tx, synchronizationId, id);
      if (made === null) throw new Error('the rollback was not recorded');
      return made;
    });
  return tryForLocks(attempt, (words) => new RollbackRefused(`${words} when those who write it have ended`));
}
