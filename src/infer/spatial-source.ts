import type { SpatialTally } from './spatial-columns.ts';
import { keepsPromise } from './spatial-columns.ts';
import type { SpatialRole } from './spatial-names.ts';

/** How the letter of a zone is meant. */
export type ZoneLetters = 'none' | 'hemisphere' | 'band';

/** The source of `the_geom`, with positions in the layer's columns. */
export type SpatialSource =
  | { readonly kind: 'none' }
  | { readonly kind: 'record' }
  /** Geometries as text; `isKept`: their column stays beside `the_geom`. */
  | { readonly kind: 'column'; readonly column: number; readonly isKept: boolean }
  /** `isLayers`: coordinates in the system of the layer, not degrees. */
  | { readonly kind: 'lonlat'; readonly longitude: number; readonly latitude: number; readonly isLayers: boolean }
  | { readonly kind: 'place'; readonly column: number; readonly order: 'latlon' | 'lonlat' }
  | { readonly kind: 'code'; readonly column: number; readonly code: 'geohash' | 'h3' | 'plus_code' }
  | {
      readonly kind: 'utm';
      readonly easting: number;
      readonly northing: number;
      readonly zone: number;
      /** -1: there is no such column. */
      readonly hemisphere: number;
      readonly letters: ZoneLetters;
    };

/** Whether the values of a tally are counted where they are encoded as geometry. */
export function isEncoded(source: SpatialSource, { column, role }: SpatialTally): boolean {
  switch (source.kind) {
    case 'column':
      return column === source.column && role === (source.isKept ? 'shape' : 'geometry');
    case 'lonlat':
      return (column === source.longitude || column === source.latitude) && pairRoles.includes(role);
    case 'place':
      return column === source.column && role === 'place';
    case 'code':
      return column === source.column && role === source.code;
    case 'utm':
      return (column === source.easting && role === 'easting') || (column === source.northing && role === 'northing');
    default:
      return false;
  }
}

/** Parts that one coordinate in a column of its own can have. */
export const pairRoles: readonly SpatialRole[] = ['longitude', 'latitude', 'easting', 'northing'];

/** What is known of the layer's reference system. */
export interface KnownSystem {
  /** Every record has a geometry of its own. */
  readonly hasGeometry: boolean;
  /** SRID of the layer, null where nobody names one. */
  readonly srid: number | null;
  /** Whether the request named it. */
  readonly isSridAsked: boolean;
}

/** What was decided, and what else could have been. */
export interface SpatialChoice {
  readonly source: SpatialSource;
  /** Things to tell, by the wire's keys; positions of columns are names already. */
  readonly notes: Readonly<Record<string, unknown>>;
}

interface Candidate {
  readonly source: SpatialSource;
  /** Less is better. */
  readonly rank: number;
  readonly located: number;
  readonly columns: readonly number[];
  readonly notes: Readonly<Record<string, unknown>>;
}

/** So much of a column may be wrong where values must bear out a name that alone says little. */
const FEW = 0.1;
/** So much of a column may be a slip of the pen. */
const SLIPS = 0.01;
/** So much of what is called latitude lies beyond 90 where it is longitude. */
const SWAPPED = 0.2;

/**
 * Decides from all tallies where the geometry comes from: what the request says, else the records' own, else a column
 * of geometries, else the best pair of coordinates, in two columns or in one. `nameOf` gives names to tell.
 */
export function chooseSource(
  tallies: readonly SpatialTally[],
  system: KnownSystem,
  nameOf: (column: number) => string,
): SpatialChoice {
  const asked = askedSource(tallies);
  if (asked !== null) return { source: asked, notes: {} };
  if (system.hasGeometry) return { source: { kind: 'record' }, notes: {} };
  const first = (role: SpatialRole, holds: (tally: SpatialTally) => boolean): SpatialTally | undefined =>
    tallies.find((tally) => tally.role === role && holds(tally));
  const geometry = first('geometry', keepsPromise) ?? first('shape', isShape);
  if (geometry !== undefined) {
    return { source: { kind: 'column', column: geometry.column, isKept: geometry.role === 'shape' }, notes: {} };
  }
  const candidates = [
    ...degreePairs(tallies, system, nameOf),
    ...places(tallies, nameOf),
    ...utmTriples(tallies, system, nameOf),
    ...projectedPairs(tallies, system),
  ].sort((a, b) => a.rank - b.rank || b.located - a.located || (a.columns[0] ?? 0) - (b.columns[0] ?? 0));
  const [best, ...others] = candidates;
  if (best === undefined) return { source: { kind: 'none' }, notes: withoutSystem(tallies, nameOf) };
  const named = (one: Candidate): readonly string[] => one.columns.map(nameOf);
  // Two names of one coordinate are no other place.
  const rest = others.filter((one) => one.columns.every((column) => !best.columns.includes(column)));
  return {
    source: best.source,
    notes: {
      ...best.notes,
      ...(rest.length === 0 ? {} : { coordinate_columns: { used: named(best), others: rest.map(named) } }),
    },
  };
}

