import type { Queryable } from '../db/database.ts';
import { identifier, sql, trusted } from '../db/sql.ts';
import type { Privacy } from '../domain/import.ts';
import { accountRoles, guestsOf } from '../store/account-roles.ts';
import { grantToKeys } from '../store/keys.ts';

/**
 * Makes a table of an account the account's: its owner role owns it, the holder of the key may read it, and everybody
 * may exactly when it is public. Privacy is this grant, so no way of reading can disagree with another. Those who hold its
 * link get theirs when they first use it (`viewers.ts`), and lose it here.
 */
export async function grantTable(
  tx: Queryable,
  account: { readonly name: string },
  table: string,
  privacy: Privacy,
): Promise<void> {
  const roles = await accountRoles(tx, account.name);
  const name = identifier(account.name, table);
  await tx.query(sql`alter table ${name} owner to ${identifier(roles.owner)}`);
  await tx.query(sql`grant select on ${name} to ${identifier(roles.reader)}`);
  const [verb, direction] = privacy === 'public' ? ['grant', 'to'] : ['revoke', 'from'];
  await tx.query(sql`${trusted(verb ?? '')} select on ${name} ${trusted(direction ?? '')} ${identifier(roles.public)}`);
  await grantToKeys(tx, account, table);
  if (privacy === 'link') return;
  for (const { role, kind } of await guestsOf(tx, account)) {
    if (kind === 'link') await tx.query(sql`revoke select on ${name} from ${identifier(role)}`);
  }
}
