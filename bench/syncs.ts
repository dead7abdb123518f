import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { generatePoints } from './generate/points.ts';
import type { BenchDatabase } from './measure/database.ts';
import { type BenchServer, startLandfall } from './measure/landfall.ts';
import { median } from './measure/statistics.ts';

/** One row of so many is another in the second version of the source. */
const CHANGED = 100;

/** Runs that are answered with 304. */
const UNCHANGED_RUNS = 10;

/** The same rows, but of one in a hundred the column `score` is another. */
async function changedCopy(from: string, to: string): Promise<number> {
  let changed = 0;
  let row = -1;
  async function* lines() {
    for await (const line of createInterface({ input: createReadStream(from) })) {
      const isOther = row >= 0 && row % CHANGED === 0;
      if (isOther) changed += 1;
      row += 1;
      yield isOther ? `${line.replace(/[\d.]+,(true|false)$/, '100.5,$1')}\n` : `${line}\n`;
    }
  }
  await pipeline(lines, createWriteStream(to));
  return changed;
}

/** A server of one file, which can be changed, with validators or without. */
interface Source extends AsyncDisposable {
  readonly url: string;
  /** Transfers that ended before their last byte was sent. */
  readonly cut: number;
  serve(path: string, etag: string | null): void;
}

async function startSource(): Promise<Source> {
  let served = { path: '', etag: null as string | null };
  let cut = 0;
  const server = createServer(async (request, response) => {
    const { path, etag } = served;
    if (etag !== null && request.headers['if-none-match'] === etag) {
      response.writeHead(304, { etag }).end();
      return;
    }
    const { size } = await stat(path);
    response.writeHead(200, {
      'content-type': 'text/csv',
      'content-length': size,
      ...(etag === null ? {} : { etag }),
    });
    const { socket } = response;
    const sentBefore = socket?.bytesWritten ?? 0;
    // Landfall closes a connection with the last byte of its answer, which this side may learn before it knows that the
    // byte was sent.
    await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), response).catch(() => {
      if ((socket?.bytesWritten ?? 0) - sentBefore < size) cut += 1;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/points.csv`,
    get cut() {
      return cut;
    },
    serve(path, etag) {
      served = { path, etag };
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What runs of a synchronization cost: nothing new, the same bytes, one row in a hundred. Returns lines of Markdown. */
export async function measureSyncs(
  db: BenchDatabase,
  folder: string,
  rows: number,
  rounds: number,
): Promise<readonly string[]> {
  const versions = [join(folder, 'sync-1.csv'), join(folder, 'sync-2.csv')] as const;
  await generatePoints(versions[0], rows);
  const changed = await changedCopy(versions[0], versions[1]);
  await using source = await startSource();
  await using server = await startLandfall(db.url, {
    LANDFALL_ALLOW_NETWORKS: '127.0.0.0/8',
    LANDFALL_SYNC_FORCE_GUARD: '0',
  });
  source.serve(versions[0], '"1"');
  const { id } = await call(server, 'POST', 'synchronizations', {
    url: source.url,
    key: 'unique_key',
    interval: 86_400,
  });
  await settled(server, String(id));

  /** Seconds of a forced run, from its begin to its end, as the run itself notes them. */
  const run = async (): Promise<number> => {
    await call(server, 'PUT', `synchronizations/${id}/sync_now`);
    await settled(server, String(id));
    const noted = await db.psql(
      'select extract(epoch from ended_at - started_at) from landfall.sync_runs order by started_at desc limit 1;',
    );
    return Number(noted);
  };
  const traces = (): Promise<string> =>
    db.psql(`select md5(string_agg(xmin::text || ctid::text, ',' order by cartodb_id)) from demo.points;`);

  const before = await traces();
  const unchanged: number[] = [];
  for (let count = 0; count < UNCHANGED_RUNS; count++) unchanged.push((await run()) * 1000);
  source.serve(versions[0], null);
  const same = await run();
  const isUntouched = (await traces()) === before;

  const syncs: number[] = [];
  const reloads: number[] = [];
  let isExact = true;
  for (let round = 0; round < rounds; round++) {
    source.serve(versions[(round + 1) % 2] ?? versions[0], null);
    await db.psql('create table public.before as select cartodb_id, xmin::text as x from demo.points;');
    syncs.push(await run());
    const written = await db.psql(
      'select count(*) from demo.points p full join public.before b using (cartodb_id) where p.xmin::text is distinct from b.x;',
    );
    isExact &&= Number(written) === changed;
    await db.psql('drop table public.before;');
    const beganAt = performance.now();
    const { item_queue_id } = await call(server, 'POST', 'imports', { url: source.url });
    const { tableName } = await server.waitFor(String(item_queue_id), 10);
    reloads.push((performance.now() - beganAt) / 1000);
    await call(server, 'DELETE', `viz/${tableName}`);
  }
  if (source.cut > 0) throw new Error(`${source.cut} transfers were broken off`);
  const share = median(syncs) / median(reloads);
  const slowest = Math.max(...unchanged);
  const told = (isMet: boolean): string => (isMet ? 'met' : 'NOT met');
  return [
    `A synchronization of ${rows} rows of 10 columns, found by a key; times from the begin of a run to its end.`,
    '',
    `- unchanged (304), ${UNCHANGED_RUNS} runs: median ${median(unchanged).toFixed(0)} ms, slowest ${slowest.toFixed(0)} ms (promised: under 100 ms; ${told(slowest < 100)})`,
    `- the same bytes without validators: ${same.toFixed(2)} s; neither wrote a row (promised; ${told(isUntouched)})`,
    `- ${changed} rows changed, ${rounds} rounds: ${median(syncs).toFixed(2)} s (${syncs.map((one) => one.toFixed(2)).join(', ')}); a full reload ${median(reloads).toFixed(2)} s (${reloads.map((one) => one.toFixed(2)).join(', ')})`,
    `- ${share.toFixed(2)} of the time of a full reload (promised: at most 0.33; ${told(share <= 1 / 3)})`,
    `- only the changed rows were written, the xmin of all others stayed (promised; ${told(isExact)})`,
  ];
}

async function call(
  { url, key }: BenchServer,
  method: string,
  path: string,
  body?: object,
): Promise<Readonly<Record<string, unknown>>> {
  const answer = await fetch(`${url}/api/v1/${path}?api_key=${key}`, {
    method,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}

async function settled(server: BenchServer, id: string): Promise<void> {
  for (;;) {
    const { state, error_message } = await call(server, 'GET', `synchronizations/${id}`);
    if (state === 'success') return;
    if (state === 'failure') throw new Error(`the run failed: ${error_message}`);
    await sleep(10);
  }
}
