import type { Sql } from './sql.ts';

/** What an engine can do; read instead of asking which engine it is. */
export interface Capabilities {
  /** Other processes can use the same database (`landfall worker`). */
  readonly multiProcess: boolean;
  /** Connections that really run side by side; 1: index builds one after another. */
  readonly concurrentConnections: number;
  /** COPY is one stream in one transaction, others read meanwhile. Without it a copy is many short statements. */
  readonly streamingCopy: boolean;
  /** `ST_AsMVT` works. */
  readonly vectorTiles: boolean;
}

export interface CopyTarget {
  readonly schema: string;
  readonly table: string;
  /** In the order of the stream. */
  readonly columns: readonly string[];
  /** The table was created in this transaction: rows are written frozen (saves a later pass over the table). */
  readonly freeze: boolean;
}

export interface Queryable {
  /**
   * int8 comes as a number where that is exact and as a bigint beyond 2^53, numeric as text, timestamptz as a Date,
   * date and timestamp as text (they have no zone to make a Date of), bytea as a Buffer.
   */
  query<Row extends object = Record<string, unknown>>(statement: Sql): Promise<readonly Row[]>;
  /**
   * Text of a library that brings its own SQL (the queue). Without values it may be several statements, whose rows
   * come joined.
   */
  queryText(text: string, values?: readonly unknown[]): Promise<{ readonly rows: readonly Record<string, unknown>[] }>;
  /**
   * COPY BINARY. Each chunk is a whole number of tuples, without the stream's header and trailer, which the adapter
   * adds; its memory belongs to the adapter from then on. Resolves after the last chunk is in the table. An error from `chunks` ends the copy without effect
   * (where `streamingCopy` is false: with the chunks copied so far, in a table that the caller drops).
   */
  copyIn(target: CopyTarget, chunks: AsyncIterable<Uint8Array>): Promise<void>;
  /** The rows of a SELECT without parameters whose columns are all bytea: large ones cost half of what `query` takes. */
  queryBytes(statement: Sql): Promise<readonly (readonly (Buffer | null)[])[]>;
}

/** Errors of the engine come as DatabaseError with the SQLSTATE; a lost connection has code `08006`. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
  readonly code: string;
  readonly constraint: string | undefined;
  readonly table: string | undefined;
  readonly column: string | undefined;
  readonly detail: string | undefined;
  readonly hint: string | undefined;
  /** Where in the statement, in characters from 1; for a statement of a user, in the user's own text. */
  readonly position: number | undefined;
  constructor(
    message: string,
    options: {
      code: string;
      constraint?: string | undefined;
      table?: string | undefined;
      column?: string | undefined;
      detail?: string | undefined;
      hint?: string | undefined;
      position?: number | undefined;
      cause?: unknown;
    },
  ) {
    super(message, { cause: options.cause });
    this.code = options.code;
    this.constraint = options.constraint;
    this.table = options.table;
    this.column = options.column;
    this.detail = options.detail;
    this.hint = options.hint;
    this.position = options.position;
  }
}

/** One statement of a user, running as the low role of its account. */
export interface UserCursor extends AsyncDisposable {
  readonly fields: readonly { readonly name: string; readonly typeName: string }[];
  /** The next rows as arrays of the engine's own text form, null for NULL; empty at the end. */
  fetch(rows: number): Promise<readonly (readonly (string | null)[])[]>;
}

export interface UserQueryOptions {
  /** Role that logs in: the account's reader, or its public role. */
  readonly role: string;
  readonly schema: string;
  /** Of the engine's own work; reading the result slowly does not count. Over it: `57014`. */
  readonly timeoutMs: number;
  /** Values of `$1` and so on, for texts of our own. */
  readonly values?: readonly unknown[] | undefined;
  /** Rows left out at the start (0) and rows given at most (all). */
  readonly skipRows?: number | undefined;
  readonly maxRows?: number | undefined;
  /** `rights` leaves out the check of the text: the self-test so shows that the role's rights alone refuse. */
  readonly layers?: 'all' | 'rights' | undefined;
  /** Nobody wants the result any more; a server then ends the statement (the embedded engine lets it end, unless it `isLong`). */
  readonly signal?: AbortSignal | undefined;
  /** `signal` ends the statement on the embedded engine too, whose session then starts anew, which takes seconds. */
  readonly isLong?: boolean | undefined;
}

/** Rows of a user that are copied into one table as a low role. */
export interface UserCopyOptions extends Pick<UserQueryOptions, 'role' | 'schema' | 'timeoutMs'> {
  /** Looks at what was done before it counts; what it throws undoes it. `db` sees the tables as the service does. */
  readonly beforeCommit: (db: Queryable, rows: number) => Promise<void>;
}

/** One statement of a user that writes as a low role. */
export interface UserWriteOptions
  extends Pick<UserQueryOptions, 'role' | 'schema' | 'timeoutMs' | 'layers' | 'signal'> {
  /** Called before what was done counts; what it throws undoes it. `db` sees the tables as the service does. */
  readonly beforeCommit: (db: Queryable) => Promise<void>;
}

export interface Database extends Queryable {
  readonly capabilities: Capabilities;
  /**
   * Commits when `run` resolves, rolls back when it throws. Not nested: inside, `tx` alone is used (with one
   * connection, waiting inside a transaction for the database itself would wait for ever).
   */
  transaction<T>(run: (tx: Queryable) => Promise<T>): Promise<T>;
  /**
   * The same on a connection that is free at once; null where none is. It is the only one that may be asked for inside a
   * transaction, and sees nothing of that.
   */
  transactionIfFree<T>(run: (tx: Queryable) => Promise<T>): Promise<T> | null;
  /** Runs one SELECT of a user in a read-only transaction as a low role. SQL errors are DatabaseErrors. */
  openUserCursor(text: string, options: UserQueryOptions): Promise<UserCursor>;
  /**
   * Runs a `copy … from stdin` of our own making as a low role, in one transaction; gives the number of rows. SQL errors
   * are DatabaseErrors, an error of `bytes` is thrown as it is. The embedded engine holds all of them (then 54000).
   */
  copyInAs(statement: Sql, bytes: AsyncIterable<Uint8Array>, options: UserCopyOptions): Promise<number>;
  /**
   * Runs one INSERT, UPDATE or DELETE of a user as a low role, in one transaction, once its text is checked. SQL errors are
   * DatabaseErrors. It ends early where `signal` says so until `beforeCommit` is called.
   */
  writeAs(text: string, options: UserWriteOptions): Promise<void>;
  /** Called for every notification on the channel, from any process; returns how to stop. */
  listen(channel: string, onNotify: (payload: string) => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}
