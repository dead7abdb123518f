import type { StyleSpecification } from 'maplibre-gl';
import { feature, mesh } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import worldUrl from 'world-atlas/countries-50m.json?url';
import { cutAtAntimeridian } from '../../../src/util/cut-antimeridian.ts';

type World = Topology<{ countries: GeometryCollection }>;

interface Shapes {
  readonly land: GeoJSON.FeatureCollection;
  readonly borders: GeoJSON.Feature;
}

let shapes: Promise<Shapes> | null = null;

/** Land and borders by Natural Earth, from our own server. */
async function loadShapes(): Promise<Shapes> {
  const topology: World = await (await fetch(worldUrl)).json();
  const { countries } = topology.objects;
  const land = feature(topology, countries);
  for (const country of land.features) country.geometry = cutAtAntimeridian(country.geometry);
  const geometry = mesh(topology, countries, (one, other) => one !== other);
  return { land, borders: { type: 'Feature', properties: {}, geometry } };
}

const colours = {
  light: { sea: '#e3ebee', ground: '#f8f8f5', border: '#c9d0cf' },
  dark: { sea: '#12181b', ground: '#1f2629', border: '#3a4548' },
} as const;

/** Colours of the data, on light and on dark ground. */
export const accents = { light: '#0b6e6e', dark: '#4fc3b5' } as const;

/** Which of the two the reader's system asks for. */
export const theme = (): 'light' | 'dark' => (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');

/** A quiet map of the world that needs no other server. */
export async function baseMap(): Promise<StyleSpecification> {
  shapes ??= loadShapes();
  const { land, borders } = await shapes;
  const { sea, ground, border } = colours[theme()];
  return {
    version: 8,
    sources: {
      land: { type: 'geojson', data: land, attribution: 'Natural Earth' },
      borders: { type: 'geojson', data: borders },
    },
    layers: [
      { id: 'sea', type: 'background', paint: { 'background-color': sea } },
      { id: 'land', type: 'fill', source: 'land', paint: { 'fill-color': ground, 'fill-outline-color': border } },
      { id: 'borders', type: 'line', source: 'borders', paint: { 'line-color': border, 'line-width': 0.7 } },
    ],
  };
}
