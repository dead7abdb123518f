import { loadConfig } from '../config.ts';
import { type Command, words } from './command.ts';
import { openMigratedDatabase } from './migrated-database.ts';

/** `landfall migrate`: brings the database to this version. `serve` does the same when it starts. */
export const migrate: Command = {
  name: 'migrate',
  usage: 'migrate',
  summary: 'Brings the database to this version and ends; `serve` does it too.',
  async run(args, terminal) {
    words(args, []);
    await using opened = await openMigratedDatabase(loadConfig(terminal.env));
    for (const name of opened.applied) terminal.out(`applied ${name}`);
    terminal.out('The database is up to date.');
    return 0;
  },
};
