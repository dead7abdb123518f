import type { LayerSpecification, SourceSpecification, StyleSpecification } from '@maplibre/maplibre-gl-style-spec';
import type { Bounds } from '../domain/map.ts';
import type { StoredLayer, StoredMap } from '../store/maps.ts';
import { legendOf } from './legend.ts';
import { paintLayers } from './paint-layers.ts';
import type { GeometryKind } from './table-facts.ts';

/** Deepest level of vector tiles that are asked for: deeper ones show those larger. */
const MOST_ZOOM = 16;

/** A layer with what its drawing needs. */
export interface DrawnLayer {
  readonly layer: StoredLayer;
  readonly geometry: GeometryKind | null;
  readonly bounds: Bounds | null;
  /** Deepest level of tiles, where they are pictures. */
  readonly maxZoom: number | null;
  /** Another one where the table's rows may be others. */
  readonly version: string;
}

/** Colours of the ground. */
export const groundColours = { sea: '#e3ebee', land: '#f8f8f5', border: '#c9d0cf' } as const;

/** Where a style's parts are. */
export interface StyleAddresses {
  /** The land of the world as GeoJSON. */
  readonly land: string;
  /** Tiles of a layer, with `{z}`, `{x}` and `{y}`. */
  tiles(layer: DrawnLayer): string;
}

/** The whole box of layers; null where nothing is located. */
export function boundsOf(boxes: readonly (Bounds | null)[]): Bounds | null {
  const found = boxes.filter((box) => box !== null);
  const [first, ...others] = found;
  if (first === undefined) return null;
  return others.reduce<Bounds>(
    (all, box) => [
      Math.min(all[0], box[0]),
      Math.min(all[1], box[1]),
      Math.max(all[2], box[2]),
      Math.max(all[3], box[3]),
    ],
    first,
  );
}

/** The level at which so many degrees of longitude fill about 512 pixels. */
const fittingZoom = (degrees: number): number =>
  Math.max(0, Math.min(MOST_ZOOM, Math.floor(Math.log2(360 / Math.max(degrees, 1e-9)) * 10) / 10));

/** A map as a style that MapLibre shows by itself: sources, layers, view, and in `metadata` what pages say of it. */
export function mapStyle(map: StoredMap, layers: readonly DrawnLayer[], at: StyleAddresses): StyleSpecification {
  const bounds = map.bounds ?? boundsOf(layers.map((one) => one.bounds));
  const [west, south, east, north] = bounds ?? [-180, -60, 180, 75];
  const sources = layers.map((drawn): [string, SourceSpecification] => [
    sourceOf(drawn.layer),
    drawn.maxZoom === null
      ? { type: 'vector', tiles: [at.tiles(drawn)], minzoom: 0, maxzoom: MOST_ZOOM, ...boxOf(drawn) }
      : {
          type: 'raster',
          tiles: [at.tiles(drawn)],
          tileSize: 256,
          minzoom: 0,
          maxzoom: drawn.maxZoom,
          ...boxOf(drawn),
        },
  ]);
  return {
    version: 8,
    name: map.name,
    metadata: {
      'landfall:map': {
        title: map.name,
        description: map.description,
        legend: map.hasLegend,
        bounds,
        isViewSet: map.center !== null && map.zoom !== null,
        layers: layers.map(({ layer }) => ({
          id: layer.id,
          title: layer.title,
          visible: layer.isVisible,
          popup: layer.popup,
          legend: legendOf(layer.paint),
        })),
      },
    },
    center: map.center === null ? [(west + east) / 2, (south + north) / 2] : [...map.center],
    zoom: map.zoom ?? fittingZoom(east - west),
    sources: {
      land: { type: 'geojson', data: at.land, attribution: 'Natural Earth' },
      ...Object.fromEntries(sources),
    },
    layers: [
      ...ground,
      ...layers.flatMap(({ layer, geometry }) =>
        paintLayers(layer.paint, geometry, {
          id: sourceOf(layer),
          source: sourceOf(layer),
          sourceLayer: layer.table,
          isVisible: layer.isVisible,
        }),
      ),
    ],
  };
}

/** Ids of layers are the owner's: in the style none of them is one of ours. */
const sourceOf = ({ id }: StoredLayer): string => `layer-${id}`;

const boxOf = ({ bounds }: DrawnLayer): { bounds?: [number, number, number, number] } =>
  // A box without an area holds no tile to some who read styles.
  bounds === null || bounds[0] === bounds[2] || bounds[1] === bounds[3] ? {} : { bounds: [...bounds] };

const ground: readonly LayerSpecification[] = [
  { id: 'sea', type: 'background', paint: { 'background-color': groundColours.sea } },
  {
    id: 'land',
    type: 'fill',
    source: 'land',
    paint: { 'fill-color': groundColours.land, 'fill-outline-color': groundColours.border },
  },
];
