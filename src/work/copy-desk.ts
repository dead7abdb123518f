/** COPY of the SQL API: what a statement asks for, run as whoever asks. */
import { copyInStatement } from '../db/copy-statement.ts';
import { type Database, DatabaseError, type UserCursor } from '../db/database.ts';
import { readCopy } from '../db/read-copy.ts';
import { identifier, join, sql } from '../db/sql.ts';
import type { CopyCommand, CopyOptions } from '../domain/copy.ts';
import type { Account } from '../domain/import.ts';
import { checkQuotas } from '../publish/quotas.ts';
import { addRows, insertRole } from '../store/table-writers.ts';
import { findTable, type PublishedTable } from '../store/tables.ts';
import { openViewerQuery, type Viewer } from '../store/viewers.ts';

/** How long one copy into a table may take with the sending of its rows, in milliseconds. */
const COPY_IN_MS = 3_600_000;

export interface CopyDesk {
  /** The result that `copy … to stdout` names, as the viewer may read it, and how it is to be written. */
  openTo(
    viewer: Viewer,
    text: string,
    signal: AbortSignal,
  ): Promise<{ readonly cursor: UserCursor; readonly options: CopyOptions }>;
  /**
   * Adds rows to the table that `copy … from stdin` names, all or none; gives how many. Throws DatabaseErrors, an
   * ImportError overStorage, and what `bytes` throws.
   */
  from(viewer: Viewer, text: string, bytes: AsyncIterable<Uint8Array>): Promise<number>;
}

const refuse = (message: string, code: string, hint?: string): never => {
  throw new DatabaseError(message, { code, hint });
};

async function command(text: string, direction: CopyCommand['direction']): Promise<CopyCommand> {
  const read = await readCopy(text);
  if (read.direction !== direction) {
    const hint = direction === 'to' ? 'COPY … FROM STDIN is sent to copyfrom.' : 'COPY … TO STDOUT is asked of copyto.';
    refuse(direction === 'to' ? 'COPY … TO STDOUT is expected' : 'COPY … FROM STDIN is expected', '42601', hint);
  }
  return read;
}

/** `public` is how CARTO's own schema was called in its databases. */
function tableOf({ table }: CopyCommand, account: Account): string {
  if (table === null) return refuse('COPY … FROM STDIN needs a table', '42601');
  if (table.schema !== null && table.schema !== account.name && table.schema !== 'public') {
    refuse(`permission denied for schema ${table.schema}`, '42501');
  }
  return table.name;
}

/** What COPY of a table reads, as a query. */
function queryOf(read: CopyCommand, account: Account): string {
  if (read.query !== null) return read.query;
  const columns = read.columns === null ? sql`*` : join(read.columns.map((name) => identifier(name)));
  return sql`select ${columns} from only ${identifier(account.name, tableOf(read, account))}`.text;
}

/** Binds the desk to a database. */
export function createCopyDesk(db: Database): CopyDesk {
  const found = async (account: Account, name: string): Promise<PublishedTable> =>
    (await findTable(db, account.id, name)) ?? refuse(`relation "${name}" does not exist`, '42P01');

  return {
    async openTo(viewer, text, signal) {
      const read = await command(text, 'to');
      const window = { skipRows: 0, maxRows: null };
      return {
        cursor: await openViewerQuery(db, viewer, queryOf(read, viewer.account), window, signal),
        options: read.options,
      };
    },
    async from(viewer, text, bytes) {
      const { account } = viewer;
      const read = await command(text, 'from');
      const table = await found(account, tableOf(read, account));
      if (table.raster !== null) refuse(`"${table.name}" is a raster: rows cannot be copied into it`, '42809');
      await checkQuotas(db, account, 0, 0);
      const role = await insertRole(db, viewer, table);
      const target = { schema: account.name, table: table.name, columns: read.columns };
      return db.copyInAs(copyInStatement(target, read.options), bytes, {
        role,
        schema: account.name,
        timeoutMs: COPY_IN_MS,
        async beforeCommit(own, rows) {
          await checkQuotas(own, account, 0, 0);
          await addRows(own, table.id, rows);
        },
      });
    },
  };
}
