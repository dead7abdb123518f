/** Valid files of every format, from which damaged ones are made. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gzipSync } from 'node:zlib';
import { CFB } from '@e965/xlsx';
import { PNG } from 'pngjs';
import { made, rar4, rar5, sevenZip, tar, type ZipFile, zip } from '../support/archives.ts';
import { geotiff, type TestRaster } from '../support/geotiff.ts';
import { filesOf, rewriteRaster, withoutGdal, writeWithGdal } from '../support/ogr2ogr.ts';
import {
  delimited,
  esriJson,
  geojson,
  geojsonLines,
  geoparquet,
  gpx,
  jsonArray,
  kml,
  topojson,
  workbook,
} from '../support/reference-files.ts';
import { type ReferenceLayer, referenceLayers } from '../support/reference-layers.ts';
import type { Seed } from './seeds.ts';

/** A format, by the name under which its files are sent. */
export interface Target {
  readonly name: string;
  readonly fileName: string;
  /** Makes the files; called once. */
  readonly seeds: (folder: string) => readonly Seed[];
  /**
   * The library that reads it may go beyond the memory of a reader before its time is over; the pool ends it then, with
   * 6666. Absent: it stays within it.
   */
  readonly mayEndByMemory?: boolean;
}

const each = (write: (layer: ReferenceLayer) => string | Buffer) => () =>
  referenceLayers.map((layer): Seed => ({ content: Buffer.from(write(layer)) }));

const zipped = (entries: readonly ZipFile[]): Seed => ({ content: zip(entries), entries });

const byGdal = (name: string, extension: string, options: readonly string[], isZip = false): readonly Target[] =>
  withoutGdal === false
    ? [
        {
          name,
          fileName: `data${isZip ? '.zip' : extension}`,
          seeds: (folder) =>
            referenceLayers.map((layer) => {
              const path = writeWithGdal(layer, folder, extension, options);
              return isZip ? zipped(filesOf(path)) : { content: readFileSync(path) };
            }),
        },
      ]
    : [];

