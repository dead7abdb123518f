import {
  AttributionControl,
  type MapOptions,
  Map as MapView,
  NavigationControl,
  ScaleControl,
  setWorkerCount,
  setWorkerUrl,
} from 'maplibre-gl';
import 'maplibre-gl/dist/maplibre-gl.css';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';

setWorkerUrl(workerUrl);
// On small machines there would be one, and data would wait until the base map is cut into tiles.
setWorkerCount(2);

/** A map with its controls; the place says when it is `drawn`, for pictures, which want the whole of it. */
export function openMap(place: HTMLElement, options: Omit<MapOptions, 'container'>): MapView {
  const map = new MapView({
    container: place,
    attributionControl: false,
    dragRotate: false,
    maxZoom: 20,
    // Nothing here fades in; the map would be drawn again and again meanwhile.
    fadeDuration: 0,
    fitBoundsOptions: { padding: 32, maxZoom: 15 },
    ...options,
  });
  map.addControl(new NavigationControl({ showCompass: false }), 'top-right');
  map.addControl(new ScaleControl({ unit: 'metric' }), 'bottom-left');
  map.addControl(new AttributionControl({ compact: true }));
  map.on('idle', () => {
    place.dataset.state = 'drawn';
  });
  return map;
}
