import type { MapLayer, Paint } from '../domain/map.ts';
import type { ReadableTable } from '../store/readable-table.ts';
import { layerColour } from './palettes.ts';
import { type GeometryKind, tellingColumns } from './table-facts.ts';

/** Columns that a popup shows where nobody chose. */
const USUAL_COLUMNS = 12;

/** The title of a layer and the name of a map: a table's name as people write (wire contract 7.6). */
export function beautified(name: string): string {
  const words = name.replaceAll('_', ' ').trim();
  return words === '' ? name : words.charAt(0).toUpperCase() + words.slice(1);
}

/** A paint that suits the kind and number of the rows: the more there are, the finer each is drawn. */
export function defaultPaint(geometry: GeometryKind | null, rows: number, position: number): Paint {
  const finer = [500, 10_000, 100_000].filter((most) => rows > most).length;
  return {
    kind: geometry === 'raster' ? 'raster' : 'simple',
    color: layerColour(position),
    opacity: geometry === 'polygon' ? 0.6 : geometry === 'raster' ? 1 : 0.85,
    width: (geometry === 'polygon' ? [1, 0.8, 0.5, 0.3] : [2, 1.5, 1, 0.6])[finer] ?? 1,
    radius: [6, 4, 3, 2][finer] ?? 4,
  };
}

/** A table as a layer of a map, as it looks where nobody chose. */
export const defaultLayer = (
  table: ReadableTable,
  geometry: GeometryKind | null,
  position: number,
): Omit<MapLayer, 'id'> => ({
  tableId: table.id,
  title: beautified(table.name),
  isVisible: true,
  paint: defaultPaint(geometry, table.rows, position),
  popup: geometry === 'raster' ? null : tellingColumns(table).slice(0, USUAL_COLUMNS),
});
