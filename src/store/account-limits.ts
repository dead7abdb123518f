/** SQL about what single accounts may have. */
import type { Queryable } from '../db/database.ts';
import { identifier, join, sql } from '../db/sql.ts';
import type { Account } from '../domain/import.ts';

/** What an account may have; null: what the settings say. */
export type AccountLimits = Account['limits'];

/** Something that cannot be done with an account, in words for the operator. */
export class AccountRefused extends Error {
  override readonly name = 'AccountRefused';
}

/** The limits with their names on the wire, which are those of their columns, and the least that each can be. */
export const limitNames = [
  { name: 'maxFileBytes', wire: 'max_file_bytes', least: 1 },
  { name: 'maxRows', wire: 'max_rows', least: 1 },
  { name: 'maxTables', wire: 'max_tables', least: 1 },
  { name: 'maxStorageBytes', wire: 'max_storage_bytes', least: 1 },
  { name: 'concurrentImports', wire: 'concurrent_imports', least: 1 },
  { name: 'maxMaps', wire: 'max_maps', least: 0 },
  { name: 'maxPublicTables', wire: 'max_public_tables', least: 0 },
] as const satisfies readonly { readonly name: keyof AccountLimits; readonly wire: string; readonly least: number }[];

/** Sets the limits that are given; the others stay. */
export async function setLimits(db: Queryable, name: string, limits: Partial<AccountLimits>): Promise<void> {
  const given = limitNames.filter((one) => limits[one.name] !== undefined);
  if (given.length === 0) return;
  const changes = join(given.map((one) => sql`${identifier(one.wire)} = ${limits[one.name]}`));
  await db.query(sql`update landfall.accounts set ${changes} where name = ${name}`);
}
