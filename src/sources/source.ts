import type { Warnings } from '../domain/import.ts';
import type { LocalFile } from '../domain/layer.ts';

/** What a later run compares to know whether anything changed. */
export interface Fingerprint {
  readonly etag: string | null;
  readonly lastModified: string | null;
  /** From where on the next run need only take rows, in words of the source. Absent: it takes all. */
  readonly cursor?: string;
}

export interface FetchContext {
  /** What the source was like the last time. Where it still is, `isUnchanged` may be answered in place of files. */
  readonly known?: Fingerprint | null;
  /** Whose import it is, where the source asks for what is the account's, such as its drives. */
  readonly accountId?: string;
  /** The job's own folder; files are written under names of ours. */
  readonly folder: string;
  readonly maxBytes: number;
  readonly onBytes: (received: number) => void;
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
  /** What is to be told of the source, by the keys of the wire's `warnings`. Absent: nothing. */
  readonly warnings?: Warnings;
}
