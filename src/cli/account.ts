import { loadConfig } from '../config.ts';
import { openDatabase } from '../main.ts';
import { createAccount, rotateKey } from '../store/accounts.ts';
import { type Command, UsageError, words } from './command.ts';

/** `landfall account`: accounts and their keys, straight in the database. A key is shown once, when it is made. */
export const account: Command = {
  name: 'account',
  usage: 'account create|rotate-key NAME',
  summary: 'Makes an account, or gives one a new key in place of its old ones.',
  help: ['The key is printed once and only its hash is kept.'],
  async run(args, terminal) {
    const [action, name] = words(args, ['create or rotate-key', 'NAME']);
    if (name === undefined || (action !== 'create' && action !== 'rotate-key')) {
      throw new UsageError(`"${action}" is not something to do with an account`);
    }
    const db = await openDatabase(loadConfig(terminal.env));
    try {
      const { key } = action === 'create' ? await createAccount(db, name) : await rotateKey(db, name);
      terminal.out(key);
      return 0;
    } finally {
      await db.close();
    }
  },
};
