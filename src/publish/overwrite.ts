/** New rows for a table that stays the same table: OID, views, grants, indexes, triggers, policies and keys stay. */
import type { Queryable } from '../db/database.ts';
import { DatabaseError } from '../db/database.ts';
import { identifier, join, type Sql, sql, trusted } from '../db/sql.ts';
import type { Warnings } from '../domain/import.ts';
import { columnNames } from '../domain/naming.ts';
import { type Drift, deletedAt, type RowChanges, type SchemaPolicy, type WriteMode } from '../domain/refresh.ts';
import { ImportError } from '../errors.ts';
import type { LoadedLayer } from '../load/load-layer.ts';
import { dropStagedTable } from '../load/staging.ts';
import { forgetFingerprints } from '../store/fingerprints.ts';
import { columnsOf, type ExistingColumn } from './catalog.ts';
import { type Fit, fitColumns } from './compatibility.ts';
import { widened } from './conversions.ts';
import { commentColumns, commentOf, restartIds, runTogether } from './create.ts';
import { type DependentView, refreshViews, viewsOn, withoutDependents } from './dependents.ts';
import {
  checkStanding,
  DifferenceVoid,
  goneOf,
  isAsItCame,
  type Keeping,
  keepFingerprints,
  provided,
} from './fingerprints.ts';
import { refuseHeirs } from './heirs.ts';
import { beginRefresh, endRefresh, type HistoryLimits, imageColumns } from './history.ts';
import { needsKey, resolveKey, settleKeys } from './keys.ts';
import { mergeRows } from './merge.ts';

/** SQLSTATEs that say nothing about the table: these go on as they are, to be tried again. */
const transient = /^(08|57|53|40|55P03)/;

/** Runs `work`; what the database refuses there becomes `cannotOverwrite`, except what may go away. */
export async function refusedByTable<T>(table: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof DatabaseError) || transient.test(error.code)) throw error;
    throw new ImportError('cannotOverwrite', {
      detail: `The table ${table} keeps its old rows: ${error.message}.`,
      hint: 'Remove what stands in the way, or import under another name.',
      cause: error,
    });
  }
}

/** How rows go into tables. */
export interface Manner {
  readonly mode: WriteMode;
  /** As the user wrote it. */
  readonly key: readonly string[];
  /** Values of the one column of the key whose rows go, beside what an upsert does. Absent: none. */
  readonly gone?: readonly string[];
  /** null: the rules of the wire contract for `collision_strategy=overwrite`. */
  readonly policy: SchemaPolicy | null;
  /** Under which run changed rows are kept; null: they are not. */
  readonly runId: string | null;
  readonly limits: HistoryLimits;
  /** For whom fingerprints of the rows are kept; null: for nobody. */
  readonly keeping: Keeping | null;
}

export interface Target {
  readonly schema: string;
  readonly table: string;
  /** Its registration. */
  readonly id: string;
}

export interface Overwritten {
  readonly changes: RowChanges;
  readonly drift: Drift;
  readonly warnings: Warnings;
  /** Refreshes the materialized views, which readers wait for: the last thing before the commit. */
  readonly finish: () => Promise<void>;
}

/**
 * Writes a loaded layer into an existing table. Throws `incompatibleSchemas` where the columns or the key do not fit,
 * `cannotOverwrite` where the policy or the database refuses (a foreign key on a row that goes, a view that cannot be
 * made again), and DatabaseErrors that may go away.
 */
export async function overwriteTable(
  tx: Queryable,
  target: Target,
  layer: LoadedLayer,
  manner: Manner,
): Promise<Overwritten> {
  return refusedByTable(target.table, () => overwrite(tx, target, layer, manner));
}

