import type { Queryable } from '../db/database.ts';
import { DatabaseError } from '../db/database.ts';
import { identifier, type Sql, sql, trusted } from '../db/sql.ts';
import type { TableSchema } from '../domain/schema.ts';
import { ImportError } from '../errors.ts';
import { geometryType, stagingSchema } from './staging.ts';

/**
 * Turns `the_geom` from the SRID that the database has for it into 4326 and fills `the_geom_webmercator`, in one
 * rewrite of the table. What lies beyond the Mercator world is cut at latitude 89 (wire contract 6.6), and NULL where
 * nothing is left of it.
 */
export async function reproject(
  db: Queryable,
  table: string,
  schema: TableSchema,
  srid: number,
  layer: string,
): Promise<void> {
  if (schema.srid === 4326) return;
  const source = sql`st_setsrid(the_geom, ${trusted(String(Math.trunc(srid)))})`;
  const geographic = sql`st_transform(${source}, 4326)`;
  const mercator = mercatorOf(source, geographic);
  try {
    await db.query(sql`alter table ${identifier(stagingSchema, table)}
      alter the_geom type ${geometryType(schema, 4326)} using ${geographic},
      alter the_geom_webmercator type geometry(Geometry, 3857) using ${mercator}`);
  } catch (error) {
    if (!(error instanceof DatabaseError) || /^(08|57|53|40|55)/.test(error.code)) throw error;
    throw new ImportError('badGeometries', {
      detail: `Layer "${layer}": a geometry cannot be converted from ${systemName(schema)} to EPSG:4326 (${error.message}).`,
      hint: 'Check that the coordinates are really in the reference system that the file names.',
      cause: error,
    });
  }
}

/** `the_geom_webmercator` of a geometry and of the same in 4326. */
export const mercatorOf = (source: Sql, geographic: Sql): Sql => sql`st_force2d(case
    when the_geom is null or st_isempty(the_geom) then null
    when st_ymin(${geographic}) >= -89 and st_ymax(${geographic}) <= 89 then st_transform(${source}, 3857)
    else nullif(st_transform(st_intersection(st_makevalid(st_force2d(${geographic})),
      st_makeenvelope(-180, -89, 180, 89, 4326)), 3857), 'srid=3857;geometrycollection empty'::geometry) end)`;

const systemName = ({ srid, crsWkt }: TableSchema): string =>
  crsWkt === undefined ? `EPSG:${srid}` : `"${/"([^"]{1,80})"/.exec(crsWkt)?.[1] ?? 'its reference system'}"`;
