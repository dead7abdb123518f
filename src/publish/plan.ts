/** What `collision_strategy` means for a layer, before it is loaded. */
import type { Queryable } from '../db/database.ts';
import type { Account, CollisionStrategy, ImportOptions } from '../domain/import.ts';
import { tableName } from '../domain/naming.ts';
import type { Refresh } from '../domain/refresh.ts';
import type { PlanLoad } from '../load/load-layer.ts';
import { findTable, type PublishedTable, tablesOf } from '../store/tables.ts';
import { columnsOf, isOrdinaryTable, namesInSchema } from './catalog.ts';
import { checkColumnsPresent } from './compatibility.ts';
import { checkIsRaster } from './raster.ts';
import { refuseToGuess } from './read-as-text.ts';

/**
 * Whether `skip` leaves a layer of this name out, because the account has something of its table name already. It is
 * the sanitised name that counts (upstream compared the raw one, so that `My-Table.csv` was never skipped).
 */
export async function isSkipped(
  db: Queryable,
  account: Account,
  strategy: CollisionStrategy,
  layer: string,
): Promise<boolean> {
  if (strategy !== 'skip') return false;
  const name = tableName(layer);
  if ((await findTable(db, account.id, name)) !== null) return true;
  return (await namesInSchema(db, account.name)).has(name);
}

/** How the layers of an import, or of a run of a synchronization, will be published. */
export interface PublishWish {
  readonly options: Pick<ImportOptions, 'collisionStrategy' | 'mode' | 'schemaPolicy' | 'columns' | 'layerWishes'>;
  readonly refresh: Refresh | null;
}

/**
 * How `loadLayer` learns whether the rows will be merged. Refuses early (2012) where columns are missing and no policy
 * says what becomes of them, and where a raster meets a table of rows. Throws ReadAsText where the table has text.
 */
export function planLoad(db: Queryable, account: Account, { options, refresh }: PublishWish): PlanLoad {
  const hasPolicy = refresh !== null || (options.mode ?? options.schemaPolicy ?? null) !== null;
  return async (layer, schema) => {
    const target = await findTarget(db, account, layer, { options, refresh });
    if (target === null || !(await isOrdinaryTable(db, account.name, target.name))) return 'create';
    const columns = await columnsOf(db, account.name, target.name);
    if (schema.raster !== undefined) {
      checkIsRaster(target.name, columns);
      return 'create';
    }
    if (!hasPolicy) checkColumnsPresent(target.name, columns, schema);
    else refuseToGuess(layer, schema, columns, options);
    return 'merge';
  };
}

async function findTarget(
  db: Queryable,
  account: Account,
  layer: string,
  { options, refresh }: PublishWish,
): Promise<PublishedTable | null> {
  if (refresh !== null) {
    const id = refresh.targets.get(layer);
    return id === undefined ? null : ((await tablesOf(db, account.id)).find((table) => table.id === id) ?? null);
  }
  const isMode = (options.mode ?? null) !== null;
  if (!isMode && options.collisionStrategy !== 'overwrite') return null;
  return findTable(db, account.id, tableName(layer));
}
