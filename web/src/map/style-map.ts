import { AttributionControl, Map as MapView, NavigationControl, ScaleControl, setWorkerUrl } from 'maplibre-gl';
import 'maplibre-gl/dist/maplibre-gl.css';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import { here, type MapStyle } from '../api/maps.ts';
import { addPopups } from '../embed/popup.ts';

setWorkerUrl(workerUrl);

/** A map that is drawn as the server says. */
export interface StyledMap {
  /** Draws it otherwise; what is looked at stays. */
  setStyle(style: MapStyle): void;
  /** What is looked at now. */
  view(): { readonly center: readonly [number, number]; readonly zoom: number };
  remove(): void;
}

/** Draws a map, from where it begins. */
export function showStyle(place: HTMLElement, first: MapStyle): StyledMap {
  let style = first;
  const shown = (): MapStyle['metadata']['landfall:map'] => style.metadata['landfall:map'];
  const { bounds, isViewSet } = shown();
  const map = new MapView({
    container: place,
    style,
    attributionControl: false,
    dragRotate: false,
    maxZoom: 20,
    transformRequest: (url) => ({ url: here(url) }),
    ...(bounds === null || isViewSet ? {} : { bounds: [...bounds], fitBoundsOptions: { padding: 32, maxZoom: 15 } }),
  });
  map.addControl(new NavigationControl({ showCompass: false }), 'top-right');
  map.addControl(new ScaleControl({ unit: 'metric' }), 'bottom-left');
  map.addControl(new AttributionControl({ compact: true }));
  addPopups(map, {
    ...shown(),
    get layers() {
      return shown().layers;
    },
  });
  map.on('idle', () => {
    place.dataset.state = 'drawn';
  });
  return {
    setStyle(changed) {
      style = changed;
      place.dataset.state = 'drawing';
      map.setStyle(changed);
    },
    view() {
      const { lng, lat } = map.getCenter();
      return { center: [lng, lat], zoom: map.getZoom() };
    },
    remove: () => map.remove(),
  };
}
