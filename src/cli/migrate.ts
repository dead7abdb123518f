import { loadConfig } from '../config.ts';
import { type Command, words } from './command.ts';

/** `landfall migrate`: brings the database to this version. `serve` does the same when it starts. */
export const migrate: Command = {
  name: 'migrate',
  usage: 'migrate',
  summary: 'Brings the database to this version and ends; `serve` does it too.',
  async run(args, terminal) {
    words(args, []);
    const { openDatabase } = await import('../main.ts');
    const db = await openDatabase(loadConfig(terminal.env), { onProgress: terminal.err });
    await db.close();
    terminal.out('The database is up to date.');
    return 0;
  },
};
