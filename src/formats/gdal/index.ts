import type { Format } from '../format.ts';
import { gdalKinds, headOf, isPmtiles, isRaster, pointsElsewhere } from './kinds.ts';
import { rasterKindOf, rasterKinds } from './raster/kinds.ts';

const kinds = [...gdalKinds, ...rasterKinds];

/**
 * Vector formats without a reader of their own, read by GDAL compiled to WebAssembly: file geodatabases, MapInfo, DXF,
 * S-57, OpenStreetMap, GeoRSS, JML, GML, SQLite, GMT and DGN; and rasters. GDAL sees the file and those that belong to
 * it, and is asked for one driver; virtual formats and service descriptions, which only point to other
 * sources, are refused.
 */
export const gdal = {
  id: 'gdal',
  title: `Through GDAL: ${[...new Set(kinds.map(({ title }) => title))].join(', ')}`,
  extensions: kinds.flatMap(({ extensions }) => extensions),
  mediaTypes: kinds.flatMap(({ mediaTypes }) => mediaTypes),
  matches: (bytes) => {
    const head = headOf(bytes);
    return (
      pointsElsewhere(head) ||
      isRaster(head) ||
      isPmtiles(head) ||
      rasterKindOf(head, '') !== null ||
      gdalKinds.some((kind) => kind.matches?.(head))
    );
  },
  open: async (file, options, context) => (await import('./open.ts')).openWithGdal(file, options, context),
} as const satisfies Format;
