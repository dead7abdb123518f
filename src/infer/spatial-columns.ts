import { geometryNames, latitudeNames, longitudeNames } from './geometry.ts';

/** What a column may be, by its name alone (wire contract 6.2). */
export type SpatialRole = 'geometry' | 'longitude' | 'latitude' | 'webmercator';

/** How many values a column with such a name has, and how many of them are what the name promises. */
export interface SpatialTally {
  readonly column: number;
  readonly role: SpatialRole;
  values: number;
  matching: number;
  /** SRID that all geometries so far name themselves; 0 none does, -1 nothing was seen, -2 they differ. */
  srid: number;
  /** Those of `matching` that name a system which is not the layer's: lost unless all name the same. */
  elsewhere: number;
}

/** Counts a value that is as promised and names this SRID itself, 0 for none. */
export function countOwnSrid(tally: SpatialTally, srid: number): void {
  if (tally.srid === -1) tally.srid = srid;
  else if (tally.srid !== srid) tally.srid = -2;
}

/** The source of `the_geom`, with positions in the layer's columns. */
export type SpatialSource =
  | { readonly kind: 'none' }
  | { readonly kind: 'record' }
  | { readonly kind: 'column'; readonly column: number }
  | { readonly kind: 'lonlat'; readonly longitude: number; readonly latitude: number };

/** A column's name as the lists of the contract have it. */
export const plainName = (name: string): string => name.trim().toLowerCase();

/**
 * Tallies for the columns from position `from` on that are named like geometry or coordinates. Where every record
 * has a geometry of its own only a stray `the_geom_webmercator` matters.
 */
export function spatialTallies(columns: readonly string[], from: number, hasGeometry: boolean): SpatialTally[] {
  const tallies: SpatialTally[] = [];
  for (let column = from; column < columns.length; column++) {
    const role = roleOf(plainName(columns[column] ?? ''));
    if (role === undefined || (hasGeometry && role !== 'webmercator')) continue;
    tallies.push({ column, role, values: 0, matching: 0, srid: -1, elsewhere: 0 });
  }
  return tallies;
}

function roleOf(name: string): SpatialRole | undefined {
  if (name === 'the_geom_webmercator') return 'webmercator';
  if (geometryNames.has(name)) return 'geometry';
  if (longitudeNames.has(name)) return 'longitude';
  return latitudeNames.has(name) ? 'latitude' : undefined;
}

/** Whether most values of the column are what its name promises; never true of an empty column. */
export const keepsPromise = (tally: SpatialTally): boolean =>
  (tally.srid === -2 ? tally.matching - tally.elsewhere : tally.matching) * 2 > tally.values;

/**
 * The source of the geometry: records' own, else the first column named like a geometry that mostly holds some, else
 * the first pair of coordinate columns that mostly hold numbers.
 */
export function spatialSource(tallies: readonly SpatialTally[], hasGeometry: boolean): SpatialSource {
  if (hasGeometry) return { kind: 'record' };
  const first = (role: SpatialRole): SpatialTally | undefined =>
    tallies.find((tally) => tally.role === role && keepsPromise(tally));
  const geometry = first('geometry');
  if (geometry !== undefined) return { kind: 'column', column: geometry.column };
  const longitude = first('longitude');
  const latitude = first('latitude');
  if (longitude === undefined || latitude === undefined) return { kind: 'none' };
  return { kind: 'lonlat', longitude: longitude.column, latitude: latitude.column };
}