async function overwrite(tx: Queryable, target: Target, layer: LoadedLayer, manner: Manner): Promise<Overwritten> {
  const { schema, table } = target;
  const { mode, policy } = manner;
  const key = resolveKey(layer.name, layer.schema, manner.key, mode);
  checkReserved(layer, mode);
  const settled = needsKey(mode) ? await settleKeys(tx, layer.staging, key) : { removed: 0, warnings: {} };
  const existing = await columnsOf(tx, schema, table);
  checkKeyOfTable(table, existing, key, mode);
  const fit = await fitColumns(tx, target, existing, layer.staging, layer.schema, { policy, mode });
  const views = await viewsOn(tx, schema, table);
  const changes = changesOfColumns(existing, fit, mode);
  await lockFor(tx, target, changes, views);
  await refuseHeirs(tx, schema, table);
  await changeColumns(tx, target, changes, views);

  const byId = layer.schema.cartodbId === 'source';
  const { fingerprints } = layer;
  const isExact = mode === 'replace' && isAsItCame(existing, layer, fit);
  if (fingerprints?.isDifference === true && !(isExact && changes.clauses.length + fit.retired.length === 0)) {
    throw new DifferenceVoid();
  }
  const standing =
    fingerprints?.isDifference === true ? await checkStanding(tx, target, layer, fingerprints, manner.keeping) : null;
  const write = async (): Promise<RowChanges> => {
    const { placed, ...counts } = await mergeRows(tx, {
      target,
      staging: layer.staging,
      stagedRows: layer.rows - settled.removed,
      fit,
      mode,
      key,
      ...(manner.gone === undefined ? {} : { gone: manner.gone }),
      byId,
      ...(standing === null || fingerprints === undefined ? {} : { left: goneOf(fingerprints) }),
      tellsPlaces: isExact && fingerprints !== undefined && manner.keeping !== null,
      record: (rows) => record(tx, target, layer, manner, fit, rows),
    });
    if (manner.runId !== null) await endRefresh(tx, target.id, manner.limits);
    if (byId && counts.inserted > 0) await restartIds(tx, schema, table);
    await runTogether(tx, [
      ...commentColumns(schema, table, changedComments(existing, fit)),
      ...fit.retired.map(({ name }) => sql`comment on column ${identifier(schema, table, name)} is null`),
    ]);
    await dropStagedTable(tx, layer.staging);
    if (manner.keeping !== null) {
      if (placed === null || fingerprints === undefined) await forgetFingerprints(tx, { tableId: target.id });
      else {
        const { keeping } = manner;
        await keepFingerprints(tx, target, target.id, { layer, fingerprints, keeping, placed, standing });
      }
    }
    return counts;
  };
  const counts = await provided(standing, write);
  const wrote = counts.inserted + counts.updated + counts.deleted > 0;
  return {
    changes: counts,
    drift: fit.drift,
    warnings: settled.warnings,
    finish: async () => {
      if (wrote || changes.rewrites) await refusedByTable(table, () => refreshViews(tx, views, changes.rewrites));
    },
  };
}

function checkReserved(layer: LoadedLayer, mode: WriteMode): void {
  if (mode !== 'soft_delete' || !layer.schema.columns.some(({ name }) => name === deletedAt)) return;
  throw new ImportError('incompatibleSchemas', {
    detail: `Layer "${layer.name}" has a column ${deletedAt}, in which mode=soft_delete notes what is gone.`,
    hint: 'Rename that column, or choose another mode.',
  });
}

function checkKeyOfTable(
  table: string,
  existing: readonly ExistingColumn[],
  key: readonly string[],
  mode: WriteMode,
): void {
  const missing = needsKey(mode) ? key.filter((name) => !existing.some((column) => column.name === name)) : [];
  if (missing.length === 0) return;
  throw new ImportError('incompatibleSchemas', {
    detail:
      `The key names columns that the table ${table} has not: ${missing.join(', ')}. ` +
      `Its columns are: ${existing.map(({ name }) => name).join(', ')}.`,
    hint: 'Name columns that tell every row apart, in the data and in the table.',
  });
}

