import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { command } from '../measure/command.ts';
import { generatePoints } from './points.ts';
import { generatePolygons } from './polygons.ts';

/** Endings of the files that `polygonsAs` writes. */
export type PolygonFile = 'shp.zip' | 'gpkg' | 'fgb';

/** The polygons as ogr2ogr writes them; returns the file's path. Their GeoJSON stays in the folder for the next. */
export async function polygonsAs(ending: PolygonFile, folder: string, count: number): Promise<string> {
  const source = join(folder, 'polygons.geojson');
  if (!existsSync(source)) generatePolygons(source, count);
  if (ending !== 'shp.zip') {
    const path = join(folder, `polygons.${ending}`);
    await command('ogr2ogr', [path, source]);
    return path;
  }
  const plain = join(folder, 'shapefile');
  const path = join(folder, 'polygons.zip');
  await command('ogr2ogr', ['-f', 'ESRI Shapefile', '-lco', 'ENCODING=UTF-8', plain, source]);
  await command('zip', ['-q', '-j', '-r', path, plain]);
  await rm(plain, { recursive: true });
  return path;
}

/** The points of the CSV as the workbook that ogr2ogr writes, its columns typed; returns the file's path. */
export async function pointsAsWorkbook(folder: string, count: number): Promise<string> {
  const source = join(folder, 'workbook_points.csv');
  await generatePoints(source, count);
  const path = join(folder, 'workbook_points.xlsx');
  await command('ogr2ogr', [path, source, '-oo', 'AUTODETECT_TYPE=YES']);
  await rm(source);
  return path;
}
