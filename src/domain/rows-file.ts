import { CellKind } from './layer.ts';
import type { ColumnType } from './schema.ts';

/**
 * The file in which rows of a database or a service wait to be read: what a source fetched, with the types that it
 * declares. It begins with `rowsMagic` and one line of JSON (`RowsHeader`). A record follows the other: the length of
 * what is behind it, then the geometry and each column as one byte of kind (`GeometryKind`, `CellKind`; 0: NULL), a
 * length, and the bytes. Lengths have 32 bits, little-endian.
 *
 * Where the header says `tuples`, what follows is a COPY in binary format of PostgreSQL, from its signature to its end
 * mark, as a server sent it.
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

/** What a field of a tuple is; the geometry, where there is one, is the first. */
export type TupleField = 'geometry' | 'text' | 'json' | 'binary';

export interface RowsHeader {
  /** Name of the layer, from which the table gets its own. */
  readonly name: string;
  readonly columns: readonly RowsColumn[];
  readonly hasGeometry: boolean;
  /** null: nothing is known of it. */
  readonly srid: number | null;
  /** The fields of the tuples that follow. Absent: records follow. */
  readonly tuples?: readonly TupleField[];
}

/** How a COPY in binary format begins, before its flags and the length of its extension, of 4 bytes each. */
export const copySignature: Uint8Array = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');

/** Bytes before the first tuple of a COPY whose extension is empty. */
export const copyHeadBytes = 19;

/** Largest record, in bytes. */
export const maxRowBytes = 128 << 20;

const BRACE = 123;
const BRACKET = 91;

/** Objects and lists are JSON; a scalar stays the text that it is. `first` is the first byte. */
export const kindOfJson = (first: number | undefined): CellKind =>
  first === BRACE || first === BRACKET ? CellKind.json : CellKind.plain;
