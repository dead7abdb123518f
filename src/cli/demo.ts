import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { loadConfig } from '../config.ts';
import type { App } from '../main.ts';
import { type ApiClient, createApiClient } from './api-client.ts';
import { type Command, type Terminal, words } from './command.ts';
import { followImport } from './follow-import.ts';
import { createProgress, formatBytes, formatCount } from './progress.ts';
import { announceApp, stopApp } from './serve.ts';
import { stopped } from './stopped.ts';

/** The question that the demo asks of its two tables; also the example to paste. */
const QUESTION = `select c.name as country, count(*) as cities, sum(p.population) as people
from countries c join cities p on st_contains(c.the_geom, p.the_geom)
where p.population > 500000
group by c.name order by people desc limit 5`;

/** `landfall demo`: the server of `serve`, which then imports two real datasets through its own API. */
export const demo: Command = {
  name: 'demo',
  usage: 'demo',
  summary: 'Serves, and imports two real datasets before your eyes.',
  help: ['A second run brings the same two tables up to date.'],
  async run(args, terminal) {
    words(args, []);
    const config = loadConfig(terminal.env);
    const quiet = terminal.env.LANDFALL_LOG_LEVEL ? config.LANDFALL_LOG_LEVEL : 'warn';
    const app = await announceApp({ ...config, LANDFALL_LOG_LEVEL: quiet }, terminal);
    try {
      await show(app, config.LANDFALL_ACCOUNT, terminal);
    } catch (error) {
      if (!terminal.signal.aborted) {
        await app.close();
        throw error;
      }
    }
    await stopped(terminal.signal);
    return stopApp(app, terminal);
  },
};

async function show(app: App, account: string, terminal: Terminal): Promise<void> {
  if (app.apiKey === null) throw new Error('the demo needs the key of the account: set LANDFALL_API_KEY');
  await using client = createApiClient(app.url, app.apiKey, terminal.signal);
  const { writeCities, writeCountries } = await import('./demo-data.ts');
  const folder = await mkdtemp(join(tmpdir(), 'landfall-demo-'));
  try {
    for (const [name, write] of [
      ['cities.csv', writeCities],
      ['countries.geojson', writeCountries],
    ] as const) {
      const path = join(folder, name);
      await write(path);
      await importShown(client, path, terminal);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  await answerShown(client, terminal);
  for (const line of whereToGo(app.url, account, app.apiKey)) terminal.out(line);
}

async function importShown(client: ApiClient, path: string, terminal: Terminal): Promise<void> {
  const label = basename(path);
  const total = (await stat(path)).size;
  const progress = createProgress(terminal);
  const startedAt = performance.now();
  const id = await client.upload(path, { collision_strategy: 'overwrite', privacy: 'public' }, (bytes) =>
    progress.show({ label, state: 'sending', sent: { bytes, total }, rows: null }),
  );
  const report = await followImport(client, id, terminal.signal, (now) =>
    progress.show({ label, state: now.state, sent: null, rows: now.rows }),
  );
  progress.end();
  if (report.error !== null || report.tableName === null) {
    throw new Error(`${label}: ${report.error?.title}: ${report.error?.text}`);
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const table = report.tableName;
  const counted = await client.sql(`select count(*)::int as n from ${table}`);
  const rows = formatCount(Number(counted.rows[0]?.n));
  terminal.out('');
  terminal.out(`${label} (${formatBytes(total)}) is table ${table}: ${rows} rows in ${seconds} s`);
  for (const line of await describeTable(client, table)) terminal.out(`  ${line}`);
}

/** One line for each column: name, type, the value in the first row. */
async function describeTable(client: ApiClient, table: string): Promise<readonly string[]> {
  const first = await client.sql(`select * from ${table} order by cartodb_id limit 1`);
  const names = Object.keys(first.fields);
  const asText = (name: string) => (name.startsWith('the_geom') ? `st_geometrytype("${name}")` : `"${name}"::text`);
  const described = await client.sql(
    `select ${names.map((name, i) => `pg_typeof("${name}")::text as t${i}, ${asText(name)} as v${i}`).join(', ')}
     from ${table} order by cartodb_id limit 1`,
  );
  const row = described.rows[0] ?? {};
  return names.map((name, i) => `${name.padEnd(22)}${String(row[`t${i}`]).padEnd(18)}${String(row[`v${i}`])}`);
}

async function answerShown(client: ApiClient, terminal: Terminal): Promise<void> {
  const { rows } = await client.sql(QUESTION);
  terminal.out('');
  for (const line of QUESTION.split('\n')) terminal.out(`  ${line}`);
  terminal.out('');
  for (const row of rows) {
    const cities = formatCount(Number(row.cities)).padStart(6);
    terminal.out(
      `  ${String(row.country).padEnd(28)}${cities} cities${formatCount(Number(row.people)).padStart(16)} people`,
    );
  }
}

function whereToGo(url: string, account: string, key: string): readonly string[] {
  const query = new URLSearchParams({
    q: 'select name, population from cities order by population desc limit 3',
    api_key: key,
  });
  return [
    '',
    `The web app        ${url}/  (sign in as ${account} with the key ${key})`,
    `API documentation  ${url}/docs`,
    `One table as CSV   ${url}/api/v2/sql?q=select+*+from+countries&format=csv&api_key=${key}`,
    '',
    'Ask it something, then import a file of yours:',
    `  curl '${url}/api/v2/sql?${query}'`,
    `  curl -F file=@yours.csv '${url}/api/v1/imports?api_key=${key}'`,
    '',
    'Serving until Ctrl-C.',
  ];
}
