/**
 * `kill -9` of server, worker and reader at seeded random moments of new imports and overwrites.
 *
 * After each: the import ends, the table is the old one or the new one, and nothing is left behind.
 * KILLS (default 2, divided over the engines) and SEED choose how many and which moments.
 */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase, type Engine, engines, openExisting } from '../support/database.ts';
import { type Program, readersOf, startProgram } from '../support/program.ts';
import { seededRandom } from '../support/seeded-random.ts';

const KILLS = Number(process.env.KILLS ?? 2);
const SEED = Number(process.env.SEED ?? 1);
const ROWS = 20_000;
const KEY = 'kill-test-key-0123456789';

/** Longest time between the answer to a POST and the kill: more than such an import takes. */
const LATEST_KILL_MS = 900;

/** A killed import is to run again within 30 s; then it has to run. */
const END_WITHIN_MS = 60_000;

const csvOf = (version: number): string => {
  let text = 'version,i,longitude,latitude\n';
  for (let i = 0; i < ROWS; i++) text += `${version},${i},${(i % 360) - 180},${(i % 170) - 85}\n`;
  return text;
};

type Victim = 'server' | 'worker' | 'reader';

async function postFile(url: string, name: string, content: string, overwrite: boolean): Promise<string | null> {
  const form = new FormData();
  form.append('file', new Blob([content]), name);
  const query = new URLSearchParams({ api_key: KEY, ...(overwrite ? { collision_strategy: 'overwrite' } : {}) });
  const response = await fetch(`${url}/api/v1/imports?${query}`, { method: 'POST', body: form }).catch(() => null);
  if (response?.status !== 200) return null;
  const answer = (await response.json().catch(() => null)) as { item_queue_id: string } | null;
  return answer?.item_queue_id ?? null;
}

async function end(url: string, id: string): Promise<{ state: string; error_code: number | null; table_name: string }> {
  const until = Date.now() + END_WITHIN_MS;
  let seen = 'nothing';
  while (Date.now() < until) {
    const response = await fetch(`${url}/api/v1/imports/${id}?api_key=${KEY}`).catch(() => null);
    if (response?.status === 200) {
      const view = (await response.json()) as { state: string; error_code: number | null; table_name: string };
      seen = view.state;
      if (seen === 'complete' || seen === 'failure') return view;
    }
    await sleep(100);
  }
  throw new Error(`import ${id} is still ${seen} after ${END_WITHIN_MS / 1000} s`);
}

/** Version and number of rows of a table, null where there is none. */
async function stateOf(url: string, table: string): Promise<string | null> {
  const q = `select min(version) || '-' || max(version) || ':' || count(*) || ':' || count(the_geom) as s from "${table}"`;
  const response = await fetch(`${url}/api/v2/sql?${new URLSearchParams({ api_key: KEY, q })}`);
  if (response.status !== 200) return null;
  return ((await response.json()) as { rows: { s: string }[] }).rows[0]?.s ?? null;
}

async function runKills(engine: Engine, kills: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'landfall-kill-'));
  const dataDir = join(folder, 'data');
  const database = await createTestDatabase(engine, dataDir);
  const random = seededRandom(SEED);
  const env = {
    DATA_DIR: dataDir,
    DATABASE_URL: database.url ?? '',
    LANDFALL_API_KEY: KEY,
    LANDFALL_WORKERS: database.url === null ? '1' : '0',
    LANDFALL_CONCURRENT_IMPORTS: '100',
    LANDFALL_LOG_LEVEL: 'warn',
  };
  const victims: Victim[] = database.url === null ? ['server', 'reader'] : ['server', 'worker', 'reader'];
  let server = await startProgram(['serve'], { ...env, PORT: '0' });
  let worker: Program | null =
    database.url === null ? null : await startProgram(['worker'], { ...env, LANDFALL_WORKERS: '1' });
  try {
    const first = await end(server.url, (await postFile(server.url, 'target.csv', csvOf(0), false)) ?? '');
    assert.equal(first.state, 'complete');
    let version = 0;

    for (let round = 1; round <= kills; round++) {
      const victim = victims[Math.floor(random() * victims.length)] ?? 'server';
      const overwrite = random() < 0.5;
      const moment = Math.floor(random() * LATEST_KILL_MS);
      const context = `seed ${SEED} round ${round}: ${victim} after ${moment} ms of ${overwrite ? 'an overwrite' : 'a new import'}`;
      const name = overwrite ? 'target.csv' : `fresh_${round}.csv`;

      const id = await postFile(server.url, name, csvOf(round), overwrite);
      assert.ok(id, context);
      await sleep(moment);
      const pid = (worker ?? server).pid;
      if (victim === 'reader') {
        for (const reader of await readersOf(pid)) process.kill(reader, 'SIGKILL');
      } else if (victim === 'worker' && worker !== null) {
        await worker.kill();
        worker = await startProgram(['worker'], { ...env, LANDFALL_WORKERS: '1' });
      } else {
        await server.kill();
        server = await startProgram(['serve'], { ...env, PORT: '0' });
      }

      const ended = await end(server.url, id);
      const state = await stateOf(server.url, overwrite ? 'target' : `fresh_${round}`);
      const fresh = `${round}-${round}:${ROWS}:${ROWS}`;
      if (ended.state === 'complete') {
        assert.equal(state, fresh, context);
        if (overwrite) version = round;
      } else {
        assert.notEqual(ended.error_code, 99999, context);
        assert.equal(state, overwrite ? `${version}-${version}:${ROWS}:${ROWS}` : null, context);
      }
    }
    const unfinished = (await (await fetch(`${server.url}/api/v1/imports?api_key=${KEY}`)).json()) as { imports: [] };
    assert.deepEqual(unfinished.imports, []);
  } finally {
    await server.stop();
    await worker?.stop();
  }

  // One more start sweeps what the last kill left.
  const last = await startProgram(['serve'], { ...env, PORT: '0', LANDFALL_WORKERS: '1' });
  await last.stop();
  assert.deepEqual(await readdir(join(dataDir, 'scratch')), [], 'no scratch folder is left');
  assert.deepEqual(await readdir(join(dataDir, 'uploads')), [], 'no upload is left');
  const db = await openExisting(database.url, dataDir);
  const { rows } = await db.queryText(
    `select relname from pg_class where relnamespace = 'landfall_staging'::regnamespace and relkind = 'r'`,
    [],
  );
  await db.close();
  assert.deepEqual(rows, [], 'no staging table is left');
  await database[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
}

describe('kill -9', () => {
  for (const engine of engines) {
    const kills = Math.ceil(KILLS / engines.length);
    test(`${kills} kills on ${engine} leave the old table or the new one, and nothing else`, () =>
      runKills(engine, kills));
  }
});
