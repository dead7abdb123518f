import type { Sql } from './sql.ts';

/** What an engine can do; read instead of asking which engine it is. */
export interface Capabilities {
  /** Other processes can use the same database (`landfall worker`). */
  readonly multiProcess: boolean;
  /** Connections that really run side by side; 1: index builds one after another. */
  readonly concurrentConnections: number;
  /** COPY is one stream in one transaction, others read meanwhile. Without it a copy is many short statements. */
  readonly streamingCopy: boolean;
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
  query<Row extends object = Record<string, unknown>>(statement: Sql): Promise<readonly Row[]>;
  /**
   * COPY BINARY. Each chunk is a whole number of tuples, without the stream's header and trailer, which the adapter
   * adds. Resolves after the last chunk is in the table. An error from `chunks` ends the copy without effect
   * (where `streamingCopy` is false: with the chunks copied so far, in a table that the caller drops).
   */
  copyIn(target: CopyTarget, chunks: AsyncIterable<Uint8Array>): Promise<void>;
}

/** Errors of the engine come as DatabaseError with the SQLSTATE; a lost connection has code `08006`. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
  readonly code: string;
  readonly constraint: string | undefined;
  readonly table: string | undefined;
  readonly column: string | undefined;
  constructor(
    message: string,
    options: {
      code: string;
      constraint?: string | undefined;
      table?: string | undefined;
      column?: string | undefined;
      cause?: unknown;
    },
  ) {
    super(message, { cause: options.cause });
    this.code = options.code;
    this.constraint = options.constraint;
    this.table = options.table;
    this.column = options.column;
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
  readonly timeoutMs: number;
}

export interface Database extends Queryable {
  readonly capabilities: Capabilities;
  /** Commits when `run` resolves, rolls back when it throws. Not nested. */
  transaction<T>(run: (tx: Queryable) => Promise<T>): Promise<T>;
  /** Runs one SELECT of a user in a read-only transaction as a low role. SQL errors are DatabaseErrors. */
  openUserCursor(text: string, options: UserQueryOptions): Promise<UserCursor>;
  /** Called for every notification on the channel, from any process; returns how to stop. */
  listen(channel: string, onNotify: (payload: string) => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}
