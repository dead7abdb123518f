import type { Database } from '../db/database.ts';
import { type DefaultLimits, limitedBy } from '../domain/account-limits.ts';
import type { HttpDeps } from '../http/deps.ts';
import { accountByKeyHash, accountByName } from '../store/accounts.ts';
import { keyByHash } from '../store/keys.ts';
import { createRecent } from '../util/recent.ts';

/** A key is looked up once in so long: polling clients ask with the same one again and again. A rotated key ends by then. */
const KEY_MEMORY_MS = 1_000;

/** Binds looking up accounts, by key and by name, to their tables; the settings are the limits of those without own ones. */
export function createAccountLookups(db: Database, defaults: DefaultLimits): HttpDeps['accounts'] {
  const limited = limitedBy(defaults);
  const recent = <T>(find: (hash: Buffer) => Promise<T>): ((hash: Buffer) => Promise<T>) =>
    createRecent(find, (hash) => hash.toString('hex'), KEY_MEMORY_MS);
  return {
    byKeyHash: recent(async (hash) => limited(await accountByKeyHash(db, hash))),
    byName: async (name) => limited(await accountByName(db, name)),
    guestByKeyHash: recent(async (hash) => {
      const found = await keyByHash(db, hash);
      return found === null ? null : { id: found.id, account: limited(found.account) };
    }),
  };
}
