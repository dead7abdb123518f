import type { ImportWish } from './imports.ts';
import { api, json } from './session.ts';

/** A synchronization. */
export interface Sync {
  readonly id: string;
  readonly name: string | null;
  readonly interval: number;
  /** Empty where a service is named. */
  readonly url: string | null;
  readonly service_name: string | null;
  readonly service_item_id: string | null;
  readonly state: 'created' | 'queued' | 'syncing' | 'success' | 'failure';
  readonly run_at: string;
  readonly ran_at: string;
  readonly error_code: number | null;
  readonly error_message: string | null;
  readonly mode: string;
}

/** One run of a synchronization. */
export interface SyncRun {
  readonly id: string;
  readonly trigger: 'first' | 'schedule' | 'forced' | 'rollback';
  readonly outcome: 'changed' | 'unchanged' | 'failure' | null;
  readonly started_at: string;
  readonly ended_at: string | null;
  readonly rows_inserted: number;
  readonly rows_updated: number;
  readonly rows_deleted: number;
  readonly rows_unchanged: number;
  readonly error_code: number | null;
  readonly error_message: string | null;
}

/** A row that a run changed. */
export interface SyncChange {
  readonly number: number;
  readonly table: string;
  readonly kind: 'insert' | 'update' | 'delete';
  readonly cartodb_id: number;
  readonly before: Readonly<Record<string, string | null>> | null;
  readonly after: Readonly<Record<string, string | null>> | null;
}

const at = (id: string): string => `/api/v1/synchronizations/${id}`;

export const listSyncs = async (): Promise<readonly Sync[]> =>
  (await api<{ synchronizations: readonly Sync[] }>('/api/v1/synchronizations')).synchronizations;

export const findSync = (id: string): Promise<Sync> => api<Sync>(at(id));

/** Begins to synchronize a source every `interval` seconds. */
export const createSync = (wish: ImportWish, interval: number): Promise<Sync> =>
  api<Sync>('/api/v1/synchronizations', json({ ...wish, interval }));

/** Asks for a run now; false where the server has reasons to wait. */
export const runSync = async (id: string): Promise<boolean> =>
  (await api<{ enqueued: boolean }>(`${at(id)}/sync_now`, { method: 'PUT' })).enqueued;

export const changeSync = (id: string, interval: number): Promise<Sync> => api<Sync>(at(id), json({ interval }, 'PUT'));

/** Ends a synchronization; its table stays. */
export const removeSync = (id: string): Promise<void> => api(at(id), { method: 'DELETE' });

export const listRuns = async (id: string): Promise<readonly SyncRun[]> =>
  (await api<{ runs: readonly SyncRun[] }>(`${at(id)}/runs?per_page=50`)).runs;

export const listChanges = async (id: string, run: string): Promise<readonly SyncChange[]> =>
  (await api<{ changes: readonly SyncChange[] }>(`${at(id)}/runs/${run}/changes?limit=200`)).changes;

/** Takes the tables back to where they were after a run. */
export const rollBack = (id: string, run: string): Promise<SyncRun> =>
  api<SyncRun>(`${at(id)}/rollback`, json({ run }));
