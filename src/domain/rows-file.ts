import type { ColumnType } from './schema.ts';

/**
 * The file in which rows of a database or a service wait to be read: what a source fetched, with the types that it
 * declares. It begins with `rowsMagic` and one line of JSON (`RowsHeader`). A record follows the other: the length of
 * what is behind it, then the geometry and each column as one byte of kind (`GeometryKind`, `CellKind`; 0: NULL), a
 * length, and the bytes. Lengths have 32 bits, little-endian.
 */
export const rowsMagic = 'landfall rows 1\n';

/** Extension of such files. Users cannot send them: it is a hand-over between processes of one machine. */
export const rowsExtension = '.landfall-rows';

export interface RowsColumn {
  readonly name: string;
  /** null: to be inferred. Cells of a declared column are in the words of the type: ISO dates, `true`, digits. */
  readonly type: ColumnType | null;
  /** What the source calls it for people, where that is not its name. */
  readonly label?: string;
}

export interface RowsHeader {
  /** Name of the layer, from which the table gets its own. */
  readonly name: string;
  readonly columns: readonly RowsColumn[];
  readonly hasGeometry: boolean;
  /** null: nothing is known of it. */
  readonly srid: number | null;
}

/** Largest record, in bytes. */
export const maxRowBytes = 128 << 20;
