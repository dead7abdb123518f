import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** The program as an operator runs it: a process of its own. */
export interface Program {
  readonly pid: number;
  /** Where it listens; `''` for a worker. */
  readonly url: string;
  /** Everything it printed. */
  readonly output: () => string;
  /** SIGKILL, and wait for its end. */
  kill(): Promise<void>;
  /** SIGTERM, and wait for its end; returns the exit status. */
  stop(): Promise<number | null>;
}

/** What the program prints once it works. */
const STARTED = /^landfall (?:listening on (\S+)|worker ready)/m;

/** Starts `landfall ARGS` and waits until it says that it works; throws with its output where it ends first. */
export async function startProgram(args: readonly string[], env: Record<string, string>): Promise<Program> {
  const child = spawn(process.execPath, [join(root, 'bin/landfall.js'), ...args], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const exited = once(child, 'exit');
  const url = await new Promise<string>((resolve, reject) => {
    const look = (text: Buffer): void => {
      output += text.toString();
      const match = STARTED.exec(output);
      if (match) resolve(match[1] ?? '');
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    child.once('exit', (code) => reject(new Error(`landfall ${args.join(' ')} ended with ${code}:\n${output}`)));
  });
  const pid = child.pid ?? 0;
  const finish = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    await exited;
    return child.exitCode;
  };
  return {
    pid,
    url,
    output: () => output,
    kill: async () => {
      await finish('SIGKILL');
    },
    stop: () => finish('SIGTERM'),
  };
}

/** Reader processes that are children of a process. */
export async function readersOf(parent: number): Promise<readonly number[]> {
  const found: number[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const command = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '');
    if (!command.includes('reader.main')) continue;
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '');
    // The fields after the name in brackets: state, then the parent's id.
    if (Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent) found.push(Number(entry));
  }
  return found;
}
