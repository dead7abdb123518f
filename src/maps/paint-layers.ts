/** Paints as layers of a MapLibre style. */
import type {
  ExpressionSpecification,
  FilterSpecification,
  LayerSpecification,
} from '@maplibre/maplibre-gl-style-spec';
import type { Paint } from '../domain/map.ts';
import type { GeometryKind } from './table-facts.ts';

/** The line around points, and around areas that a column paints, where colours would run into each other. */
const HALO = '#ffffff';

type Colour = string | ExpressionSpecification;
type Size = number | ExpressionSpecification;

const isNumber = (column: string): ExpressionSpecification => ['==', ['typeof', ['get', column]], 'number'];

/** The colour of a row. Values beyond the ends of all classes are in the nearest; what is no number has none. */
function colour(paint: Paint): Colour {
  switch (paint.kind) {
    case 'categories': {
      if (paint.stops.length === 0) return paint.color;
      const cases = paint.stops.flatMap(({ value, color }) => [['==', ['get', paint.column], value], color]);
      return ['case', ...cases, paint.color] as unknown as ExpressionSpecification;
    }
    case 'quantiles':
    case 'equal':
    case 'jenks': {
      const [first, ...others] = paint.stops;
      if (first === undefined) return paint.color;
      if (others.length === 0) return ['case', isNumber(paint.column), first.color, paint.color];
      const steps = others.flatMap(({ from, color }) => [from, color]);
      const step = ['step', ['number', ['get', paint.column]], first.color, ...steps];
      return ['case', isNumber(paint.column), step as ExpressionSpecification, paint.color];
    }
    default:
      return paint.color;
  }
}

function radius(paint: Paint): Size {
  if (paint.kind !== 'bubbles') return paint.radius;
  const [first, ...others] = paint.stops;
  if (first === undefined) return paint.radius;
  if (others.length === 0) return first.radius;
  const stops = paint.stops.flatMap((stop) => [stop.value, stop.radius]);
  const between = ['interpolate', ['linear'], ['number', ['get', paint.column]], ...stops];
  return ['case', isNumber(paint.column), between as ExpressionSpecification, first.radius];
}

const only = (kind: 'Point' | 'LineString' | 'Polygon'): FilterSpecification => ['==', ['geometry-type'], kind];

/** Where the features of a layer are. */
export interface LayerSource {
  /** Ids of the style's layers begin with it. */
  readonly id: string;
  /** The source of the style, and the layer in its tiles. */
  readonly source: string;
  readonly sourceLayer: string;
  readonly isVisible: boolean;
}

/** The layers of a style that draw a table, from the lowest. Rows of other kinds than `geometry` are left out, of `mixed` none. */
export function paintLayers(
  paint: Paint,
  geometry: GeometryKind | null,
  { id, source, sourceLayer, isVisible }: LayerSource,
): readonly LayerSpecification[] {
  const layout = { visibility: isVisible ? ('visible' as const) : ('none' as const) };
  const metadata = { 'landfall:layer': id };
  if (geometry === 'raster') {
    return [
      { id: `${id}-raster`, type: 'raster', source, layout, metadata, paint: { 'raster-opacity': paint.opacity } },
    ];
  }
  const common = { source, 'source-layer': sourceLayer, layout, metadata };
  const isBy = 'column' in paint && paint.kind !== 'bubbles';
  const fill: LayerSpecification = {
    ...common,
    id: `${id}-fill`,
    type: 'fill',
    filter: only('Polygon'),
    paint: { 'fill-color': colour(paint), 'fill-opacity': paint.opacity },
  };
  const outline: LayerSpecification = {
    ...common,
    id: `${id}-outline`,
    type: 'line',
    filter: only('Polygon'),
    paint: {
      'line-color': isBy ? HALO : paint.color,
      'line-width': paint.width,
      'line-opacity': Math.max(paint.opacity, 0.5),
    },
  };
  const line: LayerSpecification = {
    ...common,
    id: `${id}-line`,
    type: 'line',
    filter: only('LineString'),
    layout: { ...layout, 'line-cap': 'round', 'line-join': 'round' },
    paint: { 'line-color': colour(paint), 'line-width': paint.width, 'line-opacity': paint.opacity },
  };
  const size = radius(paint);
  const point: LayerSpecification = {
    ...common,
    id: `${id}-point`,
    type: 'circle',
    filter: only('Point'),
    // Small ones lie on large ones.
    layout: typeof size === 'number' ? layout : { ...layout, 'circle-sort-key': ['-', 0, size] },
    paint: {
      'circle-color': colour(paint),
      'circle-radius': size,
      'circle-opacity': paint.opacity,
      'circle-stroke-color': HALO,
      'circle-stroke-width': Math.min(1, paint.radius / 4),
      'circle-stroke-opacity': paint.opacity,
    },
  };
  switch (geometry) {
    case 'polygon':
      return [fill, outline];
    case 'line':
      return [line];
    case 'point':
      return [point];
    case null:
    case 'mixed':
      return [fill, outline, line, point];
  }
}
