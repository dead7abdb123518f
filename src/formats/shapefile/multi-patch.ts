import type { RecordBuffer } from './record-buffer.ts';

/** Part types of a multipatch (ESRI Shapefile Technical Description, July 1998, p. 21). */
const Part = { strip: 0, fan: 1, outerRing: 2, innerRing: 3, firstRing: 4, ring: 5 } as const;

/** Type codes of well-known binary with Z. */
const POLYGON_Z = 0x80000003;
const MULTI_POLYGON_Z = 0x80000006;

/**
 * Appends a multipatch as a MultiPolygon with Z: each triangle of a strip or a fan and each outer ring is a polygon,
 * inner rings are holes of the ring before them. Surfaces of PostGIS (TIN, PolyhedralSurface) would be nearer to it, but
 * neither tiles nor GeoJSON have them. Appends nothing where no part has an area.
 */
export function appendMultiPatch(
  firsts: Uint32Array,
  kinds: readonly number[],
  target: RecordBuffer,
  append: (vertices: readonly number[]) => void,
): { readonly polygons: number; readonly degenerate: number } {
  const polygons: number[][][] = [];
  let degenerate = 0;
  kinds.forEach((kind, part) => {
    const first = firsts[part] ?? 0;
    const end = firsts[part + 1] ?? first;
    if (end - first < 3) {
      degenerate++;
      return;
    }
    if (kind === Part.strip || kind === Part.fan) {
      for (let third = first + 2; third < end; third++) {
        const corner = kind === Part.fan ? first : third - 2;
        polygons.push([[corner, third - 1, third, corner]]);
      }
      return;
    }
    // The last vertex repeats the first in files that follow the specification; closing it once more is harmless.
    const ring = Array.from({ length: end - first }, (_, n) => first + n);
    ring.push(first);
    const before = polygons.at(-1);
    if ((kind === Part.innerRing || kind === Part.ring) && before !== undefined) before.push(ring);
    else polygons.push([ring]);
  });
  if (polygons.length === 0) return { polygons: 0, degenerate };
  target.head(MULTI_POLYGON_Z);
  target.count(polygons.length);
  for (const rings of polygons) {
    target.head(POLYGON_Z);
    target.count(rings.length);
    for (const ring of rings) append(ring);
  }
  return { polygons: polygons.length, degenerate };
}
