/** A reader of its own thread: asks the same again and again, and checks every answer. */
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import pg from 'pg';

/** What a reader is told: where, what, and what every answer has to be. */
export interface ReaderTask {
  readonly url: string;
  readonly query: string;
  /** The one row of every answer, as JSON. */
  readonly expected: string;
  /** One snapshot for so many milliseconds: its answers must not differ at all. 0: a snapshot each. */
  readonly snapshotMs: number;
  /** Between an answer and the next question. */
  readonly pauseMs: number;
}

/** What a reader has seen since it was asked last. */
export interface ReaderReport {
  /** How long each answer took. */
  readonly milliseconds: readonly number[];
  readonly errors: readonly string[];
  readonly torn: readonly string[];
}

const { url, query, expected, snapshotMs, pauseMs }: ReaderTask = workerData;
let report: { milliseconds: number[]; errors: string[]; torn: string[] } = { milliseconds: [], errors: [], torn: [] };
let isStopped = false;
parentPort?.on('message', (message) => {
  parentPort?.postMessage(report);
  report = { milliseconds: [], errors: [], torn: [] };
  isStopped = message === 'stop';
});

const client = new pg.Client({ connectionString: url });
client.on('error', ({ message }) => report.errors.push(message));
await client.connect();
let endsAt = 0;
let first: string | null = null;
while (!isStopped) {
  try {
    if (snapshotMs > 0 && performance.now() > endsAt) {
      if (first !== null) await client.query('commit');
      await client.query('begin isolation level repeatable read');
      [first, endsAt] = [null, performance.now() + snapshotMs];
    }
    const startedAt = performance.now();
    const answer = JSON.stringify((await client.query(query)).rows);
    report.milliseconds.push(performance.now() - startedAt);
    first ??= answer;
    const wanted = snapshotMs > 0 ? first : expected;
    if (answer !== wanted) report.torn.push(`${answer} instead of ${wanted}`);
    if (pauseMs > 0) await sleep(pauseMs);
  } catch (error) {
    report.errors.push(String(error));
    await client.query('rollback').catch(() => undefined);
    [first, endsAt] = [null, 0];
  }
}
await client.end();
parentPort?.close();
