import type { Format } from '../format.ts';
import { gdalKinds, headOf, isRaster, pointsElsewhere } from './kinds.ts';

/**
 * Vector formats without a reader of their own, read by GDAL compiled to WebAssembly: file geodatabases, MapInfo, DXF,
 * S-57, OpenStreetMap, GeoRSS, JML, GML, SQLite, GMT and DGN. GDAL sees the file and those that belong to it, and is
 * asked for one driver; virtual formats and service descriptions, which only point to other
 * sources, are refused, and so are rasters.
 */
export const gdal = {
  id: 'gdal',
  title: `Through GDAL: ${[...new Set(gdalKinds.map(({ title }) => title))].join(', ')}`,
  extensions: gdalKinds.flatMap(({ extensions }) => extensions),
  mediaTypes: gdalKinds.flatMap(({ mediaTypes }) => mediaTypes),
  matches: (bytes) => {
    const head = headOf(bytes);
    return pointsElsewhere(head) || isRaster(head) || gdalKinds.some((kind) => kind.matches?.(head));
  },
  open: async (file, _options, context) => (await import('./open.ts')).openWithGdal(file, context),
} as const satisfies Format;
