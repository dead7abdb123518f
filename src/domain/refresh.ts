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

/** Nothing differs. */
export const noDrift: Drift = { added: [], removed: [], retyped: [] };

/** Whether anything differs. */
export const hasDrift = ({ added, removed, retyped }: Drift): boolean =>
  added.length + removed.length + retyped.length > 0;

/**
 * How the columns of a source differ from those of the run before. `now` and `before` are how source and table differed
 * in both runs, some of which stays so from run to run: a column that is gone from the source may keep its place in
 * the table. `names` are the columns that the source has now.
 */
export function driftSince(before: Drift, now: Drift, names: readonly string[]): Drift {
  const isNew = (list: readonly string[]) => (name: string) => !list.includes(name);
  const back = before.removed.filter((name) => names.includes(name));
  const gone = before.added.filter((name) => !names.includes(name));
  return {
    added: [...new Set([...now.added.filter(isNew(before.added)), ...back])],
    removed: [...new Set([...now.removed.filter(isNew(before.removed)), ...gone])],
    retyped: now.retyped.filter(
      ({ column, from, to }) =>
        !before.retyped.some((old) => old.column === column && old.from === from && old.to === to),
    ),
  };
}

/** What a run of a synchronization asks of publishing. */
export interface Refresh {
  /** Ids of the tables that layers go into, by the layer's name. A layer without one makes a new table. */
  readonly targets: ReadonlyMap<string, string>;
  readonly schemaPolicy: SchemaPolicy;
  readonly mode: WriteMode;
  /** Columns that tell rows apart, as the table names them; empty: whole rows are compared. */
  readonly key: readonly string[];
  /** Rows that the source no longer has, by the name of the layer, where it brings only what changed. Absent: nothing is known. */
  readonly gone?: ReadonlyMap<string, readonly string[]>;
  /** The run that changed rows are kept under; null: they are not kept. */
  readonly runId: string | null;
  /** How source and table differed after the run before, by the table's id. Absent: nothing is known of it. */
  readonly drift?: ReadonlyMap<string, Drift>;
  /** The synchronization that fingerprints of the rows are kept for; absent: none are. */
  readonly synchronizationId?: string;
  /** The rows were loaded before, as a difference to what the table turned out not to be: all are loaded now. */
  readonly isAgain?: boolean;
}
