import type { Database, Queryable } from '../db/database.ts';
import { DatabaseError } from '../db/database.ts';
import { identifier, join, sql } from '../db/sql.ts';
import type { FollowerWish, LoadedFingerprints } from '../domain/fingerprints.ts';
import type { GeometryPolicy, Warnings } from '../domain/import.ts';
import { tileCount } from '../domain/raster.ts';
import type { TableSchema } from '../domain/schema.ts';
import { ImportError } from '../errors.ts';
import type { LayerResult, LoadPass, ReaderSession } from '../read/reader-session.ts';
import type { Limit } from '../util/limit.ts';
import { applyGeometryPolicy } from './geometry-policy.ts';
import { finishRaster } from './raster.ts';
import { databaseSrid } from './reference-system.ts';
import { reproject } from './reproject.ts';
import {
  type Attempt,
  createStaging,
  dropStagedTable,
  type indexNames,
  type StagingUse,
  stagingName,
  stagingSchema,
  streamColumns,
} from './staging.ts';
import { toLoadError } from './translate.ts';

/**
 * What becomes of the rows: the staging table becomes the table (logged, indexed), or its rows are merged into one
 * (unlogged, without indexes). A hint: publishing looks again, under a lock.
 */
export type LoadPlan = 'create' | 'merge';

/** Decides it when the schema is known; throws `incompatibleSchemas` where the rows could not be published at all. */
export type PlanLoad = (layer: string, schema: TableSchema) => Promise<LoadPlan>;

/** One layer, complete in a staging table of its own. */
export interface LoadedLayer {
  /** As the source names it. */
  readonly name: string;
  /** Its position among the layers of the import. */
  readonly position: number;
  /** Its table in the schema `landfall_staging`. */
  readonly staging: string;
  readonly plan: LoadPlan;
  readonly schema: TableSchema;
  /** Of the source. The staging table has fewer where `fingerprints` say that it holds a difference. */
  readonly rows: number;
  readonly warnings: Warnings;
  /** Absent: none were wanted, or there can be none. */
  readonly fingerprints?: LoadedFingerprints;
}

export interface LoadDeps {
  readonly db: Database;
  readonly plan: PlanLoad;
  /** null: not said. */
  readonly geometryPolicy: GeometryPolicy | null;
  /** Looks for places in a table that has no geometry, and returns what it tells; absent: nobody asked for it. */
  readonly guess?: ((table: string, schema: TableSchema) => Promise<Warnings>) | undefined;
  /** Index builds at once, over all imports of the process: more than there are processors only slow the rest. */
  readonly buildLimit: Limit;
  /** The fingerprints that are wanted of a layer of this name; null, or absent: none. */
  readonly wish?: (layer: string) => Promise<FollowerWish | null>;
  /** Told what the layer turned out to be, before its indexes are built; absent: nobody wants to know. */
  readonly onRead?: (layer: number, result: LayerResult) => Promise<void>;
}

/**
 * Up to this many bytes of COPY stream, indexes are built in the transaction of the load, one after another: more
 * commits and connections cost more than they save (docs/decisions/0010-loading.md).
 */
const smallBytes = 4 * 1024 * 1024;

/**
 * The first statistics of a table, for which its import waits, are of 300 rows for each unit of this: 9,000, where
 * PostgreSQL's own setting takes 30,000 and four times as long. Those of autovacuum follow the server's setting.
 */
const STATISTICS_TARGET = 30;

/** The same for rows that are a difference to a table, which is small beside it and joined by its ids or its key. */
const DIFFERENCE_TARGET = 3;

/**
 * Loads one layer into a staging table, ready to be published. Throws ImportError, or the DatabaseError where the
 * work can be tried again; nothing is left in staging then.
 */