const isShape = (tally: SpatialTally): boolean =>
  keepsPromise(tally) && (tally.rank <= 1 || tally.matching >= tally.values * (1 - FEW));

function askedSource(tallies: readonly SpatialTally[]): SpatialSource | null {
  const asked = (role: SpatialRole): SpatialTally | undefined =>
    tallies.find((tally) => tally.isAsked && tally.role === role);
  const geometry = asked('geometry') ?? asked('shape');
  if (geometry !== undefined) return { kind: 'column', column: geometry.column, isKept: geometry.role === 'shape' };
  for (const code of ['geohash', 'h3', 'plus_code'] as const) {
    const tally = asked(code);
    if (tally !== undefined) return { kind: 'code', column: tally.column, code };
  }
  const longitude = asked('longitude') ?? tallies.find((tally) => tally.role === 'longitude' && keepsPromise(tally));
  const latitude = asked('latitude') ?? tallies.find((tally) => tally.role === 'latitude' && keepsPromise(tally));
  if (longitude === undefined || latitude === undefined || !(longitude.isAsked || latitude.isAsked)) return null;
  return { kind: 'lonlat', longitude: longitude.column, latitude: latitude.column, isLayers: false };
}

/** All pairs of the two roles whose names have the same rest, and whose values are numbers. */
function pairs(
  tallies: readonly SpatialTally[],
  x: SpatialRole,
  y: SpatialRole,
): readonly { readonly x: SpatialTally; readonly y: SpatialTally; readonly rank: number; readonly located: number }[] {
  const good = (role: SpatialRole): readonly SpatialTally[] =>
    tallies.filter((tally) => tally.role === role && keepsPromise(tally));
  return good(x).flatMap((one) =>
    good(y)
      .filter(({ key }) => key === one.key)
      .map((other) => ({
        x: one,
        y: other,
        rank: Math.max(one.rank, other.rank),
        located: Math.min(one.matching, other.matching),
      })),
  );
}

/** Whether what is called longitude is latitude, and the other way round. */
function isExchanged(longitude: SpatialTally, latitude: SpatialTally): boolean {
  if (latitude.crossed * 2 > latitude.matching && longitude.crossed * 2 > longitude.matching) return true;
  return (
    latitude.far >= latitude.matching * SWAPPED &&
    latitude.far > 0 &&
    latitude.beyond <= latitude.matching * SLIPS &&
    longitude.far + longitude.beyond <= longitude.matching * SLIPS
  );
}

function degreePairs(
  tallies: readonly SpatialTally[],
  system: KnownSystem,
  nameOf: (column: number) => string,
): readonly Candidate[] {
  const isDegrees = !system.isSridAsked || system.srid === 4326;
  return pairs(tallies, 'longitude', 'latitude').flatMap(({ x, y, rank, located }) => {
    const isSwapped = isDegrees && isExchanged(x, y);
    const [longitude, latitude] = isSwapped ? [y, x] : [x, y];
    const outside =
      longitude.beyond > longitude.matching * FEW || latitude.far + latitude.beyond > latitude.matching * FEW;
    if (isDegrees && rank > 0 && outside) return [];
    // Beside real projected coordinates, degrees are not what a named projected system is about.
    const isBeside = !isDegrees && !outside;
    return {
      source: { kind: 'lonlat', longitude: longitude.column, latitude: latitude.column, isLayers: false },
      rank: isBeside ? 3 : rank,
      located,
      columns: [x.column, y.column],
      notes: isSwapped
        ? { exchanged_coordinates: { longitude: nameOf(longitude.column), latitude: nameOf(latitude.column) } }
        : {},
    };
  });
}

