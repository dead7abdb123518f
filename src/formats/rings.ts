// hot path: bench/load.bench.ts

/** Vertices `[first, end)` of a record. */
export interface Ring {
  readonly first: number;
  readonly end: number;
}

interface MeasuredRing extends Ring {
  /** Twice the area; negative is clockwise. */
  readonly area: number;
  readonly west: number;
  readonly east: number;
  readonly south: number;
  readonly north: number;
}

/** Steps (boxes compared, vertices looked at) that the search for the shells of one record may take: half a second. */
const MAX_STEPS = 2e8;

/**
 * Puts the rings of one polygon record together: the first of each list is a shell, the others its holes. Shells are
 * clockwise in a shapefile and holes lie in the smallest shell around them; a hole in no shell becomes one itself
 * (`loose` counts them). Where all rings turn the same way, which no correct file has, a ring within an odd number of
 * others is a hole.
 */
export function shellsOf(
  rings: readonly Ring[],
  source: DataView,
  xy: number,
): { readonly shells: readonly (readonly Ring[])[]; readonly loose: number } {
  const measured = rings.map((ring) => measure(ring, source, xy));
  const holes = measured.filter(({ area }) => area > 0);
  if (holes.length === 0 && measured.length === 1) return { shells: [rings], loose: 0 };
  const search = new Search(source, xy);
  if (holes.length === measured.length || holes.length === 0) return { shells: byDepth(measured, search), loose: 0 };

  const shells = measured.filter(({ area }) => area <= 0).map((shell): MeasuredRing[] => [shell]);
  const outer = shells.map(([shell]) => shell!);
  const loose: MeasuredRing[][] = [];
  for (const hole of holes) {
    const index = search.smallestAround(hole, outer);
    if (index < 0) loose.push([hole]);
    else shells[index]!.push(hole);
  }
  return { shells: [...shells, ...loose], loose: loose.length };
}

/** Rings within an even number of others are shells, those within an odd number holes of the smallest around them. */
function byDepth(measured: readonly MeasuredRing[], search: Search): readonly (readonly Ring[])[] {
  const order = measured
    .map((_, index) => index)
    .sort((a, b) => Math.abs(measured[b]!.area) - Math.abs(measured[a]!.area));
  const placed: MeasuredRing[] = [];
  const depths: number[] = [];
  const groups = new Map<MeasuredRing, MeasuredRing[]>();
  for (const index of order) {
    const ring = measured[index]!;
    const parent = search.smallestAround(ring, placed);
    const depth = parent < 0 ? 0 : depths[parent]! + 1;
    if (depth % 2 === 0) groups.set(ring, [ring]);
    else groups.get(placed[parent]!)?.push(ring);
    placed.push(ring);
    depths.push(depth);
  }
  return measured.flatMap((ring) => {
    const group = groups.get(ring);
    return group === undefined ? [] : [group];
  });
}

function measure({ first, end }: Ring, source: DataView, xy: number): MeasuredRing {
  let at = xy + 16 * first;
  const x0 = source.getFloat64(at, true);
  const y0 = source.getFloat64(at + 8, true);
  let [west, east, south, north] = [x0, x0, y0, y0];
  let area = 0;
  // Relative to the first vertex: far from the origin the products would lose the difference.
  let px = 0;
  let py = 0;
  for (let n = first + 1; n < end; n++) {
    at += 16;
    const x = source.getFloat64(at, true);
    const y = source.getFloat64(at + 8, true);
    if (x < west) west = x;
    if (x > east) east = x;
    if (y < south) south = y;
    if (y > north) north = y;
    area += px * (y - y0) - (x - x0) * py;
    px = x - x0;
    py = y - y0;
  }
  return { first, end, area, west, east, south, north };
}

class Search {
  readonly #source: DataView;
  readonly #xy: number;
  #steps = 0;

  constructor(source: DataView, xy: number) {
    this.#source = source;
    this.#xy = xy;
  }

  /** The position of the smallest of `outer` that has `ring` inside it; -1 where none has. */
  smallestAround(ring: MeasuredRing, outer: readonly MeasuredRing[]): number {
    let found = -1;
    if (this.#steps > MAX_STEPS) return found;
    this.#steps += outer.length;
    for (let i = 0; i < outer.length; i++) {
      const around = outer[i]!;
      const isBoxInside =
        around.west <= ring.west &&
        around.east >= ring.east &&
        around.south <= ring.south &&
        around.north >= ring.north;
      if (!isBoxInside || around === ring) continue;
      if (found >= 0 && Math.abs(outer[found]!.area) <= Math.abs(around.area)) continue;
      if (this.#isAround(around, ring)) found = i;
    }
    return found;
  }

  /** By the first vertex that is not on the other ring; rings that share all of them count as inside. */
  #isAround(around: MeasuredRing, ring: MeasuredRing): boolean {
    for (let n = ring.first; n < ring.end && this.#steps <= MAX_STEPS; n++) {
      const at = this.#xy + 16 * n;
      const side = this.#side(around, this.#source.getFloat64(at, true), this.#source.getFloat64(at + 8, true));
      if (side !== 0) return side > 0;
    }
    return true;
  }

  /** 1 inside the ring, -1 outside, 0 on it. */
  #side(ring: MeasuredRing, x: number, y: number): number {
    const source = this.#source;
    let isInside = false;
    this.#steps += ring.end - ring.first;
    let at = this.#xy + 16 * (ring.end - 1);
    let ax = source.getFloat64(at, true);
    let ay = source.getFloat64(at + 8, true);
    at = this.#xy + 16 * ring.first;
    for (let n = ring.first; n < ring.end; n++, at += 16) {
      const bx = source.getFloat64(at, true);
      const by = source.getFloat64(at + 8, true);
      const cross = (bx - ax) * (y - ay) - (by - ay) * (x - ax);
      if (
        cross === 0 &&
        Math.min(ax, bx) <= x &&
        x <= Math.max(ax, bx) &&
        Math.min(ay, by) <= y &&
        y <= Math.max(ay, by)
      ) {
        return 0;
      }
      if (ay > y !== by > y && cross > 0 === by > ay) isInside = !isInside;
      ax = bx;
      ay = by;
    }
    return isInside ? 1 : -1;
  }
}