export async function loadLayer(
  session: ReaderSession,
  layer: number,
  job: Attempt,
  deps: LoadDeps,
  signal: AbortSignal,
): Promise<LoadedLayer> {
  const { db } = deps;
  const name = session.layers[layer]?.name ?? '';
  const staging = stagingName(job, layer + 1);
  let plan: LoadPlan = 'create';
  /** What the policy for geometries has told; null until the table is finished. */
  let ofPolicy: Warnings | null = null;
  try {
    const wish = deps.guess === undefined ? await wishFor(session, layer, deps) : null;
    const read: LoadPass = async (schema, chunks) => {
      signal.throwIfAborted();
      const srid = await databaseSrid(db, schema, name);
      plan = await deps.plan(name, schema);
      const isLast = !isGuessed(deps, schema) && (wish?.known ?? null) === null;
      const use = plan === 'merge' ? 'passing' : wish === null ? 'table' : 'followingTable';
      const pass = { staging, name, schema, srid, plan, policy: deps.geometryPolicy, chunks, isLast, use } as const;
      ofPolicy = db.capabilities.streamingCopy ? await inOneTransaction(db, pass) : await inSteps(db, pass);
    };
    const result = await (wish === null ? session.read(layer, read) : session.read(layer, read, wish));
    signal.throwIfAborted();
    await deps.onRead?.(layer, result);
    const { schema } = result;
    const rows = schema.raster === undefined ? result.rows : tileCount(schema.raster);
    const ofGuess = isGuessed(deps, schema) ? await deps.guess?.(staging, schema) : {};
    const sideBySide = db.capabilities.concurrentConnections > 1 ? deps.buildLimit : null;
    const fingerprints = fingerprintsOf(result, wish);
    const checked = fingerprints?.isDifference === true && fingerprints.bytes <= smallBytes ? 0 : rows;
    const isDifference = fingerprints?.isDifference === true;
    const made = { staging, name, schema, plan, policy: deps.geometryPolicy, isDifference };
    ofPolicy ??= await finish(db, made, checked, sideBySide);
    signal.throwIfAborted();
    return {
      name,
      position: layer,
      staging,
      plan,
      schema,
      rows,
      warnings: { ...result.warnings, ...ofPolicy, ...ofGuess },
      ...(fingerprints === null ? {} : { fingerprints }),
    };
  } catch (error) {
    await dropQuietly(db, staging);
    if (error instanceof DatabaseError && error.code === '23505') throw duplicateId(error, name);
    throw toLoadError(error, name);
  }
}

/** The wish with which the layer is read already, or a new one. */
async function wishFor({ begun, layers }: ReaderSession, layer: number, deps: LoadDeps): Promise<FollowerWish | null> {
  if (begun?.layer === layer) return begun.wish;
  return (await deps.wish?.(layers[layer]?.name ?? '')) ?? null;
}

function fingerprintsOf({ fingerprints }: LayerResult, wish: FollowerWish | null): LoadedFingerprints | null {
  if (wish === null || fingerprints?.entries === undefined || fingerprints.gone === undefined) return null;
  const { entries, gone } = fingerprints;
  return { ...fingerprints, entries, gone, key: wish.key, version: wish.version };
}

interface Table {
  readonly staging: string;
  readonly name: string;
  readonly schema: TableSchema;
  readonly plan: LoadPlan;
  readonly policy: GeometryPolicy | null;
  /** Only rows that the table which they are for has not. Absent: all rows. */
  readonly isDifference?: boolean;
}

interface Pass extends Table {
  /** SRID under which the database transforms the geometries. */
  readonly srid: number;
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Nothing else happens to the rows: a small table can be finished at once. */
  readonly isLast: boolean;
  readonly use: StagingUse;
}

const isGuessed = ({ guess }: LoadDeps, { geometry }: TableSchema): boolean =>
  guess !== undefined && geometry.kind === 'none';

/** Creation and COPY FREEZE in one transaction; returns what `finish` does where the table is small enough for it. */
async function inOneTransaction(db: Database, pass: Pass): Promise<Warnings | null> {
  return db.transaction(async (tx) => {
    await tx.query(createStaging(pass.staging, pass.schema, pass.use));
    const bytes = await copy(tx, pass, true);
    await reproject(tx, pass.staging, pass.schema, pass.srid, pass.name);
    return bytes > smallBytes || !pass.isLast ? null : finish(tx, pass, 0, null);
  });
}

