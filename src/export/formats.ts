import { csv } from './csv.ts';
import { flatgeobuf } from './flatgeobuf.ts';
import type { ExportFormat } from './format.ts';
import { geopackage } from './geopackage.ts';
import { geojson, json, ndjson } from './json.ts';
import { kml } from './kml.ts';
import { parquet } from './parquet.ts';
import { shapefile } from './shapefile.ts';
import { svg } from './svg.ts';
import { xlsx } from './xlsx.ts';

/** The formats of the SQL API by the name that `format` takes. */
export const exportFormats = {
  json,
  geojson,
  ndjson,
  csv,
  gpkg: geopackage,
  shp: shapefile,
  kml,
  xlsx,
  parquet,
  flatgeobuf,
  svg,
} as const satisfies Record<string, ExportFormat>;
export type ExportFormatName = keyof typeof exportFormats;

/** Whether `format` names one. */
export const isExportFormat = (name: string): name is ExportFormatName => Object.hasOwn(exportFormats, name);
