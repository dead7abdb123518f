import type { ImportFailure, ImportOptions, ImportRequest, Warnings } from './import.ts';
import type { Drift, RowChanges, SchemaPolicy, WriteMode } from './refresh.ts';

/**
 * States of a synchronization, as the wire names them (wire contract 8.2). During the first import it is `created`
 * while that waits and `queued` while that runs; `syncing` are later runs alone.
 */
export const syncStates = ['created', 'queued', 'syncing', 'success', 'failure'] as const;
export type SyncState = (typeof syncStates)[number];

/** What a later run compares to know whether the source changed. */
export interface Validators {
  /** As the server wrote them. */
  readonly etag: string | null;
  readonly lastModified: string | null;
  /** The address that answered, without its query, where it is another than the one asked for. */
  readonly answeredBy?: string;
  /** Of the file as it was read, in hexadecimal digits. */
  readonly sha256: string | null;
  /** From where on the next run takes rows, in the words of the source. Absent: all of them. */
  readonly cursor?: string;
}

/** What can be said of a synchronization besides its source. */
export interface SyncSettings {
  /** Seconds from the end of one run to the next. */
  readonly interval: number;
  readonly schemaPolicy: SchemaPolicy;
  readonly mode: WriteMode;
  readonly key: readonly string[];
}

/** One row of `landfall.synchronizations`. */
export interface Synchronization extends SyncSettings {
  readonly id: string;
  readonly accountId: string;
  /** The `table_name` that was asked for, later the name of the last table; null where there is neither. */
  readonly name: string | null;
  readonly request: ImportRequest;
  readonly options: ImportOptions;
  readonly url: string;
  readonly serviceName: string | null;
  readonly serviceItemId: string | null;
  readonly fromExternalSource: boolean;
  /** What the imports of its runs show. */
  readonly originalUrl: string;
  readonly displayName: string;
  readonly state: SyncState;
  /** Of the dataset that it keeps, the last where there are several; null until there is one. */
  readonly visualizationId: string | null;
  /** The import of the run under way or of the last one. */
  readonly importId: string;
  /** Runs begun, the first import among them. */
  readonly runs: number;
  readonly runAt: Date;
  readonly ranAt: Date;
  readonly retriedTimes: number;
  readonly error: ImportFailure | null;
  readonly validators: Validators | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A synchronization before it has an id. */
export interface NewSynchronization extends SyncSettings {
  readonly request: ImportRequest;
  readonly options: ImportOptions;
  readonly name: string | null;
  /** What `url`, `service_name` and `service_item_id` show. */
  readonly url: string;
  readonly serviceName: string | null;
  readonly serviceItemId: string | null;
  readonly fromExternalSource: boolean;
  /** What the imports of its runs show. */
  readonly originalUrl: string;
  readonly displayName: string;
}

/** What a run did to one table. */
export interface SyncRunTable extends RowChanges {
  readonly id: string;
  readonly name: string;
  readonly layer: string;
  readonly drift: Drift;
}

/** One row of `landfall.sync_runs`: its id is that of its import. */
export interface SyncRun {
  readonly id: string;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
  /** null while it runs; `unchanged`: the source was the same and nothing was written. */
  readonly outcome: 'changed' | 'unchanged' | 'failure' | null;
  readonly trigger: 'first' | 'schedule' | 'forced' | 'rollback';
  /** Downloaded. */
  readonly bytes: number;
  readonly tables: readonly SyncRunTable[];
  readonly warnings: Warnings | null;
  readonly error: ImportFailure | null;
}

/** A row that a run changed, with values as PostgreSQL writes them, by column. */
export interface SyncChange {
  /** Rises in the order in which rows were written. */
  readonly number: number;
  readonly table: string;
  readonly kind: 'insert' | 'update' | 'delete';
  readonly cartodbId: number | bigint;
  /** null: the row was not there before. */
  readonly before: Readonly<Record<string, string | null>> | null;
  /** null: the row is gone. */
  readonly after: Readonly<Record<string, string | null>> | null;
}

/** A part of a run's changes: those after the one of this number, at most so many. */
export interface SyncChangesPage {
  readonly after: number;
  readonly limit: number;
}
