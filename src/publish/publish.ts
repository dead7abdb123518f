/** One transaction that makes the tables of an import and ends it: everything of it is seen, or nothing. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Database, Queryable } from '../db/database.ts';
import { identifier, sql } from '../db/sql.ts';
import type { Account, Import, ImportedTable, ImportFailure, Privacy, Warnings } from '../domain/import.ts';
import { tableName } from '../domain/naming.ts';
import type { PublishedRaster } from '../domain/raster.ts';
import {
  type Drift,
  deletedAt,
  driftSince,
  hasDrift,
  noDrift,
  type Refresh,
  type RowChanges,
} from '../domain/refresh.ts';
import { Fenced, ImportError } from '../errors.ts';
import type { LoadedLayer } from '../load/load-layer.ts';
import { dropStagedTable } from '../load/staging.ts';
import { toLoadError } from '../load/translate.ts';
import { completeImport, lockAccount, lockAttempt } from '../store/publishing.ts';
import { placeReport } from '../store/reports.ts';
import { holdSynchronization } from '../store/synchronizations.ts';
import { registerTable, tablesOf } from '../store/tables.ts';
import { geometryTypeOf, namesInSchema } from './catalog.ts';
import { combineWarnings } from './combine-warnings.ts';
import { createTable } from './create.ts';
import { DifferenceVoid, type Keeping, keepFingerprints } from './fingerprints.ts';
import { beginRefresh, type HistoryLimits } from './history.ts';
import { needsKey, resolveKey, settleKeys } from './keys.ts';
import { isLockFailure } from './locks.ts';
import { dropOverviews } from './overviews.ts';
import { type Manner, overwriteTable } from './overwrite.ts';
import { labelsOf, type Place, placeFor, placeOfFollower } from './place.ts';
import type { PlacedRows } from './placed-rows.ts';
import { checkPublicTables, checkQuotas } from './quotas.ts';
import { isRaster, placeRaster } from './raster.ts';
import { prepareSession } from './session.ts';
import { tidy, tidyFingerprints, tidyHistory } from './tidy.ts';

/** Makes the table the account's: owner, rights of its roles, and of everyone where the privacy says so. */
export type GrantTable = (tx: Queryable, account: Account, table: string, privacy: Privacy) => Promise<void>;

export interface PublishDeps {
  readonly db: Database;
  readonly grantTable: GrantTable;
  /** Given where the layers belong to a synchronization. */
  readonly refresh?: Refresh;
  /** How much is kept of the rows that a refresh changes; without it nothing is. */
  readonly history?: HistoryLimits;
  /** Runs in the transaction before it commits: what it writes is there with the rows or not at all. */
  readonly onPublished?: (tx: Queryable, published: Published) => Promise<void>;
}

export interface PublishedNow {
  readonly id: string;
  readonly name: string;
  /** The layer as the source names it; the second of one name has ` (2)` behind it. */
  readonly layer: string;
  /** It was not registered before. */
  readonly isNew: boolean;
  /** Rows that the table has now. */
  readonly rows: number;
  readonly changes: RowChanges;
  /** How the columns of the source differ from the run before; without one, from the table. */
  readonly drift: Drift;
  /** How they differ from the table. */
  readonly standing: Drift;
}

/** What is to be told of an import besides its tables. */
export interface LeftOut {
  /** The first file or layer that could not be imported while others could. */
  readonly failure: ImportFailure | null;
  /** Names of layers that `skip` left out before they were read. */
  readonly skipped: readonly string[];
  readonly warnings: Warnings;
}

const nothing: LeftOut = { failure: null, skipped: [], warnings: {} };

/** What an import came to. */
export interface Published {
  readonly tables: readonly PublishedNow[];
}

/** Tries at getting the locks, of 2 s each (reliability 2.2). */
const tries = 5;

/**
 * Publishes the layers of an import, all or none, and sets it `complete`. Throws `Fenced` where the attempt is no
 * longer the import's own, ImportError of the catalogue, or a DatabaseError where the whole can be tried again.
 * The staging tables are gone afterwards; where it throws they are left to the caller. `leftOut` is told with it.
 */
export async function publish(
  loaded: readonly LoadedLayer[],
  job: Import,
  account: Account,
  deps: PublishDeps,
  leftOut: LeftOut = nothing,
): Promise<Published> {
  for (let attempt = 1; ; attempt++) {
    try {
      const manner = mannerOf(job, deps, attempt);
      const published = await deps.db.transaction((tx) => publishIn(tx, loaded, job, account, deps, manner, leftOut));
      for (const { name, isNew, rows, changes } of published.tables) {
        if (isNew) continue;
        await tidy(deps.db, account.name, {
          name,
          rows,
          changed: changes.updated + changes.deleted + changes.inserted,
        });
      }
      if (published.tables.some(({ changes }) => isMuch(changes) && deps.history)) await tidyHistory(deps.db);
      if (deps.refresh?.synchronizationId !== undefined) await tidyFingerprints(deps.db);
      return published;
    } catch (error) {
      if (!isLockFailure(error)) throw toLoadError(error, loaded.map(({ name }) => name).join('", "'));
      if (attempt === tries) {
        throw new ImportError('cannotOverwrite', {
          detail: `The table is in use: no lock within 2 seconds, ${tries} times.`,
          hint: 'Nothing was changed. Import again when the queries on the table have ended.',
          cause: error,
        });
      }
      await pause(attempt * 100 + Math.random() * 400);
    }
  }
}

