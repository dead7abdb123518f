import type { Queryable } from '../db/database.ts';
import type { Account } from '../domain/import.ts';
import { ImportError } from '../errors.ts';
import { sizeOfSchema } from './catalog.ts';

/** Throws where an import that added `created` tables to `before` brings the account over what it may have. */
export async function checkQuotas(tx: Queryable, account: Account, before: number, created: number): Promise<void> {
  const { maxTables, maxStorageBytes } = account.limits;
  if (maxTables !== null && created > 0 && before + created > maxTables) {
    throw new ImportError('overTables', {
      detail: `The account may have ${maxTables} tables; it has ${before} and this import adds ${created}.`,
      hint: 'Delete tables that are not needed any more.',
    });
  }
  if (maxStorageBytes === null) return;
  const bytes = await sizeOfSchema(tx, account.name);
  if (bytes <= maxStorageBytes) return;
  throw new ImportError('overStorage', {
    detail: `The account may store ${maxStorageBytes} bytes; with this import it would be ${bytes}.`,
    hint: 'Delete tables that are not needed any more.',
  });
}
