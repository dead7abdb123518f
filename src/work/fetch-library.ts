import type { Database } from '../db/database.ts';
import type { LibraryRequest } from '../domain/import.ts';
import { ImportError } from '../errors.ts';
import type { FetchContext, Fetched } from '../sources/source.ts';
import { type Library, readableLibraryTable } from '../store/library.ts';
import { queryTimeout, writeRows } from './fetch-query.ts';

/**
 * Keeps the rows of a table of the data library in a file of the job, unless it is as `known` has it. They are read by
 * the public role of the library's account, so a table that is closed now is out of reach. Throws notFound (1100).
 */
export async function fetchLibrary(
  db: Database,
  library: Library,
  timeoutMs: number,
  request: LibraryRequest,
  context: FetchContext,
): Promise<Fetched> {
  const table = await readableLibraryTable(db, library, request.visualizationId);
  if (table === null) {
    throw new ImportError('notFound', {
      detail: 'The data library does not have this table any more.',
      hint: 'Its owner removed or closed it. The rows that were there stay.',
    });
  }
  // Of the moment before the rows are read: what is written meanwhile is found by the next run.
  const fingerprint = { etag: table.version, lastModified: null };
  if (context.known?.etag === table.version) return { files: [], fingerprint, isUnchanged: true };
  const text = `select * from "${table.name.replaceAll('"', '""')}" order by cartodb_id`;
  const cursor = db.openUserCursor(text, {
    role: table.role,
    schema: table.schema,
    timeoutMs: queryTimeout(db, timeoutMs),
    signal: context.signal,
  });
  return { ...(await writeRows(cursor, request.name, context)), fingerprint };
}
