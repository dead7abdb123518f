/** Writes a map as the `.carto.json` of CARTO's exports, version 2, as `readCartoMap` reads it (wire contract 4.9). */
import type { BubblePaint, CategoryPaint, ClassPaint, MapWords, Paint } from '../domain/map.ts';

/** A layer to write. */
export interface WrittenLayer {
  readonly table: string;
  readonly title: string;
  readonly isVisible: boolean;
  readonly paint: Paint;
  readonly popup: readonly string[] | null;
}

/** What a style sheet cannot hold as a value, both quotes or what ends or begins other things, is drawn as the others are. */
const quoted = (value: string): string | null => {
  if (/\]|\/\/|\/\*/.test(value)) return null;
  if (!value.includes('"')) return `"${value}"`;
  return value.includes("'") ? null : `'${value}'`;
};

interface Symbolizer {
  readonly number: 1 | 2 | 3;
  readonly fill: string;
  plain(paint: Paint): string;
}

const symbolizers: readonly Symbolizer[] = [
  {
    number: 1,
    fill: 'marker-fill',
    plain: ({ radius, color, opacity }) =>
      `marker-width: ${radius * 2}; marker-fill: ${color}; marker-fill-opacity: ${opacity}; marker-line-color: #ffffff; marker-line-width: 1; marker-allow-overlap: true;`,
  },
  {
    number: 2,
    fill: 'line-color',
    plain: ({ color, opacity, width }) => `line-color: ${color}; line-width: ${width}; line-opacity: ${opacity};`,
  },
  {
    number: 3,
    fill: 'polygon-fill',
    plain: ({ color, opacity, width }) =>
      `polygon-fill: ${color}; polygon-opacity: ${opacity}; line-color: #ffffff; line-width: ${width};`,
  },
];

function byColumn(paint: CategoryPaint | ClassPaint | BubblePaint, { fill, number }: Symbolizer): readonly string[] {
  const column = quoted(paint.column);
  if (column === null) return [];
  switch (paint.kind) {
    case 'categories':
      return paint.stops.flatMap(({ value, color }) => {
        const text = typeof value === 'string' ? quoted(value) : String(value);
        return text === null ? [] : [`  [${column}=${text}] { ${fill}: ${color}; }`];
      });
    case 'bubbles':
      if (number !== 1) return [];
      return paint.stops
        .toReversed()
        .map(({ value, radius }) => `  [${column}<=${value}] { marker-width: ${radius * 2}; }`);
    default:
      // The last rule that holds counts: so the lowest class comes last.
      return paint.stops.toReversed().map(({ to, color }) => `  [${column}<=${to}] { ${fill}: ${color}; }`);
  }
}

/** A paint as CartoCSS. Classes end with their limits there, and begin with them here. */
const cartoCssOf = (paint: Paint): string =>
  symbolizers
    .map((one) => {
      const rules = 'column' in paint ? byColumn(paint, one) : [];
      return [`#layer['mapnik::geometry_type'=${one.number}] {`, `  ${one.plain(paint)}`, ...rules, '}'].join('\n');
    })
    .join('\n');

/** The text of the file. */
export function writeCartoMap(words: MapWords, layers: readonly WrittenLayer[]): string {
  const { center, zoom } = words;
  const sources = layers.map(({ table }, at) => ({ id: `l${at}-0`, table }));
  const visualization = {
    name: words.name,
    description: words.description,
    version: 3,
    type: 'derived',
    tags: words.tags,
    privacy: words.privacy,
    source: null,
    license: null,
    title: null,
    kind: 'geom',
    attributions: null,
    bbox: null,
    display_name: null,
    map: {
      provider: 'leaflet',
      center: center === null ? '[0,0]' : `[${center[1]},${center[0]}]`,
      // CARTO's levels are of tiles of 256 pixels; 1 is its way to say nothing.
      zoom: center === null || zoom === null ? 1 : zoom + 1,
      legends: words.hasLegend,
      scrollwheel: true,
    },
    layers: layers.map(({ table, title, isVisible, paint, popup }, at) => ({
      kind: 'carto',
      options: {
        type: 'CartoDB',
        table_name: table,
        table_name_alias: title,
        query: `SELECT * FROM "${table}"`,
        source: sources[at]?.id,
        visible: isVisible,
        tile_style: cartoCssOf(paint),
        style_version: '2.1.1',
        order: at + 1,
      },
      infowindow: {
        template_name: popup === null ? 'none' : 'infowindow_light',
        fields: (popup ?? []).map((name, position) => ({ name, title: true, position })),
      },
      tooltip: null,
      widgets: [],
      legends: [],
    })),
    overlays: [],
    analyses: sources.map(({ id, table }) => ({
      analysis_definition: {
        id,
        type: 'source',
        params: { query: `SELECT * FROM "${table}"` },
        options: { table_name: table },
      },
    })),
  };
  return JSON.stringify({ version: '2.1.0', visualization });
}
