import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { command, timed } from './measure/command.ts';
import type { BenchDatabase } from './measure/database.ts';
import { startLandfall } from './measure/landfall.ts';
import { watchMemory } from './measure/resident-memory.ts';
import { median } from './measure/statistics.ts';

export interface ThroughputCase {
  readonly title: string;
  /** The file to import; its base name is the table's. */
  readonly path: string;
  readonly ogrOptions: readonly string[];
  /** What the project promises: times faster than ogr2ogr, and at most so many times the floor. */
  readonly promised: { readonly ogr: number; readonly floor: number };
}

const POLL_MS = 20;
/** Server and reader processes together (issue: speed). */
const MEMORY_PROMISE_BYTES = 600e6;

/**
 * Landfall from POST to complete, ogr2ogr, and the floor (the finished table's own bytes by COPY BINARY, its indexes and
 * analyze), in turn, `rounds` times over in one session. Returns lines of Markdown.
 */
export async function measureThroughput(
  bench: ThroughputCase,
  db: BenchDatabase,
  folder: string,
  rounds: number,
): Promise<readonly string[]> {
  const bytes = join(folder, 'finished-table.bin');
  const times = { landfall: [] as number[], ogr2ogr: [] as number[], floor: [] as number[] };
  let peakBytes = 0;
  await using server = await startLandfall(db.url);
  const memory = watchMemory(server.pid);
  try {
    for (let round = 0; round < rounds; round++) {
      await db.psql('checkpoint;');
      memory.takePeakBytes();
      let table = '';
      times.landfall.push(
        await timed(async () => {
          table = await server.importFile(bench.path, POLL_MS);
        }),
      );
      peakBytes = Math.max(peakBytes, memory.takePeakBytes());
      if (round === 0) await prepareFloor(db, table, bytes);
      await db.psql(`drop table demo.${table};\ncheckpoint;`);
      times.ogr2ogr.push(await timed(() => ogr2ogr(bench, db)));
      await db.psql('drop table public.by_ogr2ogr;\ncheckpoint;');
      times.floor.push(await timed(() => floor(db, bytes)));
      await db.psql('drop table public.floor;');
      progress(bench.title, round, times);
    }
  } finally {
    memory.stop();
    await rm(bytes, { force: true });
    await db.psql('drop table if exists public.floor_shape;');
  }

  const sizeMegabytes = ((await stat(bench.path)).size / 1e6).toFixed(0);
  const [ours, ogr, least] = [median(times.landfall), median(times.ogr2ogr), median(times.floor)];
  const verdict = (met: boolean) => (met ? 'met' : 'NOT met');
  return [
    `${bench.title}, ${sizeMegabytes} MB, ${rounds} rounds in turn, seconds.`,
    '',
    '| | median | all rounds |',
    '| --- | ---: | --- |',
    ...Object.entries(times).map(
      ([name, all]) => `| ${name} | ${median(all).toFixed(2)} | ${all.map((time) => time.toFixed(2)).join(', ')} |`,
    ),
    '',
    `- ${(ogr / ours).toFixed(2)} times faster than ogr2ogr (promised: at least ${bench.promised.ogr}; ${verdict(ogr / ours >= bench.promised.ogr)})`,
    `- ${(ours / least).toFixed(2)} times the floor (promised: at most ${bench.promised.floor}; ${verdict(ours / least <= bench.promised.floor)})`,
    `- ${(peakBytes / 1e6).toFixed(0)} MB resident at the peak, server and readers together (promised: under 600 MB; ${verdict(peakBytes < MEMORY_PROMISE_BYTES)})`,
  ];
}

function progress(title: string, round: number, times: Record<string, readonly number[]>): void {
  const latest = Object.entries(times).map(([name, all]) => `${name} ${all.at(-1)?.toFixed(2)} s`);
  console.error(`${title}, round ${round + 1}: ${latest.join(', ')}`);
}

/** Takes the bytes of the table that Landfall made, and its shape without indexes. */
async function prepareFloor(db: BenchDatabase, table: string, bytes: string): Promise<void> {
  await db.psql(`\\copy demo.${table} to '${bytes}' with (format binary)\n`);
  await db.psql(`create table public.floor_shape (like demo.${table});\n`);
}

async function floor(db: BenchDatabase, bytes: string): Promise<void> {
  await db.psql(
    `begin;\ncreate table public.floor (like public.floor_shape);\n` +
      `\\copy public.floor from '${bytes}' with (format binary, freeze)\ncommit;\n` +
      'alter table public.floor add primary key (cartodb_id);\n',
  );
  await Promise.all(
    ['the_geom', 'the_geom_webmercator'].map((column) =>
      db.psql(`create index on public.floor using gist (${column});\n`),
    ),
  );
  await db.psql('analyze public.floor;\n');
}

async function ogr2ogr(bench: ThroughputCase, db: BenchDatabase): Promise<void> {
  const options = ['-nln', 'public.by_ogr2ogr', '-lco', 'GEOMETRY_NAME=the_geom', '-a_srs', 'EPSG:4326'];
  await command('ogr2ogr', [
    ...['--config', 'PG_USE_COPY', 'YES', '-f', 'PostgreSQL', db.ogrName, bench.path],
    ...options,
    ...bench.ogrOptions,
  ]);
}
