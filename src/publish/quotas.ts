import type { Queryable } from '../db/database.ts';
import type { Account } from '../domain/import.ts';
import { ImportError } from '../errors.ts';
import { countPublicTables, tablesOf } from '../store/tables.ts';
import { sizeOfSchema } from './catalog.ts';

/** Of the bytes of a file, those that a table needs at least (wire contract 5, storage pre-check). */
const LEAST_SHARE = 0.3;

/**
 * Throws where it is known before loading that the rows of so many bytes cannot be kept; `makesTables`: every layer
 * becomes a new one.
 */
export async function checkRoom(
  db: Queryable,
  account: Account,
  given: { readonly bytes: number; readonly makesTables: boolean },
): Promise<void> {
  const { maxTables, maxStorageBytes } = account.limits;
  if (given.makesTables && maxTables !== null) {
    await checkQuotas(
      db,
      { ...account, limits: { ...account.limits, maxStorageBytes: null } },
      (await tablesOf(db, account.id)).length,
      1,
    );
  }
  if (maxStorageBytes === null) return;
  const bytes = (await sizeOfSchema(db, account.name)) + LEAST_SHARE * given.bytes;
  if (bytes <= maxStorageBytes) return;
  throw new ImportError('overStorage', {
    detail: `The account may store ${maxStorageBytes} bytes; with these ${given.bytes} bytes it would be more.`,
    hint: 'Delete tables that are not needed any more.',
  });
}

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

/** Throws where more tables are open to everybody than the account may open; asked after one was opened. */
export async function checkPublicTables(tx: Queryable, account: Account): Promise<void> {
  const most = account.limits.maxPublicTables;
  if (most === null || (await countPublicTables(tx, account.id)) <= most) return;
  throw new ImportError('overPublicTables', {
    detail:
      most === 0 ? 'The account may open no table to everybody.' : `The account may open ${most} tables to everybody.`,
    hint: 'Import with privacy=private or privacy=link, or close tables that are public.',
  });
}
