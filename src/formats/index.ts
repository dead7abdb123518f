import { csv } from './csv/index.ts';
import { esriJson } from './esri-json/index.ts';
import { flatgeobuf } from './flatgeobuf/index.ts';
import type { Format } from './format.ts';
import { gdal } from './gdal/index.ts';
import { geojson } from './geojson/index.ts';
import { geopackage } from './geopackage/index.ts';
import { gpx } from './gpx/index.ts';
import { kml } from './kml/index.ts';
import { ods } from './ods/index.ts';
import { parquet } from './parquet/index.ts';
import { shapefile } from './shapefile/index.ts';
import { tcx } from './tcx/index.ts';
import { topojson } from './topojson/index.ts';
import { workbook } from './workbook/index.ts';
import { xlsx } from './xlsx/index.ts';

/** Every format, in the order in which their `matches` are asked. One line adds one. */
export const formats: readonly Format[] = [
  geopackage,
  flatgeobuf,
  parquet,
  shapefile,
  kml,
  gpx,
  tcx,
  xlsx,
  ods,
  workbook,
  topojson,
  esriJson,
  geojson,
  csv,
  gdal,
];