function places(tallies: readonly SpatialTally[], nameOf: (column: number) => string): readonly Candidate[] {
  return tallies.flatMap((tally): readonly Candidate[] => {
    if (tally.role !== 'place' || !keepsPromise(tally)) return [];
    if (tally.exact < tally.matching * (tally.rank <= 1 ? 0.5 : 1 - FEW)) return [];
    const [order, reason] = orderOf(tally);
    return [
      {
        source: { kind: 'place', column: tally.column, order },
        rank: tally.rank,
        located: tally.matching,
        columns: [tally.column],
        notes: {
          coordinate_order: {
            column: nameOf(tally.column),
            order: order === 'latlon' ? 'latitude, longitude' : 'longitude, latitude',
            reason,
          },
        },
      },
    ];
  });
}

/** Latitude is written first by habit; values, the name and square brackets can say otherwise. */
function orderOf(tally: SpatialTally): readonly ['latlon' | 'lonlat', string] {
  const { latFirst, lonFirst } = tally;
  if (latFirst !== lonFirst) return [latFirst > lonFirst ? 'latlon' : 'lonlat', 'values'];
  if (tally.order !== undefined) return [tally.order, 'name'];
  return tally.bracketed * 2 > tally.matching ? ['lonlat', 'brackets'] : ['latlon', 'assumed'];
}

/** Greatest easting that is written with a zone, and greatest northing, in metres. */
const MAX_EASTING = 1_000_000;
const MAX_NORTHING = 10_000_000;
/** Northings of the band S, metres north of the equator. */
const BAND_S = [3_500_000, 4_450_000] as const;

function utmTriples(
  tallies: readonly SpatialTally[],
  system: KnownSystem,
  nameOf: (column: number) => string,
): readonly Candidate[] {
  const zone = tallies.find((tally) => tally.role === 'zone' && keepsPromise(tally));
  if (zone === undefined || system.isSridAsked) return [];
  const hemisphere = tallies.find((tally) => tally.role === 'hemisphere' && keepsPromise(tally))?.column ?? -1;
  return pairs(tallies, 'easting', 'northing')
    .filter(({ x, y }) => x.max > 180 && x.max <= MAX_EASTING && x.min > 0 && y.min >= 0 && y.max <= MAX_NORTHING)
    .map(({ x, y, rank, located }) => {
      const letters = zoneLetters(zone, y);
      const isAssumed = hemisphere < 0 && (letters === 'none' || (letters === 'band' && zone.bands === 0));
      return {
        source: { kind: 'utm', easting: x.column, northing: y.column, zone: zone.column, hemisphere, letters },
        rank,
        located,
        columns: [x.column, y.column, zone.column],
        notes: isAssumed ? { assumed_hemisphere: { column: nameOf(zone.column), hemisphere: 'north' } } : {},
      };
    });
}

/** N and S alone are hemispheres; an S by itself may be the band, which its northings show. */
function zoneLetters(zone: SpatialTally, northing: SpatialTally): ZoneLetters {
  if (zone.bands > 0) return 'band';
  if (zone.north + zone.south === 0) return 'none';
  const isBand = zone.north === 0 && northing.min >= BAND_S[0] && northing.max <= BAND_S[1];
  return isBand ? 'band' : 'hemisphere';
}

function projectedPairs(tallies: readonly SpatialTally[], system: KnownSystem): readonly Candidate[] {
  return pairs(tallies, 'easting', 'northing').flatMap(({ x, y, rank, located }) => {
    const within = x.beyond <= x.matching * SLIPS && y.far + y.beyond <= y.matching * SLIPS;
    const isExact = x.exact >= x.matching * (1 - FEW) && y.exact >= y.matching * (1 - FEW);
    // Numbers between -180 and 180 are many things: without a system the names must say more, and the digits.
    if (system.srid === null && !(rank <= 1 && within && isExact)) return [];
    return {
      source: { kind: 'lonlat', longitude: x.column, latitude: y.column, isLayers: system.srid !== null },
      rank: system.srid === null ? 3 : rank,
      located,
      columns: [x.column, y.column],
      notes: {},
    };
  });
}

/** Coordinates that nobody can place, for want of a reference system. */
function withoutSystem(
  tallies: readonly SpatialTally[],
  nameOf: (column: number) => string,
): Readonly<Record<string, unknown>> {
  const pair = pairs(tallies, 'easting', 'northing').find(({ x, y }) => x.min > 180 && y.min > 180);
  if (pair === undefined) return {};
  return {
    coordinates_without_system: {
      columns: [nameOf(pair.x.column), nameOf(pair.y.column)],
      hint: 'Name their reference system with source_srid.',
    },
  };
}
