import type { Coordinates } from '../shape.ts';

/**
 * Appends the tuples of a `coordinates` element (`lon,lat[,alt] lon,lat[,alt]`). White space beside a comma, which many
 * writers put there, does not end a tuple. Returns false where something is no number or a tuple has one number only;
 * nothing is appended then.
 */
export function readTuples(text: string, coordinates: Coordinates): boolean {
  const before = coordinates.length;
  const tight = /\s,|,\s/.test(text) ? text.replace(/\s*,\s*/g, ',') : text;
  const { length } = tight;
  for (let at = 0; at < length; ) {
    if (tight.charCodeAt(at) <= SPACE) {
      at++;
      continue;
    }
    const start = at;
    while (at < length && tight.charCodeAt(at) > SPACE) at++;
    if (readTuple(tight, start, at, coordinates)) continue;
    coordinates.length = before;
    return false;
  }
  return true;
}

const SPACE = 32;

function readTuple(text: string, start: number, end: number, coordinates: Coordinates): boolean {
  const first = text.indexOf(',', start);
  if (first < 0 || first >= end) return false;
  const second = text.indexOf(',', first + 1);
  const hasThird = second >= 0 && second < end;
  const x = toNumber(text.slice(start, first));
  const y = toNumber(text.slice(first + 1, hasThird ? second : end));
  const z = hasThird ? text.slice(second + 1, end) : '';
  if (!Number.isFinite(x) || !Number.isFinite(y) || z.includes(',')) return false;
  coordinates.push(x, y, toNumber(z));
  return true;
}

const toNumber = (text: string): number => (text === '' ? Number.NaN : Number(text));

/** The corners of a `LatLonBox`, turned counter-clockwise by `rotation` degrees about its middle, as one closed ring. */
export function boxRing(box: ReadonlyMap<string, string>): Coordinates | null {
  const value = (name: string): number => {
    const text = box.get(name);
    return text === undefined || text.trim() === '' ? Number.NaN : Number(text);
  };
  const [north, south, east, west] = [value('north'), value('south'), value('east'), value('west')];
  if (![north, south, east, west].every(Number.isFinite)) return null;
  const turn = ((value('rotation') || 0) * Math.PI) / 180;
  const [x, y] = [(east + west) / 2, (north + south) / 2];
  const corner = (lon: number, lat: number): readonly number[] =>
    turn === 0
      ? [lon, lat, Number.NaN]
      : [
          x + (lon - x) * Math.cos(turn) - (lat - y) * Math.sin(turn),
          y + (lon - x) * Math.sin(turn) + (lat - y) * Math.cos(turn),
          Number.NaN,
        ];
  return [
    corner(west, south),
    corner(east, south),
    corner(east, north),
    corner(west, north),
    corner(west, south),
  ].flat();
}
