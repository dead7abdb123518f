import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { generatePoints } from './generate/points.ts';
import type { BenchDatabase } from './measure/database.ts';
import { startLandfall } from './measure/landfall.ts';
import { median, percentile } from './measure/statistics.ts';

const WARM_UP = 5;
const POLL_MS = 5;

/** POST to complete of a CSV of 100 rows, one after another. Returns lines of Markdown. */
export async function measureLatency(db: BenchDatabase, folder: string, imports: number): Promise<readonly string[]> {
  await using server = await startLandfall(db.url);
  const path = join(folder, 'small.csv');
  await generatePoints(path, 100);
  const content = await readFile(path);
  const times: number[] = [];
  for (let run = 0; run < WARM_UP + imports; run++) {
    const startedAt = performance.now();
    const form = new FormData();
    form.append('file', new Blob([content]), `small_${run}.csv`);
    const answer = await fetch(`${server.url}/api/v1/imports?api_key=${server.key}`, { method: 'POST', body: form });
    const id = /"item_queue_id":"([^"]+)"/.exec(await answer.text())?.[1] ?? '';
    await server.waitFor(id, POLL_MS);
    if (run >= WARM_UP) times.push(performance.now() - startedAt);
  }
  const middle = median(times);
  return [
    `A CSV of 100 rows from POST to complete, ${imports} imports one after another, asked every ${POLL_MS} ms.`,
    '',
    `- median ${middle.toFixed(0)} ms (promised: at most 200 ms; ${middle <= 200 ? 'met' : 'NOT met'})`,
    `- 95th percentile ${percentile(times, 0.95).toFixed(0)} ms, slowest ${percentile(times, 1).toFixed(0)} ms`,
  ];
}

/** `GET /api/v1/imports/:id` while four large imports run at once. Returns lines of Markdown. */
export async function measureUnderLoad(db: BenchDatabase, folder: string, rows: number): Promise<readonly string[]> {
  const server = await startLandfall(db.url, { LANDFALL_WORKERS: '4', LANDFALL_CONCURRENT_IMPORTS: '8' });
  const paths = [1, 2, 3, 4].map((number) => join(folder, `load_${number}.csv`));
  try {
    await generatePoints(paths[0] ?? '', rows);
    const content = await readFile(paths[0] ?? '');
    for (const path of paths.slice(1)) await writeFile(path, content);

    const times: number[] = [];
    const probe = await server.send(await smallFile(folder));
    let running = true;
    const imports = Promise.all(paths.map(async (path) => server.waitFor(await server.send(path), 250))).finally(() => {
      running = false;
    });
    while (running) {
      const startedAt = performance.now();
      await server.report(probe);
      times.push(performance.now() - startedAt);
      await sleep(10);
    }
    await imports;
    const p99 = percentile(times, 0.99);
    return [
      `GET /api/v1/imports/:id while four CSV files of ${rows} rows are uploaded and imported at once, ${times.length} requests.`,
      '',
      `- 99th percentile ${p99.toFixed(1)} ms (promised: under 50 ms; ${p99 < 50 ? 'met' : 'NOT met'})`,
      `- median ${median(times).toFixed(1)} ms, slowest ${percentile(times, 1).toFixed(1)} ms`,
    ];
  } finally {
    await server[Symbol.asyncDispose]();
    for (const path of paths) await rm(path, { force: true });
  }
}

async function smallFile(folder: string): Promise<string> {
  const path = join(folder, 'probe.csv');
  await generatePoints(path, 10);
  return path;
}