/** Notes the run where `rows` rows are about to be written. */
async function record(
  tx: Queryable,
  { schema, table, id }: Target,
  layer: LoadedLayer,
  { runId, limits, mode }: Manner,
  fit: Fit,
  rows: number,
): ReturnType<typeof beginRefresh> {
  if (runId === null) return null;
  const [size] = await tx.query<{ bytes: number }>(
    sql`select pg_table_size(${identifier(schema, table).text}::regclass)::float8 as bytes`,
  );
  // The table's own bytes a row are near those of an image; each changed row has up to two.
  const bytes = (2 * rows * (size?.bytes ?? 0)) / Math.max(1, layer.rows);
  return beginRefresh(tx, {
    tableId: id,
    runId,
    columns: await imageColumns(tx, schema, table),
    imported: [
      'the_geom',
      'the_geom_webmercator',
      ...fit.columns.map(({ column }) => column.name),
      ...fit.retired.map(({ name }) => name),
      ...(mode === 'soft_delete' ? [deletedAt] : []),
    ],
    isKept: bytes <= limits.bytes && limits.runs > 0,
  });
}

const changedComments = (existing: readonly ExistingColumn[], fit: Fit): readonly Fit['columns'][number]['column'][] =>
  fit.columns
    .map(({ column }) => column)
    .filter((column) => {
      const before = existing.find(({ name }) => name === column.name)?.source ?? null;
      return before !== commentOf(column) && (before === null || isNameOf(column, before));
    });

/** Whether a comment is the source's name of the column, or one that it had; other words are the owner's. */
const isNameOf = ({ name, label }: Fit['columns'][number]['column'], comment: string): boolean =>
  label !== undefined || columnNames([comment])[0] === name;

interface ColumnChanges {
  /** Clauses of one `alter table`. */
  readonly clauses: readonly Sql[];
  /** Types change: views, policies and triggers have to be made again. */
  readonly rewrites: boolean;
}

function changesOfColumns(existing: readonly ExistingColumn[], fit: Fit, mode: WriteMode): ColumnChanges {
  const clauses = fit.columns.flatMap(({ column, change }) => {
    const own = identifier(column.name);
    if (change.kind === 'none') return [];
    const type = trusted(change.type);
    if (change.kind === 'add') return [sql`add column ${own} ${type}`];
    return [sql`alter ${own} type ${type} using ${widened(own, change.type)}`];
  });
  const { retype } = fit.geometry;
  const marks = mode === 'soft_delete' && !existing.some(({ name }) => name === deletedAt);
  return {
    clauses: [
      ...clauses,
      ...(retype === null ? [] : [sql`alter the_geom type ${trusted(retype.type)} using ${retype.using}`]),
      ...(marks ? [sql`add column ${identifier(deletedAt)} timestamptz`] : []),
    ],
    rewrites: retype !== null || fit.columns.some(({ change }) => change.kind === 'retype'),
  };
}

/** How long locks may be waited for while readers wait for us: less than the second after which a deadlock is sought. */
const TOGETHER_MS = 800;

/**
 * Keeps other writers out; readers only where columns change. What readers are kept from is locked first, outermost
 * first, as a reader locks it: the two cannot wait for each other.
 */
async function lockFor(
  tx: Queryable,
  { schema, table }: Target,
  { clauses, rewrites }: ColumnChanges,
  views: readonly DependentView[],
): Promise<void> {
  const own = identifier(schema, table);
  if (clauses.length === 0) {
    await tx.query(sql`lock table ${own} in share row exclusive mode`);
    return;
  }
  // A materialized view cannot be locked by name; dropping or refreshing it waits as short as these.
  const before = rewrites ? views.toReversed().filter(({ isMaterialized }) => !isMaterialized) : [];
  for (const [index, view] of before.entries()) {
    await tx.query(sql`lock table ${identifier(view.schema, view.name)} in access exclusive mode`);
    if (index > 0) continue;
    const each = `${Math.floor(TOGETHER_MS / (views.length + 1))}ms`;
    await tx.query(sql`select set_config('lock_timeout', ${each}, true)`);
  }
  await tx.query(sql`lock table ${own} in access exclusive mode`);
}

async function changeColumns(
  tx: Queryable,
  { schema, table }: Target,
  { clauses, rewrites }: ColumnChanges,
  views: readonly DependentView[],
): Promise<void> {
  if (clauses.length === 0) return;
  const alter = async (): Promise<void> => {
    await tx.query(sql`alter table ${identifier(schema, table)} ${join(clauses)}`);
  };
  if (rewrites) await withoutDependents(tx, schema, table, views, alter);
  else await alter();
}
