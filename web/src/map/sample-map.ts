import { LngLatBounds, type Map as MapView, type StyleSpecification } from 'maplibre-gl';
import { baseMap } from './base-map.ts';
import { layersOf } from './layers.ts';
import { openMap } from './open-map.ts';

/** Takes in every position of coordinates, however deep they lie. */
function extend(bounds: LngLatBounds, coordinates: unknown): void {
  if (!Array.isArray(coordinates)) return;
  const [longitude, latitude] = coordinates;
  if (typeof longitude === 'number' && typeof latitude === 'number') bounds.extend([longitude, latitude]);
  else for (const inner of coordinates) extend(bounds, inner);
}

function take(bounds: LngLatBounds, shape: GeoJSON.Geometry): void {
  if (shape.type === 'GeometryCollection') for (const inner of shape.geometries) take(bounds, inner);
  else extend(bounds, shape.coordinates);
}

/** Shows some shapes, all of them in view. */
export async function showShapes(
  place: HTMLElement,
  shapes: readonly GeoJSON.Geometry[],
  gone: AbortSignal,
): Promise<MapView> {
  const base = await baseMap();
  gone.throwIfAborted();
  const bounds = new LngLatBounds();
  for (const shape of shapes) take(bounds, shape);
  const features = shapes.map((geometry) => ({ type: 'Feature' as const, properties: {}, geometry }));
  const style: StyleSpecification = {
    ...base,
    sources: { ...base.sources, found: { type: 'geojson', data: { type: 'FeatureCollection', features } } },
    layers: [...base.layers, ...layersOf('found', null)],
  };
  return openMap(place, bounds.isEmpty() ? { style } : { style, bounds });
}
