import { columnNames } from '../domain/naming.ts';
import type { RasterFacts } from '../domain/raster.ts';
import type { ColumnWish } from '../domain/reading.ts';
import type { Column, ColumnType, ExtraOrdinates, GeometrySource, TableSchema } from '../domain/schema.ts';
import { type ColumnPlan, planColumn } from './column-plan.ts';
import type { Rules } from './resolve.ts';
import { keepsPromise, type SpatialTally } from './spatial-columns.ts';
import { plainName } from './spatial-names.ts';
import { chooseSource, type SpatialSource } from './spatial-source.ts';

/** Everything that is known of a layer: about all its values, or about a sample. */
export interface LayerFacts {
  readonly columns: readonly string[];
  /** What the source calls the columns for people, by position. Absent: nothing. */
  readonly labels?: readonly (string | null)[] | undefined;
  /** Types that the source declares, by position. */
  readonly types: readonly (ColumnType | null)[];
  readonly hasGeometry: boolean;
  /** SRID that the source declares, null where it says nothing. */
  readonly srid: number | null;
  /** Its own definition of the system, where it names no SRID. */
  readonly crsWkt?: string | undefined;
  /** Whether the request named the SRID: then it holds for columns of longitude and latitude as well. */
  readonly isSridAsked: boolean;
  /** Geometries by what they have besides x and y: nothing, Z, M, both. */
  readonly ordinates: ArrayLike<number>;
  /** Kinds of the values of each column. */
  readonly masks: ArrayLike<number>;
  /** How the values of a region are written, of each column. */
  readonly forms: ArrayLike<number>;
  /** What the request says of each column, by position. */
  readonly wishes: readonly (ColumnWish | undefined)[];
  readonly tallies: readonly SpatialTally[];
  readonly rules: Rules;
  /** Of a raster, what is known of it. */
  readonly raster?: RasterFacts | undefined;
}

/** A schema, and where in the layer's records its parts come from. */
export interface Plan {
  readonly schema: TableSchema;
  readonly source: SpatialSource;
  /** How the geometry was found, where that must be told; by the wire's keys of warnings. */
  readonly notes: Readonly<Record<string, unknown>>;
  /** SRID of the layer's coordinates; the encoder computes 4326 from 3857 itself. */
  readonly srid: number;
  /** For each column of the schema its position in the layer. */
  readonly positions: readonly number[];
  /** For each column of the schema how its values are read. */
  readonly columns: readonly ColumnPlan[];
  /** Position of the layer's own `cartodb_id`, -1 if it has none. */
  readonly cartodbId: number;
}

/** SRID of longitude and latitude in degrees. */
const WGS84 = 4326;
const WEB_MERCATOR = 3857;

/** Derives the schema from what was seen: types, then geometry, then names. The same facts give the same schema. */
export function inferSchema(facts: LayerFacts): Plan {
  const { source, notes } = chooseSource(facts.tallies, facts, (column) => facts.columns[column] ?? '');
  const { srid, ...definition } = systemOf(source, facts);
  const cartodbId = facts.columns.findIndex((name) => plainName(name) === 'cartodb_id');
  const positions = facts.columns
    .map((_, position) => position)
    .filter((position) => position !== cartodbId && !isConsumed(position, facts, source))
    .filter((position) => facts.wishes[position]?.drop !== true);
  const names = columnNames(
    positions.map((position) => givenName(position, facts)),
    positions.map((position) => facts.wishes[position]?.rename),
  );
  const plans = positions.map((position) =>
    planColumn(
      {
        mask: facts.masks[position] ?? 0,
        forms: facts.forms[position] ?? 0,
        declared: facts.types[position] ?? null,
        wish: facts.wishes[position],
      },
      facts.rules,
    ),
  );
  const columns = positions.map(
    (position, i): Column => ({
      name: names[i] ?? '',
      source: facts.columns[position] ?? '',
      type: plans[i]?.type ?? 'text',
      ...labelOf(facts.labels?.[position]),
    }),
  );
  return {
    schema: {
      columns,
      geometry: geometrySource(source, positions, facts),
      srid: srid === WEB_MERCATOR ? WGS84 : srid,
      ...definition,
      ...extraOf(facts.ordinates),
      ...(facts.raster === undefined ? {} : { raster: facts.raster }),
      cartodbId: cartodbId < 0 ? 'row' : 'source',
    },
    source,
    notes,
    srid,
    positions,
    columns: plans,
    cartodbId,
  };
}

