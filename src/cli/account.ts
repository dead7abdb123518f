import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Config, loadConfig } from '../config.ts';
import type { Database } from '../db/database.ts';
import { type Command, parse, type Terminal, UsageError, words } from './command.ts';

/** `landfall account`: accounts and their keys, straight in the database. A key is shown once, when it is made. */
export const account: Command = {
  name: 'account',
  usage: 'account create|rotate-key NAME [--overlap 24h]',
  summary: 'Makes an account, or gives one a new key in place of its old ones.',
  help: [
    '  --overlap TIME          how long the old key goes on beside the new one: 90m, 24h, 7d; else it ends at once',
    '',
    'The key is printed once; the database keeps only its hash. An embedded database belongs to one process: stop the',
    'server first, or use DATABASE_URL.',
  ],
  async run(args, terminal) {
    const { values, positionals } = parse(() =>
      parseArgs({ args: [...args], allowPositionals: true, strict: true, options: { overlap: { type: 'string' } } }),
    );
    const [action, name = ''] = words(positionals, ['create or rotate-key', 'NAME']);
    const overlapSeconds = secondsOf(values.overlap ?? '0s');
    if (action !== 'create' && action !== 'rotate-key') {
      throw new UsageError(`"${action}" is not something to do with an account`);
    }
    const config = loadConfig(terminal.env);
    const { openDatabase } = await import('../main.ts');
    const db = await openDatabase(config, { onProgress: terminal.err });
    try {
      await (action === 'create' ? create(db, name, terminal) : rotate(db, name, overlapSeconds, config, terminal));
      return 0;
    } finally {
      await db.close();
    }
  },
};

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

function secondsOf(text: string): number {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const factor = UNITS[unit];
  if (count === undefined || factor === undefined)
    throw new UsageError(`--overlap takes a time such as 24h, not "${text}"`);
  return Number(count) * factor;
}

async function create(db: Database, name: string, terminal: Terminal): Promise<void> {
  const { createAccount } = await import('../store/accounts.ts');
  const { key, warnings } = await createAccount(db, name);
  for (const warning of warnings) terminal.err(`warning: ${warning}`);
  terminal.out(key);
}

/** The server's own account takes its key from a file or a setting at each start, which must not bring back the old one. */
async function rotate(
  db: Database,
  name: string,
  overlapSeconds: number,
  config: Config,
  terminal: Terminal,
): Promise<void> {
  const { rotateKey } = await import('../store/accounts.ts');
  const { key } = await rotateKey(db, name, overlapSeconds);
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
