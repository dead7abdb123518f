/** The map of a `.carto` file: CARTO's export of a visualization, version 2 (wire contract 4.9). */
import type { Privacy } from '../../domain/import.ts';
import {
  type ImportedLayer,
  type ImportedMap,
  MOST_DESCRIPTION,
  MOST_NAME,
  MOST_POPUP_COLUMNS,
  type PaintWish,
} from '../../domain/map.ts';
import { paintOfRules } from './paint-of-rules.ts';
import { readStyleSheet, StyleSheetBroken } from './style-sheet.ts';

/** Layers that are looked at: more no map of CARTO's has. */
const MOST_LAYERS = 50;

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const textOf = (value: unknown, most: number): string | null =>
  typeof value === 'string' && value.trim() !== ''
    ? value.replaceAll('\0', '').toWellFormed().trim().slice(0, most)
    : null;

const privacies: readonly Privacy[] = ['private', 'link', 'public'];

/** Names of tables by the analyses that layers name as their source. */
function sourcesOf(visualization: Fields): ReadonlyMap<string, string> {
  const pairs = listOf(visualization.analyses).flatMap((one): (readonly [string, string])[] => {
    const definition = fieldsOf(fieldsOf(one).analysis_definition);
    const table = textOf(fieldsOf(definition.options).table_name, MOST_NAME);
    const id = textOf(definition.id, MOST_NAME);
    return id === null || table === null ? [] : [[id, table]];
  });
  return new Map(pairs);
}

/** `schema.table` and `"table"` as the table alone. */
const plainName = (name: string): string => name.split('.').at(-1)?.replaceAll('"', '') ?? name;

function paintsOf(css: string | null): ImportedLayer['paints'] {
  const none = { point: null, line: null, polygon: null };
  if (css === null) return none;
  try {
    const rules = readStyleSheet(css);
    const paint = (geometry: 'point' | 'line' | 'polygon'): PaintWish | null => paintOfRules(rules, geometry);
    return { point: paint('point'), line: paint('line'), polygon: paint('polygon') };
  } catch (error) {
    if (error instanceof StyleSheetBroken) return none;
    throw error;
  }
}

function layerOf(layer: Fields, sources: ReadonlyMap<string, string>): readonly ImportedLayer[] {
  if (layer.kind !== 'carto' && layer.kind !== 'torque') return [];
  const options = fieldsOf(layer.options);
  const named = textOf(options.table_name, MOST_NAME) ?? sources.get(String(options.source)) ?? null;
  const table = named ?? textOf(/\bfrom\s+([\w."]+)/i.exec(String(options.query ?? ''))?.[1], MOST_NAME);
  if (table === null) return [];
  const infowindow = fieldsOf(layer.infowindow);
  const columns = listOf(infowindow.fields)
    .flatMap((field) => textOf(fieldsOf(field).name, MOST_NAME) ?? [])
    .slice(0, MOST_POPUP_COLUMNS);
  const title = textOf(options.table_name_alias, MOST_NAME) ?? textOf(options.layer_name, MOST_NAME);
  return [
    {
      table: plainName(table),
      title,
      isVisible: options.visible !== false,
      paints: paintsOf(textOf(options.tile_style, Number.MAX_SAFE_INTEGER)),
      popup: columns.length === 0 ? null : columns,
    },
  ];
}

/** `[latitude, longitude]`, as text or as a list. */
function centreOf(value: unknown): readonly [number, number] | null {
  const found = /^\[\s*(-?[\d.]+)\s*,\s*(-?[\d.]+)\s*\]$/.exec(
    typeof value === 'string' ? value : JSON.stringify(value ?? null),
  );
  const [latitude, longitude] = [Number(found?.[1]), Number(found?.[2])];
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? [longitude, latitude] : null;
}

/** Reads the text of a `.carto.json`; null where it is none. What it holds beside layers of tables is left out. */
export function readCartoMap(text: string): ImportedMap | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  const visualization = fieldsOf(fieldsOf(parsed).visualization);
  if (!Array.isArray(visualization.layers)) return null;
  const sources = sourcesOf(visualization);
  const map = fieldsOf(visualization.map);
  const center = centreOf(map.center);
  const zoom = Number(map.zoom);
  // CARTO's levels are of tiles of 256 pixels. Its maps of the whole world say nothing of their layers.
  const hasView = center !== null && zoom > 1 && zoom <= 23;
  return {
    name: textOf(visualization.name, MOST_NAME) ?? 'Untitled Map',
    description: textOf(visualization.description, MOST_DESCRIPTION) ?? '',
    tags: listOf(visualization.tags)
      .flatMap((tag) => textOf(tag, MOST_NAME) ?? [])
      .slice(0, MOST_LAYERS),
    privacy: privacies.find((one) => one === String(visualization.privacy).toLowerCase()) ?? null,
    hasLegend: map.legends !== false,
    center: hasView ? center : null,
    zoom: hasView ? zoom - 1 : null,
    layers: visualization.layers.slice(0, MOST_LAYERS).flatMap((layer) => layerOf(fieldsOf(layer), sources)),
  };
}