/** So many that forgetting them later leaves much room. */
const isMuch = ({ inserted, updated, deleted }: RowChanges): boolean => inserted + updated + deleted > 10_000;

const mannerOf = (job: Import, { db, refresh, history }: PublishDeps, attempt: number): Manner => {
  const limits = history ?? { runs: 0, bytes: 0 };
  if (refresh !== undefined) {
    const { mode, key, schemaPolicy, runId, synchronizationId } = refresh;
    const geometryPolicy = job.options.geometryPolicy ?? null;
    // Where a lock kept that look waiting, the next try looks in its own transaction.
    const aside: Keeping['aside'] = (run) => (attempt === 1 ? db.transactionIfFree(run) : null);
    const keeping = synchronizationId === undefined ? null : { synchronizationId, geometryPolicy, aside };
    return { mode, key, policy: schemaPolicy, runId: history === undefined ? null : runId, limits, keeping };
  }
  const { mode = null, key = [], schemaPolicy = null } = job.options;
  const policy = schemaPolicy ?? (mode === null ? null : 'evolve');
  return { mode: mode ?? 'replace', key, policy, runId: null, limits, keeping: null };
};

const withGone = (manner: Manner, refresh: Refresh | undefined, layer: string): Manner => {
  const gone = refresh?.gone?.get(layer);
  return gone === undefined ? manner : { ...manner, gone };
};

async function publishIn(
  tx: Queryable,
  loaded: readonly LoadedLayer[],
  job: Import,
  account: Account,
  deps: PublishDeps,
  wanted: Manner,
  leftOut: LeftOut,
): Promise<Published> {
  // Waits as long as another import of the account publishes: that always ends.
  await lockAccount(tx, account.id);
  if (!(await lockAttempt(tx, job.id, job.attempt))) throw new Fenced();
  await prepareSession(tx);

  const { refresh, grantTable } = deps;
  // Its synchronization may have been removed while it was read: the tables are made, and nothing is kept for it.
  const isFollowed = wanted.keeping !== null && (await holdSynchronization(tx, wanted.keeping.synchronizationId));
  const manner = isFollowed ? wanted : { ...wanted, keeping: null };
  const registered = new Map((await tablesOf(tx, account.id)).map((table) => [table.name, table]));
  const labels = labelsOf(loaded);
  const made = new Map<string, PublishedNow>();
  const imported: ImportedTable[] = [];
  const finishes: (() => Promise<void>)[] = [];
  let isOpened = false;
  for (const [index, layer] of loaded.entries()) {
    const inSchema = await namesInSchema(tx, account.name);
    const names = { registered, inSchema, taken: new Set([...inSchema, ...registered.keys()]), made };
    const label = labels[index] ?? layer.name;
    const place =
      refresh === undefined
        ? await placeFor(tx, layer, job, account, names)
        : await placeOfFollower(tx, layer, refresh.targets.get(label), account, names);
    if (place === null) {
      await dropStagedTable(tx, layer.staging);
      continue;
    }
    if (layer.fingerprints?.isDifference === true && place.kind === 'create') throw new DifferenceVoid();
    const privacy = job.options.privacy ?? place.existing?.privacy ?? 'private';
    isOpened ||= privacy === 'public' && place.existing?.privacy !== 'public';
    // Where a table of rows takes over the name of a raster whose table is gone.
    if (!isRaster(layer) && place.existing?.raster) await dropOverviews(tx, account.name, place.existing.raster);
    const filled = isRaster(layer)
      ? asFilled(layer, await placeRaster(tx, account, place, layer, { privacy, grantTable }))
      : await fill(tx, place, layer, account, withGone(manner, refresh, label), names.taken, refresh?.drift);
    finishes.push(filled.finish);
    // Not for nothing: it takes a lock that readers have to wait for.
    if (place.kind === 'create' || privacy !== place.existing?.privacy) {
      await grantTable(tx, account, place.name, privacy);
    }
    const { rows, changes, drift, standing, raster } = filled;
    const registration = { name: place.name, privacy, rows, ...(raster === undefined ? {} : { raster }) };
    const id = await registerTable(tx, account.id, registration);
    if (place.kind === 'create' && manner.keeping !== null && manner.mode === 'replace' && layer.fingerprints) {
      const made = {
        layer,
        fingerprints: layer.fingerprints,
        keeping: manner.keeping,
        placed: inPlace,
        standing: null,
      };
      await keepFingerprints(tx, { schema: account.name, table: place.name }, id, made);
    }
    const idsAreRows = place.kind === 'create' && layer.schema.cartodbId === 'row';
    await placeReport(tx, job, layer.position, { id, name: place.name, idsAreRows });
    if (place.kind === 'create' && manner.runId !== null) {
      await beginRefresh(tx, { tableId: id, runId: manner.runId, columns: [], imported: [], isKept: false });
    }
    const warnings = { ...layer.warnings, ...filled.warnings };
    imported.push({
      name: place.name,
      id,
      rows,
      geometryType: raster === undefined ? await geometryTypeOf(tx, account.name, place.name) : null,
      ...(raster === undefined ? {} : { isRaster: true }),
      layer: layer.name,
      warnings: Object.keys(warnings).length === 0 ? null : warnings,
      changes,
    });
    const isNew = place.existing === null;
    made.set(place.name, { id, name: place.name, layer: label, isNew, rows, changes, drift, standing });
  }
  const tables = [...made.values()];
  await checkQuotas(tx, account, registered.size, tables.filter(({ isNew }) => isNew).length);
  if (isOpened) await checkPublicTables(tx, account);
  const last = tables.at(-1);
  await completeImport(tx, job.id, {
    tableId: last?.id ?? null,
    tableName: last?.name ?? null,
    tablesCreated: tables.length,
    tables: imported,
    failure:
      leftOut.failure ??
      (tables.length === 0 ? skipped([...leftOut.skipped, ...loaded.map(({ name }) => name)]) : null),
    warnings: combineWarnings([...imported.map(({ warnings }) => ({ warnings: warnings ?? {} })), leftOut]),
    rows: loaded.reduce((sum, { rows }) => sum + rows, 0),
  });
  await deps.onPublished?.(tx, { tables });
  for (const finish of finishes) await finish();
  return { tables };
}

