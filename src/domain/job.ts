/** Batch queries: statements that run in the background, one after another. */

/** Where a job or one of its statements is; words of CARTO's SQL API. `unknown`: it may have been done or not. */
export const jobStatuses = ['pending', 'running', 'done', 'failed', 'cancelled', 'unknown'] as const;
export type JobStatus = (typeof jobStatuses)[number];

/** One statement of a job, with how it went. */
export interface JobStep {
  readonly query: string;
  readonly status: JobStatus;
  /** Why it came to nothing, for the user; absent unless it `failed` or is `unknown`. */
  readonly failedReason?: string;
  /** The import that makes its table, once it was begun. */
  readonly importId?: string;
}

/** One row of `landfall.jobs`. */
export interface Job {
  readonly id: string;
  readonly accountId: string;
  readonly status: JobStatus;
  /** Whether it was sent as a list. */
  readonly isList: boolean;
  readonly steps: readonly JobStep[];
  readonly attempt: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A table as a statement names it. */
export interface NamedTable {
  readonly schema: string | null;
  readonly name: string;
}

/** What a statement of a job asks for; `text` is the statement without what stands around it. */
export type Statement =
  | { readonly kind: 'select'; readonly text: string }
  | {
      readonly kind: 'create';
      readonly table: NamedTable;
      /** The query whose rows become the table. */
      readonly query: string;
      readonly ifNotExists: boolean;
    }
  | { readonly kind: 'insert' | 'update' | 'delete'; readonly table: NamedTable; readonly text: string }
  | {
      readonly kind: 'rename';
      readonly table: NamedTable;
      readonly name: string;
      readonly ifExists: boolean;
    }
  | { readonly kind: 'drop'; readonly table: NamedTable; readonly ifExists: boolean; readonly cascade: boolean };
