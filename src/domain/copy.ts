/** Columns that an option of COPY names; `*`: all. */
export type CopyColumns = readonly string[] | '*';

/** How the rows of a COPY are written, with PostgreSQL's own names and defaults. */
export interface CopyOptions {
  readonly format: 'text' | 'csv' | 'binary';
  /** One character; absent: a tab, or a comma in csv. */
  readonly delimiter?: string;
  /** What stands for NULL; absent: `\N`, or nothing in csv. */
  readonly null?: string;
  /** A first line with the names of the columns; `match`: which must be those of the table. */
  readonly header?: boolean | 'match';
  readonly quote?: string;
  readonly escape?: string;
  readonly encoding?: string;
  readonly forceQuote?: CopyColumns;
  readonly forceNotNull?: CopyColumns;
  readonly forceNull?: CopyColumns;
}

/** A COPY statement, taken apart. Nothing of its text is run but `query`. */
export interface CopyCommand {
  readonly direction: 'from' | 'to';
  /** null: a query is copied. `schema` is null where none was named. */
  readonly table: { readonly schema: string | null; readonly name: string } | null;
  /** null: all columns of the table. */
  readonly columns: readonly string[] | null;
  readonly query: string | null;
  readonly options: CopyOptions;
}