/** A table that is made of the rows has their numbers as ids. */
const inPlace: PlacedRows = { numbers: new Float64Array(), ids: new Float64Array() };

interface Filled {
  readonly rows: number;
  readonly changes: RowChanges;
  readonly drift: Drift;
  readonly standing: Drift;
  readonly warnings: Warnings;
  readonly finish: () => Promise<void>;
  readonly raster?: PublishedRaster;
}

const asFilled = (
  { rows }: LoadedLayer,
  { published, changes }: { readonly published: PublishedRaster; readonly changes: RowChanges },
): Filled => ({
  rows,
  changes,
  drift: noDrift,
  standing: noDrift,
  warnings: {},
  finish: async () => undefined,
  raster: published,
});

/** The layer's rows into their table, as the mode says. */
async function fill(
  tx: Queryable,
  place: Place,
  layer: LoadedLayer,
  account: Account,
  manner: Manner,
  taken: ReadonlySet<string>,
  before: Refresh['drift'],
): Promise<Filled> {
  const table = identifier(account.name, place.name);
  if (place.kind === 'overwrite' && place.existing !== null) {
    const target = { schema: account.name, table: place.name, id: place.existing.id };
    const overwritten = await overwriteTable(tx, target, layer, manner);
    const { drift: standing } = overwritten;
    const names = layer.schema.columns.map(({ name }) => name);
    const drift = driftSince(before?.get(place.existing.id) ?? noDrift, standing, names);
    const drifted = hasDrift(drift) && manner.policy !== null;
    const [counted] =
      manner.mode === 'replace'
        ? []
        : await tx.query<{ rows: number }>(sql`select count(*)::float8 as rows from ${table}`);
    return {
      ...overwritten,
      drift,
      standing,
      rows: counted?.rows ?? layer.rows,
      warnings: { ...overwritten.warnings, ...(drifted ? { schema_drift: drift } : {}) },
    };
  }
  const key = resolveKey(layer.name, layer.schema, manner.key, manner.mode);
  const settled = needsKey(manner.mode) ? await settleKeys(tx, layer.staging, key) : { removed: 0, warnings: {} };
  await createTable(tx, account.name, place.name, layer, taken);
  if (manner.mode === 'soft_delete') {
    await tx.query(sql`alter table ${table} add column ${identifier(deletedAt)} timestamptz`);
  }
  const rows = layer.rows - settled.removed;
  return {
    rows,
    changes: { inserted: rows, updated: 0, deleted: 0, unchanged: 0 },
    drift: noDrift,
    standing: noDrift,
    warnings: settled.warnings,
    finish: async () => undefined,
  };
}

const skipped = (layers: readonly string[]): ImportFailure => {
  const names = layers.map((name) => `"${tableName(name)}"`).join(', ');
  const error = new ImportError('allTablesSkipped', {
    detail: `A table of that name exists already${names === '' ? '' : ` (${names})`}, and collision_strategy is skip.`,
  });
  return { code: error.code, text: error.message };
};