/** Where one session serves all: no transaction is held while chunks are awaited. */
async function inSteps(db: Database, pass: Pass): Promise<null> {
  try {
    await dropStagedTable(db, pass.staging);
    await db.query(createStaging(pass.staging, pass.schema, pass.use));
    await copy(db, pass, false);
    await reproject(db, pass.staging, pass.schema, pass.srid, pass.name);
    return null;
  } catch (error) {
    await dropQuietly(db, pass.staging);
    throw error;
  }
}

async function copy(db: Queryable, pass: Pass, freeze: boolean): Promise<number> {
  let bytes = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of pass.chunks) {
      bytes += chunk.byteLength;
      yield chunk;
    }
  }
  const columns = streamColumns(pass.schema);
  await db.copyIn({ schema: stagingSchema, table: pass.staging, columns, freeze }, counted());
  return bytes;
}

/**
 * What becomes of invalid geometries (`rows`: how many there are at least); the primary key, which finds an id that is
 * there twice before the long work begins; both geometry indexes, side by side where each can have a connection; then
 * statistics.
 */
async function finish(db: Queryable, made: Table, rows: number, sideBySide: Limit | null): Promise<Warnings> {
  const { staging, plan, schema, policy, name } = made;
  if (schema.raster !== undefined) {
    await finishRaster(db, staging, schema.raster, name);
    return {};
  }
  const warnings = schema.geometry.kind === 'none' ? {} : await applyGeometryPolicy(db, staging, policy, rows, name);
  const table = identifier(stagingSchema, staging);
  const names = stagingIndexNames(staging);
  if (plan === 'create') {
    await db.query(sql`alter table ${table} add constraint ${identifier(names.primaryKey)} primary key (cartodb_id)`);
    const builds = [
      sql`create index ${identifier(names.geometry)} on ${table} using gist (the_geom)`,
      sql`create index ${identifier(names.webmercator)} on ${table} using gist (the_geom_webmercator)`,
    ];
    if (sideBySide !== null) {
      // Both have ended before an error goes on: the table is dropped then.
      const ended = await Promise.allSettled(builds.map((build) => sideBySide(() => db.query(build))));
      for (const end of ended) if (end.status === 'rejected') throw end.reason;
    } else {
      for (const build of builds) await db.query(build);
    }
  } else if (schema.cartodbId === 'source') {
    await db.query(sql`create unique index ${identifier(names.primaryKey)} on ${table} (cartodb_id)`);
  }
  // A table that is only compared is joined by its ids or its key: statistics of geometries cost most and serve nothing.
  const compared = ['cartodb_id', ...schema.columns.map((column) => column.name)].map((column) => identifier(column));
  const analyze = plan === 'create' ? sql`analyze ${table}` : sql`analyze ${table} (${join(compared)})`;
  const target = made.isDifference === true ? DIFFERENCE_TARGET : STATISTICS_TARGET;
  await db.queryText(`set local default_statistics_target = ${target}; ${analyze.text}`);
  return warnings;
}

/** Shorter than `indexNames`, so that a staging table's own are within 63 bytes whatever its number. */
export const stagingIndexNames = (staging: string): ReturnType<typeof indexNames> => ({
  primaryKey: `${staging}_pk`,
  geometry: `${staging}_g`,
  webmercator: `${staging}_w`,
});

/** The server's detail names the value: `Key (cartodb_id)=(7) is duplicated.` */
function duplicateId(error: DatabaseError, layer: string): ImportError {
  const value = /\)=\((.*)\)/.exec(error.detail ?? '')?.[1] ?? 'a value';
  return new ImportError('badCartodbId', {
    detail: `Layer "${layer}": the column cartodb_id holds ${value} more than once.`,
    hint: 'Make cartodb_id unique, or rename that column and import again.',
    cause: error,
  });
}

/** The error that led here is the one to tell; the sweep drops what cannot be dropped now. */
async function dropQuietly(db: Database, staging: string): Promise<void> {
  await dropStagedTable(db, staging).catch(() => undefined);
}
