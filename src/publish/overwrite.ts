/** New rows for a table that stays the same table: OID, views, grants, indexes, triggers, policies and keys stay. */
import type { Queryable } from '../db/database.ts';
import { DatabaseError } from '../db/database.ts';
import { identifier, join, sql, trusted } from '../db/sql.ts';
import type { RowChanges } from '../domain/refresh.ts';
import { ImportError } from '../errors.ts';
import type { LoadedLayer } from '../load/load-layer.ts';
import { dropStagedTable } from '../load/staging.ts';
import { columnsOf } from './catalog.ts';
import { type ColumnFit, fitColumns } from './compatibility.ts';
import { commentColumns, restartIds, runTogether } from './create.ts';
import { type DependentView, refreshViews, viewsOn, withoutDependents } from './dependents.ts';
import { mergeRows } from './merge.ts';

/** SQLSTATEs that say nothing about the table: these go on as they are, to be tried again. */
const transient = /^(08|57|53|40|55P03)/;

/**
 * Merges a loaded layer into the existing table `name`. Throws `incompatibleSchemas` where the columns do not fit,
 * `cannotOverwrite` where the database refuses (a foreign key on a row that goes, a view that cannot be made again),
 * and DatabaseErrors that may go away.
 */
export async function overwriteTable(
  tx: Queryable,
  schema: string,
  name: string,
  layer: LoadedLayer,
): Promise<RowChanges> {
  try {
    const fits = await fitColumns(tx, name, await columnsOf(tx, schema, name), layer.staging, layer.schema);
    const views = await viewsOn(tx, schema, name);
    await lockFor(tx, schema, name, fits, views);
    const retyped = await changeColumns(tx, schema, name, fits, views);
    const byId = layer.schema.cartodbId === 'source';
    const counts = await mergeRows(tx, { schema, table: name }, layer.staging, fits, byId);
    if (byId) await restartIds(tx, schema, name);
    await runTogether(tx, commentColumns(schema, name, layer.schema.columns));
    await refreshViews(tx, views, retyped);
    await dropStagedTable(tx, layer.staging);
    return { ...counts, unchanged: layer.rows - counts.updated - counts.inserted };
  } catch (error) {
    if (!(error instanceof DatabaseError) || transient.test(error.code)) throw error;
    throw new ImportError('cannotOverwrite', {
      detail: `The table ${name} keeps its old rows: ${error.message}.`,
      hint: 'Remove what stands in the way, or import under another name.',
      cause: error,
    });
  }
}

/**
 * Keeps other writers out; readers only where columns change. Views come before the table, outermost first, as a
 * reader locks them: the two cannot wait for each other.
 */
async function lockFor(
  tx: Queryable,
  schema: string,
  name: string,
  fits: readonly ColumnFit[],
  views: readonly DependentView[],
): Promise<void> {
  const table = identifier(schema, name);
  if (fits.every(({ change }) => change.kind === 'none')) {
    await tx.query(sql`lock table ${table} in share row exclusive mode`);
    return;
  }
  if (fits.some(({ change }) => change.kind === 'retype')) {
    for (const view of views.toReversed()) {
      if (view.isMaterialized) continue;
      await tx.query(sql`lock table ${identifier(view.schema, view.name)} in access exclusive mode`);
    }
  }
  await tx.query(sql`lock table ${table} in access exclusive mode`);
}

/** Adds and retypes columns; returns whether the views had to be made again. */
async function changeColumns(
  tx: Queryable,
  schema: string,
  name: string,
  fits: readonly ColumnFit[],
  views: readonly DependentView[],
): Promise<boolean> {
  const changes = fits.flatMap(({ column, change }) => {
    const own = identifier(column.name);
    if (change.kind === 'none') return [];
    const type = trusted(change.type);
    if (change.kind === 'add') return [sql`add column ${own} ${type}`];
    const throughText = change.type === 'numeric' || change.type === 'text';
    return [sql`alter ${own} type ${type} using ${own}${trusted(throughText ? '::text' : '')}::${type}`];
  });
  if (changes.length === 0) return false;
  const alter = async (): Promise<void> => {
    await tx.query(sql`alter table ${identifier(schema, name)} ${join(changes)}`);
  };
  const retypes = fits.some(({ change }) => change.kind === 'retype');
  if (retypes) await withoutDependents(tx, schema, name, views, alter);
  else await alter();
  return retypes;
}
