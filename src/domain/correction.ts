import type { Reject } from './report.ts';

/** What a user says should stand in a row that has rejects. */
export interface Correction {
  /** As the source names it; null: the import has one layer. */
  readonly layer: string | null;
  readonly file: string | null;
  /** `row` of the rejects, or with `isId` the `cartodb_id`. */
  readonly row: number;
  readonly isId: boolean;
  /** Whether the row as a whole is right then, and not single cells of it. */
  readonly isWhole: boolean;
  /** Columns as the source or the table names them; null for NULL. */
  readonly values: readonly { readonly column: string; readonly value: string | null }[];
}

/** What came of corrections. */
export interface Corrected {
  /** Rows that were changed. */
  readonly rows: number;
  /** Cells that were changed. */
  readonly cells: number;
  /** Rejects of the import that are still there. */
  readonly remaining: number;
  /** What of the corrections does not fit either; nothing of such a row was changed. */
  readonly rejects: readonly Omit<Reject, 'offset'>[];
}
