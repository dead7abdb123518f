/** One transaction that makes the tables of an import and ends it: everything of it is seen, or nothing. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Database, DatabaseError, type Queryable } from '../db/database.ts';
import { identifier, sql } from '../db/sql.ts';
import type { Account, Import, ImportedTable, ImportFailure, Privacy, Warnings } from '../domain/import.ts';
import { nextFreeName, tableName } from '../domain/naming.ts';
import type { Drift, Refresh, RowChanges } from '../domain/refresh.ts';
import { Fenced, ImportError } from '../errors.ts';
import type { LoadedLayer } from '../load/load-layer.ts';
import { dropStagedTable } from '../load/staging.ts';
import { toLoadError } from '../load/translate.ts';
import { completeImport, lockAccount, lockAttempt } from '../store/publishing.ts';
import { placeReport } from '../store/reports.ts';
import { type PublishedTable, registerTable, tablesOf } from '../store/tables.ts';
import { geometryTypeOf, isOrdinaryTable, namesInSchema, sizeOfSchema } from './catalog.ts';
import { combineWarnings } from './combine-warnings.ts';
import { createTable } from './create.ts';
import { overwriteTable } from './overwrite.ts';
import { isRaster, placeRaster } from './raster.ts';

/** Makes the table the account's: owner, rights of its roles, and of everyone where the privacy says so. */
export type GrantTable = (tx: Queryable, account: Account, table: string, privacy: Privacy) => Promise<void>;

export interface PublishDeps {
  readonly db: Database;
  readonly grantTable: GrantTable;
  /** Given where the layers belong to a synchronization. */
  readonly refresh?: Refresh;
  /** Runs in the transaction before it commits: what it writes is there with the rows or not at all. */
  readonly onPublished?: (tx: Queryable, published: Published) => Promise<void>;
}