const labelOf = (label: string | null | undefined): { readonly label?: string } =>
  label === null || label === undefined || label === '' ? {} : { label };

function systemOf(source: SpatialSource, facts: LayerFacts): Pick<TableSchema, 'srid' | 'crsWkt'> {
  const isOfDegrees = source.kind === 'place' || source.kind === 'code' || source.kind === 'utm';
  if (isOfDegrees || (source.kind === 'lonlat' && !source.isLayers && !facts.isSridAsked)) return { srid: WGS84 };
  if (source.kind === 'column') {
    const role = source.isKept ? 'shape' : 'geometry';
    const own = facts.tallies.find((tally) => tally.column === source.column && tally.role === role)?.srid ?? 0;
    if (own > 0) return { srid: own };
  }
  if (facts.srid !== null) return { srid: facts.srid };
  return facts.crsWkt === undefined ? { srid: WGS84 } : { srid: 0, crsWkt: facts.crsWkt };
}

/** What all geometries have besides x and y. Where they differ, what not all have is dropped, and told. */
function extraOf(ordinates: ArrayLike<number>): { readonly extra?: ExtraOrdinates } {
  const [xy = 0, xyz = 0, xym = 0, xyzm = 0] = Array.from(ordinates);
  const all = xy + xyz + xym + xyzm;
  if (all === 0 || all === xy) return {};
  if (all === xyz) return { extra: 'Z' };
  if (all === xym) return { extra: 'M' };
  return all === xyzm ? { extra: 'ZM' } : {};
}

/** Columns that become one of the table's own columns, or that the table makes anew, are not kept beside them. */
function isConsumed(position: number, facts: LayerFacts, source: SpatialSource): boolean {
  if (source.kind === 'column' && source.column === position) return !source.isKept;
  const tally = facts.tallies.find(({ column }) => column === position);
  if (tally === undefined) return false;
  if (tally.role === 'webmercator') return tally.values === 0 || keepsPromise(tally);
  return tally.values === 0 && plainName(facts.columns[position] ?? '') === 'the_geom';
}

function givenName(position: number, facts: LayerFacts): string {
  const name = facts.columns[position] ?? '';
  if (name.trim() === '') return `field_${position + 1}`;
  const tally = facts.tallies.find(({ column }) => column === position);
  // compat: wire contract 6.3, what a `the_geom` that is no geometry is called.
  const isBroken = tally?.role === 'geometry' && plainName(name) === 'the_geom' && !keepsPromise(tally);
  return isBroken ? 'invalid_the_geom' : name;
}

function geometrySource(source: SpatialSource, positions: readonly number[], facts: LayerFacts): GeometrySource {
  switch (source.kind) {
    case 'column':
      return { kind: 'column', column: facts.columns[source.column] ?? '' };
    case 'lonlat':
      return {
        kind: 'lonlat',
        longitude: positions.indexOf(source.longitude),
        latitude: positions.indexOf(source.latitude),
      };
    case 'place':
    case 'code':
      return { ...source, column: facts.columns[source.column] ?? '' };
    case 'utm': {
      const { easting, northing, zone, letters } = source;
      const [x = -1, y = -1, z = -1] = [easting, northing, zone].map((position) => positions.indexOf(position));
      return { kind: 'utm', easting: x, northing: y, zone: z, letters };
    }
    default:
      return source;
  }
}
