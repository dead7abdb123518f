import type { Coordinates } from '../shape.ts';

/**
 * Appends the tuples of a `coordinates` element (`lon,lat[,alt] lon,lat[,alt]`). White space beside a comma, which many
 * writers put there, does not end a tuple. Returns false where something is no number or a tuple has one number only;
 * nothing is appended then.
 */
export function readTuples(text: string, coordinates: Coordinates): boolean {
  const before = coordinates.length;
  for (const tuple of text
    .trim()
    .replace(/\s*,\s*/g, ',')
    .split(/\s+/)) {
    if (tuple === '') continue;
    const [x, y, z, ...more] = tuple.split(',').map((part) => (part === '' ? Number.NaN : Number(part)));
    if (x === undefined || y === undefined || more.length > 0 || !Number.isFinite(x) || !Number.isFinite(y)) {
      coordinates.length = before;
      return false;
    }
    coordinates.push(x, y, z ?? Number.NaN);
  }
  return true;
}

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
