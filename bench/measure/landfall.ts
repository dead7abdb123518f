import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createApiClient, type ImportReport } from '../../src/cli/api-client.ts';
import { command } from './command.ts';

const KEY = 'bench-key';
const root = join(import.meta.dirname, '../..');

/** A Landfall in a process of its own, as an operator runs it. */
export interface BenchServer extends AsyncDisposable {
  readonly pid: number;
  readonly url: string;
  readonly key: string;
  /** Uploads with curl and waits for the end; returns the name of the table. Throws where the import fails. */
  importFile(path: string, pollMs: number): Promise<string>;
  /** Sends a file and returns the id of the import at once. */
  send(path: string): Promise<string>;
  report(id: string): Promise<ImportReport>;
  waitFor(id: string, pollMs: number): Promise<ImportReport>;
}

/** Starts `landfall serve` on a database and waits until it listens. */
export async function startLandfall(databaseUrl: string, env: Record<string, string> = {}): Promise<BenchServer> {
  const folder = await mkdtemp(join(tmpdir(), 'landfall-bench-'));
  const child = spawn(process.execPath, [join(root, 'bin/landfall.js'), 'serve'], {
    env: {
      PATH: process.env.PATH ?? '',
      PORT: '0',
      DATA_DIR: folder,
      DATABASE_URL: databaseUrl,
      LANDFALL_API_KEY: KEY,
      LANDFALL_LOG_LEVEL: 'warn',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // However the bench ends, the server does not outlive it.
  const end = (): void => void child.kill('SIGKILL');
  process.once('exit', end);
  child.once('exit', () => process.off('exit', end));
  const url = await new Promise<string>((resolve, reject) => {
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      const found = /^landfall listening on (\S+)$/m.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${output}`)));
  });
  const client = createApiClient(url, KEY, new AbortController().signal);

  const send = async (path: string): Promise<string> => {
    const answer = await command('curl', ['-sS', '-F', `file=@${path}`, `${url}/api/v1/imports?api_key=${KEY}`]);
    const id = /"item_queue_id":"([^"]+)"/.exec(answer)?.[1];
    if (id === undefined) throw new Error(`the server refused the upload: ${answer}`);
    return id;
  };
  const waitFor = async (id: string, pollMs: number): Promise<ImportReport> => {
    for (;;) {
      const report = await client.report(id);
      if (report.state === 'complete') return report;
      if (report.error !== null) throw new Error(`the import failed: ${report.error.title}: ${report.error.text}`);
      await sleep(pollMs);
    }
  };
  return {
    pid: child.pid ?? 0,
    url,
    key: KEY,
    send,
    waitFor,
    report: client.report,
    importFile: async (path, pollMs) => (await waitFor(await send(path), pollMs)).tableName ?? '',
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
