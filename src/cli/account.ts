import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Config, loadConfig } from '../config.ts';
import type { Database } from '../db/database.ts';
import { type Command, type Terminal, UsageError, words } from './command.ts';

/** `landfall account`: accounts and their keys, straight in the database. A key is shown once, when it is made. */
export const account: Command = {
  name: 'account',
  usage: 'account create|rotate-key NAME',
  summary: 'Makes an account, or gives one a new key in place of its old ones.',
  help: [
    'The key is printed once; the database keeps only its hash. An embedded database belongs to one process: stop the',
    'server first, or use DATABASE_URL.',
  ],
  async run(args, terminal) {
    const [action, name = ''] = words(args, ['create or rotate-key', 'NAME']);
    if (action !== 'create' && action !== 'rotate-key') {
      throw new UsageError(`"${action}" is not something to do with an account`);
    }
    const config = loadConfig(terminal.env);
    const { openDatabase } = await import('../main.ts');
    const db = await openDatabase(config, { onProgress: terminal.err });
    try {
      await (action === 'create' ? create(db, name, terminal) : rotate(db, name, config, terminal));
      return 0;
    } finally {
      await db.close();
    }
  },
};

async function create(db: Database, name: string, terminal: Terminal): Promise<void> {
  const { createAccount } = await import('../store/accounts.ts');
  const { key, warnings } = await createAccount(db, name);
  for (const warning of warnings) terminal.err(`warning: ${warning}`);
  terminal.out(key);
}

/** The server's own account takes its key from a file or a setting at each start, which must not bring back the old one. */
async function rotate(db: Database, name: string, config: Config, terminal: Terminal): Promise<void> {
  const { rotateKey } = await import('../store/accounts.ts');
  const { key } = await rotateKey(db, name);
  if (name === config.LANDFALL_ACCOUNT) {
    const keyFile = join(config.DATA_DIR, 'api-key');
    if (existsSync(keyFile)) await writeFile(keyFile, `${key}\n`, { mode: 0o600 });
    if (config.LANDFALL_API_KEY !== null) {
      terminal.err(
        'warning: LANDFALL_API_KEY is still the old key; the next start of the server makes it the key again',
      );
    }
  }
  terminal.out(key);
}
