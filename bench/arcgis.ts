import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createArcgisSource } from '../src/sources/arcgis/index.ts';
import { createHttpClient } from '../src/util/http-client.ts';
import { serveLayer } from './measure/arcgis-layer.ts';
import { timed } from './measure/command.ts';
import { median } from './measure/statistics.ts';

/** What the server waits before each answer, in milliseconds. */
const DELAY_MS = 50;

/** Times faster than one page after the other that layers are promised to come. */
const PROMISED = 3;

const one = { concurrency: 1, mostConcurrency: 1 };

/** A layer from a server that takes its time, page after page and as it is done. Returns lines of Markdown. */
export async function measureArcgis(folder: string, rows: number, rounds: number): Promise<readonly string[]> {
  const lines = [
    '| rows of a page | format | one page after the other | as it is | times faster |',
    '| ---: | --- | ---: | ---: | ---: |',
  ];
  for (const [most, format] of [
    [1000, 'json'],
    [1000, 'pbf'],
    [250, 'json'],
    [250, 'pbf'],
  ] as const) {
    await using server = await serveLayer({ rows, most, format, delayMs: DELAY_MS });
    const slow: number[] = [];
    const fast: number[] = [];
    for (let round = 0; round < rounds; round++) {
      slow.push(await timed(() => fetchLayer(server.url, folder, one)));
      fast.push(await timed(() => fetchLayer(server.url, folder, {})));
    }
    const times = median(slow) / median(fast);
    const verdict = `promised: ${PROMISED}; ${times >= PROMISED ? 'met' : 'NOT met'}`;
    lines.push(
      `| ${most} | ${format} | ${median(slow).toFixed(2)} s | ${median(fast).toFixed(2)} s | ${times.toFixed(2)} (${verdict}) |`,
    );
  }
  return [`${rows} features, ${DELAY_MS} ms before each answer, ${rounds} rounds in turn.`, '', ...lines];
}

async function fetchLayer(url: string, parent: string, limits: Partial<typeof one>): Promise<void> {
  const folder = join(parent, 'layer');
  await mkdir(folder, { recursive: true });
  const http = createHttpClient({ allowNetworks: ['127.0.0.0/8'] });
  const request = { kind: 'arcgis', url, allowPartial: false, attachments: false, layers: null } as const;
  const { signal } = new AbortController();
  const context = { folder, maxBytes: 1 << 30, onBytes: () => undefined, signal };
  await createArcgisSource({ http, isOn: true, limits }).fetch(request, context);
  await http.close();
  await rm(folder, { recursive: true });
}
