import type { Warnings } from '../domain/import.ts';
import type { LocalFile } from '../domain/layer.ts';

/** What a later run compares to know whether anything changed. */
export interface Fingerprint {
  readonly etag: string | null;
  readonly lastModified: string | null;
  /** The address that answered, without its query, where it is another than the one asked for. */
  readonly answeredBy?: string;
  /** From where on the next run need only take rows, in words of the source. Absent: it takes all. */
  readonly cursor?: string;
}

/** Ids of the rows that a table has, one for each row. */
export type HeldIds = readonly number[];

/** Rows that a table has and its source no longer does. */
export interface GoneRows {
  /** The field that tells rows apart, as the source names it. */
  readonly key: string;
  /** Its values, as text. */
  readonly values: readonly string[];
}

export interface FetchContext {
  /**
   * What a field of ids holds in the table that the last run made of a layer; null where there is none, or its rows are
   * not told apart by it. Absent: all rows are wanted.
   */
  readonly held?: (layer: string, field: string) => Promise<HeldIds | null>;
  /** What the source was like the last time. Where it still is, `isUnchanged` may be answered in place of files. */
  readonly known?: Fingerprint | null;
  /** Whose import it is, where the source asks for what is the account's, such as its drives. */
  readonly accountId?: string;
  /** The job's own folder; files are written under names of ours. */
  readonly folder: string;
  readonly maxBytes: number;
  /** Whether the hash of a file will be wanted: it costs least while its bytes come. Absent: no. */
  readonly wantsHash?: boolean;
  readonly onBytes: (received: number) => void;
  /**
   * Told of a file of known size that begins to come, as `files` will have it but for its hash: it grows in its place. null:
   * what came is void. Absent: nobody reads files before they are whole.
   */
  readonly onArriving?: (file: LocalFile | null) => void;
  readonly signal: AbortSignal;
}

export interface Fetched {
  /** One for each file, layer or table that was asked for. */
  readonly files: readonly LocalFile[];
  readonly fingerprint: Fingerprint;
  /** The source says that it is as `known` has it: there are no files. Absent: false. */
  readonly isUnchanged?: boolean;
  /** The files have what was added and changed since `known.cursor` alone; other rows are as they were. Absent: false. */
  readonly isPartial?: boolean;
  /** Of partial files, what is gone, by the name of the layer; they are then written by its key. Absent: nothing is known of that. */
  readonly gone?: ReadonlyMap<string, GoneRows>;
  /** What is to be told of the source, by the keys of the wire's `warnings`. Absent: nothing. */
  readonly warnings?: Warnings;
}