/** The entries of a zip file that was written here, unpacked. */
function entriesOfBook(layer: ReferenceLayer, type: 'xlsx' | 'xlsb' | 'ods'): readonly ZipFile[] {
  const { FullPaths, FileIndex } = CFB.read(workbook(layer, type), { type: 'buffer' });
  return FileIndex.flatMap(({ content }: { readonly content?: unknown }, index: number) => {
    const name = (FullPaths[index] ?? '').replace(/^Root Entry\//, '');
    return name === '' || name.endsWith('/') || !(content instanceof Uint8Array) || content.length === 0
      ? []
      : [{ name, content: Buffer.from(content) }];
  });
}

const tcx = `<TrainingCenterDatabase><Activities><Activity Sport="Running"><Lap StartTime="2020-01-01T00:00:00Z">
<TotalTimeSeconds>10</TotalTimeSeconds><Track><Trackpoint><Time>2020-01-01T00:00:00Z</Time><Position><LatitudeDegrees>1
</LatitudeDegrees><LongitudeDegrees>2</LongitudeDegrees></Position><AltitudeMeters>3</AltitudeMeters></Trackpoint>
<Trackpoint><Position><LatitudeDegrees>3</LatitudeDegrees><LongitudeDegrees>4</LongitudeDegrees></Position></Trackpoint>
</Track></Lap></Activity></Activities></TrainingCenterDatabase>`;

const track = `<gpx version="1.1"><wpt lat="1" lon="2"><ele>3</ele><name>a</name></wpt><rte><rtept lat="1" lon="2"/>
<rtept lat="3" lon="4"/></rte><trk><name>t</name><trkseg><trkpt lat="1" lon="2"><time>2020-01-01T00:00:00Z</time>
<extensions><a:hr>1</a:hr></extensions></trkpt><trkpt lat="3" lon="4"/></trkseg></trk></gpx>`;

/** A database of three columns and three rows, without any library. */
function database(folder: string): Seed {
  const path = join(folder, 'seed.sqlite');
  const made = new DatabaseSync(path);
  made.exec(`drop table if exists t; create table t (id integer primary key, name text, x real);
    insert into t values (1, 'a', 0.5), (2, 'ß', -1), (3, null, null)`);
  made.close();
  return { content: readFileSync(path) };
}

/** Tiles of pictures: one of level 0 and two of level 1. */
function pictureTiles(folder: string): Seed {
  const path = join(folder, 'seed.mbtiles');
  rmSync(path, { force: true });
  const made = new DatabaseSync(path);
  const image = new PNG({ width: 256, height: 256 });
  for (let at = 0; at < image.data.length; at++) image.data[at] = (at * 31) % 256;
  made.exec(`create table metadata (name text, value text); insert into metadata values ('format', 'png');
    create table tiles (zoom_level integer, tile_column integer, tile_row integer, tile_data blob)`);
  const add = made.prepare('insert into tiles values (?, ?, ?, ?)');
  for (const place of [
    [0, 0, 0],
    [1, 0, 0],
    [1, 1, 1],
  ] as const)
    add.run(...place, PNG.sync.write(image));
  made.close();
  return { content: readFileSync(path) };
}

const fixture = (name: string): Seed => ({ content: readFileSync(join(import.meta.dirname, '../fixtures', name)) });
const files = referenceLayers.map((layer) => ({ name: `${layer.table}.csv`, content: delimited(layer, ',') }));

/** A raster small enough that what it costs to look at it is GDAL's start and not its pixels. */
const pixels: TestRaster = {
  width: 40,
  height: 30,
  type: 'byte',
  bands: [0, 1, 2].map((band) => (x, y) => (x * 7 + y * 13 + band * 50) % 250),
  place: { west: 10, north: 50, size: 0.01 },
  epsg: 4326,
};
const oneBand: TestRaster = { ...pixels, type: 'int16', bands: [(x, y) => x * y - 20], noData: '-20' };

const asciiGrid = `ncols 4\nnrows 3\nxllcorner 10.5\nyllcorner 40\ncellsize 0.25\nNODATA_value -9999
1 2 3 4\n5 -9999 7 8\n9 1.5 11 12\n`;

/** Six lines of a world file, that of `pixels`. */
const worldFile = '0.01\n0\n0\n-0.01\n10.005\n49.995\n';

function picture(): Buffer {
  const { width, height } = pixels;
  const image = new PNG({ width, height });
  for (let at = 0; at < image.data.length; at++) image.data[at] = (at * 31) % 256;
  return PNG.sync.write(image);
}

/** The same raster as GDAL writes it with each list of options; nothing where there is no GDAL. */
const rasters = (folder: string, raster: TestRaster, ...ways: readonly (readonly string[])[]): readonly Buffer[] =>
  withoutGdal === false ? ways.map((options) => rewriteRaster(geotiff(raster), folder, options)) : [];

const tiffSeeds = (folder: string): readonly Seed[] =>
  [
    geotiff(pixels),
    geotiff(oneBand),
    ...rasters(
      folder,
      pixels,
      [
        '-co',
        'TILED=YES',
        '-co',
        'BLOCKXSIZE=16',
        '-co',
        'BLOCKYSIZE=16',
        '-co',
        'COMPRESS=DEFLATE',
        '-co',
        'PREDICTOR=2',
      ],
      ['-co', 'COMPRESS=LZW', '-co', 'INTERLEAVE=BAND', '-co', 'BIGTIFF=YES'],
      ['-co', 'COMPRESS=JPEG', '-co', 'PHOTOMETRIC=YCBCR'],
      ['-co', 'COMPRESS=WEBP'],
      ['-of', 'COG', '-co', 'BLOCKSIZE=128'],
    ),
    ...rasters(
      folder,
      oneBand,
      ['-ot', 'Float32', '-co', 'COMPRESS=PACKBITS', '-co', 'ENDIANNESS=BIG'],
      ['-co', 'COMPRESS=LZMA'],
      ['-co', 'COMPRESS=ZSTD', '-co', 'PREDICTOR=2'],
      ['-co', 'COMPRESS=LERC_ZSTD'],
    ),
  ].map((content) => ({ content }));

const gridSeeds = (folder: string): readonly Seed[] =>
  [
    Buffer.from(asciiGrid),
    ...rasters(
      folder,
      oneBand,
      ['-of', 'AAIGrid'],
      ['-of', 'HFA', '-co', 'COMPRESSED=YES'],
      ['-of', 'GRIB'],
      ['-of', 'HFA'],
    ),
  ].map((content) => ({ content }));

const pictureSeeds = (folder: string): readonly Seed[] => {
  const world = { name: 'data.wld', content: Buffer.from(worldFile) };
  const [jpeg, gif] = [
    rasters(folder, pixels, ['-of', 'JPEG'])[0],
    rasters(folder, pixels, ['-of', 'GIF', '-b', '1'])[0],
  ];
  return [
    zipped([{ name: 'data.png', content: picture() }, world]),
    ...(jpeg === undefined ? [] : [zipped([{ name: 'data.jpg', content: jpeg }, world])]),
    ...(gif === undefined ? [] : [zipped([{ name: 'data.gif', content: gif }, world])]),
  ];
};

/** Every format that can be written here. */
export const targets: readonly Target[] = [
  { name: 'csv', fileName: 'data.csv', seeds: each((layer) => delimited(layer, ',')) },
  { name: 'geojson', fileName: 'data.geojson', seeds: each(geojson) },
  { name: 'ndjson', fileName: 'data.ndjson', seeds: each((layer) => geojsonLines(layer, '')) },
  { name: 'json', fileName: 'data.json', seeds: each(jsonArray) },
  { name: 'topojson', fileName: 'data.topojson', seeds: each(topojson) },
  { name: 'esri-json', fileName: 'data.esrijson', seeds: each(esriJson) },
  { name: 'kml', fileName: 'data.kml', seeds: each((layer) => kml(layer)) },
  {
    name: 'gpx',
    fileName: 'data.gpx',
    seeds: () => [{ content: Buffer.from(track) }, ...each((layer) => gpx(layer, '1.1'))()],
  },
  { name: 'tcx', fileName: 'data.tcx', seeds: () => [{ content: Buffer.from(tcx) }] },
  { name: 'parquet', fileName: 'data.parquet', seeds: each((layer) => geoparquet(layer, 'GEOMETRY')) },
  { name: 'parquet-native', fileName: 'data.parquet', seeds: each((layer) => geoparquet(layer, 'native')) },
  {
    name: 'xlsx',
    fileName: 'data.xlsx',
    seeds: () => referenceLayers.map((layer) => zipped(entriesOfBook(layer, 'xlsx'))),
  },
  {
    name: 'ods',
    fileName: 'data.ods',
    seeds: () => referenceLayers.map((layer) => zipped(entriesOfBook(layer, 'ods'))),
  },
  {
    name: 'xlsb',
    fileName: 'data.xlsb',
    seeds: () => referenceLayers.map((layer) => zipped(entriesOfBook(layer, 'xlsb'))),
  },
  { name: 'xls', fileName: 'data.xls', seeds: each((layer) => workbook(layer, 'biff8')) },
  { name: 'xls-5', fileName: 'data.xls', seeds: each((layer) => workbook(layer, 'biff5')), mayEndByMemory: true },
  { name: 'flatgeobuf', fileName: 'data.fgb', seeds: () => [fixture('flatgeobuf/mixed.fgb')] },
  { name: 'osm', fileName: 'data.osm', seeds: () => [fixture('gdal/town.osm')] },
  { name: 'sqlite', fileName: 'data.sqlite', seeds: (folder) => [database(folder)] },
  { name: 'mbtiles', fileName: 'data.mbtiles', seeds: (folder) => [pictureTiles(folder)] },
  { name: 'tiff', fileName: 'data.tif', seeds: tiffSeeds },
  { name: 'grid', fileName: 'data.asc', seeds: gridSeeds },
  { name: 'picture', fileName: 'data.zip', seeds: pictureSeeds },
  { name: 'zip', fileName: 'data.zip', seeds: () => [zipped(files)] },
  { name: 'tar', fileName: 'data.tar', seeds: () => [{ content: tar(files) }] },
  { name: 'gz', fileName: 'data.csv.gz', seeds: () => files.map(({ content }) => ({ content: gzipSync(content) })) },
  {
    name: '7z',
    fileName: 'data.7z',
    seeds: () => [{ content: made.sevenZip }, { content: sevenZip('a.csv', files[0]?.content ?? '') }],
  },
  { name: 'rar', fileName: 'data.rar', seeds: () => [{ content: rar4(files) }, { content: rar5(files) }] },
  ...byGdal('geopackage', '.gpkg', ['-f', 'GPKG', '-lco', 'SPATIAL_INDEX=NO']),
  ...byGdal('flatgeobuf-gdal', '.fgb', ['-f', 'FlatGeobuf']),
  ...byGdal('shapefile', '.shp', ['-f', 'ESRI Shapefile', '-lco', 'ENCODING=UTF-8'], true),
  ...byGdal('geodatabase', '.gdb', ['-f', 'OpenFileGDB'], true),
  ...byGdal('tab', '.tab', ['-f', 'MapInfo File'], true),
  ...byGdal('mif', '.mif', ['-f', 'MapInfo File', '-dsco', 'FORMAT=MIF'], true),
  ...byGdal('gml', '.gml', ['-f', 'GML', '-dsco', 'FORMAT=GML3.2']),
  ...byGdal('jml', '.jml', ['-f', 'JML']),
  ...byGdal('dxf', '.dxf', ['-f', 'DXF', '-select', '', '-where', 'whole is not null', '-skipfailures']),
];
