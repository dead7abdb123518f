/**
 * The form in which geometries travel inside the encoder: EWKB, little-endian throughout, the SRID at the outermost
 * geometry only, and all parts of one geometry with the same ordinates. It is also what PostgreSQL is sent.
 */

/** Type codes of OGC well-known binary. */
export const EwkbType = {
  point: 1,
  lineString: 2,
  polygon: 3,
  multiPoint: 4,
  multiLineString: 5,
  multiPolygon: 6,
  geometryCollection: 7,
} as const;

/** Bits that PostGIS adds to the type code. */
export const EwkbFlag = { z: 0x80000000, m: 0x40000000, srid: 0x20000000, all: 0xe0000000 } as const;

/** Deepest nesting of collections that is accepted; PostGIS itself stops at 200. */
export const MAX_COLLECTION_DEPTH = 32;

/** Bytes of a geometry's own head: byte order, type and, at the outermost one, the SRID. */
export const headLength = (type: number): number => ((type & EwkbFlag.srid) !== 0 ? 9 : 5);

/** Ordinates of a vertex of a geometry of this type: 2, 3 or 4. */
export const ordinates = (type: number): number =>
  2 + ((type & EwkbFlag.z) !== 0 ? 1 : 0) + ((type & EwkbFlag.m) !== 0 ? 1 : 0);

/** Which of Z and M a type has: 0 neither, 1 Z, 2 M, 3 both. */
export const extraIndex = (type: number): number =>
  ((type & EwkbFlag.z) !== 0 ? 1 : 0) + ((type & EwkbFlag.m) !== 0 ? 2 : 0);

/** The type code without the flags. */
export const baseType = (type: number): number => type & ~EwkbFlag.all;

/** Type of the parts that a Multi* geometry must have; 0 where any is allowed. */
export const partType = (base: number): number =>
  base >= EwkbType.multiPoint && base <= EwkbType.multiPolygon ? base - 3 : 0;
