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
  /** What ogr2ogr reads, and its options; null where the ogr2ogr at hand has no driver for the format. */
  readonly ogr: { readonly source: string; readonly options: readonly string[] } | null;
  readonly promised: Promised;
}

/** What the project promises of an import; what is absent is told and not judged. */
interface Promised {
  /** Times faster than ogr2ogr, at least. */
  readonly ogr?: number;
  /** Times the floor, at most. */
  readonly floor?: number;
  readonly seconds?: number;
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
      const { ogr } = bench;
      if (ogr !== null) {
        times.ogr2ogr.push(await timed(() => ogr2ogr(ogr, db)));
        await db.psql('drop table public.by_ogr2ogr;\ncheckpoint;');
      }
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
  return [
    `${bench.title}, ${sizeMegabytes} MB, ${rounds} rounds in turn, seconds.`,
    '',
    '| | median | all rounds |',
    '| --- | ---: | --- |',
    ...Object.entries(times)
      .filter(([, all]) => all.length > 0)
      .map(
        ([name, all]) => `| ${name} | ${median(all).toFixed(2)} | ${all.map((time) => time.toFixed(2)).join(', ')} |`,
      ),
    '',
    ...verdicts(bench.promised, median(times.landfall), median(times.ogr2ogr), median(times.floor)),
    `- ${(peakBytes / 1e6).toFixed(0)} MB resident at the peak, server and readers together (promised: under 600 MB; ${verdict(peakBytes < MEMORY_PROMISE_BYTES)})`,
  ];
}

const verdict = (met: boolean): string => (met ? 'met' : 'NOT met');

/** What is measured beside what is promised; `ogr` is NaN where there is none. */
function verdicts(promised: Promised, ours: number, ogr: number, floor: number): readonly string[] {
  const lines: string[] = [];
  const add = (text: string, promise: string, met: boolean | undefined): void => {
    lines.push(met === undefined ? `- ${text}` : `- ${text} (promised: ${promise}; ${verdict(met)})`);
  };
  const { ogr: times, floor: most, seconds } = promised;
  if (seconds !== undefined) add(`${ours.toFixed(2)} s`, `at most ${seconds} s`, ours <= seconds);
  if (Number.isNaN(ogr)) lines.push('- not compared with ogr2ogr, which has no driver for the format here');
  else
    add(
      `${(ogr / ours).toFixed(2)} times faster than ogr2ogr`,
      `at least ${times}`,
      times === undefined ? undefined : ogr / ours >= times,
    );
  add(
    `${(ours / floor).toFixed(2)} times the floor`,
    `at most ${most}`,
    most === undefined ? undefined : ours / floor <= most,
  );
  return lines;
}

function progress(title: string, round: number, times: Record<string, readonly number[]>): void {
  const measured = Object.entries(times).filter(([, all]) => all.length > 0);
  const latest = measured.map(([name, all]) => `${name} ${all.at(-1)?.toFixed(2)} s`);
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

async function ogr2ogr(ogr: NonNullable<ThroughputCase['ogr']>, db: BenchDatabase): Promise<void> {
  const options = ['-nln', 'public.by_ogr2ogr', '-lco', 'GEOMETRY_NAME=the_geom', '-a_srs', 'EPSG:4326'];
  await command('ogr2ogr', [
    ...['--config', 'PG_USE_COPY', 'YES', '-f', 'PostgreSQL', db.ogrName, ogr.source],
    ...options,
    ...ogr.options,
  ]);
}
