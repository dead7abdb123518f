import type { RowChanges } from '../domain/refresh.ts';
import type { SyncChange, SyncRun } from '../domain/sync.ts';
import { presentTime } from './present.ts';
import type { SyncChangeView, SyncRunView } from './sync-run-wire.ts';

const presentRows = ({ inserted, updated, deleted, unchanged }: RowChanges) => ({
  rows_inserted: inserted,
  rows_updated: updated,
  rows_deleted: deleted,
  rows_unchanged: unchanged,
});

const none: RowChanges = { inserted: 0, updated: 0, deleted: 0, unchanged: 0 };

const add = (a: RowChanges, b: RowChanges): RowChanges => ({
  inserted: a.inserted + b.inserted,
  updated: a.updated + b.updated,
  deleted: a.deleted + b.deleted,
  unchanged: a.unchanged + b.unchanged,
});

/** One run of a synchronization. */
export function presentRun(run: SyncRun): SyncRunView {
  return {
    id: run.id,
    trigger: run.trigger,
    outcome: run.outcome,
    started_at: presentTime(run.startedAt),
    ended_at: run.endedAt === null ? null : presentTime(run.endedAt),
    bytes: run.bytes,
    ...presentRows(run.tables.reduce<RowChanges>(add, none)),
    tables: run.tables.map((table) => ({
      id: table.id,
      name: table.name,
      layer: table.layer,
      ...presentRows(table),
      drift: {
        added: [...table.drift.added],
        removed: [...table.drift.removed],
        retyped: [...table.drift.retyped],
      },
    })),
    warnings: run.warnings,
    error_code: run.error?.code ?? null,
    error_message: run.error?.text ?? null,
  };
}

/** One changed row. */
export const presentChange = ({ number, table, kind, cartodbId, before, after }: SyncChange): SyncChangeView => ({
  number,
  table,
  kind,
  cartodb_id: Number(cartodbId),
  before,
  after,
});

/** A changed row as cells of CSV: a line for each column whose value is another now. */
export function changeLines({ number, table, kind, cartodbId, before, after }: SyncChange) {
  return Object.keys({ ...before, ...after })
    .filter((column) => before === null || after === null || before[column] !== after[column])
    .map((column) => [
      number,
      table,
      kind,
      String(cartodbId),
      column,
      before?.[column] ?? null,
      after?.[column] ?? null,
    ]);
}
