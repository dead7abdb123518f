import type { Queryable } from '../db/database.ts';
import type { Account, Import } from '../domain/import.ts';
import { type ImportedMap, MOST_IMPORTED_LAYERS } from '../domain/map.ts';
import { makeMapOfTables } from '../maps/map-of-tables.ts';
import type { Published } from '../publish/publish.ts';
import { recordMap } from '../store/publishing.ts';
import { findSynchronization } from '../store/synchronizations.ts';

/** Whether the import is one of its own, or the first of a synchronization: later ones find the map there. */
async function isFirst(tx: Queryable, { synchronizationId }: Import): Promise<boolean> {
  if (synchronizationId === null) return true;
  const sync = await findSynchronization(tx, synchronizationId);
  return sync === null || sync.runs <= 1;
}

/**
 * Makes the map that `create_vis` asks for, of the tables that the import made and not of those that it wrote again, in the
 * transaction that publishes them. Throws ImportError 8007.
 */
export async function makeMap(
  tx: Queryable,
  job: Import,
  account: Account,
  { tables }: Published,
  imported: ImportedMap | null,
): Promise<void> {
  if (!job.options.createVisualization || !(await isFirst(tx, job))) return;
  const made = await makeMapOfTables(
    tx,
    account,
    tables.filter(({ isNew }) => isNew),
    imported,
  );
  if (made === null) return;
  const { id, rejected, restyled } = made;
  await recordMap(tx, job.id, id, {
    ...(rejected.length > 0 ? { rejected_layers: rejected, user_max_layers: MOST_IMPORTED_LAYERS } : {}),
    ...(restyled.length > 0 ? { restyled_layers: restyled } : {}),
  });
}
