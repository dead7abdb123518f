import { type Sql, trusted } from '../db/sql.ts';
import type { SchemaPolicy } from '../domain/refresh.ts';
import type { TableSchema } from '../domain/schema.ts';
import type { ExistingColumn } from './catalog.ts';

/** How the geometries of new data go into the table's column. */
export interface GeometryFit {
  /** The geometry of a row of the staging table `s`, with as many ordinates as the table's column has. */
  readonly value: Sql;
  /** The type that the column is given before, and how its values become it. */
  readonly retype: { readonly type: string; readonly using: Sql } | null;
  /** The source has nothing that is or makes a geometry; places may have been found in its words. */
  readonly isAbsent: boolean;
}

/** Functions of PostGIS that give any geometry exactly these ordinates besides x and y; those it lacks are 0. */
const forces = { '': 'st_force2d', Z: 'st_force3dz', M: 'st_force3dm', ZM: 'st_force4d' } as const;
type Ordinates = keyof typeof forces;

const union = (a: Ordinates, b: Ordinates): Ordinates => {
  const has = (letter: string): boolean => a.includes(letter) || b.includes(letter);
  if (has('Z')) return has('M') ? 'ZM' : 'Z';
  return has('M') ? 'M' : '';
};

/**
 * A column takes geometries of exactly its own ordinates. Where a policy follows the source, Z and M that the column
 * has no place for widen it; otherwise they are left out. A column that the owner gave a type of geometries stays.
 */
export function fitGeometry(
  existing: readonly ExistingColumn[],
  schema: TableSchema,
  policy: SchemaPolicy | null,
): GeometryFit {
  const type = existing.find(({ name }) => name === 'the_geom')?.type ?? '';
  const [, kind = '', suffix = ''] = /^geometry\(([A-Za-z]+?)(ZM|Z|M)?(?:,\d+)?\)$/.exec(type) ?? [];
  const has: Ordinates = suffix === 'Z' || suffix === 'M' || suffix === 'ZM' ? suffix : '';
  const needs = union(has, schema.extra ?? '');
  const widens = policy !== null && policy !== 'discard_columns' && kind === 'Geometry' && needs !== has;
  const ordinates = widens ? needs : has;
  return {
    value: trusted(`${forces[ordinates]}(s.the_geom)`),
    retype: widens ? { type: `geometry(Geometry${needs},4326)`, using: trusted(`${forces[needs]}(the_geom)`) } : null,
    isAbsent: schema.geometry.kind === 'none',
  };
}
