import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { benches } from './benches.ts';
import { createBenchDatabase } from './measure/database.ts';
import { circumstances, writeSection } from './results.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rows: { type: 'string' }, rounds: { type: 'string', default: '3' } },
});
const unknown = positionals.find((name) => !benches.some((bench) => bench.name === name));
if (unknown !== undefined) throw new Error(`no bench "${unknown}": ${benches.map(({ name }) => name).join(', ')}`);
const serverUrl = process.env.TEST_DATABASE_URL;
if (serverUrl === undefined) throw new Error('TEST_DATABASE_URL is not set: run `npm run bench`');

// By default a signal ends the process without its `exit` handlers, which end what it started.
for (const [signal, number] of [
  ['SIGINT', 2],
  ['SIGTERM', 15],
  ['SIGHUP', 1],
] as const) {
  process.once(signal, () => process.exit(128 + number));
}

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
