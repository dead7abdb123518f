import type { ConnectorRequest, RemoteTable } from '../../domain/connector.ts';
import type { Warnings } from '../../domain/import.ts';
import type { RowsHeader } from '../../domain/rows-file.ts';
import type { OpenSocket } from '../../util/guarded-socket.ts';
import type { RowsWriter } from '../rows-writer.ts';

/** Parameters of a connection by name, as `toConnection` made them. */
export type Connection = Readonly<Record<string, string>>;

/** Most tables or databases that a list has (wire contract 10.4). */
export const MAX_LISTED = 500;

/** Where the rows of a read go. */
export interface RowsSink {
  /** Begins the file of rows. Called once, before the first row. */
  open(header: RowsHeader): RowsWriter;
}

/** What a read came to. */
export interface ReadRows {
  readonly writer: RowsWriter;
  readonly warnings: Warnings;
}

/** The end of a column that rises. */
export interface Newest {
  readonly value: string | null;
  /** Quoted, as conditions of the request name it. */
  readonly column: string;
  /** Whether the database takes a number for it only without quotes, or would round one within them. */
  readonly isNumber: boolean;
}

/** A connection to a remote database that may only read. */
export interface DatabaseSession extends AsyncDisposable {
  /** Brings the rows that a request asks for, from one snapshot; returns what they were written to and what is to be told. */
  read(request: ConnectorRequest, sink: RowsSink): Promise<ReadRows>;
  /**
   * The greatest value of a column among the rows that a request asks for, as the database writes it in a literal; null
   * where there is none.
   */
  newest(request: ConnectorRequest, column: string): Promise<Newest>;
  /** Tables that can be imported, at most `MAX_LISTED`. */
  tables(): Promise<readonly RemoteTable[]>;
  databases(): Promise<readonly string[]>;
  /** What a query would cost, in bytes that are read. Throws connectorFailed where the provider cannot tell. */
  dryRun?(sql: string): Promise<number>;
}

/** What drivers need of the machine. */
export interface Surroundings {
  readonly openSocket: OpenSocket;
  /** Ends everything that is under way. */
  readonly signal: AbortSignal;
}

/** One way to speak to databases. Its library is loaded when it is first used. */
export interface Driver {
  open(connection: Connection, surroundings: Surroundings): Promise<DatabaseSession>;
}
