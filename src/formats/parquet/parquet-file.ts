import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type ColumnMetaData, type FileMetaData, parquetMetadata } from 'hyparquet';
import type { LocalFile } from '../../domain/layer.ts';
import { ImportError } from '../../errors.ts';

/** Magic and footer length behind the footer. */
const TAIL_BYTES = 8;
/** Largest footer that is read: it is parsed into objects many times its size. */
const MAX_FOOTER_BYTES = 32 << 20;

/** A Parquet file open for reading at any place. */
export class ParquetFile implements Disposable {
  readonly name: string;
  readonly size: number;
  readonly #fd: number;

  constructor(file: LocalFile) {
    this.name = file.name;
    this.#fd = openSync(file.path, 'r');
    this.size = fstatSync(this.#fd).size;
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }

  /** The bytes from `start` up to `end`, in memory of their own. Throws loadFailed (2001) where the file has fewer. */
  slice(start: number, end: number): Uint8Array<ArrayBuffer> {
    if (!(start >= 0 && end >= start && end <= this.size)) throw this.damaged('an offset leads outside of the file');
    const bytes = new Uint8Array(end - start);
    for (let at = 0; at < bytes.length; ) {
      const count = readSync(this.#fd, bytes, at, bytes.length - at, start + at);
      if (count === 0) throw this.damaged('it ended while it was read');
      at += count;
    }
    return bytes;
  }

  /** The footer, parsed. Throws loadFailed for a file that is cut off, fileTooBig for a footer beyond 32 MiB. */
  metadata(): FileMetaData {
    const tail = Buffer.from(this.slice(Math.max(0, this.size - TAIL_BYTES), this.size).buffer);
    if (tail.length < TAIL_BYTES || tail.toString('latin1', 4) !== 'PAR1') {
      throw this.damaged(
        tail.toString('latin1', 4) === 'PARE'
          ? 'its footer is encrypted'
          : 'it has no footer at its end: it is cut off',
      );
    }
    const footerBytes = tail.readUInt32LE(0);
    if (footerBytes > this.size - TAIL_BYTES) throw this.damaged('its footer is said to be longer than the file');
    if (footerBytes > MAX_FOOTER_BYTES) {
      throw new ImportError('fileTooBig', {
        detail: `${this.name}: the footer has ${footerBytes} bytes, more than ${MAX_FOOTER_BYTES >> 20} MiB.`,
        hint: 'Write the file with fewer row groups or columns.',
      });
    }
    return this.translated('its footer', () => {
      const metadata = parquetMetadata(this.slice(this.size - TAIL_BYTES - footerBytes, this.size), {
        geoparquet: false,
      });
      if (!isComplete(metadata)) throw new Error('a member that every file has is missing');
      return metadata;
    });
  }

  /** Runs a step of the library; what it throws becomes an ImportError that names `what`. */
  translated<T>(what: string, run: () => T): T {
    try {
      return run();
    } catch (cause) {
      throw this.translate(what, cause);
    }
  }

  translate(what: string, cause: unknown): ImportError {
    if (cause instanceof ImportError) return cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    return this.damaged(`${what} cannot be read (${reason})`, cause);
  }

  damaged(what: string, cause?: unknown): ImportError {
    return new ImportError('loadFailed', {
      detail: `${this.name}: ${what}.`,
      hint: 'Check that the file is whole, or write it again with another program.',
      cause,
    });
  }
}

/** Whether what is read later on is there: the library types what it finds in a footer, and does not look whether it is so. */
const isComplete = ({ schema, row_groups: groups }: FileMetaData): boolean =>
  schema.length > 1 &&
  schema.every(({ name }) => typeof name === 'string') &&
  groups.every(
    ({ columns, num_rows: rows }) =>
      typeof rows === 'bigint' &&
      rows >= 0n &&
      columns.every(({ meta_data: column }) => column !== undefined && isCompleteColumn(column)),
  );

const isCompleteColumn = (column: ColumnMetaData): boolean =>
  typeof column.type === 'string' &&
  typeof column.codec === 'string' &&
  typeof column.data_page_offset === 'bigint' &&
  typeof column.total_compressed_size === 'bigint' &&
  column.total_compressed_size >= 0n &&
  column.path_in_schema.every((part) => typeof part === 'string');
