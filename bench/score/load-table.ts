import { statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { defaultReading } from '../../src/domain/reading.ts';
import { ImportError } from '../../src/errors.ts';
import { openFile } from '../../src/formats/open-file.ts';
import { readToEnd } from '../../test/support/read-csv.ts';

/** A loaded table printed back: its names, if the file has any, then its rows; NULL is an empty cell. */
export interface PrintedTable {
  readonly rows: readonly (readonly string[])[];
  /** Why the import ended; null: it did not. A file without any data is no error here, but a table without rows. */
  readonly error: string | null;
}

/**
 * The first table of a file as it is loaded: opened, its types guessed, encoded to the tuples of COPY BINARY, and these
 * printed as PostgreSQL prints them. Nothing is told of the file but its name.
 */
export async function loadTable(path: string, typeGuessing: boolean): Promise<PrintedTable> {
  const file = { path, name: basename(path), sizeBytes: statSync(path).size, mediaType: null, companions: new Map() };
  const options = { ...defaultReading, typeGuessing, maxRows: 10_000_000 };
  try {
    const [layer] = await openFile(file, options, { folder: dirname(path) });
    if (layer === undefined) return { rows: [], error: 'no table' };
    const { decoded, schema } = await readToEnd(layer, options);
    const rows = decoded.map(({ values }) => values.map((value) => value ?? ''));
    const dialect = layer.report?.().dialect as { readonly header_rows?: number } | undefined;
    // Names that the file does not have are not printed.
    const names = dialect?.header_rows === 0 ? [] : [schema.columns.map(({ source }) => source)];
    return { rows: [...names, ...rows], error: null };
  } catch (error) {
    if (!(error instanceof ImportError)) throw error;
    return { rows: [], error: error.kind === 'emptyFile' ? null : `${error.code} ${error.message}` };
  }
}
