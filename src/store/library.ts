/** SQL for the data library: the public tables of the account that the settings name. */
import type { Database, Queryable } from '../db/database.ts';
import { sql } from '../db/sql.ts';
import type { Account } from '../domain/import.ts';
import { accountRoles } from './account-roles.ts';
import { accountByName } from './accounts.ts';
import { type ReadableTable, readableTable } from './readable-table.ts';
import {
  findVisualization,
  listVisualizations,
  type Visualization,
  type VisualizationQuery,
} from './visualizations.ts';

/** Tables of the library that others may add. */
export interface Library {
  /** One page of them, and how many there are in all. */
  list(query: VisualizationQuery): Promise<{
    readonly account: Account | null;
    readonly visualizations: readonly Visualization[];
    readonly total: number;
  }>;
  /** The table of this dataset, with the library's account; null where the library has none. */
  find(id: string): Promise<{ readonly account: Account; readonly one: Visualization } | null>;
}

/** The library of the account of this name; empty where there is none. */
export function createLibrary(db: Queryable, name: string | null): Library {
  const find = async (): Promise<Account | null> => (name === null ? null : accountByName(db, name));
  return {
    async list(query) {
      const account = await find();
      if (account === null) return { account, visualizations: [], total: 0 };
      return { account, ...(await listVisualizations(db, account, { ...query, privacy: 'public', kind: 'geom' })) };
    },
    async find(id) {
      const account = await find();
      const one = account === null ? null : await findVisualization(db, account, { by: 'id', id });
      return account === null || one?.privacy !== 'public' || one.isRaster ? null : { account, one };
    },
  };
}

/** A table of the library as everybody may read it; null where it is there no more, or closed. */
export async function readableLibraryTable(db: Database, library: Library, id: string): Promise<ReadableTable | null> {
  const found = await library.find(id);
  if (found === null) return null;
  const { public: role } = await accountRoles(db, found.account.name);
  return readableTable(db, found.account, found.one.name, role);
}

/** Says of tables what their owner says of the library table that they were made of. */
export async function describeAsLibrary(tx: Queryable, id: string, tableIds: readonly string[]): Promise<void> {
  await tx.query(sql`
    update landfall.tables t set description = l.description, tags = l.tags, license = l.license, source = l.source,
      attributions = l.attributions
    from landfall.tables l where l.visualization_id = ${id} and t.id = any(${[...tableIds]}::uuid[])`);
}
