/** Tiles of a staging table become PostGIS rasters, and those of overviews tables of their own. */
import type { Queryable } from '../db/database.ts';
import { DatabaseError } from '../db/database.ts';
import { identifier, type Sql, sql } from '../db/sql.ts';
import { factorColumn, type RasterFacts, rasterColumn } from '../domain/raster.ts';
import { ImportError } from '../errors.ts';
import { stagingSchema } from './staging.ts';

/** The staging table of an overview. */
export const overviewStaging = (staging: string, factor: number): string => `${staging}_o${factor}`;

/** Names of the primary key and the index of a staged raster or overview. */
export const rasterIndexNames = (table: string): { readonly primaryKey: string; readonly tiles: string } => ({
  primaryKey: `${table}_pk`,
  tiles: `${table}_g`,
});

const column = identifier(rasterColumn);

/**
 * Turns a loaded staging table into a raster with its overviews, each with key, index and constraints: from then on
 * PostGIS knows extent, size and types. Throws unsupportedFormat where the database has no rasters.
 */
export async function finishRaster(
  db: Queryable,
  staging: string,
  { factors }: RasterFacts,
  layer: string,
): Promise<void> {
  await checkExtension(db, layer);
  const table = identifier(stagingSchema, staging);
  const factor = identifier(factorColumn);
  for (const one of factors) {
    const name = overviewStaging(staging, one);
    await db.query(sql`drop table if exists ${identifier(stagingSchema, name)}`);
    await db.query(sql`create table ${identifier(stagingSchema, name)} as
      select row_number() over (order by cartodb_id)::int as rid, st_rastfromwkb(${column}) as ${column}
      from ${table} where ${factor} = ${one}`);
    await index(db, name, sql`rid`);
  }
  await db.query(sql`delete from ${table} where ${factor} > 1`);
  await db.query(sql`alter table ${table} drop column ${factor}, drop column the_geom, drop column the_geom_webmercator,
    alter ${column} type raster using st_rastfromwkb(${column})`);
  await index(db, staging, sql`cartodb_id`);
}

async function index(db: Queryable, name: string, key: Sql): Promise<void> {
  const table = identifier(stagingSchema, name);
  const names = rasterIndexNames(name);
  await db.query(sql`alter table ${table} add constraint ${identifier(names.primaryKey)} primary key (${key})`);
  await db.query(sql`create index ${identifier(names.tiles)} on ${table} using gist (st_convexhull(${column}))`);
  await addConstraints(db, stagingSchema, name);
  await db.query(sql`analyze ${table}`);
}

/**
 * Makes the constraints from which `raster_columns` tells what a table holds: system, scale, alignment, bands, types,
 * extent. Not that all tiles have one size: those at the edges are smaller.
 */
export async function addConstraints(db: Queryable, schema: string, table: string): Promise<void> {
  await db.query(sql`select addrasterconstraints(${schema}::name, ${table}::name, ${rasterColumn}::name, 'srid',
    'scale_x', 'scale_y', 'same_alignment', 'num_bands', 'pixel_types', 'nodata_values', 'out_db', 'extent')`);
}

async function checkExtension(db: Queryable, layer: string): Promise<void> {
  const rows = await db.query(sql`select 1 from pg_extension where extname = 'postgis_raster'`);
  if (rows.length > 0) return;
  const cause = new DatabaseError('type "raster" does not exist', { code: '42704' });
  throw new ImportError('unsupportedFormat', {
    detail: `"${layer}" is a raster, and the database has no extension for rasters.`,
    hint: 'The operator makes it, as a superuser: create extension postgis_raster schema public, and starts Landfall again.',
    cause,
  });
}
