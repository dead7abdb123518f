import { AttributionControl, Map as MapView, NavigationControl, ScaleControl, setWorkerUrl } from 'maplibre-gl';
import 'maplibre-gl/dist/maplibre-gl.css';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import './embed.css';
import { panelOf } from './legend.ts';
import { addPopups } from './popup.ts';
import { type LoadedMap, loadMap } from './shown-map.ts';
import { texts } from './texts.ts';

setWorkerUrl(workerUrl);

/** Pixels of the panel, and from which width of the window on it has its own place beside the rows. */
const PANEL = 300;
const WIDE = 800;

const place = document.querySelector<HTMLElement>('#map') ?? document.body;

function tell(text: string): void {
  const note = document.createElement('p');
  note.className = 'note';
  note.setAttribute('role', 'status');
  note.textContent = text;
  place.replaceChildren(note);
}

/** The server may be reached under another name than it knows itself by: everything is asked of where the page is from. */
const here = (url: string): string => {
  const { pathname, search } = new URL(url, location.href);
  return `${location.origin}${pathname}${search}`;
};

function show({ style, shown }: LoadedMap): void {
  document.title = shown.title;
  const map = new MapView({
    container: place,
    style,
    attributionControl: false,
    dragRotate: false,
    maxZoom: 20,
    // Inside a page of others, its scrolling goes on.
    cooperativeGestures: window.top !== window.self,
    transformRequest: (url) => ({ url: here(url) }),
  });
  map.addControl(new NavigationControl({ showCompass: false }), 'top-right');
  map.addControl(new ScaleControl({ unit: 'metric' }), 'bottom-left');
  map.addControl(new AttributionControl({ compact: true }));
  const { bounds } = shown;
  // A view that the owner set goes before that of the layers.
  if (bounds !== null && !shown.isViewSet) {
    const padding = { top: 40, right: 40, bottom: 40, left: innerWidth > WIDE ? PANEL : 40 };
    map.fitBounds([...bounds], { padding, maxZoom: 15, animate: false });
  }
  const panel = panelOf(shown, (id, isVisible) => {
    for (const layer of map.getStyle().layers) {
      if (!('source' in layer) || layer.source !== `layer-${id}`) continue;
      map.setLayoutProperty(layer.id, 'visibility', isVisible ? 'visible' : 'none');
    }
  });
  document.body.append(panel);
  addPopups(map, shown);
  // For tests, and for pages that wait until a map is there.
  map.once('idle', () => {
    document.documentElement.dataset.state = 'drawn';
  });
}

loadMap().then(
  (loaded) => {
    if (loaded === null) return tell(texts.gone);
    try {
      show(loaded);
    } catch {
      tell(texts.noMap);
    }
  },
  () => tell(texts.failed),
);
