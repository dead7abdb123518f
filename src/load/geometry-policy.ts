import type { Queryable } from '../db/database.ts';
import { identifier, sql } from '../db/sql.ts';
import type { GeometryPolicy, Warnings } from '../domain/import.ts';
import { ImportError } from '../errors.ts';
import { mercatorOf } from './reproject.ts';
import { stagingSchema } from './staging.ts';

/**
 * Rows up to which invalid geometries are counted unasked. 200,000 polygons of 21 vertices take ST_IsValid 1.2 s, as long
 * as their COPY: more than a table may cost that nobody asked to have checked.
 */
const MAX_ROWS_UNASKED = 20_000;

/**
 * Counts the geometries of a staging table that ST_IsValid calls invalid (rings that cross themselves, holes outside
 * their shell), and does with them what was asked. Throws badGeometries where they are to be rejected.
 */
export async function applyGeometryPolicy(
  db: Queryable,
  staging: string,
  policy: GeometryPolicy | null,
  rows: number,
  layer: string,
): Promise<Warnings> {
  if (policy === null && rows > MAX_ROWS_UNASKED) return {};
  const table = identifier(stagingSchema, staging);
  // Points and lines are always valid, and ST_IsValid is asked of no other.
  const invalid = sql`st_dimension(the_geom) = 2 and not st_isvalid(the_geom)`;
  const found = await db.query<{ count: number; id: number | null; reason: string | null }>(sql`
    select count(*)::float8 as count, min(cartodb_id)::float8 as id,
      (array_agg(st_isvalidreason(the_geom) order by cartodb_id))[1] as reason
    from (select cartodb_id, the_geom from ${table} where ${invalid}) bad`);
  const { count = 0, id = null, reason = null } = found[0] ?? {};
  if (count === 0) return {};
  const told = { count, first: [{ cartodb_id: id, reason }] };
  switch (policy) {
    case 'reject':
      throw new ImportError('badGeometries', {
        detail: `Layer "${layer}": ${count} geometries are not valid, the first in row ${id}: ${reason}.`,
        hint: 'Repair them, or import with geometry_policy=make_valid, null or keep.',
      });
    case 'null':
      await db.query(sql`update ${table} set the_geom = null, the_geom_webmercator = null where ${invalid}`);
      return { invalid_geometry_count: count, invalid_geometry: { ...told, done: 'null' } };
    case 'make_valid': {
      const repaired = sql`st_makevalid(the_geom)`;
      await db.query(sql`update ${table} set the_geom = ${repaired},
        the_geom_webmercator = ${mercatorOf(sql`${repaired}`, sql`${repaired}`)} where ${invalid}`);
      return { invalid_geometry_count: count, invalid_geometry: { ...told, done: 'make_valid' } };
    }
    default:
      return { invalid_geometry_count: count, invalid_geometry: { ...told, done: 'keep' } };
  }
}
