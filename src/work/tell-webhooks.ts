/** What is told of the end of a run: written into the outbox by the transaction that ends it. */
import { randomUUID } from 'node:crypto';
import type { Queryable } from '../db/database.ts';
import { hasDrift, type RowChanges } from '../domain/refresh.ts';
import type { Synchronization, SyncRun } from '../domain/sync.ts';
import type { WebhookEvent } from '../domain/webhook.ts';
import { findRun, outcomeBefore } from '../store/sync-runs.ts';
import { findSynchronization } from '../store/synchronizations.ts';
import { insertDelivery } from '../store/webhook-deliveries.ts';
import { listenersOf } from '../store/webhooks.ts';

/** What happened with a run that has ended, `before` being how the one before it ended. */
function eventsOf(run: SyncRun, before: SyncRun['outcome']): readonly WebhookEvent[] {
  if (run.outcome === 'failure') return ['failure'];
  return [
    'success',
    ...(before === 'failure' ? ['recovered' as const] : []),
    ...(run.tables.some(({ drift }) => hasDrift(drift)) ? ['drift' as const] : []),
  ];
}

/**
 * Puts into the outbox what webhooks want to hear of the run that has just ended. Part of the transaction that ends it:
 * nothing is told of a run that is not committed, and nothing that is committed stays untold.
 */
export async function tellWebhooks(tx: Queryable, sync: Synchronization, now: Date): Promise<void> {
  const listeners = await listenersOf(tx, sync);
  if (listeners.length === 0) return;
  const ended = await findSynchronization(tx, sync.id);
  const run = await findRun(tx, sync.id, sync.importId);
  if (ended === null || run === null) return;
  for (const event of eventsOf(run, await outcomeBefore(tx, sync.id, run.id))) {
    for (const { id: webhookId } of listeners.filter(({ events }) => events.includes(event))) {
      const id = randomUUID();
      const told = { synchronization: presentSync(ended), run: presentRun(run) };
      await insertDelivery(tx, { id, webhookId, event, body: bodyOf(id, event, told, now) }, now);
    }
  }
}

/** The body of a delivery. */
export const bodyOf = (
  id: string,
  event: WebhookEvent | 'test',
  told: { readonly synchronization: object | null; readonly run: object | null },
  now: Date,
): string => JSON.stringify({ event, delivery_id: id, created_at: now.toISOString(), ...told });

const presentSync = (sync: Synchronization): object => ({
  id: sync.id,
  name: sync.name,
  url: sync.url,
  interval: sync.interval,
  state: sync.state,
  retried_times: sync.retriedTimes,
  run_at: sync.runAt.toISOString(),
});

const rowsOf = ({ inserted, updated, deleted, unchanged }: RowChanges): object => ({
  rows_inserted: inserted,
  rows_updated: updated,
  rows_deleted: deleted,
  rows_unchanged: unchanged,
});

function presentRun(run: SyncRun): object {
  const sum = (of: (changes: RowChanges) => number): number => run.tables.reduce((all, table) => all + of(table), 0);
  return {
    id: run.id,
    trigger: run.trigger,
    outcome: run.outcome,
    started_at: run.startedAt.toISOString(),
    ended_at: run.endedAt?.toISOString() ?? null,
    bytes: run.bytes,
    ...rowsOf({
      inserted: sum(({ inserted }) => inserted),
      updated: sum(({ updated }) => updated),
      deleted: sum(({ deleted }) => deleted),
      unchanged: sum(({ unchanged }) => unchanged),
    }),
    tables: run.tables.map((table) => ({ id: table.id, name: table.name, layer: table.layer, ...rowsOf(table) })),
    drift: run.tables
      .filter(({ drift }) => hasDrift(drift))
      .map(({ name, drift: { added, removed, retyped } }) => ({ table: name, added, removed, retyped })),
    error: run.error === null ? null : { code: run.error.code, message: run.error.text },
  };
}
