import type { Database } from '../db/database.ts';
import { ImportError } from '../errors.ts';
import type { HttpDeps } from '../http/deps.ts';
import { WireError } from '../http/wire-error.ts';
import { ChangeRefused, changeTable, createBlankTable, dropTable } from '../publish/change-table.ts';
import { findVisualization, listVisualizations } from '../store/visualizations.ts';

/** A change to a table, with what stands in its way as a 409. */
const told = <T>(change: Promise<T>): Promise<T> =>
  change.catch((error: unknown) => {
    const isTold = error instanceof ChangeRefused || error instanceof ImportError;
    throw isTold ? new WireError(409, { errors: [error.message] }) : error;
  });

/** Tables as client libraries list and change them, on a database. */
export const openVisualizations = (db: Database): HttpDeps['visualizations'] => ({
  list: (account, query) => listVisualizations(db, account, query),
  find: (account, key) => findVisualization(db, account, key),
  change: (account, table, change) => told(changeTable(db, account, table, change)),
  drop: (account, table, cascade) => told(dropTable(db, account, table, cascade)),
  create: (account, name, words) => told(createBlankTable(db, account, name, words)),
});
