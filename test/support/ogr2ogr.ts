import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import type { ZipFile } from './archives.ts';
import { delimited } from './reference-files.ts';
import { attributes, type ReferenceLayer } from './reference-layers.ts';

/** The reason to leave a test out where there is no GDAL to write files with; false where there is. */
export const withoutGdal: string | false =
  spawnSync('ogr2ogr', ['--version']).status === 0 ? false : 'needs ogr2ogr: apt-get install gdal-bin';

/** Types as GDAL's CSV driver takes them from a `.csvt` file. */
const types: Readonly<Record<string, string>> = {
  bigint: 'Integer64',
  'double precision': 'Real',
  boolean: 'Integer(Boolean)',
  date: 'Date',
  timestamp: 'DateTime',
  timestamptz: 'DateTime',
  time: 'Time',
};

/** Writes a reference layer with GDAL into a new folder below `folder`, with `target` as the file's extension. */
export function writeWithGdal(
  layer: ReferenceLayer,
  folder: string,
  extension: string,
  options: readonly string[],
): string {
  const place = mkdtempSync(join(folder, 'gdal-'));
  const source = join(place, 'source.csv');
  writeFileSync(source, delimited(layer, ','));
  writeFileSync(
    join(place, 'source.csvt'),
    `${attributes.map(({ name, type }) => (name === 'whole' ? 'Integer' : (types[type] ?? 'String'))).join(',')},WKT`,
  );
  const target = join(place, `${layer.name}${extension}`);
  const reading = ['-oo', 'EMPTY_STRING_AS_NULL=YES', '-oo', 'KEEP_GEOM_COLUMNS=NO', '-a_srs', 'EPSG:4326'];
  const first = layer.geometries[0]?.type ?? 'Point';
  const kind = first === 'LineString' ? 'LINESTRING25D' : first.toUpperCase();
  execFileSync('ogr2ogr', [...reading, '-nlt', kind, '-nln', layer.name, ...options, target, source], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return target;
}

/** A GeoTIFF written anew with GDAL, with these options of `gdal_translate`. */
export function rewriteRaster(tiff: Buffer, folder: string, options: readonly string[]): Buffer {
  const place = mkdtempSync(join(folder, 'raster-'));
  writeFileSync(join(place, 'source.tif'), tiff);
  execFileSync('gdal_translate', ['-q', ...options, join(place, 'source.tif'), join(place, 'target')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return readFileSync(join(place, 'target'));
}

/** A file or folder that GDAL wrote with all that lies beside it, in a folder of the layer's name. */
export function filesOf(path: string): readonly ZipFile[] {
  const folder = join(path, '..');
  const files: ZipFile[] = [];
  const add = (at: string, name: string): void => {
    if (statSync(at).isDirectory()) for (const inner of readdirSync(at)) add(join(at, inner), `${name}/${inner}`);
    else if (!/[/]source[.]csvt?$/.test(name)) files.push({ name, content: readFileSync(at) });
  };
  add(folder, basename(path, extname(path)));
  return files;
}
