/** Type codes of ISO 13249-3 (SQL/MM) for what has no place in the simple types. */
export const CurveType = {
  circularString: 8,
  compoundCurve: 9,
  curvePolygon: 10,
  multiCurve: 11,
  multiSurface: 12,
  polyhedralSurface: 15,
  tin: 16,
  triangle: 17,
} as const;

/** Chords that stand for a quarter of a circle, as in ST_CurveToLine. */
const CHORDS_PER_QUADRANT = 32;

/** Largest number of chords for one arc, a whole circle. */
const CHORDS_PER_CIRCLE = 4 * CHORDS_PER_QUADRANT;

/**
 * Replaces the arcs of a circular string by chords. `vertices` are its control points (start, any point of the arc,
 * end, and so on), each an array of ordinates; start and end points stay bit for bit, other ordinates are interpolated
 * by the angle. A string with an even number of control points is returned as it is: the last arc is then no arc.
 */
export function linearise(vertices: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const [first] = vertices;
  if (first === undefined || vertices.length < 3) return vertices;
  const line: (readonly number[])[] = [first];
  let at = 0;
  for (; at + 2 < vertices.length; at += 2) {
    const [start = [], middle = [], end = []] = vertices.slice(at, at + 3);
    appendArc(line, start, middle, end);
  }
  line.push(...vertices.slice(at + 1));
  return line;
}

function appendArc(
  line: (readonly number[])[],
  start: readonly number[],
  middle: readonly number[],
  end: readonly number[],
): void {
  const [ax = 0, ay = 0] = start;
  const [bx = 0, by = 0] = middle;
  const [cx = 0, cy = 0] = end;
  const isCircle = ax === cx && ay === cy;
  // Relative to the start: far from the origin the squares would lose the difference.
  const [ux, uy, vx, vy] = [bx - ax, by - ay, cx - ax, cy - ay];
  const cross = ux * vy - uy * vx;
  if (!isCircle && cross === 0) {
    line.push(middle, end);
    return;
  }
  const u2 = ux * ux + uy * uy;
  const v2 = vx * vx + vy * vy;
  const [ox, oy] = isCircle ? [ux / 2, uy / 2] : [(vy * u2 - uy * v2) / (2 * cross), (ux * v2 - vx * u2) / (2 * cross)];
  const radius = Math.hypot(ox, oy);
  const from = Math.atan2(-oy, -ox);
  const isLeft = isCircle || cross > 0;
  const turn = (to: number): number => {
    const angle = (to - from) % (2 * Math.PI);
    if (isLeft) return angle <= 0 ? angle + 2 * Math.PI : angle;
    return angle >= 0 ? angle - 2 * Math.PI : angle;
  };
  const whole = isCircle ? 2 * Math.PI : turn(Math.atan2(vy - oy, vx - ox));
  const half = isCircle ? Math.PI : turn(Math.atan2(uy - oy, ux - ox));
  const chords = Math.min(
    CHORDS_PER_CIRCLE,
    Math.max(2, Math.ceil((Math.abs(whole) * 2 * CHORDS_PER_QUADRANT) / Math.PI)),
  );
  for (let n = 1; n < chords; n++) {
    const angle = (whole * n) / chords;
    const isBefore = Math.abs(angle) <= Math.abs(half);
    const share = isBefore ? angle / half : (angle - half) / (whole - half);
    const [a, b] = isBefore ? [start, middle] : [middle, end];
    const others = a.slice(2).map((value, i) => value + share * ((b[i + 2] ?? value) - value));
    line.push([ax + ox + radius * Math.cos(from + angle), ay + oy + radius * Math.sin(from + angle), ...others]);
  }
  line.push(end);
}
