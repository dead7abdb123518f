/** What `collision_strategy` means for a layer, before it is loaded. */
import type { Queryable } from '../db/database.ts';
import type { Account, CollisionStrategy } from '../domain/import.ts';
import { tableName } from '../domain/naming.ts';
import type { PlanLoad } from '../load/load-layer.ts';
import { findTable } from '../store/tables.ts';
import { columnsOf, isOrdinaryTable, namesInSchema } from './catalog.ts';
import { checkColumnsPresent } from './compatibility.ts';
import { checkIsRaster } from './raster.ts';

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

/** How `loadLayer` learns whether the rows will be merged; refuses early (2012) where columns are missing. */
export function planLoad(db: Queryable, account: Account, strategy: CollisionStrategy): PlanLoad {
  return async (layer, schema) => {
    if (strategy !== 'overwrite') return 'create';
    const name = tableName(layer);
    const target = await findTable(db, account.id, name);
    if (target === null || !(await isOrdinaryTable(db, account.name, name))) return 'create';
    if (schema.raster !== undefined) {
      checkIsRaster(name, await columnsOf(db, account.name, name));
      return 'create';
    }
    checkColumnsPresent(name, await columnsOf(db, account.name, name), schema);
    return 'merge';
  };
}
