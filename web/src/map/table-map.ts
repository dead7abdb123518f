import {
  AttributionControl,
  GeoJSONSource,
  Map as MapView,
  NavigationControl,
  Popup,
  ScaleControl,
  setWorkerUrl,
} from 'maplibre-gl';
import 'maplibre-gl/dist/maplibre-gl.css';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import { type DatasetDetails, query, queryGeoJson } from '../api/datasets.ts';
import { ApiError } from '../api/session.ts';
import { countText } from '../format.ts';
import { type Column, extentQuery, type Filter, featuresQuery, rowQuery } from '../sql.ts';
import { texts } from '../texts.ts';
import { accents, baseMap, theme } from './base-map.ts';

/** Features that are drawn at once: more are slow to send, and hide each other. */
const MOST_FEATURES = 10_000;

/** How much of a screen pixel a line may be off. */
const TOLERANCE_PIXELS = 0.7;

/** A map that shows a table. */
export interface MapOfTable {
  setFilters(filters: readonly Filter[]): void;
  remove(): void;
}

interface Options {
  readonly filters: readonly Filter[];
  readonly signal: AbortSignal;
  /** Told what is shown, in words. */
  readonly onNote: (text: string) => void;
  readonly onProblem: (text: string) => void;
}

setWorkerUrl(workerUrl);

/** Shows a table on a map, at its whole extent; the features of each view are asked for anew. */
export async function showTable(place: HTMLElement, table: DatasetDetails, options: Options): Promise<MapOfTable> {
  const [style, [extent]] = await Promise.all([
    baseMap(),
    query<{ west: number | null; south: number; east: number; north: number }>(extentQuery(table.name), options.signal),
  ]);
  options.signal.throwIfAborted();
  const map = new MapView({
    container: place,
    style,
    attributionControl: false,
    dragRotate: false,
    maxZoom: 20,
    ...(extent?.west == null
      ? { center: [0, 20], zoom: 1 }
      : {
          bounds: [extent.west, extent.south, extent.east, extent.north],
          fitBoundsOptions: { padding: 32, maxZoom: 15 },
        }),
  });
  map.addControl(new NavigationControl({ showCompass: false }), 'top-right');
  map.addControl(new ScaleControl({ unit: 'metric' }), 'bottom-left');
  map.addControl(new AttributionControl({ compact: true }));
  let { filters } = options;
  let asked = new AbortController();

  async function refresh(): Promise<void> {
    asked.abort();
    asked = new AbortController();
    const { signal } = asked;
    const bounds = map.getBounds();
    const degreesPerPixel = 360 / (512 * 2 ** map.getZoom());
    const box = [
      Math.max(-180, bounds.getWest()),
      Math.max(-90, bounds.getSouth()),
      Math.min(180, bounds.getEast()),
      Math.min(90, bounds.getNorth()),
    ] as const;
    try {
      const asking = { filters, tolerance: degreesPerPixel * TOLERANCE_PIXELS, most: MOST_FEATURES };
      const found = await queryGeoJson(featuresQuery(table.name, box, asking), signal);
      const source = map.getSource('table');
      if (source instanceof GeoJSONSource) await source.setData(found);
      const count = found.features.length;
      options.onNote(count === MOST_FEATURES ? texts.map.first(countText(count)) : texts.map.shown(countText(count)));
    } catch (error) {
      if (signal.aborted || options.signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      options.onProblem(error.message);
    }
  }

  map.once('load', () => {
    map.addSource('table', { type: 'geojson', data: { type: 'FeatureCollection', features: [] } });
    addLayers(map);
    addPopups(map, table);
    map.on('moveend', () => void refresh());
    void refresh();
  });
  return {
    setFilters(changed) {
      filters = changed;
      if (map.getSource('table') !== undefined) void refresh();
    },
    remove() {
      asked.abort();
      map.remove();
    },
  };
}

const drawn = ['table-fill', 'table-point'];

function addLayers(map: MapView): void {
  const colour = accents[theme()];
  const halo = theme() === 'dark' ? '#12181b' : '#ffffff';
  map.addLayer({
    id: 'table-fill',
    type: 'fill',
    source: 'table',
    filter: ['==', ['geometry-type'], 'Polygon'],
    paint: { 'fill-color': colour, 'fill-opacity': 0.25 },
  });
  map.addLayer({
    id: 'table-line',
    type: 'line',
    source: 'table',
    filter: ['!=', ['geometry-type'], 'Point'],
    paint: { 'line-color': colour, 'line-width': ['interpolate', ['linear'], ['zoom'], 2, 0.7, 12, 2] },
  });
  map.addLayer({
    id: 'table-point',
    type: 'circle',
    source: 'table',
    filter: ['==', ['geometry-type'], 'Point'],
    paint: {
      'circle-color': colour,
      'circle-radius': ['interpolate', ['linear'], ['zoom'], 1, 2, 8, 4, 14, 7],
      'circle-stroke-color': halo,
      'circle-stroke-width': ['interpolate', ['linear'], ['zoom'], 1, 0.3, 8, 1],
      'circle-opacity': 0.85,
    },
  });
}

const unshown: ReadonlySet<string> = new Set(['the_geom', 'the_geom_webmercator']);

/** A click on a feature shows its row; every name and value is text to the page, never markup. */
function addPopups(map: MapView, table: DatasetDetails): void {
  const columns: readonly Column[] = table.columns.filter(({ name }) => !unshown.has(name));
  for (const layer of drawn) {
    map.on('mouseenter', layer, () => {
      map.getCanvas().style.cursor = 'pointer';
    });
    map.on('mouseleave', layer, () => {
      map.getCanvas().style.cursor = '';
    });
    map.on('click', layer, (event) => {
      const id = event.features?.[0]?.properties.cartodb_id as unknown;
      if (typeof id !== 'number') return;
      const list = document.createElement('dl');
      list.className = 'row-values';
      void query<Record<string, string | null>>(rowQuery(table.name, columns, String(id))).then(([row]) => {
        for (const [at, { name }] of columns.entries()) {
          const pair = document.createElement('div');
          const term = document.createElement('dt');
          const value = document.createElement('dd');
          term.textContent = name;
          value.textContent = row?.[`c${at}`] ?? 'null';
          pair.append(term, value);
          list.append(pair);
        }
        new Popup({ maxWidth: '22rem' }).setLngLat(event.lngLat).setDOMContent(list).addTo(map);
      });
    });
  }
}
