/**
 * `kill -9` of server, worker and reader at seeded random moments of runs of a synchronization.
 *
 * After each: the run ends, the table holds the old rows or the new ones, the history agrees with it, and the
 * synchronization goes on. KILLS (default 2, divided over the engines) and SEED choose how many and which moments.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase, type Engine, engines, openExisting } from '../support/database.ts';
import { startOrigin } from '../support/origin.ts';
import { type Program, readersOf, startProgram } from '../support/program.ts';
import { seededRandom } from '../support/seeded-random.ts';

const KILLS = Number(process.env.KILLS ?? 2);
const SEED = Number(process.env.SEED ?? 1);
const ROWS = 20_000;
const KEY = 'kill-test-key-0123456789';

/** Longest time between a forced run and the kill: more than such a run takes. */
const LATEST_KILL_MS = 1200;

/** A killed run is to be begun again within 30 s; then it has to run. */
const END_WITHIN_MS = 90_000;

/** Every row carries the version, one in ten of a later version has another value. */
const csvOf = (version: number): string => {
  let text = 'version,i,value,longitude,latitude\n';
  for (let i = 0; i < ROWS; i++) {
    text += `${version},${i},${i % 10 === 0 ? version : 0},${(i % 360) - 180},${(i % 170) - 85}\n`;
  }
  return text;
};

type Victim = 'server' | 'worker' | 'reader';

async function runKills(engine: Engine, kills: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'landfall-kill-sync-'));
  const dataDir = join(folder, 'data');
  const database = await createTestDatabase(engine, dataDir);
  await using origin = await startOrigin();
  const random = seededRandom(SEED);
  const env = {
    DATA_DIR: dataDir,
    DATABASE_URL: database.url ?? '',
    LANDFALL_API_KEY: KEY,
    LANDFALL_ALLOW_NETWORKS: '127.0.0.0/8',
    LANDFALL_SYNC_FORCE_GUARD: '0',
    LANDFALL_WORKERS: database.url === null ? '1' : '0',
    LANDFALL_LOG_LEVEL: 'warn',
  };
  const victims: Victim[] = database.url === null ? ['server', 'reader'] : ['server', 'worker', 'reader'];
  let server = await startProgram(['serve'], { ...env, PORT: '0' });
  let worker: Program | null =
    database.url === null ? null : await startProgram(['worker'], { ...env, LANDFALL_WORKERS: '1' });

  const ask = async (method: string, path: string, body?: object): Promise<Record<string, unknown>> => {
    const response = await fetch(`${server.url}${path}${path.includes('?') ? '&' : '?'}api_key=${KEY}`, {
      method,
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const text = await response.text();
    assert.equal(response.status, 200, text);
    return JSON.parse(text);
  };
  const settled = async (id: string): Promise<Record<string, unknown>> => {
    const until = Date.now() + END_WITHIN_MS;
    for (;;) {
      const sync = await ask('GET', `/api/v1/synchronizations/${id}`);
      if (sync.state === 'success' || sync.state === 'failure') return sync;
      assert.ok(Date.now() < until, `the synchronization is still ${sync.state}`);
      await sleep(100);
    }
  };
  /** Version and number of rows of the table. */
  const stateOfTable = async (): Promise<unknown> => {
    const q = `select min(version) || '-' || max(version) || ':' || count(*) || ':' || count(the_geom) || ':' || sum(value)
      as s from target`;
    const answer = await ask('GET', `/api/v2/sql?${new URLSearchParams({ q })}`);
    return (answer.rows as { s: string }[])[0]?.s;
  };
  const expected = (version: number): string => `${version}-${version}:${ROWS}:${ROWS}:${(ROWS / 10) * version}`;
  const publish = (version: number): string =>
    origin.serve('/target.csv', { body: csvOf(version), headers: { etag: `"v${version}"` } });

  try {
    const made = await ask('POST', '/api/v1/synchronizations', { url: publish(1), interval: 86_400 });
    const id = String(made.id);
    const first = await settled(id);
    assert.equal(first.state, 'success', String(first.error_message));
    let version = 1;
    for (let round = 2; round <= kills + 1; round++) {
      const victim = victims[Math.floor(random() * victims.length)] ?? 'server';
      const moment = Math.floor(random() * LATEST_KILL_MS);
      const context = `seed ${SEED} round ${round}: ${victim} after ${moment} ms`;
      publish(round);
      assert.equal((await ask('PUT', `/api/v1/synchronizations/${id}/sync_now`)).enqueued, true, context);
      await sleep(moment);
      if (victim === 'reader') {
        for (const reader of await readersOf((worker ?? server).pid)) process.kill(reader, 'SIGKILL');
      } else if (victim === 'worker' && worker !== null) {
        await worker.kill();
        worker = await startProgram(['worker'], { ...env, LANDFALL_WORKERS: '1' });
      } else {
        await server.kill();
        server = await startProgram(['serve'], { ...env, PORT: '0' });
      }
      const sync = await settled(id);
      const table = await stateOfTable();
      const { runs } = (await ask('GET', `/api/v1/synchronizations/${id}/runs?per_page=100`)) as {
        runs: Record<string, unknown>[];
      };
      const [last] = runs;
      assert.equal(runs.length, round, `${context}: every run is in the history once`);
      if (sync.state === 'success') {
        version = round;
        assert.deepEqual([last?.outcome, sync.etag], ['changed', `v${round}`], context);
      } else {
        assert.notEqual(sync.error_code, 99999, context);
        assert.deepEqual([last?.outcome, sync.etag], ['failure', `v${version}`], context);
      }
      assert.equal(table, expected(version), context);
    }
    // A run may still meet a reader that the last kill took before it was missed; the one after it meets none.
    publish(kills + 2);
    await ask('PUT', `/api/v1/synchronizations/${id}/sync_now`);
    await settled(id);
    publish(kills + 3);
    await ask('PUT', `/api/v1/synchronizations/${id}/sync_now`);
    const last = await settled(id);
    assert.equal(last.state, 'success', String(last.error_message));
    assert.equal(await stateOfTable(), expected(kills + 3));
  } finally {
    await server.stop();
    await worker?.stop();
  }

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

describe('kill -9 of synchronizations', () => {
  for (const engine of engines) {
    const kills = Math.ceil(KILLS / engines.length);
    test(`${kills} kills on ${engine} leave the old rows or the new ones, and a synchronization that goes on`, () =>
      runKills(engine, kills));
  }
});
