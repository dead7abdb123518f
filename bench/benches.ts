import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { measureArcgis } from './arcgis.ts';
import { measureConnectors } from './connectors.ts';
import { type PolygonFile, pointsAsWorkbook, polygonsAs } from './generate/converted.ts';
import { generateGeoParquet } from './generate/geoparquet.ts';
import { generatePoints } from './generate/points.ts';
import { generatePolygons } from './generate/polygons.ts';
import { measureLatency, measureUnderLoad } from './latency.ts';
import type { BenchDatabase } from './measure/database.ts';
import { measureSyncs } from './syncs.ts';
import { measureThroughput } from './throughput.ts';
import { measureTiles } from './tiles.ts';

/** Something to measure. */
export interface Bench {
  readonly name: string;
  readonly title: string;
  readonly rows: number;
  /** Measures and returns lines of Markdown; `folder` is for the files it makes. */
  run(db: BenchDatabase, folder: string, rows: number, rounds: number): Promise<readonly string[]>;
}

/** The polygons in a format that ogr2ogr writes; `prefix` is how GDAL names what is in the file. */
function polygonBench(name: string, title: string, ending: PolygonFile, prefix = ''): Bench {
  return {
    name,
    title,
    rows: 200_000,
    async run(db, folder, rows, rounds) {
      const path = await polygonsAs(ending, folder, rows);
      return measureThroughput(
        {
          title: `${rows} polygons with 6 properties`,
          path,
          ogr: { source: prefix + path, options: [] },
          promised: { ogr: 1, floor: 2 },
        },
        db,
        folder,
        rounds,
      );
    },
  };
}

/** All that `npm run bench` measures, in its order. */
export const benches: readonly Bench[] = [
  {
    name: 'csv',
    title: 'CSV of points',
    rows: 2_000_000,
    async run(db, folder, rows, rounds) {
      const path = join(folder, 'points.csv');
      await generatePoints(path, rows);
      return measureThroughput(
        {
          title: `${rows} rows of 10 columns, longitude and latitude among them`,
          path,
          ogr: {
            source: path,
            options: [
              ...['-oo', 'AUTODETECT_TYPE=YES'],
              ...['-oo', 'X_POSSIBLE_NAMES=longitude', '-oo', 'Y_POSSIBLE_NAMES=latitude'],
            ],
          },
          promised: { ogr: 2.5, floor: 1.3 },
        },
        db,
        folder,
        rounds,
      );
    },
  },
  {
    name: 'geojson',
    title: 'GeoJSON of polygons',
    rows: 200_000,
    async run(db, folder, rows, rounds) {
      const path = join(folder, 'polygons.geojson');
      if (!existsSync(path)) generatePolygons(path, rows);
      const title = `${rows} polygons with 6 properties`;
      const ogr = { source: path, options: [] };
      return measureThroughput({ title, path, ogr, promised: { ogr: 2.5, floor: 2 } }, db, folder, rounds);
    },
  },
  polygonBench('shapefile', 'Zipped Shapefile of polygons', 'shp.zip', '/vsizip/'),
  polygonBench('geopackage', 'GeoPackage of polygons', 'gpkg'),
  polygonBench('flatgeobuf', 'FlatGeobuf of polygons', 'fgb'),
  {
    name: 'geoparquet',
    title: 'GeoParquet of polygons',
    rows: 200_000,
    async run(db, folder, rows, rounds) {
      const path = join(folder, 'polygons.parquet');
      generateGeoParquet(path, rows);
      const title = `${rows} polygons with 6 properties`;
      return measureThroughput({ title, path, ogr: null, promised: { floor: 2 } }, db, folder, rounds);
    },
  },
  {
    name: 'xlsx',
    title: 'XLSX of points',
    rows: 100_000,
    async run(db, folder, rows, rounds) {
      const path = await pointsAsWorkbook(folder, rows);
      const title = `${rows} rows of 10 columns, longitude and latitude among them`;
      const ogr = { source: path, options: [] };
      return measureThroughput({ title, path, ogr, promised: { seconds: 10 } }, db, folder, rounds);
    },
  },
  {
    name: 'connectors',
    title: 'Tables of other databases',
    rows: 1_000_000,
    run: (db, _folder, rows, rounds) => measureConnectors(db, rows, rounds),
  },
  {
    name: 'arcgis',
    title: 'Layers of ArcGIS servers',
    rows: 25_000,
    run: (_db, folder, rows, rounds) => measureArcgis(folder, rows, rounds),
  },
  {
    name: 'latency',
    title: 'Latency of a small import',
    rows: 100,
    run: (db, folder, imports) => measureLatency(db, folder, imports),
  },
  {
    name: 'load',
    title: 'Answers under load',
    rows: 1_000_000,
    run: (db, folder, rows) => measureUnderLoad(db, folder, rows),
  },
  {
    name: 'sync',
    title: 'Runs of synchronizations',
    rows: 1_000_000,
    run: measureSyncs,
  },
  {
    name: 'tiles',
    title: 'Vector tiles of points',
    rows: 2_000_000,
    async run(db, folder, rows) {
      const path = join(folder, 'tiles.csv');
      await generatePoints(path, rows);
      return measureTiles(db, path, `${rows} points with 10 columns`);
    },
  },
  {
    name: 'polygon-tiles',
    title: 'Vector tiles of polygons',
    rows: 200_000,
    async run(db, folder, rows) {
      const path = join(folder, 'tiles.geojson');
      generatePolygons(path, rows);
      return measureTiles(db, path, `${rows} polygons with 6 properties`);
    },
  },
];
