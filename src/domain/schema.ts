import type { RasterFacts } from './raster.ts';

/** The types a column of an imported table can have, as PostgreSQL names them. */
export const columnTypes = [
  'boolean',
  'bigint',
  'numeric',
  'double precision',
  'date',
  'timestamp',
  'timestamptz',
  'time',
  'uuid',
  'jsonb',
  'bytea',
  'text',
] as const;
export type ColumnType = (typeof columnTypes)[number];

export interface Column {
  /** Sanitised, unique in the table, at most 63 bytes. */
  readonly name: string;
  /** As the source wrote it; kept as the column's comment, where it has no label. */
  readonly source: string;
  /** What the source calls it for people; kept as its comment. */
  readonly label?: string;
  readonly type: ColumnType;
}

/** Where `the_geom` comes from. Indexes are positions in `TableSchema.columns`. */
export type GeometrySource =
  | { readonly kind: 'none' }
  | { readonly kind: 'record' }
  | { readonly kind: 'lonlat'; readonly longitude: number; readonly latitude: number }
  | { readonly kind: 'column'; readonly column: string }
  /** Both coordinates in one text. */
  | { readonly kind: 'place'; readonly column: string; readonly order: 'latlon' | 'lonlat' }
  /** Codes of cells of a grid of the world. */
  | { readonly kind: 'code'; readonly column: string; readonly code: 'geohash' | 'h3' | 'plus_code' }
  | {
      readonly kind: 'utm';
      readonly easting: number;
      readonly northing: number;
      readonly zone: number;
      readonly letters: 'none' | 'hemisphere' | 'band';
    };

/** Ordinates that every geometry of a table has besides x and y. */
export type ExtraOrdinates = 'Z' | 'M' | 'ZM';

/**
 * A table as it will be loaded: `cartodb_id`, `the_geom`, `the_geom_webmercator`, then `columns` in this order.
 * It holds for every value of the source, not for a sample.
 */
export interface TableSchema {
  readonly columns: readonly Column[];
  readonly geometry: GeometrySource;
  /**
   * SRID of the coordinates in the stream. 4326: both geometries are encoded in the stream. Any other: `the_geom` is
   * written in that SRID, `the_geom_webmercator` as NULL, and the database transforms both after the load.
   */
  readonly srid: number;
  /** The reference system as the source defines it, where `srid` is 0 because it names no EPSG code. */
  readonly crsWkt?: string;
  /**
   * What `the_geom` keeps besides x and y. Absent where geometries have nothing more, or do not all have the same.
   * `the_geom_webmercator` has x and y alone: it is for maps.
   */
  readonly extra?: ExtraOrdinates;
  /** Of a raster: the columns are its tiles, in PostGIS's binary form, and their factors. There is no geometry. */
  readonly raster?: RasterFacts;
  /** Whether `cartodb_id` is the source's own column of that name, or the row number. */
  readonly cartodbId: 'source' | 'row';
}
