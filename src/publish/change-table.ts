/** What the owner of a published table changes about it: its name, its privacy, that it is there. */
import { type Database, DatabaseError, type Queryable } from '../db/database.ts';
import { identifier, sql, trusted } from '../db/sql.ts';
import type { Account, Privacy } from '../domain/import.ts';
import { nextFreeName, suffixed, tableName } from '../domain/naming.ts';
import { lockAccount } from '../store/publishing.ts';
import { findTable, registerTable, tablesOf } from '../store/tables.ts';
import { describeTable, type VisualizationWords } from '../store/visualizations.ts';
import { namesInSchema } from './catalog.ts';
import { runTogether } from './create.ts';
import { grantTable } from './grants.ts';
import { tryForLocks } from './locks.ts';
import { dropOverviews, renameOverviews } from './overviews.ts';
import { checkPublicTables, checkQuotas } from './quotas.ts';
import { prepareSession } from './session.ts';

/** A change that cannot be made, in words for the user; nothing was changed. */
export class ChangeRefused extends Error {
  override readonly name = 'ChangeRefused';
}

function changing<T>(db: Database, account: Account, run: (tx: Queryable) => Promise<T>): Promise<T> {
  return tryForLocks(
    () =>
      db.transaction(async (tx) => {
        await lockAccount(tx, account.id);
        await prepareSession(tx);
        return run(tx);
      }),
    (words) => new ChangeRefused(`${words} when the queries on it have ended.`),
  );
}

/** What is to be changed; what is absent stays. */
export interface TableChange {
  /** Made a name that a table can have. */
  readonly name?: string | undefined;
  readonly privacy?: Privacy | undefined;
  readonly words: VisualizationWords;
}

async function rename(tx: Queryable, account: Account, old: string, asked: string): Promise<string> {
  const name = tableName(asked);
  if (name === old) return old;
  const table = await findTable(tx, account.id, old);
  const taken = await namesInSchema(tx, account.name);
  if (taken.has(name) || (await findTable(tx, account.id, name)) !== null) {
    throw new ChangeRefused(`There is something called "${name}" already. Choose another name.`);
  }
  await tx.query(sql`alter table ${identifier(account.name, old)} rename to ${identifier(name)}`);
  const raster = table?.raster
    ? await renameOverviews(tx, account.name, table.raster, name, new Set([...taken, name]))
    : null;
  await tx.query(sql`
    update landfall.tables set name = ${name}, raster = ${raster === null ? null : JSON.stringify(raster)}::jsonb
    where account_id = ${account.id} and name = ${old}`);
  await tx.query(sql`
    update landfall.synchronizations s set name = ${name} from landfall.sync_tables st
    where st.synchronization_id = s.id and st.table_id = ${table?.id ?? null}::uuid and s.name = ${old}`);
  return name;
}

/**
 * Changes one table of the account, wholly or not at all. Throws ChangeRefused, also where the table is not there, and
 * ImportError 8008.
 * A renamed table keeps its id, and so its synchronization, its rows' history and its links.
 */
export async function changeTable(db: Database, account: Account, table: string, change: TableChange): Promise<void> {
  await changing(db, account, async (tx) => {
    const found = await findTable(tx, account.id, table);
    if (found === null) throw new ChangeRefused(`There is no table "${table}" any more.`);
    const name = change.name === undefined ? table : await rename(tx, account, table, change.name);
    if (change.privacy !== undefined && change.privacy !== found.privacy) {
      await tx.query(sql`update landfall.tables set privacy = ${change.privacy} where id = ${found.id}`);
      await grantTable(tx, account, name, change.privacy);
      if (change.privacy === 'public') await checkPublicTables(tx, account);
    }
    await describeTable(tx, found.id, change.words);
  });
}

/**
 * Drops a table with its overviews, and ends the synchronization that has no other. What others built on it (views)
 * stands in the way unless `cascade`: then it goes too. Throws ChangeRefused.
 */
export async function dropTable(db: Database, account: Account, table: string, cascade: boolean): Promise<void> {
  try {
    await changing(db, account, async (tx) => {
      const found = await findTable(tx, account.id, table);
      if (found === null) return;
      if (found.raster) await dropOverviews(tx, account.name, found.raster);
      const how = trusted(cascade ? 'cascade' : 'restrict');
      await tx.query(sql`drop table if exists ${identifier(account.name, table)} ${how}`);
      await tx.query(sql`delete from landfall.tables where id = ${found.id}`);
    });
  } catch (error) {
    if (error instanceof DatabaseError && error.code === '2BP01') {
      throw new ChangeRefused(
        `Other objects are built on "${table}": ${error.detail ?? error.message}. Drop them first, or send cascade=true to drop them with it.`,
      );
    }
    throw error;
  }
}

/** Columns of a blank table that nobody described. */
const blankColumns = [
  ['name', 'text'],
  ['description', 'text'],
] as const;

/** Makes an empty table with the columns that every table has, and a name and a description; gives its id. */
export async function createBlankTable(
  db: Database,
  account: Account,
  asked: string,
  words: VisualizationWords,
): Promise<string> {
  return changing(db, account, async (tx) => {
    const registered = await tablesOf(tx, account.id);
    const taken = new Set([...(await namesInSchema(tx, account.name)), ...registered.map(({ name }) => name)]);
    const name = nextFreeName(tableName(asked), (other) => taken.has(other));
    const index = (suffix: string) => identifier(nextFreeName(suffixed(name, suffix), (other) => taken.has(other)));
    const table = identifier(account.name, name);
    const columns = trusted(blankColumns.map(([column, type]) => `, ${column} ${type}`).join(''));
    await runTogether(tx, [
      sql`create table ${table} (cartodb_id bigint generated by default as identity primary key, the_geom geometry(Geometry,4326),
        the_geom_webmercator geometry(Geometry,3857)${columns})`,
      sql`create index ${index('_the_geom_idx')} on ${table} using gist (the_geom)`,
      sql`create index ${index('_the_geom_webmercator_idx')} on ${table} using gist (the_geom_webmercator)`,
    ]);
    await grantTable(tx, account, name, 'private');
    const id = await registerTable(tx, account.id, { name, privacy: 'private', rows: 0 });
    await describeTable(tx, id, words);
    await checkQuotas(tx, account, registered.length, 1);
    return id;
  });
}
