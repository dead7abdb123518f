import type { Config } from '../config.ts';
import { type Database, DatabaseError } from '../db/database.ts';
import { limitedBy } from '../domain/account-limits.ts';
import type { HttpDeps } from '../http/deps.ts';
import { AccountRefused, setLimits } from '../store/account-limits.ts';
import {
  accountByName,
  checkAccountName,
  createAccount,
  dropAccount,
  listAccounts,
  rotateKey,
} from '../store/accounts.ts';

/** What the operator does with accounts over HTTP. */
export function createOperatorDesk(db: Database, config: Config): HttpDeps['operator'] {
  const limited = limitedBy(config);
  const find = async (name: string) => limited(await accountByName(db, name));
  return {
    list: async () => (await listAccounts(db)).map((account) => limited(account)),
    find,
    async create(name, limits) {
      try {
        checkAccountName(name);
      } catch (error) {
        throw new AccountRefused(error instanceof Error ? error.message : String(error), { cause: error });
      }
      if ((await accountByName(db, name)) !== null) throw new AccountRefused(`there is an account "${name}" already`);
      const { account, key } = await createAccount(db, name);
      await setLimits(db, name, limits);
      return { account: (await find(name)) ?? account, key };
    },
    limit: (name, limits) => setLimits(db, name, limits),
    async drop(name) {
      if (name === config.LANDFALL_ACCOUNT) {
        throw new AccountRefused(`"${name}" is the server's own account: it is made again at each start`);
      }
      try {
        await dropAccount(db, name);
      } catch (error) {
        if (!(error instanceof DatabaseError && /^(2BP01|55006|55P03)$/.test(error.code))) throw error;
        throw new AccountRefused(`the account is in use: ${error.detail ?? error.message}`, { cause: error });
      }
    },
    rotate: (name, overlapSeconds) => rotateKey(db, name, overlapSeconds),
  };
}
