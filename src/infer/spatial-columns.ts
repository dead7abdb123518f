import { columnNames } from '../domain/naming.ts';
import type { ColumnWish, GeometryRole } from '../domain/reading.ts';
import { type SpatialName, type SpatialRole, spatialNames } from './spatial-names.ts';

/** What the values of a column are, in the part of the geometry that its name or the request gives it. */
export interface SpatialTally extends SpatialName {
  readonly column: number;
  /** The request gives it this part. */
  readonly isAsked: boolean;
  /** Cells that are not empty. */
  values: number;
  /** Those of them that are what the part promises. */
  matching: number;
  /** SRID that all geometries so far name themselves; 0 none does, -1 nothing was seen, -2 they differ. */
  srid: number;
  /** Those of `matching` that name a system which is not the layer's: lost unless all name the same. */
  elsewhere: number;
  /** Coordinates beyond ±90 that are within ±180. */
  far: number;
  /** Coordinates beyond ±180. */
  beyond: number;
  /** Coordinates that say of themselves to be the other one. */
  crossed: number;
  /** Those of `matching` that are as exact as coordinates are, by the rank of the name. */
  exact: number;
  /** Texts of two coordinates that can only be in this order. */
  latFirst: number;
  lonFirst: number;
  /** Texts of two coordinates in square brackets, as GeoJSON has them. */
  bracketed: number;
  /** Letters of zones and hemispheres: N, S, and others. */
  north: number;
  south: number;
  bands: number;
  /** The least and the greatest coordinate. */
  min: number;
  max: number;
}

/** Sets all counts of a tally to nothing. */
export function clearTally(tally: SpatialTally): void {
  tally.values = tally.matching = tally.elsewhere = 0;
  tally.far = tally.beyond = tally.crossed = tally.exact = 0;
  tally.latFirst = tally.lonFirst = tally.bracketed = 0;
  tally.north = tally.south = tally.bands = 0;
  tally.srid = -1;
  tally.min = Number.POSITIVE_INFINITY;
  tally.max = Number.NEGATIVE_INFINITY;
}

/** Counts a value that is as promised and names this SRID itself, 0 for none. */
export function countOwnSrid(tally: SpatialTally, srid: number): void {
  if (tally.srid === -1) tally.srid = srid;
  else if (tally.srid !== srid) tally.srid = -2;
}

function createTally(column: number, name: SpatialName, isAsked: boolean): SpatialTally {
  const tally = { ...name, column, isAsked } as SpatialTally;
  clearTally(tally);
  return tally;
}

/** The part that the request gives to a column, by its name in the source or in the table. */
export function askedRole(name: string, wishes: readonly ColumnWish[]): GeometryRole | undefined {
  return wishes.find((wish) => wish.role !== undefined && (wish.name === name || wish.name === columnNames([name])[0]))
    ?.role;
}

/** What is known before the values. */
export interface SpatialContext {
  /** Every record has a geometry of its own: names of columns say nothing then, but the request does. */
  readonly hasGeometry: boolean;
  readonly wishes: readonly ColumnWish[];
}

/** Tallies for the columns from position `from` on that may be of a part in the geometry. */
export function spatialTallies(columns: readonly string[], from: number, context: SpatialContext): SpatialTally[] {
  const tallies: SpatialTally[] = [];
  for (let column = from; column < columns.length; column++) {
    const name = columns[column] ?? '';
    const asked = askedRole(name, context.wishes);
    if (asked === 'none') continue;
    const names = spatialNames(name);
    if (asked !== undefined) {
      const isOfContract = names.some(({ role }) => role === 'geometry');
      const role: SpatialRole = asked === 'geometry' && !isOfContract ? 'shape' : asked;
      tallies.push(createTally(column, { role, rank: 0, key: '' }, true));
      continue;
    }
    for (const one of names) {
      if (!context.hasGeometry || one.role === 'webmercator') tallies.push(createTally(column, one, false));
    }
  }
  return tallies;
}

/** Whether most values of the column are what its name promises; never true of an empty column. */
export const keepsPromise = (tally: SpatialTally): boolean =>
  (tally.srid === -2 ? tally.matching - tally.elsewhere : tally.matching) * 2 > tally.values;
