import { closeSync, openSync, writeSync } from 'node:fs';

/** Vertices of a ring, the closing one counted: 200,000 polygons are then 320 MB of GeoJSON. */
export const VERTICES = 58;

/** A star-shaped polygon with six properties. */
export interface Polygon {
  /** Vertices as `[longitude, latitude]` in decimal digits; the last is the first. */
  readonly ring: readonly (readonly [string, string])[];
  readonly properties: {
    readonly id: number;
    readonly name: string;
    readonly code: string;
    readonly area: number;
    readonly built: string;
    readonly owner: string | null;
  };
}

/** A small, seeded generator of numbers in [0, 1) (mulberry32), so that the file is the same on every machine. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `count` polygons, the same ones every time. */
export function* polygons(count: number): Generator<Polygon, void, undefined> {
  const random = seeded(20260101);
  for (let n = 0; n < count; n++) {
    const longitude = random() * 350 - 175;
    const latitude = random() * 140 - 70;
    const ring: [string, string][] = [];
    for (let vertex = 0; vertex < VERTICES - 1; vertex++) {
      const angle = (vertex / (VERTICES - 1)) * 2 * Math.PI;
      const radius = 0.01 + random() * 0.01;
      const x = longitude + radius * Math.cos(angle);
      const y = latitude + radius * Math.sin(angle);
      ring.push([x.toFixed(6 + (vertex & 1)), y.toFixed(6 + (vertex & 1))]);
    }
    ring.push(ring[0] ?? ['0', '0']);
    const properties = {
      id: n + 1,
      name: `Parcel ${n + 1}`,
      code: String(Math.floor(random() * 100000)).padStart(5, '0'),
      area: Number((random() * 1000).toFixed(3)),
      built: `20${String(Math.floor(random() * 26)).padStart(2, '0')}-0${1 + Math.floor(random() * 9)}-15`,
      owner: random() < 0.1 ? null : `Owner ${Math.floor(random() * 5000)}`,
    };
    yield { ring, properties };
  }
}

/** Writes the polygons to `path` as one FeatureCollection. */
export function generatePolygons(path: string, count: number): void {
  const file = openSync(path, 'w');
  let pending = '{"type":"FeatureCollection","features":[\n';
  let n = 0;
  for (const { ring, properties } of polygons(count)) {
    const coordinates = ring.map(([x, y]) => `[${x},${y}]`).join(',');
    const separator = ++n < count ? ',\n' : '\n';
    pending += `{"type":"Feature","properties":${JSON.stringify(properties)},"geometry":{"type":"Polygon","coordinates":[[${coordinates}]]}}${separator}`;
    if (pending.length > 1 << 20) {
      writeSync(file, pending);
      pending = '';
    }
  }
  writeSync(file, `${pending}]}\n`);
  closeSync(file);
}
