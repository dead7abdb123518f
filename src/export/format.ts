import type { UserCursor } from '../db/database.ts';

/** Columns of a result: name and `pg_type.typname`. */
export type Fields = UserCursor['fields'];

/** Values in the engine's own text, null for NULL. */
export type Row = readonly (string | null)[];

/** Rows of a query without the columns that nobody wants. They can be read once; its scope gives the place back. */
export interface Result extends AsyncDisposable {
  readonly fields: Fields;
  /** Some rows at a time; errors are DatabaseErrors. */
  batches(): AsyncGenerator<readonly Row[]>;
}

/** A reference system as `spatial_ref_sys` has it. */
export interface ReferenceSystem {
  readonly srid: number;
  /** `EPSG` and the like; null where the definition has no code. */
  readonly authority: string | null;
  readonly code: number;
  /** Well-known text of version 1. */
  readonly wkt: string;
}

/** What a format may know besides the rows. */
export interface ExportContext {
  /** Name of the file without its ending; layers are called so. */
  readonly name: string;
  /** Decimal places that coordinates are rounded to; null: all digits. */
  readonly decimals: number | null;
  /** Text that a spreadsheet would take for a formula gets an apostrophe before it. */
  readonly safeCells: boolean;
  /** When the query began, by `performance.now()`. */
  readonly startedMs: number;
  /** Most characters that the values, or the answer, may have. */
  readonly maxLength: number;
  /** What the user may read of an error; null: nothing. */
  readonly explain: (error: unknown) => string | null;
  /** A folder of its own, removed with its scope. Waits for a place or throws a DatabaseError 53300. */
  openFolder(): Promise<AsyncDisposable & { readonly path: string }>;
  /** null: the database does not know the number. */
  findSystem(srid: number): Promise<ReferenceSystem | null>;
}

/** A way to write rows as a file or an answer. */
export interface ExportFormat {
  readonly mediaType: string;
  /** Of the file name, without the dot. */
  readonly extension: string;
  /** A value of JavaScript, which a callback can be called with. */
  readonly isScript: boolean;
  /**
   * The bytes, as fast as they are taken. `open` runs the query, once and when there is room for its rows; its result is
   * closed at the end. Throws UnsuitableResultError and
   * ResultTooLargeError with words for the user, before the first piece where it can be known then.
   */
  write(open: () => Promise<Result>, context: ExportContext): AsyncGenerator<string | Uint8Array>;
}

/** The answer would be larger than one may be. */
export class ResultTooLargeError extends Error {
  override readonly name = 'ResultTooLargeError';
  constructor(maxLength: number) {
    super(`the result is larger than ${maxLength} characters: ask for fewer rows or columns, or page through it`);
  }
}
