/** The countries of the world by Natural Earth (public domain), which maps lie on. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { FeatureCollection, MultiPolygon, Polygon } from 'geojson';
import { feature } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import { cutAtAntimeridian } from '../util/cut-antimeridian.ts';

const require = createRequire(import.meta.url);

/** Digits of degrees behind the point: 100 m, less than a pixel at the levels where so coarse a map is of use. */
const DIGITS = 3;

/** Areas of land, in degrees. */
export type Land = FeatureCollection<Polygon | MultiPolygon, null>;

/** The countries in degrees, none across the 180th meridian. */
export async function loadLand(): Promise<Land> {
  const file = require.resolve('world-atlas/countries-50m.json');
  const topology = JSON.parse(await readFile(file, 'utf8')) as Topology<{ countries: GeometryCollection }>;
  const { features } = feature(topology, topology.objects.countries);
  return {
    type: 'FeatureCollection',
    features: features.flatMap(({ geometry }) => {
      const cut = cutAtAntimeridian(geometry);
      const isArea = cut.type === 'Polygon' || cut.type === 'MultiPolygon';
      return isArea ? [{ type: 'Feature' as const, properties: null, geometry: cut }] : [];
    }),
  };
}

/** The same as the text of a GeoJSON file. */
export const landText = (land: Land): string =>
  JSON.stringify(land, (_, value: unknown) => (typeof value === 'number' ? Number(value.toFixed(DIGITS)) : value));
