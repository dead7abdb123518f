import { type Sql, sql } from '../db/sql.ts';

/** A reference system in which features can be asked for. */
export interface FeatureCrs {
  readonly uri: string;
  readonly srid: 4326 | 3857;
  /** Latitude comes first. */
  readonly isLatitudeFirst: boolean;
}

/** Longitude and latitude: that of every GeoJSON, and the default. */
export const crs84: FeatureCrs = {
  uri: 'http://www.opengis.net/def/crs/OGC/1.3/CRS84',
  srid: 4326,
  isLatitudeFirst: false,
};

/** All of them; the default comes first. */
export const featureSystems: readonly FeatureCrs[] = [
  crs84,
  { uri: 'http://www.opengis.net/def/crs/EPSG/0/4326', srid: 4326, isLatitudeFirst: true },
  { uri: 'http://www.opengis.net/def/crs/EPSG/0/3857', srid: 3857, isLatitudeFirst: false },
];

/** The system of this URI, also as safe CURIE or as `EPSG:…`; null where it is none of ours. */
export function findCrs(name: string): FeatureCrs | null {
  const short = /^\[?(EPSG|OGC):(\w+)\]?$/i.exec(name);
  const authority = short?.[1]?.toUpperCase();
  const uri =
    short === null
      ? name
      : `http://www.opengis.net/def/crs/${authority}/${authority === 'OGC' ? '1.3' : '0'}/${short[2]}`;
  return featureSystems.find((one) => one.uri === uri.replace(/^https:/, 'http:')) ?? null;
}

/** A geometry that was written in a system, in that of the column `the_geom`. */
export function fromCrs(geometry: Sql, crs: FeatureCrs): Sql {
  const turned = crs.isLatitudeFirst ? sql`st_flipcoordinates(${geometry})` : geometry;
  return crs.srid === 4326 ? turned : sql`st_transform(${turned}, 4326)`;
}

/** The geometry of row `b` in a system. */
export function inCrs(crs: FeatureCrs): Sql {
  if (crs.srid === 3857) return sql`b.the_geom_webmercator`;
  return crs.isLatitudeFirst ? sql`st_flipcoordinates(b.the_geom)` : sql`b.the_geom`;
}
