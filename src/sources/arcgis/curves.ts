type EsriGeometry = Readonly<Record<string, unknown>>;
type Position = readonly number[];

/** Degrees of an arc from one point of its line to the next, as GDAL draws them. */
const STEP = (4 * Math.PI) / 180;
/** Parts of the line of a Bézier curve. */
const BEZIER_PARTS = 32;

const isPosition = (value: unknown): value is Position =>
  Array.isArray(value) && typeof value[0] === 'number' && typeof value[1] === 'number';

/**
 * A geometry whose curves (ArcGIS REST API, "Geometry objects") became lines of many points: circular arcs `c`, elliptic
 * arcs `a`, Bézier curves `b`. A part with anything else keeps it, so that it is told as invalid.
 */
export function linearize({ curveRings, curvePaths, ...rest }: EsriGeometry): EsriGeometry {
  const [name, parts] = Array.isArray(curveRings) ? (['rings', curveRings] as const) : (['paths', curvePaths] as const);
  return { ...rest, [name]: Array.isArray(parts) ? parts.map(linearizePart) : parts };
}

function linearizePart(part: unknown): unknown {
  if (!Array.isArray(part)) return part;
  const line: unknown[] = [];
  for (const segment of part) {
    const start = line.at(-1);
    if (isPosition(segment) || !isPosition(start)) line.push(segment);
    else line.push(...(curve(start, segment) ?? [segment]));
  }
  return line;
}

/** The points of a curve behind its start; null where it is none that is known. */
function curve(start: Position, segment: unknown): readonly Position[] | null {
  if (typeof segment !== 'object' || segment === null) return null;
  const [kind, values] = Object.entries(segment)[0] ?? [];
  if (!Array.isArray(values) || !isPosition(values[0])) return null;
  const end = values[0];
  if (kind === 'c' && isPosition(values[1])) return throughPoint(start, values[1], end);
  if (kind === 'b' && isPosition(values[1]) && isPosition(values[2])) return bezier(start, values[1], values[2], end);
  if (kind === 'a' && isPosition(values[1])) {
    const [minor, clockwise, rotation = 0, , ratio = 1] = values.slice(2).map(Number);
    return aroundCenter(start, end, values[1], { isMinor: minor === 1, isClockwise: clockwise === 1, rotation, ratio });
  }
  return null;
}

/** Z and M between two ends, `part` of the way. */
const between = (start: Position, end: Position, part: number): readonly number[] =>
  start.slice(2).map((value, at) => value + (Number(end[at + 2] ?? value) - value) * part);

const x = (at: Position): number => at[0] ?? 0;
const y = (at: Position): number => at[1] ?? 0;

function throughPoint(start: Position, middle: Position, end: Position): readonly Position[] {
  // The centre is where the perpendicular bisectors of both chords meet.
  const [ax, ay] = [x(middle) - x(start), y(middle) - y(start)];
  const isCircle = x(start) === x(end) && y(start) === y(end);
  const [bx, by] = [x(end) - x(start), y(end) - y(start)];
  const twice = 2 * (ax * by - ay * bx);
  if (twice === 0 && !isCircle) return [end];
  const [a2, b2] = [ax * ax + ay * ay, bx * bx + by * by];
  const center = isCircle
    ? [x(start) + ax / 2, y(start) + ay / 2]
    : [x(start) + (by * a2 - ay * b2) / twice, y(start) + (ax * b2 - bx * a2) / twice];
  return aroundCenter(start, end, center, { isMinor: null, isClockwise: twice < 0, rotation: 0, ratio: 1 });
}

interface Arc {
  /** null: the direction alone decides. */
  readonly isMinor: boolean | null;
  readonly isClockwise: boolean;
  /** Of the major axis, in radians. */
  readonly rotation: number;
  /** Of the minor axis to the major one. */
  readonly ratio: number;
}

function aroundCenter(start: Position, end: Position, center: Position, arc: Arc): readonly Position[] {
  const { rotation, ratio, isMinor } = arc;
  if (!(ratio > 0) || !Number.isFinite(rotation)) return [end];
  const [cos, sin] = [Math.cos(rotation), Math.sin(rotation)];
  // In the system of the ellipse, stretched to a circle.
  const onCircle = (at: Position): readonly [number, number] => {
    const [dx, dy] = [x(at) - x(center), y(at) - y(center)];
    return [dx * cos + dy * sin, (dy * cos - dx * sin) / ratio];
  };
  const [sx, sy] = onCircle(start);
  const [ex, ey] = onCircle(end);
  const radius = Math.hypot(sx, sy);
  const first = Math.atan2(sy, sx);
  let sweep = Math.atan2(ey, ex) - first;
  const turn = 2 * Math.PI;
  const isWhole = x(start) === x(end) && y(start) === y(end);
  if (isWhole) sweep = arc.isClockwise ? -turn : turn;
  else if (arc.isClockwise) sweep = sweep >= 0 ? sweep - turn : sweep;
  else sweep = sweep <= 0 ? sweep + turn : sweep;
  if (!isWhole && isMinor !== null && isMinor !== Math.abs(sweep) <= Math.PI) sweep -= Math.sign(sweep) * turn;
  const count = Math.max(1, Math.ceil(Math.abs(sweep) / STEP));
  return Array.from({ length: count }, (_, i) => {
    const part = (i + 1) / count;
    if (i === count - 1) return end;
    const angle = first + sweep * part;
    const [px, py] = [radius * Math.cos(angle), radius * ratio * Math.sin(angle)];
    return [x(center) + px * cos - py * sin, y(center) + px * sin + py * cos, ...between(start, end, part)];
  });
}

const bezier = (start: Position, first: Position, second: Position, end: Position): readonly Position[] =>
  Array.from({ length: BEZIER_PARTS }, (_, i) => {
    const part = (i + 1) / BEZIER_PARTS;
    if (i === BEZIER_PARTS - 1) return end;
    const rest = 1 - part;
    const at = (read: (at: Position) => number): number =>
      rest ** 3 * read(start) +
      3 * rest ** 2 * part * read(first) +
      3 * rest * part ** 2 * read(second) +
      part ** 3 * read(end);
    return [at(x), at(y), ...between(start, end, part)];
  });
