import type { Geometry, Position } from 'geojson';

type Ring = Position[];

/**
 * Cuts polygons that go over the antimeridian at it (RFC 7946, 3.1.9), where the atlas joins them: a ring that jumps from
 * 180 to -180 would otherwise lie across the whole world. A ring around a pole is closed along it.
 */
export function cutAtAntimeridian(geometry: Geometry): Geometry {
  if (geometry.type !== 'Polygon' && geometry.type !== 'MultiPolygon') return geometry;
  const polygons = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
  const cut = polygons.flatMap(cutPolygon);
  const [only] = cut;
  return only !== undefined && cut.length === 1
    ? { type: 'Polygon', coordinates: only }
    : { type: 'MultiPolygon', coordinates: cut };
}

function cutPolygon(rings: Ring[]): Ring[][] {
  const unrolled = rings.map(unroll);
  if (unrolled.every((ring) => ring.every((position) => Math.abs(longitude(position)) <= 180))) return [rings];
  return [-360, 0, 360].flatMap((offset) => {
    const parts = unrolled
      .map((ring) => keep(keep(ring, offset - 180, 1), offset + 180, -1))
      .filter((ring) => ring.some((position) => longitude(position) !== longitude(ring[0] ?? position)))
      .map((ring) => ring.map(([x = 0, y = 0]) => [x - offset, y]));
    return parts.length === 0 ? [] : [parts];
  });
}

const longitude = ([x = 0]: Position): number => x;
const latitude = ([, y = 0]: Position): number => y;

/** The ring without jumps: longitudes go on beyond 180. */
function unroll(ring: Ring): Ring {
  const unrolled: Ring = [];
  let turn = 0;
  for (const [index, position] of ring.entries()) {
    const step = index === 0 ? 0 : longitude(position) - longitude(ring[index - 1] ?? position);
    if (step > 180) turn -= 360;
    if (step < -180) turn += 360;
    unrolled.push([longitude(position) + turn, latitude(position)]);
  }
  const [first] = unrolled;
  const last = unrolled.at(-1);
  if (first === undefined || last === undefined || longitude(first) === longitude(last)) return unrolled;
  const pole = latitude(first) < 0 ? -90 : 90;
  return [...unrolled, [longitude(last), pole], [longitude(first), pole], first];
}

/** The part of a closed ring on one side of a meridian (Sutherland and Hodgman): `side` 1 keeps the east, -1 the west. */
function keep(ring: Ring, meridian: number, side: 1 | -1): Ring {
  const isInside = (position: Position): boolean => (longitude(position) - meridian) * side >= 0;
  const kept: Ring = [];
  for (const [index, position] of ring.slice(1).entries()) {
    const before = ring[index] ?? position;
    if (isInside(before) !== isInside(position)) {
      const share = (meridian - longitude(before)) / (longitude(position) - longitude(before));
      kept.push([meridian, latitude(before) + share * (latitude(position) - latitude(before))]);
    }
    if (isInside(position)) kept.push(position);
  }
  const [first] = kept;
  return first === undefined ? [] : [...kept, first];
}
