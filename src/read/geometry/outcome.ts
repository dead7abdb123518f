/** What became of one geometry value. All but `ok` are two NULL fields. */
export const GeometryOutcome = {
  /** Both fields are written; `the_geom_webmercator` may be NULL where nothing of it lies within ±89 degrees. */
  ok: 0,
  /** No value, a JSON null, or a geometry without a single vertex. */
  empty: 1,
  /** Not a geometry, or one that PostGIS would refuse. */
  invalid: 2,
  /** A longitude or latitude that is none. */
  outOfRange: 3,
  /** A geometry that names a reference system of its own which is not the layer's. */
  otherSystem: 4,
} as const;
export type GeometryOutcome = (typeof GeometryOutcome)[keyof typeof GeometryOutcome];
