import { GeoJSONSource, prewarm, type StyleSpecification } from 'maplibre-gl';
import { type DatasetDetails, queryGeoJson, type Tiles } from '../api/datasets.ts';
import { ApiError } from '../api/session.ts';
import { countText } from '../format.ts';
import { type Filter, featuresQuery } from '../sql.ts';
import { texts } from '../texts.ts';
import { baseMap } from './base-map.ts';
import { layersOf, showOnly } from './layers.ts';
import { openMap } from './open-map.ts';
import { addPopups } from './popup.ts';

/** Features that a question may find: more are slow to send, and hide each other. */
const MOST_FEATURES = 10_000;

/** How much of a screen pixel a line may be off. */
const TOLERANCE_PIXELS = 0.7;

/** A map that shows a table. */
export interface MapOfTable {
  setFilters(filters: readonly Filter[]): void;
  remove(): void;
}

interface Options {
  readonly tiles: Promise<Tiles>;
  readonly filters: readonly Filter[];
  readonly signal: AbortSignal;
  /** Told what is shown, in words. */
  readonly onNote: (text: string) => void;
  readonly onProblem: (text: string) => void;
}

/** Loads what every map needs, before there is one. */
export function prepareMaps(): void {
  prewarm();
  void baseMap();
}

/** The base map with the data upon it, whose tiles are so asked for at once. */
async function styleOf(table: DatasetDetails, tiles: Tiles): Promise<StyleSpecification> {
  const base = await baseMap();
  if (table.is_raster) {
    return {
      ...base,
      sources: {
        ...base.sources,
        tiles: { type: 'raster', tiles: [...tiles.tiles], tileSize: 256, maxzoom: tiles.maxzoom },
      },
      layers: [...base.layers, { id: 'raster', type: 'raster', source: 'tiles' }],
    };
  }
  return {
    ...base,
    sources: {
      ...base.sources,
      tiles: { type: 'vector', tiles: [...tiles.tiles], maxzoom: tiles.maxzoom },
      found: { type: 'geojson', data: { type: 'FeatureCollection', features: [] } },
    },
    layers: [...base.layers, ...layersOf('tiles', tiles.layer), ...layersOf('found', null)],
  };
}

/**
 * Shows a table on a map, at its whole extent: by its tiles, or, where filters are set, by what the database finds in
 * each view.
 */
export async function showTable(place: HTMLElement, table: DatasetDetails, options: Options): Promise<MapOfTable> {
  const { signal: gone, onNote, onProblem } = options;
  const tiles = await options.tiles;
  const style = await styleOf(table, tiles);
  gone.throwIfAborted();
  const map = openMap(place, { style, bounds: tiles.bounds });
  let { filters } = options;
  let asked = new AbortController();

  /** Asks for what the filters leave of the view. */
  async function find(): Promise<void> {
    asked.abort();
    asked = new AbortController();
    const { signal } = asked;
    const source = map.getSource('found');
    if (filters.length === 0 || !(source instanceof GeoJSONSource)) return;
    const bounds = map.getBounds();
    const box = [
      Math.max(-180, bounds.getWest()),
      Math.max(-90, bounds.getSouth()),
      Math.min(180, bounds.getEast()),
      Math.min(90, bounds.getNorth()),
    ] as const;
    const tolerance = (TOLERANCE_PIXELS * 360) / (512 * 2 ** map.getZoom());
    try {
      const asking = { filters, tolerance, most: MOST_FEATURES };
      const found = await queryGeoJson(featuresQuery(table.name, box, asking), signal);
      await source.setData(found);
      const count = found.features.length;
      onNote(count === MOST_FEATURES ? texts.map.first(countText(count)) : texts.map.found(countText(count)));
    } catch (error) {
      if (signal.aborted || gone.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      onProblem(error.message);
    }
  }

  function show(): void {
    const isFiltered = filters.length > 0;
    showOnly(map, isFiltered ? 'found' : 'tiles');
    if (!isFiltered) onNote(table.is_raster ? '' : texts.map.all);
    void find();
  }

  map.once('style.load', () => {
    if (table.is_raster) return onNote('');
    addPopups(map, table, 'tiles', onProblem);
    addPopups(map, table, 'found', onProblem);
    map.on('moveend', () => void find());
    show();
  });
  return {
    setFilters(changed) {
      filters = changed;
      if (map.getSource('found') !== undefined) show();
    },
    remove() {
      asked.abort();
      map.remove();
    },
  };
}
