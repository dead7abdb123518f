import type { ImportState } from './import-state.ts';
import type { LocalFile } from './layer.ts';

/** What may be asked. The wire's `data_type` is derived from `kind`. Later issues add kinds. */
export type ImportRequest =
  | { readonly kind: 'upload'; readonly file: LocalFile }
  | { readonly kind: 'url'; readonly url: string }
  /** A POST without any source: accepted, then fails with 1010 (wire contract 1.3). */
  | { readonly kind: 'nothing' };

export type Privacy = 'public' | 'private' | 'link';
export type CollisionStrategy = 'rename' | 'skip' | 'overwrite';

export interface ImportOptions {
  readonly typeGuessing: boolean;
  readonly quotedFieldsGuessing: boolean;
  readonly contentGuessing: boolean;
  readonly createVisualization: boolean;
  readonly collisionStrategy: CollisionStrategy;
  /** null: not said; a new table is then private, an overwritten one keeps what it has. */
  readonly privacy: Privacy | null;
}

export interface Account {
  readonly id: string;
  /** The account's name is also the name of its schema. */
  readonly name: string;
  readonly limits: AccountLimits;
}

/** null: the server's own limit holds. */
export interface AccountLimits {
  readonly maxFileBytes: number | null;
  readonly maxRows: number | null;
  readonly maxTables: number | null;
  readonly maxStorageBytes: number | null;
  readonly concurrentImports: number | null;
}

/** Counted things that did not fail the import. Keys are part of the wire (`warnings`). */
export type Warnings = Readonly<Record<string, unknown>>;

export interface ImportFailure {
  readonly code: number;
  /** What happened and where, for the user: becomes `get_error_text.what_about`. */
  readonly text: string;
}

/** One row of `landfall.imports`. */
export interface Import {
  readonly id: string;
  readonly accountId: string;
  readonly request: ImportRequest;
  readonly options: ImportOptions;
  readonly state: ImportState;
  readonly attempt: number;
  readonly tableId: string | null;
  readonly tableName: string | null;
  readonly tablesCreatedCount: number | null;
  readonly error: ImportFailure | null;
  readonly warnings: Warnings | null;
  readonly userDefinedLimits: string;
  readonly originalUrl: string;
  readonly displayName: string;
  readonly httpResponseCode: number | null;
  readonly progress: ImportProgress;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface ImportProgress {
  readonly rows: number;
  readonly bytes: number;
}