export interface PublishedNow {
  readonly id: string;
  readonly name: string;
  /** The layer as the source names it. */
  readonly layer: string;
  /** It was not registered before. */
  readonly isNew: boolean;
  readonly changes: RowChanges;
  readonly drift: Drift;
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

/** Changed rows from which a table is vacuumed after an overwrite; fewer are left to the next time. */
const leastToTidy = 1000;

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
      const published = await deps.db.transaction((tx) => publishIn(tx, loaded, job, account, deps, leftOut));
      await tidy(deps.db, account, published);
      return published;
    } catch (error) {
      const isBusy = error instanceof DatabaseError && /^(55P03|40P01)$/.test(error.code);
      if (!isBusy) throw toLoadError(error, loaded.map(({ name }) => name).join('", "'));
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

/**
 * Gives back the room of deleted rows. PGlite has no autovacuum; elsewhere statistics are right at once. The import has
 * ended, so what goes wrong here is nobody's failure: autovacuum or the next overwrite does it.
 */
async function tidy(db: Database, account: Account, published: Published): Promise<void> {
  for (const { name, isNew, changes } of published.tables) {
    if (isNew || changes.inserted + changes.updated + changes.deleted < leastToTidy) continue;
    await db.query(sql`vacuum (analyze, skip_locked) ${identifier(account.name, name)}`).catch(() => undefined);
  }
}

async function publishIn(
  tx: Queryable,
  loaded: readonly LoadedLayer[],
  job: Import,
  account: Account,
  { grantTable, onPublished }: PublishDeps,
  leftOut: LeftOut,
): Promise<Published> {
  // Waits as long as another import of the account publishes: that always ends.
  await lockAccount(tx, account.id);
  if (!(await lockAttempt(tx, job.id, job.attempt))) throw new Fenced();
  // From here on locks wait for 2 s, and a policy that would hide rows from us is an error.
  await tx.query(sql`select set_config('lock_timeout', '2s', true), set_config('row_security', 'off', true)`);

  const registered = new Map((await tablesOf(tx, account.id)).map((table) => [table.name, table]));
  const made = new Map<string, PublishedNow>();
  const imported: ImportedTable[] = [];
  for (const layer of loaded) {
    const inSchema = await namesInSchema(tx, account.name);
    const taken = new Set([...inSchema, ...registered.keys()]);
    const place = await placeFor(tx, layer, job, account, { registered, inSchema, taken, made });
    if (place === null) {
      await dropStagedTable(tx, layer.staging);
      continue;
    }
    const privacy = job.options.privacy ?? place.existing?.privacy ?? 'private';
    let changes: RowChanges = { inserted: layer.rows, updated: 0, deleted: 0, unchanged: 0 };
    const raster = isRaster(layer) ? await placeRaster(tx, account, place, layer, { privacy, grantTable }) : null;
    if (raster !== null) changes = raster.changes;
    else if (place.kind === 'overwrite') changes = await overwriteTable(tx, account.name, place.name, layer);
    else await createTable(tx, account.name, place.name, layer, taken);
    const drift: Drift = { added: [], removed: [], retyped: [] };
    // Not for nothing: it takes a lock that readers have to wait for.
    if (place.kind === 'create' || privacy !== place.existing?.privacy) {
      await grantTable(tx, account, place.name, privacy);
    }
    const id = await registerTable(tx, account.id, {
      name: place.name,
      privacy,
      rows: layer.rows,
      ...(raster === null ? {} : { raster: raster.published }),
    });
    const idsAreRows = place.kind === 'create' && layer.schema.cartodbId === 'row';
    await placeReport(tx, job, layer.position, { id, name: place.name, idsAreRows });
    imported.push({
      name: place.name,
      id,
      rows: layer.rows,
      geometryType: raster === null ? await geometryTypeOf(tx, account.name, place.name) : null,
      ...(raster === null ? {} : { isRaster: true }),
      layer: layer.name,
      warnings: Object.keys(layer.warnings).length === 0 ? null : layer.warnings,
    });
    made.set(place.name, { id, name: place.name, layer: layer.name, isNew: place.existing === null, changes, drift });
  }
  const tables = [...made.values()];
  await checkQuotas(tx, account, registered.size, tables.filter(({ isNew }) => isNew).length);
  const last = tables.at(-1);
  await completeImport(tx, job.id, {
    tableId: last?.id ?? null,
    tableName: last?.name ?? null,
    tablesCreated: tables.length,
    tables: imported,
    failure:
      leftOut.failure ??
      (tables.length === 0 ? skipped([...leftOut.skipped, ...loaded.map(({ name }) => name)]) : null),
    warnings: combineWarnings([...loaded, leftOut]),
    rows: loaded.reduce((sum, { rows }) => sum + rows, 0),
  });
  await onPublished?.(tx, { tables });
  return { tables };
}

/** Where a layer goes. */
export interface Place {
  readonly kind: 'create' | 'overwrite';
  readonly name: string;
  /** The registration that it takes over. */
  readonly existing: PublishedTable | null;
}

interface Names {
  readonly registered: ReadonlyMap<string, PublishedTable>;
  readonly inSchema: ReadonlySet<string>;
  /** In the schema or registered. */
  readonly taken: ReadonlySet<string>;
  /** Tables of this very import: a second layer of the same name does not overwrite the first. */
  readonly made: ReadonlyMap<string, unknown>;
}

/** Under which name a layer goes where; null where it is skipped. */
async function placeFor(
  tx: Queryable,
  layer: LoadedLayer,
  job: Import,
  account: Account,
  names: Names,
): Promise<Place | null> {
  const wanted = tableName(layer.name);
  const free = (): Place => ({
    kind: 'create',
    name: nextFreeName(wanted, (name) => names.taken.has(name)),
    existing: null,
  });
  const isTaken = names.taken.has(wanted) && !names.made.has(wanted);
  switch (job.options.collisionStrategy) {
    case 'rename':
      return free();
    case 'skip':
      return isTaken ? null : free();
    case 'overwrite': {
      const existing = names.registered.get(wanted);
      if (existing === undefined || !isTaken) return free();
      if (await isOrdinaryTable(tx, account.name, wanted)) return { kind: 'overwrite', name: wanted, existing };
      const isGone = !names.inSchema.has(wanted);
      return isGone ? { kind: 'create', name: wanted, existing } : free();
    }
  }
}

async function checkQuotas(tx: Queryable, account: Account, before: number, created: number): Promise<void> {
  const { maxTables, maxStorageBytes } = account.limits;
  if (maxTables !== null && created > 0 && before + created > maxTables) {
    throw new ImportError('overTables', {
      detail: `The account may have ${maxTables} tables; it has ${before} and this import adds ${created}.`,
      hint: 'Delete tables that are not needed any more.',
    });
  }
  if (maxStorageBytes === null) return;
  const bytes = await sizeOfSchema(tx, account.name);
  if (bytes <= maxStorageBytes) return;
  throw new ImportError('overStorage', {
    detail: `The account may store ${maxStorageBytes} bytes; with this import it would be ${bytes}.`,
    hint: 'Delete tables that are not needed any more.',
  });
}

const skipped = (layers: readonly string[]): ImportFailure => {
  const names = layers.map((name) => `"${tableName(name)}"`).join(', ');
  const error = new ImportError('allTablesSkipped', {
    detail: `A table of that name exists already${names === '' ? '' : ` (${names})`}, and collision_strategy is skip.`,
  });
  return { code: error.code, text: error.message };
};
