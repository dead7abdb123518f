import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { generatePoints } from './generate/points.ts';
import { generatePolygons } from './generate/polygons.ts';
import { measureLatency, measureUnderLoad } from './latency.ts';
import { type BenchDatabase, createBenchDatabase } from './measure/database.ts';
import { circumstances, writeSection } from './results.ts';
import { measureThroughput } from './throughput.ts';

interface Bench {
  readonly name: string;
  readonly title: string;
  readonly rows: number;
  run(db: BenchDatabase, folder: string, rows: number, rounds: number): Promise<readonly string[]>;
}

const benches: readonly Bench[] = [
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
          ogrOptions: [
            ...['-oo', 'AUTODETECT_TYPE=YES'],
            ...['-oo', 'X_POSSIBLE_NAMES=longitude', '-oo', 'Y_POSSIBLE_NAMES=latitude'],
          ],
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
      generatePolygons(path, rows);
      const title = `${rows} polygons with 6 properties`;
      return measureThroughput({ title, path, ogrOptions: [], promised: { ogr: 2.5, floor: 2 } }, db, folder, rounds);
    },
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
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rows: { type: 'string' }, rounds: { type: 'string', default: '3' } },
});
const unknown = positionals.find((name) => !benches.some((bench) => bench.name === name));
if (unknown !== undefined) throw new Error(`no bench "${unknown}": ${benches.map(({ name }) => name).join(', ')}`);
const serverUrl = process.env.TEST_DATABASE_URL;
if (serverUrl === undefined) throw new Error('TEST_DATABASE_URL is not set: run `npm run bench`');

const folder = await mkdtemp(join(tmpdir(), 'landfall-bench-'));
try {
  for (const bench of benches) {
    if (positionals.length > 0 && !positionals.includes(bench.name)) continue;
    const db = await createBenchDatabase(serverUrl);
    const rows = values.rows === undefined ? bench.rows : Number(values.rows);
    const lines = [...(await bench.run(db, folder, rows, Number(values.rounds))), '', await circumstances(db)];
    console.log(`\n## ${bench.title}\n\n${lines.join('\n')}`);
    // A shrunk run is for looking, not for keeping.
    if (rows === bench.rows) await writeSection(bench.title, lines);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
