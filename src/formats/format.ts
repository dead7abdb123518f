import type { Layer, LocalFile } from '../domain/layer.ts';

/** What the request says about how files are to be read. Absent: find out. */
export interface ReadOptions {
  readonly typeGuessing: boolean;
  readonly quotedFieldsGuessing: boolean;
  /** Rows of one layer; more end with 6668. */
  readonly maxRows: number;
}

/** A file format: facts, and a way to open a file of it. Plain objects in the list of `formats/index.ts`. */
export interface Format {
  readonly id: string;
  readonly title: string;
  /** Lower case, with the dot. */
  readonly extensions: readonly string[];
  readonly mediaTypes: readonly string[];
  /** Looks at the first bytes (up to 64 KiB) of the file; absent where bytes tell nothing. */
  matches?(head: Uint8Array): boolean;
  /** Runs in the reader process. Throws ImportError. */
  open(file: LocalFile, options: ReadOptions): Promise<readonly Layer[]>;
}
