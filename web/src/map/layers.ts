import type { ExpressionSpecification, FilterSpecification, LayerSpecification, Map as MapView } from 'maplibre-gl';
import { accents, theme } from './base-map.ts';

/** Where the features of the layers come from: tiles of the whole table, or what a question found in the view. */
export type Source = 'tiles' | 'found';

/** Layers of a source that can be clicked. */
export const clickable = (source: Source): readonly string[] => [`${source}-fill`, `${source}-line`, `${source}-point`];

const ofKind = (kind: 'Polygon' | 'Point', isOf: boolean): FilterSpecification => [
  isOf ? '==' : '!=',
  ['geometry-type'],
  kind,
];

/** A point that stands for others is drawn half as large again, so that crowds look closed. */
const wider = (radius: number): ExpressionSpecification => [
  'case',
  ['>', ['to-number', ['get', 'point_count'], 1], 1],
  radius * 1.5,
  radius,
];

/**
 * Layers that draw polygons, lines and points of a source in one quiet colour; `layer` names the layer of its tiles.
 */
export function layersOf(source: Source, layer: string | null): LayerSpecification[] {
  const colour = accents[theme()];
  const halo = theme() === 'dark' ? '#12181b' : '#ffffff';
  const from = { source, ...(layer === null ? {} : { 'source-layer': layer }) };
  return [
    {
      id: `${source}-fill`,
      type: 'fill',
      ...from,
      filter: ofKind('Polygon', true),
      paint: { 'fill-color': colour, 'fill-opacity': 0.25 },
    },
    {
      id: `${source}-line`,
      type: 'line',
      ...from,
      filter: ofKind('Point', false),
      paint: { 'line-color': colour, 'line-width': ['interpolate', ['linear'], ['zoom'], 2, 0.7, 12, 2] },
    },
    {
      id: `${source}-point`,
      type: 'circle',
      ...from,
      filter: ofKind('Point', true),
      paint: {
        'circle-color': colour,
        'circle-radius': ['interpolate', ['linear'], ['zoom'], 1, wider(2), 8, wider(4), 14, wider(7)],
        'circle-stroke-color': halo,
        'circle-stroke-width': ['interpolate', ['linear'], ['zoom'], 1, 0.3, 8, 1],
        'circle-opacity': 0.85,
      },
    },
  ];
}

/** Shows the layers of one source and hides those of the other. */
export function showOnly(map: MapView, shown: Source): void {
  for (const source of ['tiles', 'found'] as const) {
    for (const layer of clickable(source)) {
      if (map.getLayer(layer) === undefined) continue;
      map.setLayoutProperty(layer, 'visibility', source === shown ? 'visible' : 'none');
    }
  }
}
