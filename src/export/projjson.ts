import { UnsuitableResultError } from '../sql/unsuitable-result.ts';

const degrees = (axes: readonly (readonly [string, string, string])[]) => ({
  subtype: 'ellipsoidal',
  axis: axes.map(([name, abbreviation, direction]) => ({ name, abbreviation, direction, unit: 'degree' })),
});

const latitude = ['Geodetic latitude', 'Lat', 'north'] as const;
const longitude = ['Geodetic longitude', 'Lon', 'east'] as const;

const datum = {
  type: 'GeodeticReferenceFrame',
  name: 'World Geodetic System 1984',
  ellipsoid: { name: 'WGS 84', semi_major_axis: 6378137, inverse_flattening: 298.257223563 },
};

const SCHEMA = 'https://proj.org/schemas/v0.5/projjson.schema.json';

/** Longitude and latitude in this order: what GeoParquet means where it says nothing. */
const crs84 = {
  $schema: SCHEMA,
  type: 'GeographicCRS',
  name: 'WGS 84 (CRS84)',
  datum,
  coordinate_system: degrees([longitude, latitude]),
  id: { authority: 'OGC', code: 'CRS84' },
};

const parameter = (name: string, value: number, unit: string, code: number) => ({
  name,
  value,
  unit,
  id: { authority: 'EPSG', code },
});

const webMercator = {
  $schema: SCHEMA,
  type: 'ProjectedCRS',
  name: 'WGS 84 / Pseudo-Mercator',
  base_crs: {
    name: 'WGS 84',
    datum,
    coordinate_system: degrees([latitude, longitude]),
    id: { authority: 'EPSG', code: 4326 },
  },
  conversion: {
    name: 'Popular Visualisation Pseudo-Mercator',
    method: { name: 'Popular Visualisation Pseudo Mercator', id: { authority: 'EPSG', code: 1024 } },
    parameters: [
      parameter('Latitude of natural origin', 0, 'degree', 8801),
      parameter('Longitude of natural origin', 0, 'degree', 8802),
      parameter('False easting', 0, 'metre', 8806),
      parameter('False northing', 0, 'metre', 8807),
    ],
  },
  coordinate_system: {
    subtype: 'Cartesian',
    axis: [
      { name: 'Easting', abbreviation: 'X', direction: 'east', unit: 'metre' },
      { name: 'Northing', abbreviation: 'Y', direction: 'north', unit: 'metre' },
    ],
  },
  id: { authority: 'EPSG', code: 3857 },
};

/**
 * A reference system as PROJJSON, which GeoParquet wants; null where it is unknown (0). The database has well-known text
 * only: other systems than these two throw UnsuitableResultError.
 */
export function requireParquetSystem(srid: number): object | null {
  if (srid === 0) return null;
  if (srid === 4326) return crs84;
  if (srid === 3857) return webMercator;
  throw new UnsuitableResultError(
    `the format parquet is in EPSG:4326 or EPSG:3857, not ${srid}: use ST_Transform(the_geom, 4326) as the_geom`,
  );
}
