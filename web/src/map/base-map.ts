import type { StyleSpecification } from 'maplibre-gl';
import { feature, mesh } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import worldUrl from 'world-atlas/countries-50m.json?url';

type World = Topology<{ countries: GeometryCollection<{ name: string }>; land: GeometryCollection }>;

let world: Promise<World> | null = null;

/** Land and borders by Natural Earth, from our own server. */
function loadWorld(): Promise<World> {
  world ??= fetch(worldUrl).then((response) => response.json() as Promise<World>);
  return world;
}

const colours = {
  light: { sea: '#e3ebee', land: '#f8f8f5', border: '#c9d0cf' },
  dark: { sea: '#12181b', land: '#1f2629', border: '#3a4548' },
} as const;

/** Colours of the data, on light and on dark ground. */
export const accents = { light: '#0b6e6e', dark: '#4fc3b5' } as const;

/** Which of the two the reader's system asks for. */
export const theme = (): 'light' | 'dark' => (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');

/** A quiet map of the world that needs no other server. */
export async function baseMap(): Promise<StyleSpecification> {
  const topology = await loadWorld();
  const { sea, land, border } = colours[theme()];
  const { countries, land: ground } = topology.objects;
  return {
    version: 8,
    sources: {
      land: { type: 'geojson', data: feature(topology, ground), attribution: 'Natural Earth' },
      borders: {
        type: 'geojson',
        data: { type: 'Feature', properties: {}, geometry: mesh(topology, countries, (one, other) => one !== other) },
      },
    },
    layers: [
      { id: 'sea', type: 'background', paint: { 'background-color': sea } },
      { id: 'land', type: 'fill', source: 'land', paint: { 'fill-color': land, 'fill-outline-color': border } },
      { id: 'borders', type: 'line', source: 'borders', paint: { 'line-color': border, 'line-width': 0.7 } },
    ],
  };
}
