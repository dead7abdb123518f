import { loadConfig } from '../config.ts';
import { type Command, words } from './command.ts';
import { closeInTime, stopped } from './stopped.ts';

/** `landfall worker`: imports without the API, beside other processes on the same PostgreSQL. */
export const worker: Command = {
  name: 'worker',
  usage: 'worker',
  summary: 'Runs imports beside a server, on the same PostgreSQL (DATABASE_URL).',
  async run(args, terminal) {
    words(args, []);
    const { startWorker } = await import('../main.ts');
    const running = await startWorker(loadConfig(terminal.env));
    terminal.out('landfall worker ready');
    await stopped(terminal.signal);
    if (await closeInTime(running.close())) return 0;
    terminal.err('landfall worker: stopped with work unfinished; another worker takes it up');
    process.exit(0);
  },
};
