import type { Layer, LocalFile } from '../domain/layer.ts';
import type { Reading } from '../domain/reading.ts';

/** What the request says about how files are to be read, and the limits that hold. */
export interface ReadOptions extends Reading {
  /** Rows of one layer; more end with 6668. */
  readonly maxRows: number;
}

/** A file to open, with the files that stood beside it. */
export interface SourceFile extends LocalFile {
  /**
   * Files of the same base name in the same folder (`.dbf` beside `.shp`), by lower-case extension with its dot. Of a
   * folder that is one source (`NAME.gdb`, its name is the folder's): every file in it, by its lower-case name.
   */
  readonly companions: ReadonlyMap<string, LocalFile>;
}

export interface OpenContext {
  /** The job's own folder, where a format may write; gone with the job. */
  readonly folder: string;
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
  /**
   * Whether a file with one of the extensions or media types cannot be of the format, by its first bytes: delimited
   * text called `.xls`, which is then read as what it is. Absent: none.
   */
  refuses?(head: Uint8Array): boolean;
  /** A file with this extension, alone, may be opened before its end has arrived (`LocalFile.arrival`). Absent: none may. */
  readonly lateExtension?: string;
  /** Whether a file may be opened while it is downloaded, once 1 MiB of it is there. Absent: no. */
  readonly readsArriving?: boolean;
  /** Runs in the reader process. Throws ImportError. */
  open(file: SourceFile, options: ReadOptions, context: OpenContext): Promise<readonly Layer[]>;
}
