import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { startTestApp, type TestApp } from '../support/app.ts';
import { oneEngine } from '../support/database.ts';
import { targets } from './corpus.ts';
import { damaged, saveSeeds } from './seeds.ts';

/** Files of each format, and seconds that they may take: `npm run test:fuzz` gives them a minute. */
const FILES = Number(process.env.FUZZ_FILES ?? 2000);
const SECONDS = Number(process.env.FUZZ_SECONDS ?? 0.5);
/** Another seed, other files. */
const SEED = Number(process.env.FUZZ_SEED ?? 1);

/** A file that takes longer has hung the reader: of the processor, and by the clock where it does nothing. */
const MOST_MS = 5000;
const MOST_CLOCK_MS = 30_000;
/** Of /proc/PID/stat: fields 14 and 15 count hundredths of a second. */
const MS_PER_TICK = 10;
/** What a reader may have, and what V8 and the library's own code are of it. */
const MOST_RESIDENT_BYTES = 600 * 1024 ** 2;
const HEAP_MB = 512;

/** Of every third format a file goes through the whole server: whether it lives is told by some, the readers are held above. */
const SENT_OF_EACH = 3;

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'landfall-fuzz-'));
after(() => rmSync(folder, { recursive: true }));

interface Run {
  /** Number of the last file that was begun. */
  readonly last: number;
  /** Whether nothing is left to do. */
  readonly isDone: boolean;
  readonly failures: readonly string[];
}

/** What is read, and where its valid files are. */
interface Source {
  readonly seedsPath: string;
  readonly fileName: string;
  readonly mayEndByMemory: boolean;
}

/** Reads files in a process with a reader's rights until it is done, ends, or one takes too long. */
async function run({ seedsPath, fileName, mayEndByMemory }: Source, first: number, seconds: number): Promise<Run> {
  const job = mkdtempSync(join(folder, 'job-'));
  const readable = ['src', 'test', 'node_modules', 'package.json'].map((name) => join(root, name));
  const child = spawn(
    process.execPath,
    [
      '--permission',
      ...[...readable, folder].map((path) => `--allow-fs-read=${path}`),
      `--allow-fs-write=${job}`,
      `--max-old-space-size=${HEAP_MB}`,
      join(import.meta.dirname, 'fuzz.main.ts'),
      ...[seedsPath, fileName, SEED, first, FILES, seconds, job].map(String),
    ],
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const failures: string[] = [];
  let last = first - 1;
  let begun = 0;
  let cpuMs = 0;
  let cpuAtBegin = 0;
  let isDone = false;
  let isPaused = false;
  let said = '';
  child.stderr.on('data', (text: Buffer) => {
    said = (said + text.toString()).slice(-500);
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = (failure: string): void => {
    if (failures.length === 0 || child.exitCode === null) failures.push(failure);
    child.kill('SIGKILL');
  };
  const watch = setInterval(async () => {
    const [stat, statm] = await Promise.all(
      ['stat', 'statm'].map((name) => readFile(`/proc/${child.pid}/${name}`, 'utf8').catch(() => '')),
    );
    const fields = (stat ?? '').slice((stat ?? '').lastIndexOf(')') + 2).split(' ');
    cpuMs = (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * MS_PER_TICK || cpuMs;
    const isSlow = cpuMs - cpuAtBegin > MOST_MS || performance.now() - begun > MOST_CLOCK_MS;
    if (begun > 0 && isSlow) stop(`file ${last} took longer than ${MOST_MS} ms`);
    const resident = Number((statm ?? '').split(' ')[1] ?? 0) * 4096;
    if (resident <= MOST_RESIDENT_BYTES) return;
    if (mayEndByMemory) {
      isPaused = true;
      child.kill('SIGKILL');
    } else stop(`file ${last} took ${resident} bytes of memory`);
  }, 100);
  for await (const line of createInterface({ input: child.stdout })) {
    begun = performance.now();
    cpuAtBegin = cpuMs;
    if (line.startsWith('case ')) last = Number(line.slice(5));
    else if (line.startsWith('failed ')) failures.push(line.slice(0, 600));
    else if (line === 'paused') isPaused = true;
    else if (line === 'done') isDone = true;
  }
  await exited;
  clearInterval(watch);
  if (!isDone && !isPaused && failures.length === 0) failures.push(`file ${last} ended the process: ${said}`);
  return { last, isDone, failures };
}

describe('damaged files', () => {
  for (const { name, fileName, seeds, mayEndByMemory = false } of targets) {
    test(`of the kind ${name} are read or end with a code, soon and in little memory`, async () => {
      const seedsPath = join(folder, `${name}.json`);
      saveSeeds(seedsPath, seeds(folder));
      const failures: string[] = [];
      const end = performance.now() + SECONDS * 1000;
      for (let next = 0; next < FILES; ) {
        const seconds = (end - performance.now()) / 1000;
        if (next > 0 && seconds <= 0) break;
        const { last, isDone, failures: more } = await run({ seedsPath, fileName, mayEndByMemory }, next, seconds);
        failures.push(...more);
        if (isDone || last < next) break;
        next = last + 1;
      }
      assert.deepEqual(failures, []);
    });
  }
});

describe('damaged files sent to the server', () => {
  let app: TestApp;
  before(async () => {
    app = await startTestApp(oneEngine[0] ?? 'pglite');
  });
  after(() => app[Symbol.asyncDispose]());

  for (const { name, fileName, seeds } of targets.filter((_, index) => (index + SEED) % SENT_OF_EACH === 0)) {
    test(`of the kind ${name} become tables or fail with a code, and it goes on answering`, async () => {
      const files = seeds(folder);
      const shown = await app.importFile(fileName, damaged(files, SEED, 0));
      assert.notEqual(shown.error_code, 99999, JSON.stringify(shown));
      assert.doesNotMatch(shown.get_error_text?.what_about ?? '', /was not built for|ended unexpectedly/);
      assert.equal(shown.state === 'failure', shown.success === false);
      assert.equal((await app.api('/healthz')).status, 200);
    });
  }
});
