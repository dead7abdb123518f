/** Rasters as tables of an account, with their overviews beside them: `o_<factor>_<table>`. */
import type { Queryable } from '../db/database.ts';
import { DatabaseError } from '../db/database.ts';
import { identifier, type Sql, sql } from '../db/sql.ts';
import type { Account, Privacy } from '../domain/import.ts';
import { nextFreeName, suffixed } from '../domain/naming.ts';
import { type PublishedRaster, type RasterFacts, rasterColumn } from '../domain/raster.ts';
import type { RowChanges } from '../domain/refresh.ts';
import { ImportError } from '../errors.ts';
import type { LoadedLayer } from '../load/load-layer.ts';
import { addConstraints, overviewStaging, rasterIndexNames } from '../load/raster.ts';
import { dropStagedTable, stagingSchema } from '../load/staging.ts';
import { columnsOf, namesInSchema } from './catalog.ts';
import { commentColumns, restartIds, runTogether } from './create.ts';
import { dropOverviews, markOverview, overviewName } from './overviews.ts';
import type { Place } from './place.ts';
import type { GrantTable } from './publish.ts';

/** A raster that was loaded; every other layer has no `raster`. */
export type LoadedRaster = LoadedLayer & { readonly schema: { readonly raster: RasterFacts } };

export const isRaster = (layer: LoadedLayer): layer is LoadedRaster => layer.schema.raster !== undefined;

const column = identifier(rasterColumn);

/** Moves a staged table into the schema under a name, with its key and index named after it. */
async function moveTable(
  tx: Queryable,
  schema: string,
  staging: string,
  name: string,
  taken: ReadonlySet<string>,
): Promise<void> {
  const staged = rasterIndexNames(staging);
  const named = (suffix: string): Sql => identifier(nextFreeName(suffixed(name, suffix), (other) => taken.has(other)));
  const table = identifier(schema, name);
  await runTogether(tx, [
    sql`alter table ${identifier(stagingSchema, staging)} set schema ${identifier(schema)}`,
    sql`alter table ${identifier(schema, staging)} rename to ${identifier(name)}`,
    sql`alter table ${table} rename constraint ${identifier(staged.primaryKey)} to ${named('_pkey')}`,
    sql`alter index ${identifier(schema, staged.tiles)} rename to ${named('_the_raster_webmercator_idx')}`,
  ]);
}

/** Makes a loaded raster the table `name`. */
async function createRaster(
  tx: Queryable,
  schema: string,
  name: string,
  layer: LoadedRaster,
  taken: ReadonlySet<string>,
): Promise<void> {
  const sequence = nextFreeName(suffixed(name, '_cartodb_id_seq'), (other) => taken.has(other));
  await moveTable(tx, schema, layer.staging, name, taken);
  await runTogether(tx, [
    sql`alter sequence ${identifier(schema, `${layer.staging}_cartodb_id_seq`)} rename to ${identifier(sequence)}`,
    ...commentColumns(schema, name, layer.schema.columns.slice(0, 1)),
  ]);
  await restartIds(tx, schema, name);
}

/** Puts the tiles of a loaded raster in the place of those of the table `name`, which stays the same table. */
async function overwriteTiles(tx: Queryable, schema: string, name: string, layer: LoadedRaster): Promise<number> {
  checkIsRaster(name, await columnsOf(tx, schema, name));
  const table = identifier(schema, name);
  try {
    await tx.query(sql`lock table ${table} in access exclusive mode`);
    await tx.query(sql`select droprasterconstraints(${schema}::name, ${name}::name, ${rasterColumn}::name)`);
    const gone = await tx.query<{ count: number }>(
      sql`with gone as (delete from ${table} returning 1) select count(*)::float8 as count from gone`,
    );
    await tx.query(sql`insert into ${table} (cartodb_id, ${column})
      select cartodb_id, ${column} from ${identifier(stagingSchema, layer.staging)} order by cartodb_id`);
    await addConstraints(tx, schema, name);
    await restartIds(tx, schema, name);
    await dropStagedTable(tx, layer.staging);
    return gone[0]?.count ?? 0;
  } catch (error) {
    if (!(error instanceof DatabaseError) || /^(08|57|53|40|55P03)/.test(error.code)) throw error;
    throw new ImportError('cannotOverwrite', {
      detail: `The table ${name} keeps its old tiles: ${error.message}.`,
      hint: 'Remove what stands in the way, or import under another name.',
      cause: error,
    });
  }
}

/** Throws `incompatibleSchemas` where a table is not a raster. */
export function checkIsRaster(
  name: string,
  columns: readonly { readonly name: string; readonly type: string }[],
): void {
  if (columns.some((one) => one.name === rasterColumn && one.type === 'raster')) return;
  throw new ImportError('incompatibleSchemas', {
    detail: `The table ${name} cannot be overwritten with a raster: it has rows, not tiles (no column ${rasterColumn}).`,
    hint: 'Import under another name, or with collision_strategy=rename.',
  });
}

interface Rights {
  readonly privacy: Privacy;
  readonly grantTable: GrantTable;
}

/**
 * Makes a loaded raster a table, or gives its tiles to the raster that it overwrites, and makes its overviews tables
 * beside it, in the place of the old ones and with the same rights. Throws `incompatibleSchemas` where the table to
 * overwrite is no raster, `cannotOverwrite` where the database refuses.
 */
export async function placeRaster(
  tx: Queryable,
  account: Account,
  place: Place,
  layer: LoadedRaster,
  rights: Rights,
): Promise<{ readonly published: PublishedRaster; readonly changes: RowChanges }> {
  const before = place.existing?.raster ?? null;
  if (before !== null) await dropOverviews(tx, account.name, before);
  const names = async (): Promise<ReadonlySet<string>> =>
    new Set([...(await namesInSchema(tx, account.name)), place.name]);
  let deleted = 0;
  if (place.kind === 'overwrite') deleted = await overwriteTiles(tx, account.name, place.name, layer);
  else await createRaster(tx, account.name, place.name, layer, await names());
  const { raster } = layer.schema;
  const overviews: { factor: number; name: string }[] = [];
  for (const factor of raster.factors) {
    const taken = await names();
    const name = overviewName(place.name, factor, taken);
    await moveTable(tx, account.name, overviewStaging(layer.staging, factor), name, taken);
    await markOverview(tx, account.name, { name, factor }, place.name);
    await rights.grantTable(tx, account, name, rights.privacy);
    overviews.push({ factor, name });
  }
  return {
    published: { ...raster, overviews },
    changes: { inserted: layer.rows, updated: 0, deleted, unchanged: 0 },
  };
}
