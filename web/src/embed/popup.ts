import { type MapGeoJSONFeature, type Map as MapView, Popup } from 'maplibre-gl';
import type { ShownMap } from './shown-map.ts';
import { texts } from './texts.ts';

/** Every name and value is text to the page, never markup. */
function contentOf(columns: readonly string[], { properties }: MapGeoJSONFeature): HTMLElement {
  const list = document.createElement('dl');
  list.className = 'row-values';
  for (const column of columns) {
    const term = document.createElement('dt');
    const value = document.createElement('dd');
    term.textContent = column;
    value.textContent = String(properties[column] ?? texts.nothing);
    list.append(term, value);
  }
  return list;
}

/** A click on a feature shows its row; on a point that stands for many, how many. */
export function addPopups(map: MapView, shown: ShownMap): void {
  const columnsOf = (feature: MapGeoJSONFeature): readonly string[] | null =>
    shown.layers.find(({ id }) => feature.source === `layer-${id}`)?.popup ?? null;
  const featureAt = (point: { readonly x: number; readonly y: number }): MapGeoJSONFeature | undefined =>
    map
      .queryRenderedFeatures([
        [point.x - 3, point.y - 3],
        [point.x + 3, point.y + 3],
      ])
      .find((feature) => columnsOf(feature) !== null);
  map.on('mousemove', ({ point }) => {
    map.getCanvas().style.cursor = featureAt(point) === undefined ? '' : 'pointer';
  });
  map.on('click', ({ point, lngLat }) => {
    const feature = featureAt(point);
    const columns = feature === undefined ? null : columnsOf(feature);
    if (feature === undefined || columns === null) return;
    const count = Number(feature.properties.point_count ?? 1);
    const popup = new Popup({ maxWidth: '20rem' }).setLngLat(lngLat);
    if (count > 1) popup.setText(texts.many(count));
    else popup.setDOMContent(contentOf(columns, feature));
    popup.addTo(map);
  });
}
