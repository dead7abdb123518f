import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { constants, DatabaseSync, type SQLInputValue, type SQLOutputValue } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import type { LocalFile } from '../../domain/layer.ts';
import { ImportError } from '../../errors.ts';

/** Values of a row, in the order of the columns; integers are bigint. */
export type Row = readonly SQLOutputValue[];

/** Longest text or blob; a longer one ends the import rather than the reader's memory. */
const MAX_VALUE_BYTES = 128 << 20;
/** As many columns as PostgreSQL could not hold, so that the loader's own message comes first. */
const MAX_COLUMNS = 2000;

/** What a prepared statement may do: read columns of tables, and tell what a table is made of. No function, no view's recursion, no other file. */
function authorize(action: number, name: string | null): number {
  const isAllowed =
    action === constants.SQLITE_SELECT ||
    action === constants.SQLITE_READ ||
    (action === constants.SQLITE_PRAGMA && (name === 'table_list' || name === 'table_xinfo'));
  return isAllowed ? constants.SQLITE_OK : constants.SQLITE_DENY;
}

/**
 * A GeoPackage opened as what it is: a database that a stranger made. Read-only and immutable (no lock, no log, no
 * file beside it), without extensions, triggers or functions; every statement is checked by an authorizer.
 */
export class GeoPackageDatabase implements Disposable {
  readonly #file: LocalFile;
  readonly #database: DatabaseSync;

  /** Throws loadFailed (2001) for a file that is cut off or no database. */
  constructor(file: LocalFile) {
    this.#file = file;
    refuseCutOff(file);
    const address = pathToFileURL(file.path);
    address.search = '?immutable=1';
    this.#database = this.#translated(
      () =>
        new DatabaseSync(address, {
          readOnly: true,
          allowExtension: false,
          defensive: true,
          readBigInts: true,
          returnArrays: true,
          limits: { length: MAX_VALUE_BYTES, column: MAX_COLUMNS, attach: 0, exprDepth: 100 },
        }),
    );
    this.#database.exec('pragma query_only = on; pragma trusted_schema = off; pragma cell_size_check = on');
    this.#database.setAuthorizer((action, name) => authorize(action, name));
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  /** All rows of a statement that gives few. */
  all(statement: string, ...parameters: readonly SQLInputValue[]): readonly Row[] {
    return [...this.rows(statement, ...parameters)];
  }

  /** The rows of a statement, one at a time. Throws loadFailed where the file is damaged, fileTooBig for a huge value. */
  *rows(statement: string, ...parameters: readonly SQLInputValue[]): Generator<Row, void, undefined> {
    const found = this.#translated(() => {
      const prepared = this.#database.prepare(statement);
      return prepared.iterate(...parameters);
    });
    for (;;) {
      const next = this.#translated(() => found.next());
      if (next.done === true) return;
      yield toRow(next.value);
    }
  }

  #translated<T>(run: () => T): T {
    try {
      return run();
    } catch (cause) {
      throw this.#translate(cause);
    }
  }

  #translate(cause: unknown): unknown {
    if (!(cause instanceof Error) || !('errcode' in cause)) return cause;
    if (cause.errcode === TOO_BIG) {
      return new ImportError('fileTooBig', {
        detail: `${this.#file.name}: a value is larger than ${MAX_VALUE_BYTES >> 20} MiB.`,
        hint: 'Split the largest features, or leave the column out.',
        cause,
      });
    }
    return new ImportError('loadFailed', {
      detail: `${this.#file.name} cannot be read as an SQLite database: ${cause.message}.`,
      hint: 'Open the file in QGIS or with ogrinfo to see whether it is whole, and save it again.',
      cause,
    });
  }
}

/** The connection returns arrays, which its declaration does not know. */
function toRow(value: unknown): Row {
  if (!Array.isArray(value)) throw new Error('SQLite gave a row that is no array');
  return value;
}

/** SQLITE_TOOBIG of the result codes of SQLite. */
const TOO_BIG = 18;

/** SQLite itself would find a missing end only when it gets there. Offsets: "The Database Header" of the file format. */
function refuseCutOff(file: LocalFile): void {
  const head = Buffer.alloc(100);
  const fd = openSync(file.path, 'r');
  let size: number;
  try {
    readSync(fd, head, 0, head.length, 0);
    size = fstatSync(fd).size;
  } finally {
    closeSync(fd);
  }
  const written = head.readUInt16BE(16);
  const pageBytes = written === 1 ? 65536 : written;
  const isCountValid = head.readUInt32BE(24) === head.readUInt32BE(92);
  const expected = isCountValid ? head.readUInt32BE(28) * pageBytes : 0;
  if (size >= Math.max(expected, head.length)) return;
  throw new ImportError('loadFailed', {
    detail: `${file.name} is cut off: it has ${size} bytes, its header says ${Math.max(expected, head.length)}.`,
    hint: 'Copy or download the file again.',
  });
}

/** A name of a table or column as SQL writes it. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
