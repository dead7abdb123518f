// hot path: bench/load.bench.ts
/** Bytes of the envelope by its code in the flags: none, XY, XYZ, XYM, XYZM. Codes 5 to 7 are invalid. */
const envelopeBytes = [0, 32, 48, 48, 64] as const;

/** Bytes of magic, version, flags and `srs_id`. */
const FIXED_BYTES = 8;
const EXTENDED = 0x20;

/**
 * Where the well-known binary begins in a geometry blob (GeoPackage 1.3, 2.1.3), 0 where the blob is no standard one: as a
 * whole it then fails as well-known binary, as it should. The geometry's own byte order and emptiness are told by the
 * well-known binary, so those flags are not needed.
 */
export function wkbOffset(blob: Uint8Array): number {
  if (blob.length < FIXED_BYTES || blob[0] !== 0x47 || blob[1] !== 0x50) return 0;
  const flags = blob[3]!;
  const envelope = envelopeBytes[(flags >> 1) & 7];
  if (envelope === undefined || (flags & EXTENDED) !== 0) return 0;
  return FIXED_BYTES + envelope;
}
