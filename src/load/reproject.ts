import type { Queryable } from '../db/database.ts';
import { DatabaseError } from '../db/database.ts';
import { identifier, sql, trusted } from '../db/sql.ts';
import { ImportError } from '../errors.ts';
import { stagingSchema } from './staging.ts';

/** Throws `unknownSrid` where the database has no definition of the reference system. */
export async function checkSrid(db: Queryable, srid: number, layer: string): Promise<void> {
  if (srid === 4326) return;
  const rows = await db.query(sql`select 1 from spatial_ref_sys where srid = ${srid}`);
  if (rows.length === 1) return;
  throw new ImportError('unknownSrid', {
    detail: `Layer "${layer}": the reference system EPSG:${srid} is not known.`,
    hint: 'Save the data in EPSG:4326 (longitude and latitude) or another EPSG system and import again.',
  });
}

/**
 * Turns `the_geom` from `srid` into 4326 and fills `the_geom_webmercator`, in one rewrite of the table. What lies
 * beyond the Mercator world is cut at latitude 89 (wire contract 6.6), and NULL where nothing is left of it.
 */
export async function reproject(db: Queryable, table: string, srid: number, layer: string): Promise<void> {
  if (srid === 4326) return;
  const geographic = trusted(`st_transform(the_geom, 4326)`);
  const mercator = sql`case
    when the_geom is null or st_isempty(the_geom) then null
    when st_ymin(${geographic}) >= -89 and st_ymax(${geographic}) <= 89 then st_transform(the_geom, 3857)
    else nullif(st_transform(st_intersection(st_makevalid(${geographic}),
      st_makeenvelope(-180, -89, 180, 89, 4326)), 3857), 'srid=3857;geometrycollection empty'::geometry) end`;
  try {
    await db.query(sql`alter table ${identifier(stagingSchema, table)}
      alter the_geom type geometry(Geometry, 4326) using ${geographic},
      alter the_geom_webmercator type geometry(Geometry, 3857) using ${mercator}`);
  } catch (error) {
    if (!(error instanceof DatabaseError) || /^(08|57|53|40|55)/.test(error.code)) throw error;
    throw new ImportError('badGeometries', {
      detail: `Layer "${layer}": a geometry cannot be converted from EPSG:${srid} to EPSG:4326 (${error.message}).`,
      hint: 'Check that the coordinates are really in the reference system that the file names.',
      cause: error,
    });
  }
}
