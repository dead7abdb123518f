/** How rows of a source come into a table that exists. */

/**
 * `replace`: the table holds what the source holds. `append`: all rows are added. By key: `upsert` changes and adds,
 * `update` changes only, `insert_new` adds only, `soft_delete` is an upsert that marks what the source no longer has.
 */
export const writeModes = ['replace', 'append', 'upsert', 'update', 'insert_new', 'soft_delete'] as const;
export type WriteMode = (typeof writeModes)[number];

/** Column in which `soft_delete` notes when a row was first found missing; NULL while the source has it. */
export const deletedAt = '_deleted_at';

/**
 * What becomes of a change of the source's columns: `evolve` follows it, `freeze` fails the run with 2013 and keeps the
 * table as it is, `discard_columns` leaves new columns out.
 */
export const schemaPolicies = ['evolve', 'freeze', 'discard_columns'] as const;
export type SchemaPolicy = (typeof schemaPolicies)[number];

/** What a refresh did to the rows of a table. */
export interface RowChanges {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  readonly unchanged: number;
}

/** How the columns of a source differ from those of its table. */
export interface Drift {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly retyped: readonly { readonly column: string; readonly from: string; readonly to: string }[];
}

/** What a run of a synchronization asks of publishing. */
export interface Refresh {
  /** Ids of the tables that layers go into, by the layer's name. A layer without one makes a new table. */
  readonly targets: ReadonlyMap<string, string>;
  readonly schemaPolicy: SchemaPolicy;
  readonly mode: WriteMode;
  /** Columns that tell rows apart, as the table names them; empty: whole rows are compared. */
  readonly key: readonly string[];
  /** The run that changed rows are kept under; null: they are not kept. */
  readonly runId: string | null;
}
