import type { Paint } from '../domain/map.ts';
import type { ColumnStats } from '../maps/column-stats.ts';
import type { Onlooker, SeenMap } from '../maps/map-desk.ts';
import type { ColumnStatsView, MapView, PaintView } from './map-wire.ts';
import { presentTime } from './present.ts';

const presentPaint = (paint: Paint): PaintView => ({
  kind: paint.kind,
  color: paint.color,
  opacity: paint.opacity,
  width: paint.width,
  radius: paint.radius,
  column: 'column' in paint ? paint.column : null,
  classes: 'classes' in paint ? paint.classes : null,
  palette: 'palette' in paint ? paint.palette : null,
  stops: 'stops' in paint ? paint.stops.map((stop) => ({ ...stop })) : [],
});

/** What opens a map, for links that lead on. */
export const mapKeyOf = ({ map }: SeenMap): Readonly<Record<string, string>> =>
  map.privacy === 'link' ? { token: map.linkToken } : {};

/** A map as the wire has it. `base` is the address of this server. */
export function presentMap(seen: SeenMap, base: string, onlooker: Onlooker): MapView {
  const { map, layers, bounds, version } = seen;
  const key = mapKeyOf(seen);
  const at = (path: string, more: Readonly<Record<string, string>> = {}): string => {
    const query = new URLSearchParams({ ...more, ...key }).toString();
    return `${base}${path}${query === '' ? '' : `?${query}`}`;
  };
  return {
    id: map.id,
    name: map.name,
    description: map.description,
    privacy: map.privacy,
    layers: layers.map(({ layer, geometry }) => ({
      id: layer.id,
      table: layer.table,
      title: layer.title,
      visible: layer.isVisible,
      geometry,
      shown_to: layer.tablePrivacy,
      paint: presentPaint(layer.paint),
      popup: { columns: layer.popup === null ? null : [...layer.popup] },
      filter: null,
    })),
    bounds: bounds === null ? null : [...bounds],
    center: map.center === null ? null : [...map.center],
    zoom: map.zoom,
    legend: map.hasLegend,
    created_at: presentTime(map.createdAt),
    updated_at: presentTime(map.updatedAt),
    url: at(`/maps/${map.id}`),
    style_url: at(`/api/v1/maps/${map.id}/style.json`),
    preview_url: at(`/api/v1/maps/${map.id}/preview.png`, { v: version }),
    ...(onlooker === 'owner' ? { auth_token: map.linkToken } : {}),
  };
}

/** What a column holds as the wire has it. */
export const presentStats = (stats: ColumnStats): ColumnStatsView => ({
  type: stats.kind,
  count: stats.count,
  nulls: stats.nulls,
  distinct: stats.distinct,
  sampled: stats.isSampled,
  min: stats.min,
  max: stats.max,
  avg: stats.avg,
  quantiles: stats.breaks.quantiles === null ? null : [...stats.breaks.quantiles],
  equal: stats.breaks.equal === null ? null : [...stats.breaks.equal],
  jenks: stats.breaks.jenks === null ? null : [...stats.breaks.jenks],
  categories: stats.categories.map((one) => ({ ...one })),
  histogram: stats.histogram.map((one) => ({ ...one })),
});
